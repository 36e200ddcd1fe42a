//! Reading a journal.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

use super::columns::{ColumnTexts, Columns, WORTHWHILE};
use super::entry::{By, Entry, Kind, Notice};
use super::line;
use super::ring::Texts;
use super::state::{Standing, State};
use super::writer::Journal;
use crate::broker::Door;

/// Which entries; everything that is left out is not asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Selection {
    /// Entries after this one only.
    pub after: Option<u64>,
    /// Entries about this channel, and those about none.
    pub channel: Option<String>,
    pub kinds: Option<Vec<Kind>>,
    /// Entries about this mock client, those about nobody, and client events of whomever. Who was there before is this one alone.
    pub client: Option<u32>,
    /// Whether events carry what was published, and members their `user_info`.
    pub data: bool,
    /// So many characters of it; all of them if it is not said.
    pub beginning: Option<usize>,
    /// Whether it is told who was there before, and who has not taken all events.
    pub state: bool,
}

impl Default for Selection {
    fn default() -> Selection {
        Selection {
            after: None,
            channel: None,
            kinds: None,
            client: None,
            data: true,
            beginning: None,
            state: true,
        }
    }
}

impl Selection {
    /// As much of what was published as is wanted, if it was kept.
    fn data_of<'a>(&self, entry: &Entry, texts: Texts<'a>) -> Option<&'a str> {
        let is_kept = self.data && texts.data.len() == entry.bytes as usize;
        is_kept.then(|| beginning(texts.data, self.beginning))
    }

    fn takes(&self, entry: &Entry, channel: Option<&str>) -> bool {
        let is_kind = |kinds: &Vec<Kind>| kinds.contains(&entry.kind);
        let is_about = |wanted: &String| channel.is_none_or(|channel| channel == *wanted);
        self.kinds.as_ref().is_none_or(is_kind)
            && self.channel.as_ref().is_none_or(is_about)
            && self.client.is_none_or(|client| is_of(entry, client))
    }
}

fn is_of(entry: &Entry, client: u32) -> bool {
    let who = entry.more.as_ref().and_then(|more| more.who.as_ref());
    entry.kind == Kind::ClientEvent || who.is_none_or(|who| who.client == client)
}

#[derive(Serialize)]
struct Page<'a> {
    start: u64,
    forgotten: u64,
    last: u64,
    date: u64,
    born: f64,
    base: Vec<ClientState<'a>>,
    before: Vec<ClientState<'a>>,
    taken: BTreeMap<&'a str, u64>,
    entries: Entries<'a>,
    #[serde(flatten)]
    columns: Option<&'a ColumnTexts<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClientState<'a> {
    #[serde(skip_serializing_if = "is_zero")]
    client: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    connection: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    socket_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    door: Door,
    is_connected: bool,
    channels: Vec<&'a str>,
    bindings: Vec<Binding<'a>>,
}

#[derive(Serialize)]
struct Binding<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    count: u32,
    taken: u64,
}

