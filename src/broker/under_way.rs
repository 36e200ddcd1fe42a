//! What of an app has not arrived yet: whoever waits for quiet is told of it.

use serde::Serialize;

use super::ConnectionId;

/// So many are named; the others are counted.
const NAMED: usize = 3;

/// Things of one kind: how many, and what the first are called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Few {
    pub count: usize,
    pub first: Vec<String>,
}

impl Few {
    /// One more.
    pub fn add(&mut self, name: impl FnOnce() -> String) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(name());
        }
    }
}

/// What waits between the broker and those whom it is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UnderWay {
    /// Copies of the wrapper that have mail.
    pub mailboxes: usize,
    /// Channels whose sockets are being written to.
    pub channels: Few,
    /// Connections whose peers have not taken everything, for the app to name.
    #[serde(skip)]
    pub waiting: Vec<ConnectionId>,
    /// The same, as socket ids.
    pub sockets: Few,
    /// Requests that are being answered.
    pub requests: Few,
    /// Webhook events that nobody has taken so far.
    pub webhooks: Few,
}
