//! What JavaScript writes into a journal: what it knows alone.

use std::sync::Arc;

use serde::Deserialize;

use super::entry::{By, Entry, Kind, Party, shortened};
use super::ring::Texts;
use super::writer::Journal;
use crate::broker::ConnectionId;

/// One entry. It is about the mock client, or about a connection that has none, or about nobody.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Note {
    pub kind: Kind,
    #[serde(default)]
    pub client: u32,
    /// The broker's number of the connection.
    #[serde(default)]
    pub connection: ConnectionId,
    pub channel: Option<String>,
    pub event: Option<String>,
    pub data: Option<String>,
    pub cause: Option<u64>,
    pub name: Option<String>,
    pub code: Option<u16>,
    pub by: Option<By>,
    pub text: Option<String>,
    pub taken: Option<u64>,
    pub count: Option<u32>,
    #[serde(default)]
    pub stale: bool,
    /// The number of the application's line.
    #[serde(default)]
    pub line: u32,
    pub method: Option<String>,
    pub path: Option<String>,
    pub to: Option<String>,
    #[serde(default)]
    pub events: Vec<String>,
    pub attempt: Option<u32>,
}

/// Something was bound, or unbound.
#[derive(Clone, Debug)]
pub struct BindingNote {
    pub is_bound: bool,
    pub channel: Option<Arc<str>>,
    pub event: Option<Arc<str>>,
    pub taken: u64,
    pub count: u32,
    /// The number of the application's line.
    pub line: u32,
    /// On a channel object that the client has let go of before.
    pub is_stale: bool,
    /// The client lets go of the channel object.
    pub is_let_go: bool,
}

/// Names of a request's events that are kept.
const MAX_EVENTS: usize = 100;

impl Journal {
    /// Writes it down.
    pub fn note_binding(&mut self, who: Arc<Party>, note: BindingNote) {
        let kind = if note.is_bound {
            Kind::Bound
        } else {
            Kind::Unbound
        };
        let mut entry = Entry::new(kind).with(|more| {
            more.who = Some(who);
            more.channel = note.channel;
            more.event = note.event;
            more.taken = Some(note.taken);
            more.count = (note.count != 1).then_some(note.count);
            more.by = note.is_let_go.then_some(By::Unsubscribe);
            more.is_stale = note.is_stale;
        });
        entry.line = note.line;
        self.write(entry);
    }

    /// Writes it down. `who`: whose connection it is, if that goes on.
    pub fn note(&mut self, note: Note, who: Option<Arc<Party>>) -> u64 {
        let who = match note.client {
            0 => who,
            client => Some(self.client(client)),
        };
        if who.is_none() && note.connection != 0 {
            // It has ended meanwhile, and what was bound to it with it.
            return self.last();
        }
        let shared =
            |text: &Option<String>| text.as_deref().map(|text| Arc::from(&*shortened(text)));
        let own = |text: &Option<String>| text.as_deref().map(shortened);
        let mut entry = Entry::new(note.kind).with(|more| {
            more.who = who;
            more.channel = shared(&note.channel);
            more.event = shared(&note.event);
            more.name = shared(&note.name);
            more.code = note.code;
            more.by = note.by;
            more.text = own(&note.text);
            more.taken = note.taken;
            more.count = note.count;
            more.is_stale = note.stale;
            more.method = own(&note.method);
            more.path = own(&note.path);
            more.to = own(&note.to);
            let events = note.events.iter().take(MAX_EVENTS);
            more.events = events.map(|name| shortened(name)).collect();
            more.attempt = note.attempt;
        });
        entry.line = note.line;
        if let Some(cause) = note.cause
            && (1..=self.last()).contains(&cause)
        {
            entry.back = (self.last() + 1 - cause).try_into().unwrap_or(0);
        }
        let (client, channel) = (
            note.client,
            entry.more.as_ref().and_then(|more| more.channel.clone()),
        );
        if note.kind == Kind::Refused
            && entry.back == 0
            && let Some(channel) = &channel
            && let cause @ 1.. = self.answered(client, channel)
        {
            entry.back = (self.last() + 1 - cause).try_into().unwrap_or(0);
        }
        let seq = match &note.data {
            Some(data) => {
                let texts = Texts {
                    channel: channel.as_deref().unwrap_or(""),
                    event: note.event.as_deref().unwrap_or(""),
                    data,
                };
                self.write_with(entry, texts)
            }
            None => self.write(entry),
        };
        if note.kind == Kind::Subscribing
            && let Some(channel) = &channel
        {
            self.asked(client, channel, seq);
        }
        seq
    }
}
