//! Connections of mock clients and of the state manager.

use std::sync::{Arc, Weak};

use napi::bindgen_prelude::External;
use napi::{Error, Result};
use napi_derive::napi;
use parking_lot::Mutex;

use super::apps::app;
use super::environment::wake_this_thread;
use super::panics::contain;
use super::refusal::{refuse_connection, refuse_request};
use super::seat::{seat, take_mail_flag, told};
use crate::broker::{self, App, Coming, ConnectionId, Door, Outlet};
use crate::clock::reading;
use crate::protocol::ClientFrame;

/// What [`connect`] answers: the connection's number and name, what the frame says that it begins with, and what it is kept by.
type Opened = (u32, String, String, u32, Option<External<Kept>>);

/// Opens a connection; `null` when refused (see `takeRefusal`). `name` is the contract's connection id, the next
/// `mock-connection-N` when absent. `client` is the number of the mock client behind it, if there is one, and `label` what the test
/// calls that. `isKept`: the connection leaves the broker when the object that comes last is collected.
#[napi(
    catch_unwind,
    ts_return_type = "[connection: number, name: string, socketId: string, activityTimeout: number, kept: object | null] | null"
)]
pub fn connect(
    app: u32,
    seat: u32,
    name: Option<String>,
    now: f64,
    client: Option<u32>,
    label: Option<String>,
    is_kept: Option<bool>,
) -> Result<Option<Opened>> {
    let shared = self::app(app)?;
    let seated = self::seat(seat)
        .ok_or_else(|| Error::from_reason("pushrig: this seat has left the broker"))?;
    let outlet: Arc<dyn Outlet> = seated.clone();
    let mut app = shared.lock();
    let now = app.now(&told(seat, now));
    let how = Coming {
        door: Door::Process,
        client: client.unwrap_or(0),
        label: label.as_deref(),
        transport: None,
        gateway: 0,
    };
    let opened = app.open_as(&outlet, name.as_deref(), &how, now);
    let connection = match opened {
        Ok(connection) => connection,
        Err(error) => {
            drop(app);
            refuse_connection(&error);
            return Ok(None);
        }
    };
    let name = app.connection_name(connection).unwrap_or_default();
    let socket_id = app.socket_id(connection).unwrap_or_default();
    let (name, socket_id) = (name.to_owned(), socket_id.to_owned());
    let activity_timeout = app.options().limits.activity_timeout_s;
    drop(app);
    // Who opens it knows already what that says.
    seated.forget_frame(connection);
    let kept = is_kept.unwrap_or(false).then(|| {
        External::new(Kept {
            app: Arc::downgrade(&shared),
            connection,
        })
    });
    Ok(Some((connection, name, socket_id, activity_timeout, kept)))
}

/// Ties a connection to the life of an object in JavaScript. Objects are collected late: the app does not wait for that.
pub struct Kept {
    app: Weak<Mutex<App>>,
    connection: ConnectionId,
}

impl Drop for Kept {
    fn drop(&mut self) {
        contain(|| {
            let Some(app) = self.app.upgrade() else {
                return;
            };
            // A seat keeps a place for the connection, and has to hear that nobody sits there.
            let mut app = app.lock();
            let now = app.now(&reading());
            app.collect(self.connection, now);
            drop(app);
            if take_mail_flag() {
                wake_this_thread();
            }
        });
    }
}

/// Reserves the next `mock-connection-N`.
#[napi(catch_unwind)]
pub fn next_connection_name(app: u32) -> Result<String> {
    Ok(self::app(app)?.lock().next_connection_name())
}

/// The connection's socket id (`/^\d+\.\d+$/`), or `""` for one that has gone.
#[napi(catch_unwind)]
pub fn socket_id(app: u32, connection: u32) -> Result<String> {
    Ok(self::app(app)?
        .lock()
        .socket_id(connection)
        .unwrap_or_default()
        .to_owned())
}