/// Rendered one by one, without a list of them first.
struct Entries<'a> {
    journal: &'a Journal,
    selection: &'a Selection,
    /// Whether plain events are elsewhere.
    has_columns: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rendered<'a> {
    seq: u64,
    t: f64,
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<u64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    connection: &'a str,
    #[serde(skip_serializing_if = "is_zero")]
    client: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscribers: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sockets: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(flatten)]
    more: Option<Rest<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rest<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    except: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    door: Option<Door>,
    #[serde(skip_serializing_if = "Option::is_none")]
    socket_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transport: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<By>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taken: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cached: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stale: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    events: &'a [Box<str>],
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "is_zero")]
    gateway: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<Notice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    given: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<&'a str>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Journal {
    /// Entries up to this one are forgotten.
    pub fn forgotten(&self) -> u64 {
        let kept = self.last() - self.ring.len() as u64;
        kept.max(self.start)
    }

    /// What is known, as JSON. `taken`: how far connections have got that have not taken all their events.
    pub fn page(&self, selection: &Selection, taken: &BTreeMap<Arc<str>, u64>) -> String {
        let page = self.rendered(selection, taken, None);
        serde_json::to_string(&page).unwrap_or_default()
    }

    /// The same where it is JavaScript that reads, and there may be ten thousand events.
    pub fn parts(&self, selection: &Selection, taken: &BTreeMap<Arc<str>, u64>) -> Parts {
        let mut columns = Columns::default();
        for (seq, entry, texts, _) in self.selected(selection) {
            if let Some(texts) = texts.filter(|_| is_plain(entry)) {
                let data = selection.data.then(|| selection.data_of(entry, texts));
                columns.add(seq, self.time_of(entry), entry, texts, data);
            }
        }
        if columns.numbers.len() < WORTHWHILE {
            columns = Columns::default();
        }
        let has_columns = !columns.numbers.is_empty();
        let page = self.rendered(selection, taken, has_columns.then_some(&columns.texts));
        let page = serde_json::to_string(&page).unwrap_or_default();
        Parts {
            page,
            events: columns.numbers,
        }
    }

    /// Renders the entries that are asked for one by one, each with its number, until `go_on` wants no more. Gives the number
    /// up to which there was nothing else.
    pub fn each(&self, selection: &Selection, mut go_on: impl FnMut(u64, String) -> bool) -> u64 {
        for (seq, entry, texts, channel) in self.selected(selection) {
            let rendered = self.entry(selection, seq, entry, texts, channel);
            if !go_on(seq, serde_json::to_string(&rendered).unwrap_or_default()) {
                return seq;
            }
        }
        self.last()
    }

    /// An entry as readers get it: the one way to render it.
    fn entry<'a>(
        &'a self,
        selection: &Selection,
        seq: u64,
        entry: &'a Entry,
        texts: Option<Texts<'a>>,
        channel: Option<&'a str>,
    ) -> Rendered<'a> {
        Rendered {
            channel,
            data: texts.and_then(|texts| selection.data_of(entry, texts)),
            ..Rendered::of(entry, texts, seq, self)
        }
    }

    /// When an entry was written, in milliseconds since the app was made.
    fn time_of(&self, entry: &Entry) -> f64 {
        entry.micros.saturating_sub(self.born) as f64 / 1_000.0
    }

    /// The entries that are asked for, each with its number, its texts and its channel.
    fn selected<'a>(
        &'a self,
        selection: &'a Selection,
    ) -> impl Iterator<Item = (u64, &'a Entry, Option<Texts<'a>>, Option<&'a str>)> {
        let oldest = self.last() + 1 - self.ring.len() as u64;
        let after = selection.after.unwrap_or(self.start);
        let first = after.saturating_add(1).saturating_sub(oldest) as usize;
        let entries = self.ring.entries_from(first).enumerate();
        entries.filter_map(move |(index, entry)| {
            let texts = self.ring.texts(entry);
            let about = texts.map(|texts| texts.channel);
            let about = about.or(entry.more.as_ref().and_then(|more| more.channel.as_deref()));
            let seq = oldest + (first + index) as u64;
            selection
                .takes(entry, about)
                .then_some((seq, entry, texts, about))
        })
    }

    fn rendered<'a>(
        &'a self,
        selection: &'a Selection,
        taken: &'a BTreeMap<Arc<str>, u64>,
        columns: Option<&'a ColumnTexts<'a>>,
    ) -> Page<'a> {
        Page {
            start: self.start,
            forgotten: self.forgotten(),
            last: self.last(),
            date: self.date,
            born: self.born as f64 / 1_000.0,
            base: described(&self.base, selection),
            before: described(&self.before, selection),
            taken: taken.iter().map(|(name, seq)| (&**name, *seq)).collect(),
            entries: Entries {
                journal: self,
                selection,
                has_columns: columns.is_some(),
            },
            columns,
        }
    }
}

