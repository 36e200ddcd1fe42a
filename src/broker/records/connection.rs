//! Connections.

use std::sync::Arc;

use super::rate::Rate;
use super::user::User;
use crate::broker::journal::Party;
use crate::broker::{ChannelId, Outlet};
use crate::protocol::SocketId;

/// A mock client or a socket: the broker sees no difference.
pub struct Connection {
    /// The name tests know it by: a mock client's is such as `mock-connection-1`, a socket's its
    /// socket id.
    pub name: Arc<str>,
    /// The name the protocol knows it by.
    pub socket_id: SocketId,
    /// The way to it.
    pub outlet: Arc<dyn Outlet>,
    /// Its channels, in the order in which it subscribed.
    pub channels: Vec<ChannelId>,
    /// Whom it is signed in as.
    pub user: Option<Box<User>>,
    /// Whether it has signed in, or joined a channel that needs a signature.
    pub authorized: bool,
    /// It has left, and is taken from its channels one by one.
    pub is_leaving: bool,
    /// The event up to which its client has taken what was sent to it, which is gone; the broker has not heard of that.
    pub taken: Option<u64>,
    /// The first event that its client has and has not taken, on a simulated network or until a tick; 0 where there is none.
    pub waiting: u64,
    /// Whom the journal's entries about it name.
    pub who: Arc<Party>,
    /// The journal's entry of its end, 0 before.
    pub closed: u64,
    /// The client events of the current second.
    pub client_events: Rate,
}
