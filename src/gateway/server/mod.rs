//! What all tasks of a gateway share.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`state`] | options, clients, sessions, and what a connection may ask of the broker |
//! | [`outlet`] | the way from the broker to the sockets |
//! | [`fanout`] | one channel's subscribers and the queue that keeps their order |
//! | [`control`] | requests that somebody above answers |
//! | [`requests`] | the requests that are being answered |
//! | [`sessions`] | the sessions of clients without WebSocket |
//! | [`options`] | how a gateway is set up |
//! | [`journal`] | what happened that is about no app |

pub mod control;
pub mod fanout;
pub mod journal;
pub mod options;
pub mod outlet;
pub mod requests;
pub mod sessions;
pub mod state;
