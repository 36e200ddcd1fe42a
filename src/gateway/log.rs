//! What a person watching the gateway sees.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// Something happened at the gateway. As JSON: `{"type":"opened","socketId":…}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Activity<'a> {
    /// A client connected.
    Opened {
        socket_id: &'a str,
        app_id: &'a str,
        transport: &'static str,
    },
    /// It left, or was made to.
    Closed { socket_id: &'a str },
    Subscribed {
        socket_id: &'a str,
        channel: &'a str,
    },
    Unsubscribed {
        socket_id: &'a str,
        channel: &'a str,
    },
    /// An event goes out to this many sockets on `channel`. `data` is its beginning, `bytes` its
    /// whole size.
    Published {
        channel: &'a str,
        event: &'a str,
        data: &'a str,
        bytes: usize,
        sockets: usize,
    },
    /// A server published an event on a channel that nobody is subscribed to.
    Unheard { channel: &'a str, event: &'a str },
    /// A client got this `pusher:error`.
    Refused { socket_id: &'a str, frame: &'a str },
    /// A request to the HTTP API was answered; `body` is the text of a refusal.
    Requested {
        method: &'a str,
        path: &'a str,
        status: u16,
        body: Option<&'a str>,
    },
    /// The default app let a client in whose key it does not know.
    UnknownKey { key: &'a str, expected: &'a str },
    /// A client read too slowly and was cut.
    TooSlow { socket_id: &'a str },
    /// More waits for the sockets than they can take: events are dropped until they catch up.
    Overrun { channel: &'a str },
}

/// What a line of the log shows of an event's data, in characters.
const SHOWN: usize = 256;

/// As much of an event's data as [`Activity::Published`] carries.
pub fn beginning(data: &str) -> &str {
    data.char_indices()
        .nth(SHOWN)
        .map_or(data, |(end, _)| &data[..end])
}

/// Who is told of every [`Activity`]. Some are told with an app locked, on any thread: take a note
/// and return, never call the broker.
pub type Observer = Arc<dyn Fn(Activity<'_>) + Send + Sync>;

/// An [`Observer`], if there is one.
#[derive(Clone, Default)]
pub struct Log(pub Option<Observer>);

impl Log {
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    pub fn note(&self, activity: Activity<'_>) {
        if let Some(observer) = &self.0 {
            observer(activity);
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Log").field(&self.is_on()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{SHOWN, beginning};

    #[test]
    fn the_beginning_of_data_ends_between_characters() {
        assert_eq!(beginning("short"), "short");
        let long = "€".repeat(SHOWN + 1);
        assert_eq!(beginning(&long), "€".repeat(SHOWN));
    }
}
