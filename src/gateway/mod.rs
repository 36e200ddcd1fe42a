//! The broker on the network: what browsers and SDKs of any language connect to.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`server`] | listening, accepting, closing |
//! | `opening` | the first bytes of a connection, which decide what it becomes |
//! | `gate` | what every task of a gateway shares |
//! | `upgrade` | from HTTP to WebSocket |
//! | [`websocket`] | RFC 6455 frames, without a socket |
//! | `socket` | one WebSocket: a writer for any thread, and the task that reads |
//! | `outbox` | what waits to be sent on one connection, with its bounds |
//! | `connection` | a client, whatever carries its frames |
//! | `door` | the way from the broker to the sockets |
//! | `fanout` | one channel's subscribers and the queue that keeps their order |
//! | `http` | one HTTP connection and its routes |
//! | `answer` | responses, and the bodies of requests |
//! | `api` | the HTTP API that servers publish with |
//! | `signer` | signing for clients whose application has no server yet |
//! | `fallback`, `xhr` | clients without WebSocket: their addresses, their sessions |
//! | `replay` | a socket as hyper wants it |
//! | `page` | what the gateway tells about itself |
//! | `liveness` | silent clients and other deadlines |
//! | `clock` | the time |
//! | [`log`] | what a person watching sees |

mod answer;
mod api;
mod clock;
mod connection;
mod door;
mod fallback;
mod fanout;
mod gate;
mod http;
mod liveness;
pub mod log;
mod opening;
mod outbox;
mod page;
mod replay;
pub mod server;
mod signer;
mod socket;
mod upgrade;
pub mod websocket;
mod xhr;

pub use log::{Activity, Observer};
pub use server::{Gateway, ListenOptions};
