//! What is written down of one thing that happened.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::broker::{ConnectionId, Door};

/// What happened. The names are those of `lib/journal/entry.ts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Connected,
    Closed,
    SignedIn,
    Subscribing,
    Subscribed,
    Refused,
    Left,
    Bound,
    Unbound,
    Threw,
    Triggered,
    Rejected,
    ClientEvent,
    MemberAdded,
    MemberRemoved,
    Webhook,
    Request,
    Fault,
    /// Something that a person should know who watches a gateway.
    Notice,
    Reset,
}

/// What a person should know. The names are those of activities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Notice {
    /// The default app let a client in whose key it does not know.
    UnknownKey,
    /// The default app took a request for an app id that is not its own.
    UnknownId,
    /// A page or a name was not let in, for the first time.
    TurnedAway,
    /// A client read too slowly and was cut.
    TooSlow,
    /// More waits for sockets than they can take: events are dropped until they catch up.
    Overrun,
}

/// Who ended a connection or a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    Client,
    Service,
    /// Nobody held the client any more.
    Collected,
    Unsubscribe,
    Close,
}

/// Whom an entry is about: a connection, the mock client behind it, or both.
#[derive(Debug, PartialEq, Eq)]
pub struct Party {
    /// 0 for a mock client without one.
    pub connection: ConnectionId,
    /// The connection's name, `""` without one.
    pub name: Arc<str>,
    /// The number of the mock client, which outlives connections and resets; 0 for none.
    pub client: u32,
}

/// One thing that happened. Which fields say something depends on the kind. Most are events, and most of those need no more than
/// what is here and their texts, which the ring keeps.
#[derive(Debug)]
pub struct Entry {
    /// When, on the journal's timepiece.
    pub micros: u64,
    /// How many entries before this one its cause is; 0 for none.
    pub back: u32,
    /// The application's own line, by its number; 0 where it is not known.
    pub line: u32,
    pub subscribers: u32,
    pub sockets: u32,
    /// Bytes that its text had, kept or not.
    pub bytes: u32,
    /// Where the ring has its names and text, if it has some.
    pub(super) place: Option<Place>,
    /// Whether it is about a text at all.
    pub has_data: bool,
    pub kind: Kind,
    pub more: Option<Box<More>>,
}

/// Where in a ring names and text of an entry are, and how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub chunk: u32,
    pub start: u32,
    pub channel: u32,
    pub event: u32,
    /// What was kept of it.
    pub data: u32,
}

/// What entries have that are no event, and few events.
#[derive(Debug, Default)]
pub struct More {
    pub who: Option<Arc<Party>>,
    pub channel: Option<Arc<str>>,
    pub event: Option<Arc<str>>,
    pub except: Option<Arc<str>>,
    pub door: Option<Door>,
    pub socket_id: Option<Arc<str>>,
    pub name: Option<Arc<str>>,
    pub transport: Option<&'static str>,
    pub user: Option<Arc<str>>,
    pub code: Option<u16>,
    pub by: Option<By>,
    pub text: Option<Box<str>>,
    pub taken: Option<u64>,
    /// The event that a cache channel hands to who subscribes.
    pub cached: Option<u64>,
    pub count: Option<u32>,
    pub is_stale: bool,
    pub method: Option<Box<str>>,
    pub path: Option<Box<str>>,
    pub to: Option<Box<str>>,
    pub events: Vec<Box<str>>,
    pub attempt: Option<u32>,
    /// The number of the gateway that a socket came through, 0 for none.
    pub gateway: u32,
    pub notice: Option<Notice>,
    /// What was wrong: a key, an id, who was turned away.
    pub given: Option<Box<str>>,
    /// What would have been right.
    pub expected: Option<Box<str>>,
    /// The option that something was beyond.
    pub limit: Option<&'static str>,
    /// In the journal of a gateway: the id of the app that it is about.
    pub app: Option<Arc<str>>,
}

/// Characters of a sentence that are kept.
const MAX_TEXT: usize = 1_000;

impl Entry {
    #[inline]
    pub fn new(kind: Kind) -> Entry {
        Entry {
            micros: 0,
            back: 0,
            line: 0,
            subscribers: 0,
            sockets: 0,
            bytes: 0,
            place: None,
            has_data: false,
            kind,
            more: None,
        }
    }

    pub fn about(self, who: &Arc<Party>) -> Entry {
        self.with(|more| more.who = Some(who.clone()))
    }

    pub fn on(self, channel: &Arc<str>) -> Entry {
        self.with(|more| more.channel = Some(channel.clone()))
    }

    pub fn with(mut self, say: impl FnOnce(&mut More)) -> Entry {
        say(self.more.get_or_insert_default());
        self
    }

    /// A sentence for people.
    pub fn saying(self, text: &str) -> Entry {
        let text = shortened(text);
        self.with(|more| more.text = Some(text))
    }

    /// About how many bytes of memory it takes besides its texts in the ring. What several entries share is counted for each.
    #[inline]
    pub fn weight(&self) -> usize {
        size_of::<Entry>() + self.more.as_ref().map_or(0, |more| more.weight())
    }
}

impl More {
    fn weight(&self) -> usize {
        let own = |text: &Option<Box<str>>| text.as_ref().map_or(0, |text| text.len());
        let shared = |text: &Option<Arc<str>>| text.as_ref().map_or(0, |text| text.len());
        let events: usize = self.events.iter().map(|name| 16 + name.len()).sum();
        size_of::<More>()
            + shared(&self.channel)
            + shared(&self.event)
            + own(&self.text)
            + own(&self.method)
            + own(&self.path)
            + own(&self.to)
            + own(&self.given)
            + own(&self.expected)
            + shared(&self.except)
            + shared(&self.socket_id)
            + shared(&self.name)
            + shared(&self.user)
            + events
    }
}

/// The beginning of a text that may have any length.
pub fn shortened(text: &str) -> Box<str> {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}
