//! The journal of an app: what JavaScript writes into it, and reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use napi::bindgen_prelude::Float64Array;
use napi::{Error, Result};
use napi_derive::{module_init, napi};

use super::apps::app;
use super::seat::{outlet_id, seat};
use super::ticks::micros;
use crate::broker::{self, Note, Outlet, Selection, Timepiece};
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

/// Writes down what only JavaScript knows: a JSON array of entries. Answers the number of the latest entry.
#[napi(catch_unwind)]
pub fn note(app: u32, notes: String) -> Result<f64> {
    let notes: Vec<Note> = serde_json::from_str(&notes).map_err(|error| {
        Error::from_reason(format!("pushrig: no entries of a journal: {error}"))
    })?;
    let app = self::app(app)?;
    let mut app = app.lock();
    for note in notes {
        app.note(note);
    }
    Ok(app.journal().last() as f64)
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
    let parts = self::app(app)?.lock().page_in_parts(&selection);
    Ok(JournalPage {
        page: parts.page,
        events: (!parts.events.is_empty()).then(|| parts.events.into()),
    })
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
