//! Clients by WebSocket.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`opening`] | the first bytes of a connection, which decide what it becomes |
//! | [`upgrade`] | from HTTP to WebSocket |
//! | [`task`] | one WebSocket: a writer for any thread, and the task that reads |

pub mod opening;
pub mod task;
pub mod upgrade;
