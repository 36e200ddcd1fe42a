//! Triggering.

use std::mem::MaybeUninit;
use std::panic::catch_unwind;
use std::ptr;
use std::sync::Arc;

use napi::bindgen_prelude::{FromNapiValue, Function, ToNapiValue, panic_to_error};
use napi::{Env, JsError, Result, check_status, sys};
use napi_derive::napi;
use serde_json::json;

use super::apps::{app, with_app};
use super::line::{set_line, take_line};
use super::prefetch::prefetch;
use super::refusal::refuse_request;
use super::seat::{take_mail_flag, teller, told};
use super::text::{DATA, NAME, read};
use crate::broker::{self, ApiRequest, NotPublished, Pace};
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

/// The function `publish`, the hot path of triggering. `except` is a connection's number, 0 for none; `now` is in
/// milliseconds since the epoch. Answers the event's number in the journal times 8, and flags (1 deliver to
/// this seat's own listeners, 2 mail waits on this thread, 4 somebody is subscribed); -1 for a channel number that is no longer
/// valid, -2 when refused (see `takeRefusal`).
///
/// It is made by hand, because napi-rs writes down at each call what it has lent: see docs/decisions/0028-publish-by-hand.md.
#[napi(
    catch_unwind,
    ts_return_type = "(app: number, seat: number, channel: number, event: string, data: string, except: number, now: number) => number"
)]
pub fn publisher(env: &Env) -> Result<Function<'_, (), f64>> {
    env.create_function("publish", called)
}

/// What Node calls.
extern "C" fn called(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: Node hands in an environment whose thread this is, and what this call is given.
    catch_unwind(|| unsafe { answer(env, info) })
        .map_err(panic_to_error)
        .flatten()
        .unwrap_or_else(|error| {
            // SAFETY: as above.
            unsafe { JsError::from(error).throw_into(env) };
            ptr::null_mut()
        })
}

/// # Safety
///
/// `env` is the environment of this thread, and `info` what its call is given.
unsafe fn answer(env: sys::napi_env, info: sys::napi_callback_info) -> Result<sys::napi_value> {
    let mut given = [ptr::null_mut(); 7];
    let mut count = given.len();
    // SAFETY: there is room for as many values as `count` says; Node fills those that are missing with undefined.
    check_status!(unsafe {
        sys::napi_get_cb_info(
            env,
            info,
            &mut count,
            given.as_mut_ptr(),
            ptr::null_mut(),
            ptr::null_mut(),
        )
    })?;
    let [app, seat, channel, event, data, except, now] = given;
    let (mut name, mut text) = ([MaybeUninit::uninit(); NAME], [MaybeUninit::uninit(); DATA]);
    // SAFETY: the caller's promise; the values are those of this call.
    unsafe {
        let publication = Publication {
            seat: u32::from_napi_value(env, seat)?,
            channel: u32::from_napi_value(env, channel)?,
            event: &read(env, event, &mut name)?,
            data: (&*read(env, data, &mut text)?).into(),
            except: u32::from_napi_value(env, except)?,
            now: f64::from_napi_value(env, now)?,
        };
        let app = u32::from_napi_value(env, app)?;
        f64::to_napi_value(env, publish(app, publication)?)
    }
}

/// An event on its way to the channel of this number, from a seat.
struct Publication<'a> {
    seat: u32,
    channel: u32,
    event: &'a str,
    data: Arc<str>,
    except: u32,
    now: f64,
}

fn publish(app: u32, publication: Publication<'_>) -> Result<f64> {
    let Publication {
        seat,
        channel,
        event,
        data,
        except,
        now,
    } = publication;
    let except = (except != 0).then_some(except);
    let teller = teller(seat);
    let from = teller.map(|(outlet, _)| outlet);
    let date = now.max(0.0) as u64;
    let line = take_line();
    let size = event.len() + data.len();
    let published = with_app(app, |app| {
        let mut app = app.lock();
        if teller.is_some_and(|(_, pace)| pace != Pace::Real) {
            // What a test has done to `Date` counts from here on, whatever is published.
            app.now(&told(seat, now));
        }
        app.journal().attribute(line);
        let published = app.publish_when(channel, event, data, except, from, date, |clock| {
            clock.read(&told(seat, now))
        });
        // The next event is as large, most of the time.
        prefetch(app.journal().next_place(size));
        published
    })?;
    Ok(match published {
        Ok(receipt) => {
            let local = if receipt.local { LOCAL } else { 0 };
            let mail = if take_mail_flag() { MAIL } else { 0 };
            let heard = if receipt.subscribers > 0 { HEARD } else { 0 };
            receipt.seq as f64 * 8.0 + f64::from(local | mail | heard)
        }
        Err(NotPublished::StaleChannel) => {
            // It is tried again.
            set_line(line);
            STALE_CHANNEL
        }
        Err(NotPublished::Api(error)) => {
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
