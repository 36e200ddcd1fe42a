//! The journal of an app: what JavaScript writes into it, and reads.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use napi::bindgen_prelude::Float64Array;
use napi::{Error, Result};
use napi_derive::{module_init, napi};
use serde_json::json;

use super::apps::{AppHandle, app};
use super::seat::{outlet_id, seat};
use super::ticks::micros;
use crate::broker::journal::entry::shortened;
use crate::broker::{self, BindingNote, Note, Outlet, Parts, Selection, Timepiece};
use crate::clock::wall;

#[module_init]
fn keep_time() {
    broker::registry().keep_time(Timepiece { micros, date: wall });
}

/// A number for a mock client, which no other of this process has.
#[napi(catch_unwind)]
pub fn next_client_number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Writes down what only JavaScript knows, in nine numbers for each note: 0 for something bound, 1 for something unbound; the mock
/// client, or the connection; the channel and the event, by their places in `names`, -1 for none; up to which event the
/// connection had got; how many callbacks; the application's line; and flags, 1 for a channel object that was let go of before, 2
/// for one that is let go of now. Or 2, and a place in `others`: a JSON array of entries, `""` for none.
#[napi(catch_unwind)]
pub fn note(app: u32, notes: Float64Array, names: Vec<String>, others: String) -> Result<()> {
    let others: Vec<Note> = match others.as_str() {
        "" => Vec::new(),
        others => serde_json::from_str(others).map_err(|error| {
            Error::from_reason(format!("pushrig: no entries of a journal: {error}"))
        })?,
    };
    let names: Vec<Arc<str>> = names
        .iter()
        .map(|name| Arc::from(&*shortened(name)))
        .collect();
    let name = |place: f64| names.get(usize::try_from(place as i64).ok()?).cloned();
    let mut others = others.into_iter();
    let app = self::app(app)?;
    let mut app = app.lock();
    for numbers in notes.as_ref().chunks_exact(9) {
        let &[
            what,
            client,
            connection,
            channel,
            event,
            taken,
            count,
            line,
            flags,
        ] = numbers
        else {
            continue;
        };
        if what == 2.0 {
            if let Some(note) = others.next() {
                app.note(note);
            }
            continue;
        }
        app.note_binding(
            client as u32,
            connection as u32,
            BindingNote {
                is_bound: what == 0.0,
                channel: name(channel),
                event: name(event),
                taken: taken as u64,
                count: count as u32,
                line: line as u32,
                is_stale: flags == 1.0,
                is_let_go: flags == 2.0,
            },
        );
    }
    Ok(())
}

/// A page of the journal. Where it has many events they are numbers, see `lib/app/columns.ts`.
#[napi(object)]
pub struct JournalPage {
    /// JSON.
    pub page: String,
    pub events: Option<Float64Array>,
}

/// A page of the journal; `selection` is JSON.
#[napi(catch_unwind)]
pub fn journal(app: u32, selection: String) -> Result<JournalPage> {
    let selection = self::selection(&selection)?;
    Ok(self::app(app)?.lock().page_in_parts(&selection).into())
}

impl From<Parts> for JournalPage {
    fn from(parts: Parts) -> JournalPage {
        JournalPage {
            page: parts.page,
            events: (!parts.events.is_empty()).then(|| parts.events.into()),
        }
    }
}

#[napi]
impl AppHandle {
    /// The whole journal of an app that has ended; `null` where none was kept.
    #[napi(catch_unwind)]
    pub fn ended(&self) -> Option<JournalPage> {
        let ended = self.ended.borrow();
        let parts = ended
            .as_ref()?
            .parts(&Selection::default(), &BTreeMap::new());
        Some(parts.into())
    }
}

/// Up to which number in the journal those connections have taken their events that have not taken all: JSON, by name. `null` where all
/// have.
#[napi(catch_unwind)]
pub fn untaken(app: u32) -> Result<Option<String>> {
    let taken = self::app(app)?.lock().taken();
    let taken: BTreeMap<&str, u64> = taken.iter().map(|(name, &seq)| (&**name, seq)).collect();
    Ok((!taken.is_empty()).then(|| json!(taken).to_string()))
}

/// Which entries are asked for, from JSON.
pub fn selection(text: &str) -> Result<Selection> {
    serde_json::from_str(text).map_err(|error| {
        Error::from_reason(format!(
            "pushrig: no selection of a journal's entries: {error}"
        ))
    })
}

/// The number of the latest entry.
#[napi(catch_unwind)]
pub fn journal_seq(app: u32) -> Result<f64> {
    Ok(self::app(app)?.lock().journal().last() as f64)
}

/// From now on this seat is told of new entries by mail of kind 14: once, and again after the next call.
#[napi(catch_unwind)]
pub fn watch_journal(app: u32, seat: u32) -> Result<()> {
    let app = self::app(app)?;
    let outlet: Arc<dyn Outlet> = self::seat(seat)
        .ok_or_else(|| Error::from_reason("pushrig: this seat has left the broker"))?;
    let mut app = app.lock();
    app.attach(&outlet);
    app.journal().watch(&outlet);
    Ok(())
}

/// This seat is told no more.
#[napi(catch_unwind)]
pub fn unwatch_journal(app: u32, seat: u32) -> Result<()> {
    if let Some(outlet) = outlet_id(seat) {
        self::app(app)?.lock().journal().unwatch(outlet);
    }
    Ok(())
}
