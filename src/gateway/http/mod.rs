//! Everything that is no WebSocket.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`routes`] | one HTTP connection, and where its requests go |
//! | [`api`] | the HTTP API that servers publish with |
//! | [`signer`] | signing for clients whose application has no server yet |
//! | [`fallback`], [`xhr`] | clients without WebSocket: their addresses, their sessions |
//! | [`control`] | asking and steering from outside: `/pushrig/…` |
//! | [`page`] | what the gateway tells about itself |
//! | [`answer`] | responses, and the bodies of requests |
//! | [`replay`] | a socket as hyper wants it |

pub mod answer;
pub mod api;
pub mod control;
pub mod fallback;
pub mod page;
pub mod replay;
pub mod routes;
pub mod signer;
pub mod xhr;
