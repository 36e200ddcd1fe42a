//! Triggering.

use napi::Result;
use napi_derive::napi;
use serde_json::json;

use super::apps::app;
use super::line::{set_line, take_line};
use super::refusal::refuse_request;
use super::seat::{take_mail_flag, teller, told};
use super::text::Text;
use crate::broker::{self, ApiRequest, Pace, Refused};
use crate::protocol::signature::SignedRequest;

/// The publisher's own seat has listeners and delivers by itself.
const LOCAL: i32 = 1;
/// Mail waits on this thread.
const MAIL: i32 = 2;
/// The channel has subscribers, here or elsewhere.
const HEARD: i32 = 4;
const STALE_CHANNEL: f64 = -1.0;
const REFUSED: f64 = -2.0;

/// The number of a channel that may be published to, 0 when the name is refused (see
/// `takeRefusal`). It stays valid until `publish` answers -1.
#[napi(catch_unwind)]
pub fn channel_id(app: u32, channel: String) -> Result<u32> {
    Ok(self::app(app)?
        .lock()
        .channel_id(&channel)
        .unwrap_or_else(|error| {
            refuse_request(&error);
            0
        }))
}

/// The hot path of triggering. `except` is a connection's number, 0 for none; `now` is in
/// milliseconds since the epoch. Answers the event's number in the journal times 8, and flags (1 deliver to
/// this seat's own listeners, 2 mail waits on this thread, 4 somebody is subscribed); -1 for a channel number that is no longer
/// valid, -2 when refused (see `takeRefusal`).
#[napi(catch_unwind)]
pub fn publish(
    app: u32,
    seat: u32,
    channel: u32,
    #[napi(ts_arg_type = "string")] event: Text,
    #[napi(ts_arg_type = "string")] data: Text,
    except: u32,
    now: f64,
) -> Result<f64> {
    let app = self::app(app)?;
    let except = (except != 0).then_some(except);
    let teller = teller(seat);
    let from = teller.map(|(outlet, _)| outlet);
    let date = now.max(0.0) as u64;
    let line = take_line();
    let mut app = app.lock();
    if teller.is_some_and(|(_, pace)| pace != Pace::Real) {
        // What a test has done to `Date` counts from here on, whatever is published.
        app.now(&told(seat, now));
    }
    app.journal().attribute(line);
    let published = app.publish_when(channel, &event, data.into(), except, from, date, |clock| {
        clock.read(&told(seat, now))
    });
    drop(app);
    Ok(match published {
        Ok(receipt) => {
            let local = if receipt.local { LOCAL } else { 0 };
            let mail = if take_mail_flag() { MAIL } else { 0 };
            let heard = if receipt.subscribers > 0 { HEARD } else { 0 };
            receipt.seq as f64 * 8.0 + f64::from(local | mail | heard)
        }
        Err(Refused::StaleChannel) => {
            // It is tried again.
            set_line(line);
            STALE_CHANNEL
        }
        Err(Refused::Api(error)) => {
            refuse_request(&error);
            REFUSED
        }
    })
}

/// The HTTP API below `/apps/{id}`, without its signature: `query` is a JSON array of pairs.
/// Answers `{ status, body, failure, mail }` as JSON; `failure` says how it fails on the order of a test.
#[napi(catch_unwind)]
#[allow(clippy::too_many_arguments, reason = "a request, and who asks when")]
pub fn request(
    app: u32,
    seat: u32,
    method: String,
    path: String,
    query: String,
    body: String,
    now: f64,
) -> Result<String> {
    let query: Vec<(String, String)> = serde_json::from_str(&query).unwrap_or_default();
    let request = ApiRequest {
        method: &method,
        path: &path,
        query: &query,
        body: &body,
    };
    let answer = broker::respond(&self::app(app)?, &request, &told(seat, now));
    Ok(json!({
        "status": answer.status,
        "body": answer.body,
        "failure": answer.failure,
        "mail": take_mail_flag(),
    })
    .to_string())
}

/// Checks a request to the HTTP API as the service does: key, version, timestamp, signature, digest
/// of the body. `query` is a JSON array of all decoded pairs. `false` when it is refused (see
/// `takeRefusal`).
#[napi(catch_unwind)]
#[allow(clippy::too_many_arguments, reason = "a request and who may sign it")]
pub fn verify_request(
    key: String,
    secret: String,
    method: String,
    path: String,
    query: String,
    body: String,
    now: f64,
) -> bool {
    let query: Vec<(String, String)> = serde_json::from_str(&query).unwrap_or_default();
    let request = SignedRequest {
        method: &method,
        path: &path,
        query: &query,
        body: body.as_bytes(),
    };
    let secret_of = |given: &str| (given == key).then_some(secret.as_str());
    match request.verify(secret_of, now as u64) {
        Ok(_) => true,
        Err(error) => {
            refuse_request(&error);
            false
        }
    }
}