/// A page as JSON, and what the numbers in `events` say of the events that are not in it. They are empty where all are.
pub struct Parts {
    pub page: String,
    pub events: Vec<f64>,
}

/// Whether it is an event with nothing to it that most do not have.
fn is_plain(entry: &Entry) -> bool {
    entry.kind == Kind::Triggered && entry.more.is_none()
}

fn described<'a>(state: &'a State, selection: &Selection) -> Vec<ClientState<'a>> {
    let is_wanted = |standing: &&Standing| {
        selection.state
            && selection
                .client
                .is_none_or(|client| standing.who.client == client)
    };
    state.all().filter(is_wanted).map(ClientState::of).collect()
}

impl<'a> ClientState<'a> {
    fn of(standing: &'a Standing) -> ClientState<'a> {
        let bindings = standing.bindings.iter();
        ClientState {
            client: standing.who.client,
            connection: &standing.who.name,
            socket_id: standing.socket_id.as_deref(),
            name: standing.name.as_deref(),
            user: standing.user.as_deref(),
            door: standing.door,
            is_connected: standing.is_connected,
            channels: standing.channels.iter().map(|channel| &**channel).collect(),
            bindings: bindings
                .map(|((channel, event), bound)| Binding {
                    channel: channel.as_deref(),
                    event: event.as_deref(),
                    count: bound.count,
                    taken: bound.taken,
                })
                .collect(),
        }
    }
}

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Entries {
            journal,
            selection,
            has_columns,
        } = *self;
        let mut sequence = serializer.serialize_seq(None)?;
        for (seq, entry, texts, channel) in journal.selected(selection) {
            if has_columns && is_plain(entry) && texts.is_some() {
                continue;
            }
            let rendered = journal.entry(selection, seq, entry, texts, channel);
            sequence.serialize_element(&rendered)?;
        }
        sequence.end()
    }
}

fn beginning(data: &str, characters: Option<usize>) -> &str {
    let end = characters.and_then(|most| data.char_indices().nth(most));
    end.map_or(data, |(end, _)| &data[..end])
}

impl<'a> Rendered<'a> {
    fn of(entry: &'a Entry, texts: Option<Texts<'a>>, seq: u64, journal: &Journal) -> Rendered<'a> {
        let more = entry.more.as_deref();
        let who = more.and_then(|more| more.who.as_ref());
        let is_event = matches!(entry.kind, Kind::Triggered | Kind::ClientEvent);
        Rendered {
            seq,
            t: journal.time_of(entry),
            kind: entry.kind,
            cause: (entry.back != 0).then(|| seq - u64::from(entry.back)),
            connection: who.map_or("", |who| &who.name),
            client: who.map_or(0, |who| who.client),
            channel: None,
            event: texts
                .filter(|_| entry.kind != Kind::MemberAdded)
                .map(|texts| texts.event)
                .or(more.and_then(|more| more.event.as_deref())),
            data: None,
            bytes: entry.has_data.then_some(entry.bytes),
            subscribers: is_event.then_some(entry.subscribers),
            sockets: is_event.then_some(entry.sockets),
            at: line::text(entry.line).map(|line| line.to_string()),
            more: more.map(|more| Rest {
                except: more.except.as_deref(),
                door: more.door,
                socket_id: more.socket_id.as_deref(),
                name: more.name.as_deref(),
                transport: more.transport,
                user: more.user.as_deref(),
                code: more.code,
                by: more.by,
                text: more.text.as_deref(),
                taken: more.taken,
                cached: more.cached.filter(|&seq| seq != 0),
                count: more.count,
                stale: more.is_stale,
                method: more.method.as_deref(),
                path: more.path.as_deref(),
                to: more.to.as_deref(),
                events: &more.events,
                attempt: more.attempt,
                gateway: more.gateway,
                notice: more.notice,
                given: more.given.as_deref(),
                expected: more.expected.as_deref(),
                limit: more.limit,
                app: more.app.as_deref(),
            }),
        }
    }
}
