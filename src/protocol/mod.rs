//! The words of Pusher Channels, protocol 7: pure functions without state or clock.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`channel`] | channel names and what their prefixes mean |
//! | [`event`] | which event names may be published |
//! | [`limits`] | every number the service enforces |
//! | [`errors`] | the answers to what is refused, on HTTP and on the socket |
//! | [`socket_id`] | the public name of a connection |
//! | [`frame`] | what a client sends |
//! | [`server_frame`] | what the service sends |
//! | [`handshake`] | the address a client connects to |
//! | [`query`] | percent-encoding and query strings |
//! | [`signature`] | who may do what: HMACs, body digests, encrypted channels |

pub mod channel;
pub mod errors;
pub mod event;
pub mod frame;
pub mod handshake;
pub mod limits;
pub mod query;
pub mod server_frame;
pub mod signature;
pub mod socket_id;

pub use channel::{ChannelKind, ChannelName};
pub use errors::{ApiError, Breakage, Failure, SocketError};
pub use frame::ClientFrame;
pub use handshake::Handshake;
pub use limits::Limits;
pub use server_frame::{FrameData, ServerFrame, SharedFrame};
pub use socket_id::SocketId;
