//! The broker: apps, their channels and connections, and what reaches whom. Pure state: no
//! JavaScript, no socket, no clock; the time is handed in, and what leaves goes through an [`Outlet`].
//!
//! | file | what it is |
//! | --- | --- |
//! | [`registry`] | every app of the process |
//! | `rules` | what happens when somebody connects, subscribes, publishes, asks |
//! | [`app`] | one app: options, credentials, settings, its channels' records |
//! | `records` | what an app keeps of channels, their members and their history |
//! | [`outlet`] | how events leave |
//! | [`event`] | what is published |

pub mod app;
pub mod event;
pub mod outlet;
mod records;
pub mod registry;
mod rules;
#[cfg(test)]
mod test_outlet;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

pub use app::{App, AppOptions};
pub use event::{Event, EventData, Message};
pub use outlet::{Outlet, OutletId, next_outlet_id};
pub use records::channel::Channel;
pub use records::webhook::{WebhookEvent, Webhooks};
pub use registry::{Registry, registry};
pub use rules::api::{ApiRequest, ApiResponse};
pub use rules::publish::{BatchItem, Publication, Receipt, Refused};

/// An app as its outlets hold it.
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
