//! Faults: what a test does to an app.

use std::sync::Arc;

use napi::{Error, Result};
use napi_derive::napi;
use serde_json::json;

use super::apps::app;
use super::seat::{seat, take_mail_flag, told};
use crate::broker::{Fault, OpeningConditions, Outlet};

/// A fault is on from now on, as its JSON says it. Answers its number.
#[napi(catch_unwind)]
pub fn begin_fault(app: u32, seat: u32, fault: String, now: f64) -> Result<u32> {
    let fault: Fault =
        serde_json::from_str(&fault).map_err(|error| Error::from_reason(error.to_string()))?;
    let app = self::app(app)?;
    let mut app = app.lock();
    let now = app.now(&told(seat, now));
    Ok(app.begin_fault(fault, now))
}

/// A client that a fault is about has another connection: these are all of its clients' from now on.
#[napi(catch_unwind)]
pub fn fault_follows(app: u32, fault: u32, connections: Vec<u32>) -> Result<()> {
    self::app(app)?.lock().fault_follows(fault, connections);
    Ok(())
}

/// `[strikes, held]` of a fault, `null` once it is over.
#[napi(catch_unwind)]
pub fn look_at_fault(app: u32, fault: u32) -> Result<Option<Vec<f64>>> {
    let looked = self::app(app)?.lock().look_at_fault(fault);
    Ok(looked.map(|(strikes, held)| vec![strikes as f64, held as f64]))
}

/// Lets go of what a fault has held back. Returns whether mail waits on this thread.
#[napi(catch_unwind)]
pub fn release_held(app: u32, fault: u32) -> Result<bool> {
    self::app(app)?.lock().release_held(fault);
    Ok(take_mail_flag())
}

/// The fault is over; what it has held back arrives if it `releases` it. Answers `{ strikes, dropped, heard, keptOut, mail }` as JSON, `heard` being
/// pairs of channel and event; `null` when it was over before.
#[napi(catch_unwind)]
pub fn end_fault(app: u32, fault: u32, releases: bool) -> Result<Option<String>> {
    let ended = self::app(app)?.lock().end_fault(fault, releases);
    let mail = take_mail_flag();
    Ok(ended.map(|ended| {
        let heard = ended.heard.iter();
        let heard: Vec<[&str; 2]> = heard.map(|(c, e)| [&**c, &**e]).collect();
        let (strikes, dropped, kept_out) = (ended.strikes, ended.dropped, ended.kept_out);
        json!({ "strikes": strikes, "dropped": dropped, "heard": heard, "keptOut": kept_out, "mail": mail }).to_string()
    }))
}

/// What a connection of this seat that is about to be opened meets with, by a client that the faults `about` are about: `{ isStalled, refusal, delay }` as JSON, `refusal` being
/// null or `{ code, reason }`. `null` when that is nothing. Who has to wait hears when that is over.
#[napi(catch_unwind)]
pub fn opening(app: u32, seat: u32, about: Option<Vec<u32>>) -> Result<Option<String>> {
    let app = self::app(app)?;
    let mut app = app.lock();
    let opening = app.opening(about.as_deref());
    if opening == OpeningConditions::default() {
        return Ok(None);
    }
    if opening.is_stalled
        && let Some(seat) = self::seat(seat)
    {
        let outlet: Arc<dyn Outlet> = seat;
        app.attach(&outlet);
    }
    drop(app);
    let refusal = opening.refusal;
    let refusal = refusal.map(|(code, reason)| json!({ "code": code, "reason": reason }));
    let stalled = opening.is_stalled;
    Ok(Some(
        json!({ "isStalled": stalled, "refusal": refusal, "delay": opening.delay_ms }).to_string(),
    ))
}

/// How joining a channel fails, or signing in, which is the channel `user`: `{ status, message }` as JSON, or `null`.
#[napi(catch_unwind)]
pub fn fail_authorization(app: u32, channel: String) -> Result<Option<String>> {
    let failure = self::app(app)?.lock().fail_authorization(&channel);
    Ok(failure.map(|failure| json!(failure).to_string()))
}

/// How a webhook fails, whose events are given as a JSON array of pairs of channel and name: `{ status, error }` as JSON, or `null`.
#[napi(catch_unwind)]
pub fn fail_webhook(app: u32, events: String) -> Result<Option<String>> {
    let events: Vec<(String, String)> = serde_json::from_str(&events).unwrap_or_default();
    let failure = self::app(app)?.lock().fail_webhook(&events);
    Ok(failure.map(|failure| json!(failure).to_string()))
}

/// How many clients are connected to an app, whichever door they have come by.
#[napi(catch_unwind)]
pub fn connection_count(app: u32) -> Result<u32> {
    Ok(self::app(app)?.lock().connection_ids().len() as u32)
}
