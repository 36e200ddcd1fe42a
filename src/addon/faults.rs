//! Faults: what a test does to an app.

use napi::{Error, Result};
use napi_derive::napi;
use serde_json::json;

use super::apps::app;
use super::seat::take_mail_flag;
use crate::broker::Fault;

/// A fault is on from now on, as its JSON says it. Answers its number.
#[napi(catch_unwind)]
pub fn begin_fault(app: u32, fault: String) -> Result<u32> {
    let fault: Fault =
        serde_json::from_str(&fault).map_err(|error| Error::from_reason(error.to_string()))?;
    Ok(self::app(app)?.lock().begin_fault(fault))
}

/// The client that a fault is about has this connection from now on.
#[napi(catch_unwind)]
pub fn fault_follows(app: u32, fault: u32, connection: u32) -> Result<()> {
    self::app(app)?.lock().fault_follows(fault, connection);
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

/// The fault is over; what it has held back arrives if it `releases` it. Answers `{ strikes, heard, mail }` as JSON, `heard` being pairs of channel and event; `null` when it was over
/// before.
#[napi(catch_unwind)]
pub fn end_fault(app: u32, fault: u32, releases: bool) -> Result<Option<String>> {
    let ended = self::app(app)?.lock().end_fault(fault, releases);
    let mail = take_mail_flag();
    Ok(ended.map(|ended| {
        let heard = ended.heard.iter();
        let heard: Vec<[&str; 2]> = heard.map(|(c, e)| [c.as_str(), &**e]).collect();
        json!({ "strikes": ended.strikes, "heard": heard, "mail": mail }).to_string()
    }))
}
