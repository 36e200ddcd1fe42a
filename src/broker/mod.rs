//! The broker: apps, their channels and connections, and what reaches whom. Pure state: no
//! JavaScript, no socket, no clock; the time is handed in, and what leaves goes through an [`Outlet`].
//!
//! | file | what it is |
//! | --- | --- |
//! | [`registry`] | every app of the process |
//! | [`apps`] | which of several apps is meant |
//! | `rules` | what happens when somebody connects, subscribes, publishes, asks |
//! | [`app`] | one app: options, credentials, settings, its channels' records |
//! | `records` | what an app keeps of channels, their members and their history |
//! | [`call`], [`outcome`] | what servers ask, read without the app; what became of it, and the answer |
//! | [`outlet`] | what leaves, and how |
//! | [`event`] | what is published |
//! | [`under_way`] | what has not arrived yet |
//! | [`journal`] | what happened in an app |
//! | `id` | numbers |

pub mod app;
pub mod apps;
pub mod call;
pub mod event;
mod id;
pub mod journal;
pub mod outcome;
pub mod outlet;
mod records;
pub mod registry;
mod rules;
#[cfg(test)]
mod test_outlet;
pub mod under_way;

pub use app::{App, AppOptions, Remains, SharedApp};
pub use call::{ApiRequest, BatchItem, Call, Info, Publication, Publish};
pub use event::{Event, EventData, Message};
pub use id::{AppId, ChannelId, ConnectionId, NO_APP, OutletId, next_outlet_id};
pub use journal::{BindingNote, Coming, Journal, Note, Parts, Selection, Timepiece};
pub use outcome::{ApiResponse, Cached, Counts, Done, Outcome};
pub use outlet::{Door, Notification, Outlet, Silence, Untaken};
pub use records::channel::{Channel, Receipt};
pub use records::clock::{AppClock, Moment, Pace, Reading};
pub use records::fault::{AuthorizationFailure, Ended, Fault, FaultId, OpeningConditions};
pub use records::rate::Rate;
pub use records::webhook::{WebhookEvent, Webhooks};
pub use registry::{Registry, registry};
pub use rules::api::{perform, publish, read, respond};
pub use rules::connection::{detach, drop_all, leave};
pub use rules::publish::NotPublished;
pub use under_way::UnderWay;
