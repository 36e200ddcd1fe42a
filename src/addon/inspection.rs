//! Looking inside, and starting over. Answers are JSON text.

use napi::Result;
use napi_derive::napi;
use serde::Serialize;
use serde_json::{Value, json};

use super::apps::app;
use super::line::take_line;
use super::seat::{take_mail_flag, told};
use crate::broker::Message;

/// The contract's `getState()`, its `events` still empty: bindings are JavaScript's to know.
#[napi(catch_unwind)]
pub fn state(app: u32) -> Result<String> {
    Ok(self::app(app)?.lock().state().to_string())
}

/// `[{ channel, event, data, timestamp }]`, oldest first; `data` is the text that was published.
#[napi(catch_unwind)]
pub fn messages(app: u32, channel: String) -> Result<String> {
    let app = self::app(app)?;
    let messages = app.lock().messages(&channel);
    let all = messages.iter().map(|message| describe(&channel, message));
    Ok(Value::from_iter(all).to_string())
}

/// As [`messages`], strictly later than `timestamp` (milliseconds since the epoch).
#[napi(catch_unwind)]
pub fn messages_since(app: u32, channel: String, timestamp: f64) -> Result<String> {
    let app = self::app(app)?;
    let messages = app.lock().messages(&channel);
    let later = messages
        .iter()
        .filter(|message| message.timestamp as f64 > timestamp)
        .map(|message| describe(&channel, message));
    Ok(Value::from_iter(later).to_string())
}

/// What the budgets of bytes have cost since the last reset: `[messages of the history, events of
/// cache channels]`.
#[napi(catch_unwind)]
pub fn dropped_by_budget(app: u32) -> Result<Vec<f64>> {
    let (messages, cached) = self::app(app)?.lock().dropped();
    Ok(vec![messages as f64, cached as f64])
}

fn describe(channel: &str, message: &Message) -> Value {
    json!({
        "channel": channel,
        "event": &*message.name,
        "data": &*message.data,
        "timestamp": message.timestamp,
    })
}

/// What of the app has not arrived yet, as JSON: `{ mailboxes, channels, sockets, requests, webhooks }`, each but the first
/// `{ count, first }`.
#[napi(catch_unwind)]
pub fn under_way(app: u32) -> Result<String> {
    let found = self::app(app)?.lock().under_way();
    Ok(json!(found).to_string())
}

/// How many connections are subscribed.
#[napi(catch_unwind)]
pub fn subscriber_count(app: u32, channel: String) -> Result<u32> {
    Ok(self::app(app)?.lock().subscriber_count(&channel) as u32)
}

/// Names of the channels with at least one subscriber.
#[napi(catch_unwind)]
pub fn active_channels(app: u32) -> Result<Vec<String>> {
    Ok(self::app(app)?.lock().active_channels())
}

/// Connection ids of the channel's subscribers.
#[napi(catch_unwind)]
pub fn channel_subscribers(app: u32, channel: String) -> Result<Vec<String>> {
    Ok(self::app(app)?.lock().channel_subscribers(&channel))
}

/// Who is on a presence channel, as the frame that tells a newcomer; `null` where nobody is.
#[napi(catch_unwind)]
pub fn members(app: u32, channel: String) -> Result<Option<String>> {
    let members = self::app(app)?.lock().members(&channel);
    Ok(members.map(|frame| frame.text()))
}

/// Names of the channels a connection is subscribed to; `null` when there are none.
#[napi(catch_unwind)]
pub fn subscribed_channels(app: u32, connection: String) -> Result<Option<Vec<String>>> {
    Ok(self::app(app)?.lock().subscribed_channels(&connection))
}

/// Forgets channels, history, members, subscriptions and mock connections of the app. Returns
/// whether mail waits on this thread.
#[napi(catch_unwind)]
pub fn reset(app: u32) -> Result<bool> {
    let app = self::app(app)?;
    let mut app = app.lock();
    app.journal().attribute(take_line());
    app.reset();
    drop(app);
    Ok(take_mail_flag())
}

/// When something is due, in milliseconds.
#[napi(object)]
#[derive(Serialize)]
pub struct Deadline {
    /// From now.
    pub delay: f64,
    /// On the app's clock, to be handed back once `delay` has passed.
    pub due: f64,
}

impl Deadline {
    pub fn at(due: u64, now: u64) -> Deadline {
        Deadline {
            delay: due.saturating_sub(now) as f64,
            due: due as f64,
        }
    }
}

/// When the app next has something to do by itself.
#[napi(catch_unwind)]
pub fn next_deadline(app: u32, seat: u32, now: f64) -> Result<Option<Deadline>> {
    let app = self::app(app)?;
    let mut app = app.lock();
    let Some(due) = app.next_deadline() else {
        return Ok(None);
    };
    let now = app.now(&told(seat, now));
    Ok(Some(Deadline::at(due, now)))
}

/// Does what is due, now that the delay of a [`Deadline`] has passed. Returns whether mail waits on this thread.
#[napi(catch_unwind)]
pub fn tick(app: u32, seat: u32, now: f64, due: f64) -> Result<bool> {
    let app = self::app(app)?;
    let mut app = app.lock();
    let now = app.reach(&told(seat, now), due as u64);
    app.tick(now);
    drop(app);
    Ok(take_mail_flag())
}
