//! What a person watching the gateway sees.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::broker::{AppId, SharedApp};

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
    /// A client got this `pusher:error`. If it asked for a wrong address: which, and where apps are.
    Refused {
        socket_id: &'a str,
        frame: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        expected: Option<&'a str>,
    },
    /// A request was answered; `path` is below the app's, if it is about one, and `body` the text of
    /// a refusal. If it was signed with a key that the app does not know: which, and the app's own.
    Requested {
        method: &'a str,
        path: &'a str,
        status: u16,
        body: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        key: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        expected: Option<&'a str>,
    },
    /// The default app let a client in whose key it does not know.
    UnknownKey { key: &'a str, expected: &'a str },
    /// A page or a name was not let in, for the first time: `body` says why, and what would change
    /// that.
    TurnedAway { who: &'a str, body: &'a str },
    /// The default app took a request for an app id that is not its own.
    UnknownId { id: &'a str, expected: &'a str },
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

impl Activity<'_> {
    /// Whether something is wrong, beyond a single client.
    fn is_warning(&self) -> bool {
        matches!(
            self,
            Activity::UnknownKey { .. } | Activity::TurnedAway { .. } | Activity::Overrun { .. }
        )
    }
}

/// Who is told of every [`Activity`], and of the id of the app that it is about, `""` if there is
/// none. Some are told with an app locked, on any thread: take a note and return, never call the
/// broker.
pub type Observer = Arc<dyn Fn(&str, Activity<'_>) + Send + Sync>;

/// An [`Observer`], if there is one, and what it wants to know.
#[derive(Clone, Default)]
pub struct Log {
    observer: Option<Observer>,
    warnings_only: bool,
    /// The ids of the apps, which may be locked when something is to be told of them.
    apps: Arc<[(AppId, Box<str>)]>,
}

impl Log {
    pub fn new(observer: Option<Observer>, warnings_only: bool, apps: &[SharedApp]) -> Log {
        let named = apps.iter().map(|app| {
            let app = app.lock();
            (app.id(), app.options().id.as_str().into())
        });
        Log {
            observer,
            warnings_only,
            apps: named.collect(),
        }
    }

    /// Whether anybody wants to know what happens all the time.
    pub fn is_on(&self) -> bool {
        self.observer.is_some() && !self.warnings_only
    }

    /// Tells of what happened in `app`, or [outside of all](NO_APP).
    pub fn note(&self, app: AppId, activity: Activity<'_>) {
        if let Some(observer) = &self.observer
            && (!self.warnings_only || activity.is_warning())
        {
            let named = self.apps.iter().find(|(number, _)| *number == app);
            observer(named.map_or("", |(_, id)| id), activity);
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
    use parking_lot::Mutex;

    use super::*;
    use crate::broker::{App, AppOptions, NO_APP};

    #[test]
    fn warnings_are_told_to_whom_nothing_else_is() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let notes = heard.clone();
        let observer: Observer = Arc::new(move |app: &str, activity: Activity<'_>| {
            notes.lock().push(format!("{app}: {activity:?}"));
        });
        let app = Arc::new(Mutex::new(App::new(AppOptions::default())));
        let number = app.lock().id();
        let log = Log::new(Some(observer), true, &[app]);
        log.note(number, Activity::Closed { socket_id: "1.1" });
        log.note(number, Activity::Overrun { channel: "busy" });
        log.note(NO_APP, Activity::Overrun { channel: "busy" });
        let overrun = r#"Overrun { channel: "busy" }"#;
        let id = AppOptions::default().id;
        assert_eq!(
            *heard.lock(),
            [format!("{id}: {overrun}"), format!(": {overrun}")]
        );
    }

    #[test]
    fn the_beginning_of_data_ends_between_characters() {
        assert_eq!(beginning("short"), "short");
        let long = "€".repeat(SHOWN + 1);
        assert_eq!(beginning(&long), "€".repeat(SHOWN));
    }
}
