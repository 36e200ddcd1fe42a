//! What leaves the broker, and how.

use std::sync::Arc;

use serde::Serialize;

use super::{AppId, ChannelId, ConnectionId, Event, OutletId, UnderWay};
use crate::protocol::{ChannelName, ServerFrame, SharedFrame};

/// A group of connections that share a way out of the broker: all clients of one JavaScript
/// environment, or all sockets of one gateway.
///
/// The broker decides *what* goes to *whom*; an outlet fans out behind it. Every method is called with
/// the app locked, in the order in which things happened, and must neither block nor call back into
/// the broker: it appends to a queue and wakes whoever drains it. Text is written behind the queue.
pub trait Outlet: Send + Sync {
    /// This outlet's process-wide number.
    fn id(&self) -> OutletId;

    /// True when nothing waits in this outlet's queue. A publisher that owns the outlet may then
    /// deliver by itself, without the round trip through the queue, and still keep the order.
    fn is_idle(&self) -> bool;

    /// Whether connections behind this outlet survive a reset (sockets do, mock clients reopen).
    fn survives_reset(&self) -> bool;

    /// Tells of an app's events that have not reached those whom they are for: of each connection, or of all that are on a
    /// channel, the first one, by its number in the journal. More than once of one counts as the least.
    fn add_untaken(&self, _app: AppId, _found: &mut dyn FnMut(Untaken, u64)) {}

    /// Where its connections come in.
    fn door(&self) -> Door {
        Door::Process
    }

    /// Whether somebody behind this outlet already keeps the list of who is on `channel`, from the
    /// broadcasts about members who come and go. Asked only while the outlet has subscribers there.
    fn keeps_roster(&self, _channel: ChannelId) -> bool {
        false
    }

    /// Adds what waits behind this outlet for connections of `app`, and what cannot be told from that.
    fn add_under_way(&self, _app: AppId, _found: &mut UnderWay) {}

    /// Something has happened.
    fn notify(&self, notification: Notification<'_>);
}

/// Where a connection comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Door {
    /// A client in this process.
    Process,
    /// A socket of a gateway.
    Socket,
}

/// What happens to a connection whose cable a test pulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    Begins,
    /// What has waited arrives.
    Over,
    /// It is over, and what has waited is for nobody.
    Forgotten,
}

/// Whom an event has not reached so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untaken {
    By(ConnectionId),
    /// Everybody behind the outlet who is on it.
    On(ChannelId),
}

/// What an outlet is told.
#[derive(Clone, Debug)]
pub enum Notification<'a> {
    /// An event for every connection behind this outlet that has joined `channel`, save `except`.
    Published {
        channel: ChannelId,
        event: &'a Arc<Event>,
        except: Option<ConnectionId>,
    },
    /// An event of `channel`, in the channel's order, for this connection alone.
    PublishedTo {
        to: ConnectionId,
        channel: ChannelId,
        event: &'a Arc<Event>,
    },
    /// A frame for every connection behind this outlet that has joined `channel`, save `except`:
    /// members coming and going, `subscription_count`.
    Broadcast {
        channel: ChannelId,
        frame: &'a Arc<SharedFrame>,
        except: Option<ConnectionId>,
    },
    /// A frame for one connection. `about`: the channel in whose order it belongs
    /// (`subscription_succeeded`): it comes after what that channel published before and ahead of
    /// what it publishes from now on.
    Sent {
        to: ConnectionId,
        about: Option<ChannelId>,
        frame: ServerFrame,
    },
    /// `to` has joined a presence channel, as the latest of its members: `succeeded` tells it of
    /// everybody present, in the channel's order. `None` when the outlet [keeps the
    /// roster](Outlet::keeps_roster) itself.
    Welcome {
        to: ConnectionId,
        channel: ChannelId,
        succeeded: Option<ServerFrame>,
    },
    /// `connection` is subscribed to `channel` from now on.
    Joined {
        connection: ConnectionId,
        channel: ChannelId,
        name: &'a ChannelName,
    },
    /// `connection` gets no more events of `channel`. Not told of the channels of a connection that
    /// ends: the outlet knows that already.
    Left {
        connection: ConnectionId,
        channel: ChannelId,
    },
    /// The broker has ended `connection`: close it with this code and reason. A `pusher:error` that says so has been sent
    /// before, where one is due.
    Closed {
        connection: ConnectionId,
        code: u16,
        reason: &'a str,
    },
    /// The app was reset. `dropped` are this outlet's connections that the broker has forgotten; the
    /// others (sockets) live on without subscriptions.
    Reset {
        app: AppId,
        dropped: &'a [ConnectionId],
    },
    /// What [`App::set_settings`](super::App::set_settings) stored has changed.
    SettingsChanged { app: AppId },
    /// Nothing goes from or to `connection` any more, or again. It may have been ended meanwhile.
    Silenced {
        connection: ConnectionId,
        silence: Silence,
    },
    /// Who was kept from connecting may try again.
    Unstalled { app: AppId },
    /// Webhook events wait in [`App::webhooks`](super::App::webhooks); only told to the outlet that
    /// asked for them.
    WebhooksWaiting { app: AppId },
    /// There are new entries in the app's journal; told once to an outlet that [watches](super::Journal::watch).
    Journaled { app: AppId },
}
