//! What crosses the network, and who it goes to. Knows of no server.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`connection`] | a client, whatever carries its frames |
//! | [`batch`] | what goes to all subscribers of a channel, encoded once |
//! | [`writer`] | writing to a WebSocket, from any thread |
//! | [`session`] | writing to a client without WebSocket |
//! | [`preface`] | TLS connections, when they come and when they come back |
//! | [`outbox`] | what waits to be sent on one connection, with its bounds |
//! | [`frames`] | RFC 6455, without a socket |
//! | [`buffer`] | one buffer per thread to read into |

pub mod batch;
pub mod buffer;
pub mod connection;
pub mod frames;
pub mod outbox;
pub mod preface;
pub mod session;
pub mod writer;
