//! The broker on the network: what browsers and SDKs of any language connect to.
//!
//! From the top down; nothing knows what stands above it:
//!
//! | | what it is |
//! | --- | --- |
//! | `listener` | listening, accepting, closing |
//! | `liveness` | silent clients and other deadlines |
//! | `tls` | clients that speak TLS |
//! | `http` | requests: the API of servers, clients without WebSocket, the page |
//! | `websocket` | clients by WebSocket |
//! | `server` | what all tasks share: options, clients, the way from the broker to them |
//! | `wire` | frames, queues, connections: they know of no server |
//! | `admission` | who may come in |

mod admission;
mod http;
mod listener;
mod liveness;
mod server;
mod tls;
mod websocket;
mod wire;

pub use listener::Gateway;
pub use server::control::{ControlAnswer, ControlCall, Controller};
pub use server::journal::Wake;
pub use server::options::{ListenOptions, Project, TlsFront};
pub use wire::frames;
