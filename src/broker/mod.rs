//! The broker: apps, their channels and connections, and what reaches whom. Pure state: no
//! JavaScript, no socket, no clock; the time is handed in, and what leaves goes through a [`Door`].
//!
//! | file | what it is |
//! | --- | --- |
//! | [`registry`] | every app of the process |
//! | [`app`] | one app: options, credentials, settings, its channels' records |
//! | [`connection`] | a client: opening, its frames, ending |
//! | [`subscription`] | joining and leaving channels |
//! | [`channel`] | who listens behind which door |
//! | [`presence`] | who is on a presence channel |
//! | [`user`] | signed-in users and who watches them |
//! | [`publish`] | the way of an event from a server or a client to the subscribers |
//! | [`event`] | what is published |
//! | [`history`] | the last messages of each channel |
//! | [`api`] | the HTTP API below `/apps/{id}` |
//! | [`inspect`] | looking inside |
//! | [`reset`] | starting over |
//! | [`webhook`] | what an app's server is told, and when |
//! | [`door`] | how events leave |

pub mod api;
pub mod app;
pub mod channel;
mod connection;
pub mod door;
pub mod event;
mod history;
mod inspect;
mod presence;
pub mod publish;
pub mod registry;
mod reset;
mod subscription;
#[cfg(test)]
mod test_door;
mod user;
pub mod webhook;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

pub use api::{ApiRequest, ApiResponse};
pub use app::{App, AppOptions};
pub use channel::Channel;
pub use door::{Door, DoorId, next_door_id};
pub use event::{Event, EventData, Message};
pub use publish::{BatchItem, Publication, Receipt, Refused};
pub use registry::{Registry, registry};
pub use webhook::{WebhookEvent, Webhooks};

/// An app as its doors hold it.
pub type SharedApp = Arc<Mutex<App>>;

/// Identifies an app within the process.
pub type AppId = u32;

/// Identifies a channel of one app within the process, until it is forgotten.
pub type ChannelId = u32;

/// Identifies a connection within the process.
pub type ConnectionId = u32;

/// A number for an app, a channel or a connection. Never 0, never given twice.
fn next_id() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
