//! Clients by WebSocket.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`opening`] | the first bytes of a connection, which decide what it becomes |
//! | [`upgrade`] | from HTTP to WebSocket: what was asked for, and the answer |
//! | [`task`] | the task of one WebSocket |

pub mod opening;
pub mod task;
pub mod upgrade;
