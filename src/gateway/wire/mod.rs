//! What crosses the network, and who it goes to. Knows of no server.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`connection`] | a client, whatever carries its frames |
//! | [`frames`] | RFC 6455, without a socket |
//! | [`outbox`] | what waits to be sent on one connection, with its bounds |

pub mod connection;
pub mod frames;
pub mod outbox;
