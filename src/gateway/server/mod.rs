//! What all tasks of a gateway share.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`state`] | options, clients, sessions, and what a connection may ask of the broker |
//! | [`outlet`] | the way from the broker to the sockets |
//! | [`fanout`] | one channel's subscribers and the queue that keeps their order |
//! | [`log`] | what a person watching sees |

pub mod fanout;
pub mod log;
pub mod outlet;
pub mod state;
