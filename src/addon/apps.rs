//! Which app a call is about: numbers of this thread that stand for apps of the process.

use std::cell::RefCell;

use napi::bindgen_prelude::Buffer;
use napi::{Error, Result};
use napi_derive::napi;
use parking_lot::Mutex;
use serde_json::json;

use super::environment::wake_this_thread;
use super::panics::contain;
use super::refusal::refuse_request;
use super::seat::take_mail_flag;
use crate::broker::{self, App, AppOptions, Journal, Remains, SharedApp};
use crate::clock::reading;
use crate::protocol::ApiError;

thread_local! {
    static APPS: RefCell<Vec<Option<SharedApp>>> = const { RefCell::new(Vec::new()) };
}

/// The app behind a number of this thread.
pub fn app(handle: u32) -> Result<SharedApp> {
    APPS.with_borrow(|apps| apps.get(handle as usize).cloned().flatten())
        .ok_or_else(closed)
}

/// What is done with it for a moment, by somebody who needs no part in its ownership.
pub fn with_app<T>(handle: u32, act: impl FnOnce(&Mutex<App>) -> T) -> Result<T> {
    APPS.with_borrow(|apps| {
        let app = apps.get(handle as usize).and_then(Option::as_ref);
        app.map(|app| act(app)).ok_or_else(closed)
    })
}

fn closed() -> Error {
    Error::from_reason("pushrig: this app was closed")
}

/// Gives an app its number on this thread.
pub fn handle_of(app: SharedApp) -> u32 {
    APPS.with_borrow_mut(|apps| {
        // 0 stands for "no app".
        if apps.is_empty() {
            apps.push(None);
        }
        let same = |known: &Option<SharedApp>| {
            known
                .as_ref()
                .is_some_and(|known| SharedApp::ptr_eq(known, &app))
        };
        if let Some(index) = apps.iter().position(same) {
            return index as u32;
        }
        apps.push(Some(app));
        apps.len() as u32 - 1
    })
}

/// The same for an app that has none yet, without a look at all the others.
fn number_of_new(app: SharedApp) -> u32 {
    APPS.with_borrow_mut(|apps| {
        if apps.is_empty() {
            apps.push(None);
        }
        apps.push(Some(app));
        apps.len() as u32 - 1
    })
}

/// Frees the number of an app.
fn forget(app: &SharedApp) {
    APPS.with_borrow_mut(|apps| {
        for known in apps.iter_mut() {
            if known
                .as_ref()
                .is_some_and(|known| SharedApp::ptr_eq(known, app))
            {
                *known = None;
            }
        }
    });
}

/// An isolated app; the app ends when this is collected.
#[napi]
pub struct AppHandle {
    scope: String,
    handle: u32,
    /// What was known of it once it has ended, if somebody wants that.
    pub(super) ended: RefCell<Option<Journal>>,
}

#[napi]
impl AppHandle {
    /// Ends the app now, for every thread: it is found no more, takes no connections and no
    /// events, and calls with this number fail. Harmless twice. `keeps`: its journal is kept.
    #[napi(catch_unwind)]
    pub fn close(&self, keeps: bool) {
        let journal = self.end();
        if keeps && journal.is_some() {
            self.ended.replace(journal);
        }
    }

    /// Lets go of that.
    #[napi(catch_unwind)]
    pub fn forget(&self) {
        self.ended.take();
    }
}

impl AppHandle {
    fn end(&self) -> Option<Journal> {
        let app = APPS
            .try_with(|apps| {
                apps.borrow_mut()
                    .get_mut(self.handle as usize)
                    .and_then(Option::take)
            })
            .ok()
            .flatten()?;
        broker::registry().remove(&self.scope, &app);
        // Other threads may have found it by its key.
        let mut app = app.lock();
        let now = app.now(&reading());
        let Remains { journal, outlets } = app.end(now);
        drop(app);
        drop(outlets);
        if take_mail_flag() {
            wake_this_thread();
        }
        Some(journal)
    }
}

impl Drop for AppHandle {
    fn drop(&mut self) {
        contain(|| drop(self.end()));
    }
}

/// The default app of `scope`, made on first use. `fresh` empties it first: a new test file.
#[napi(catch_unwind)]
pub fn default_app(scope: String, fresh: bool) -> u32 {
    if fresh {
        let before = broker::registry().default_app(&scope);
        before.lock().reset();
        forget(&before);
        broker::registry().drop_scope(&scope);
    }
    handle_of(broker::registry().default_app(&scope))
}

/// What [`create_app`] answers: the number that stands for the app in every other call on this thread, its number within the
/// process, which mail names, and what it lives by.
type Created = (u32, u32, AppHandle);

