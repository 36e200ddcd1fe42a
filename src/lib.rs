//! pushrig: an in-memory Pusher Channels broker inside a Node native addon.
//!
//! Read from the bottom up, dependencies point down only:
//!
//! | module | what it is |
//! | --- | --- |
//! | [`protocol`] | names, limits, frames, signatures, error texts: pure functions, no state |
//! | [`broker`] | apps → channels → connections, history: pure state, no JavaScript, socket or clock |
//! | [`gateway`] | sockets and HTTP: browsers and SDKs of any language |
//! | `clock` | the time |
//! | `addon` | the N-API door: what JavaScript in this process calls |

#![deny(unsafe_code)]

pub mod broker;
mod clock;
pub mod gateway;
pub mod protocol;

#[allow(
    unsafe_code,
    reason = "values of JavaScript live behind raw pointers; each use says why it holds"
)]
#[cfg_attr(
    test,
    allow(dead_code, reason = "a test binary has no JavaScript that calls")
)]
mod addon;