/// The connection with this contract id, or 0.
#[napi(catch_unwind)]
pub fn connection_named(app: u32, name: String) -> Result<u32> {
    Ok(self::app(app)?.lock().connection_named(&name).unwrap_or(0))
}

/// Hands in one client frame. Returns whether mail waits on this thread.
#[napi(catch_unwind)]
pub fn receive(app: u32, seat: u32, connection: u32, frame: String, now: f64) -> Result<bool> {
    let app = self::app(app)?;
    let message = ClientFrame::read(&frame);
    let mut app = app.lock();
    let now = app.now(&told(seat, now));
    app.receive(connection, message, now);
    drop(app);
    Ok(take_mail_flag())
}

/// The client has left, having taken its events up to the journal's number `taken`. Returns whether mail waits on this thread.
#[napi(catch_unwind)]
pub fn disconnect(app: u32, seat: u32, connection: u32, taken: f64, now: f64) -> Result<bool> {
    let app = self::app(app)?;
    let mut app = app.lock();
    let now = app.now(&told(seat, now));
    app.close_having_taken(connection, taken as u64, now);
    drop(app);
    Ok(take_mail_flag())
}

/// The client takes nothing more; it has taken its events up to the journal's number `taken`. The broker hears of its end later, or has caused it.
#[napi(catch_unwind)]
pub fn has_taken(app: u32, connection: u32, taken: f64) -> Result<()> {
    self::app(app)?.lock().has_taken(connection, taken as u64);
    Ok(())
}

/// What was sent to the client waits in its thread from the journal's number `first` on; with 0 nothing does any more.
#[napi(catch_unwind)]
pub fn waits_from(app: u32, connection: u32, first: f64) -> Result<()> {
    self::app(app)?.lock().waits_from(connection, first as u64);
    Ok(())
}

/// The broker ends the connection with a close code. Returns whether mail waits on this thread.
#[napi(catch_unwind)]
pub fn drop_connection(
    app: u32,
    seat: u32,
    connection: u32,
    code: u16,
    reason: String,
    now: f64,
) -> Result<bool> {
    let app = self::app(app)?;
    let mut app = app.lock();
    let now = app.now(&told(seat, now));
    app.drop_connection(connection, code, &reason, now);
    drop(app);
    Ok(take_mail_flag())
}

/// Subscribes without a signature (the state manager's `subscribe`). Returns the channel's
/// number, 0 when refused (see `takeRefusal`).
#[napi(catch_unwind)]
pub fn subscribe_trusted(
    app: u32,
    seat: u32,
    connection: u32,
    channel: String,
    now: f64,
) -> Result<u32> {
    let app = self::app(app)?;
    let mut app = app.lock();
    let now = app.now(&told(seat, now));
    let subscribed = app.subscribe_trusted(connection, &channel, now);
    drop(app);
    Ok(subscribed.unwrap_or_else(|error| {
        refuse_request(&error);
        0
    }))
}

/// Ends a subscription from the state manager. `false` when there was none.
#[napi(catch_unwind)]
pub fn unsubscribe_trusted(
    app: u32,
    seat: u32,
    connection: u32,
    channel: String,
    now: f64,
) -> Result<bool> {
    let app = self::app(app)?;
    let mut app = app.lock();
    let now = app.now(&told(seat, now));
    Ok(app.unsubscribe_trusted(connection, &channel, now))
}

/// The connection with this socket id, or 0.
#[napi(catch_unwind)]
pub fn connection_with_socket(app: u32, socket_id: String) -> Result<u32> {
    Ok(self::app(app)?
        .lock()
        .connection_with_socket(&socket_id)
        .unwrap_or(0))
}

/// Ends every connection of the app. Returns whether mail waits on this thread.
#[napi(catch_unwind)]
pub fn drop_all_connections(
    app: u32,
    seat: u32,
    code: u16,
    reason: String,
    now: f64,
) -> Result<bool> {
    broker::drop_all(&self::app(app)?, code, &reason, || told(seat, now));
    Ok(take_mail_flag())
}
