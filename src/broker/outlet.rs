//! How events leave the broker.

use std::sync::Arc;

use super::{AppId, ChannelId, ConnectionId, Event, OutletId};
use crate::protocol::ChannelName;

/// A group of connections that share a way out of the broker: all clients of one JavaScript
/// environment, or all sockets of one gateway.
///
/// The broker decides *what* goes to *whom*; an outlet fans out behind it. Every method is called with
/// the app locked, in the order in which things happened, and must neither block nor call back into
/// the broker: it appends to a queue and wakes whoever drains it.
pub trait Outlet: Send + Sync {
    /// This outlet's process-wide number.
    fn id(&self) -> OutletId;

    /// True when nothing waits in this outlet's queue. A publisher that owns the outlet may then
    /// deliver by itself, without the round trip through the queue, and still keep the order.
    fn is_idle(&self) -> bool;

    /// An event for every connection behind this outlet that has joined `channel`, save `except`.
    fn publish(&self, channel: ChannelId, event: &Arc<Event>, except: Option<ConnectionId>);

    /// One server frame (complete JSON text) for every connection behind this outlet that has joined
    /// `channel`, save `except`: members coming and going, `subscription_count`.
    fn broadcast(&self, channel: ChannelId, frame: &Arc<str>, except: Option<ConnectionId>);

    /// One server frame (complete JSON text) for one connection. `about`: the channel in whose order
    /// it belongs (`subscription_succeeded`, a cached event): it comes after what that channel
    /// published before and ahead of what it publishes from now on.
    fn send(&self, to: ConnectionId, about: Option<ChannelId>, frame: String);

    /// Whether somebody behind this outlet already keeps the list of who is on `channel`, from the
    /// broadcasts about members who come and go. Asked only while the outlet has subscribers there.
    fn keeps_roster(&self, _channel: ChannelId) -> bool {
        false
    }

    /// `to` has joined a presence channel, as the latest of its members: everybody present is told to
    /// it by `succeeded`, the complete text of a server frame, which comes in the channel's order as
    /// in [`Outlet::send`]. `None` when the outlet [keeps the roster](Outlet::keeps_roster) itself.
    fn welcome(&self, to: ConnectionId, channel: ChannelId, succeeded: Option<String>) {
        if let Some(frame) = succeeded {
            self.send(to, Some(channel), frame);
        }
    }

    /// `connection` is subscribed to `channel` from now on.
    fn joined(&self, connection: ConnectionId, channel: ChannelId, name: &ChannelName);

    /// `connection` gets no more events of `channel`. Not called for the channels of a connection
    /// that ends: the outlet knows that already.
    fn left(&self, connection: ConnectionId, channel: ChannelId);

    /// The broker has ended `connection`: close it with this code and reason. A `pusher:error` with
    /// the same code has been sent before where one is due.
    fn closed(&self, connection: ConnectionId, code: u16, reason: &str);

    /// The same where a `pusher:error` is due and has not been sent: an outlet to clients that may
    /// only understand that sends it first.
    fn dropped(&self, connection: ConnectionId, code: u16, reason: &str) {
        self.closed(connection, code, reason);
    }

    /// The app was reset. `dropped` are this outlet's connections that the broker has forgotten;
    /// the others (sockets) live on without subscriptions.
    fn reset(&self, app: AppId, dropped: &[ConnectionId]);

    /// What [`super::App::set_settings`] stored has changed.
    fn settings_changed(&self, app: AppId);

    /// Webhook events wait in [`super::App::webhooks`]; only called on the outlet that asked for them.
    fn webhooks_waiting(&self, app: AppId);

    /// Whether connections behind this outlet survive a reset (sockets do, mock clients reopen).
    fn survives_reset(&self) -> bool;
}
