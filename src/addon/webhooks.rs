//! Webhook events on their way to the wrapper, which sends them.

use std::sync::Arc;

use napi::{Error, Result};
use napi_derive::napi;
use serde_json::json;

use super::apps::app;
use super::inspection::Deadline;
use super::seat::{outlet_id, seat, told};
use crate::broker::Outlet;

/// From now on this seat takes the app's webhook events, in place of the seat that did so before.
/// Mail of kind 8 tells it that some wait.
#[napi(catch_unwind)]
pub fn enable_webhooks(app: u32, seat: u32) -> Result<()> {
    let app = self::app(app)?;
    let outlet: Arc<dyn Outlet> = self::seat(seat)
        .ok_or_else(|| Error::from_reason("pushrig: this seat has left the broker"))?;
    let mut app = app.lock();
    app.attach(&outlet);
    app.webhooks().enable(outlet);
    Ok(())
}

/// The app's webhook events are kept no more, if it is this seat that takes them.
#[napi(catch_unwind)]
pub fn disable_webhooks(app: u32, seat: u32) -> Result<()> {
    if let Some(outlet) = outlet_id(seat) {
        self::app(app)?.lock().webhooks().disable(outlet);
    }
    Ok(())
}

/// Takes the webhook events that are due at `now`, as JSON: `{ events, causes, dropped, next }`. `events`
/// are as their receiver gets them, `causes` the journal's entry of what each tells, `dropped` is how many found no room since the last call, `next`
/// is the [`Deadline`] of one that is held back, or null. `null` when another seat takes the events.
/// `due` is that of the deadline whose delay has passed, 0 without one.
#[napi(catch_unwind)]
pub fn take_webhooks(app: u32, seat: u32, now: f64, due: f64) -> Result<Option<String>> {
    let app = self::app(app)?;
    let mut app = app.lock();
    let now = app.reach(&told(seat, now), due as u64);
    let webhooks = app.webhooks();
    if !outlet_id(seat).is_some_and(|outlet| webhooks.is_taken_by(outlet)) {
        return Ok(None);
    }
    let (causes, events): (Vec<_>, Vec<_>) = webhooks.take_due(now).into_iter().unzip();
    let dropped = webhooks.take_dropped();
    let next = webhooks.next_due().map(|due| Deadline::at(due, now));
    Ok(Some(
        json!({ "events": events, "causes": causes, "dropped": dropped, "next": next }).to_string(),
    ))
}