/// Makes an isolated app. `randomMasterKey`: it makes itself a key for encrypted channels when it is first asked for one. `more` is
/// what else is not as usual, as JSON (`limits`, `enabled`, …): most apps have nothing of that. `null` when the options are refused: see `takeRefusal`.
#[napi(
    catch_unwind,
    ts_return_type = "[number: number, appId: number, handle: AppHandle] | null"
)]
pub fn create_app(
    scope: String,
    id: String,
    key: String,
    secret: String,
    cluster: Option<String>,
    random_master_key: bool,
    more: Option<String>,
) -> Option<Created> {
    let more: AppOptions = match more
        .as_deref()
        .map_or(Ok(AppOptions::default()), serde_json::from_str)
    {
        Ok(options) => options,
        Err(error) => {
            refuse_request(&ApiError::InvalidAppOptions(error.to_string()));
            return None;
        }
    };
    let options = AppOptions {
        id,
        key,
        secret,
        cluster: cluster.unwrap_or_else(|| more.cluster.clone()),
        random_master_key,
        ..more
    };
    match broker::registry().create(&scope, options) {
        Ok(app) => {
            let app_id = app.lock().id();
            let number = number_of_new(app);
            let handle = AppHandle {
                scope,
                handle: number,
                ended: RefCell::default(),
            };
            Some((number, app_id, handle))
        }
        Err(error) => {
            refuse_request(&error);
            None
        }
    }
}

/// The app of `scope` with this key or one of its further keys, or 0.
#[napi(catch_unwind)]
pub fn find_app(scope: String, key: String) -> u32 {
    broker::registry()
        .find_by_key(&scope, &key)
        .map_or(0, handle_of)
}

/// Whether an app with this number goes on. It may have been closed on another thread.
#[napi(catch_unwind)]
pub fn is_open(app: u32) -> bool {
    self::app(app).is_ok_and(|app| !app.lock().has_ended())
}

/// `{ appId, id, key, secret, cluster, anyKey }` as JSON; `appId` is the number that mail names.
#[napi(catch_unwind)]
pub fn app_info(app: u32) -> Result<String> {
    let app = self::app(app)?;
    let app = app.lock();
    let options = app.options();
    Ok(json!({
        "appId": app.id(),
        "id": options.id,
        "key": options.key,
        "secret": options.secret,
        "cluster": options.cluster,
        "anyKey": options.accepts_any_key,
    })
    .to_string())
}

/// A further pair of credentials that the app accepts on the wire, unless a server has claimed the key.
#[napi(catch_unwind)]
pub fn add_credentials(app: u32, key: String, secret: String) -> Result<()> {
    self::app(app)?.lock().add_credentials(&key, &secret);
    Ok(())
}

/// A server, made at `place`, signs for `key` with `secret`. `null` when that is the key's secret;
/// else the place of the server whose secret holds until a reset, `""` for the app's own.
#[napi(catch_unwind)]
pub fn claim_credentials(app: u32, key: String, secret: String, place: String) -> Option<String> {
    let app = self::app(app).ok()?;
    let first = app
        .lock()
        .claim_credentials(&key, &secret, &place)
        .err()?
        .to_owned();
    Some(first)
}

/// The secret behind a key, `null` when the app does not know the key.
#[napi(catch_unwind)]
pub fn secret_of(app: u32, key: String) -> Option<String> {
    let app = self::app(app).ok()?;
    let secret = app.lock().secret_of(&key)?.to_owned();
    Some(secret)
}

/// The key of encrypted channels, 32 bytes; `null` while no server has said it, and once the app
/// was closed: a client may still be asking then.
#[napi(catch_unwind)]
pub fn encryption_master_key(app: u32) -> Option<Buffer> {
    let app = self::app(app).ok()?;
    let key = app.lock().encryption_master_key()?;
    Some(key.to_vec().into())
}

/// Sets it: whoever signs for clients takes the keys of encrypted channels from it.
#[napi(catch_unwind)]
pub fn set_encryption_master_key(app: u32, key: &[u8]) -> Result<()> {
    let key = key.try_into().map_err(|_| {
        Error::from_reason(format!(
            "pushrig: an encryption master key has 32 bytes, not {}",
            key.len()
        ))
    })?;
    self::app(app)?.lock().set_encryption_master_key(key);
    Ok(())
}

/// The settings that JavaScript stored with the app, as JSON, or `""`.
#[napi(catch_unwind)]
pub fn settings(app: u32) -> Result<String> {
    Ok(self::app(app)?.lock().settings().to_owned())
}

/// Stores settings with the app and tells every copy of the wrapper that has clients on it. The
/// broker itself heeds the history limit and how long departures wait for their webhook, in
/// milliseconds.
#[napi(catch_unwind)]
pub fn set_settings(
    app: u32,
    settings: String,
    history_limit: u32,
    webhook_hold: u32,
) -> Result<()> {
    let app = self::app(app)?;
    let mut app = app.lock();
    app.set_history_limit(history_limit as usize);
    app.webhooks().set_hold(webhook_hold.into());
    app.set_settings(settings);
    Ok(())
}
