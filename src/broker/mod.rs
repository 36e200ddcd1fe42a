//! The broker: apps, their channels and connections, and what reaches whom. Pure state: no
//! JavaScript, no socket, no clock; the time is handed in, and what leaves goes through an [`Outlet`].
//!
//! | file | what it is |
//! | --- | --- |
//! | [`registry`] | every app of the process |
//! | `rules` | what happens when somebody connects, subscribes, publishes, asks |
//! | [`app`] | one app: options, credentials, settings, its channels' records |
//! | `records` | what an app keeps of channels, their members and their history |
//! | [`outlet`] | what leaves, and how |
//! | [`event`] | what is published |
//! | `id` | numbers |

pub mod app;
pub mod event;
mod id;
pub mod outlet;
mod records;
pub mod registry;
mod rules;
#[cfg(test)]
mod test_outlet;

pub use app::{App, AppOptions, SharedApp};
pub use event::{Event, EventData, Message};
pub use id::{AppId, ChannelId, ConnectionId, NO_APP, OutletId, next_outlet_id};
pub use outlet::{Notification, Outlet};
pub use records::channel::{Channel, Receipt};
pub use records::webhook::{WebhookEvent, Webhooks};
pub use registry::{Registry, registry};
pub use rules::api::{ApiRequest, ApiResponse};
pub use rules::publish::{BatchItem, Publication, Refused};
