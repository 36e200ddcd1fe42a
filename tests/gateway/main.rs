//! The gateway as clients and servers meet it: plain sockets and tungstenite on one side, the whole
//! of pushrig's Rust on the other.

mod admission;
mod control;
mod events;
mod fallback;
mod fuzz;
mod http;
mod journal;
mod life;
mod order;
mod patience;
mod protocol;
mod refusals;
mod signer;
mod support;
mod tls;
mod traps;
mod under_way;
mod wire;
