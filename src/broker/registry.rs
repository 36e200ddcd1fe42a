//! Every app of the process.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, OnceLock, Weak};

use parking_lot::Mutex;

use super::rules::connection;
use super::{App, AppOptions, OutletId, Reading, SharedApp, Timepiece, apps};
use crate::protocol::ApiError;

/// The apps of the process, by scope. A scope is a world of its own with one default app: usually
/// there is just one, test runners that run several files in one process have one per worker.
#[derive(Default)]
pub struct Registry {
    scopes: Mutex<HashMap<String, Scope>>,
    /// Every app that is held anywhere.
    made: Mutex<Made>,
    /// The time that journals of new apps show.
    timepiece: OnceLock<Timepiece>,
}

/// Apps, as long as anybody holds them.
#[derive(Default)]
struct Made {
    apps: Vec<Weak<Mutex<App>>>,
    /// With so many they are looked through: to look at all of them for each that comes would take ever longer.
    limit: usize,
}

/// So few are not looked through.
const FEW: usize = 32;

impl Made {
    fn add(&mut self, app: &SharedApp) {
        if self.apps.len() >= self.limit {
            self.forget_gone();
            self.limit = FEW.max(2 * self.apps.len());
        }
        self.apps.push(Arc::downgrade(app));
    }

    fn forget_gone(&mut self) {
        self.apps.retain(|app| app.strong_count() > 0);
    }
}

#[derive(Default)]
struct Scope {
    default: Option<SharedApp>,
    /// Apps with credentials of their own, in the order in which they were made.
    created: Vec<SharedApp>,
}

/// The registry of this process.
pub fn registry() -> &'static Registry {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::default);
    &REGISTRY
}

impl Registry {
    /// The app that takes everybody's credentials, made when first asked for.
    pub fn default_app(&self, scope: &str) -> SharedApp {
        self.with(scope, |scope| {
            scope
                .default
                .get_or_insert_with(|| {
                    self.make(AppOptions {
                        accepts_any_key: true,
                        ..AppOptions::default()
                    })
                })
                .clone()
        })
    }

    /// Makes an app with credentials of its own. It is there until [`Registry::remove`]. Refused
    /// without an id, a key or a secret.
    pub fn create(&self, scope: &str, options: AppOptions) -> Result<SharedApp, ApiError> {
        for (what, value) in [
            ("id", &options.id),
            ("key", &options.key),
            ("secret", &options.secret),
        ] {
            if value.is_empty() {
                return Err(ApiError::EmptyAppOption { what });
            }
        }
        let app = self.make(options);
        self.with(scope, |scope| scope.created.push(app.clone()));
        Ok(app)
    }

    /// Forgets an app that [`Registry::create`] made. For who holds it, it is over after
    /// [`App::end`].
    pub fn remove(&self, scope: &str, app: &SharedApp) {
        self.with(scope, |scope| {
            scope.created.retain(|known| !Arc::ptr_eq(known, app));
        });
    }

    /// The app that knows this key. Of several the one made last, the default app after all others.
    pub fn find_by_key(&self, scope: &str, key: &str) -> Option<SharedApp> {
        apps::with_key(&self.apps(scope), key).cloned()
    }

    /// The app for whoever comes with this key: the one that knows it, or else the default one.
    pub fn app_for(&self, scope: &str, key: &str) -> SharedApp {
        self.find_by_key(scope, key)
            .unwrap_or_else(|| self.default_app(scope))
    }

    /// Forgets all apps of a scope.
    pub fn drop_scope(&self, scope: &str) {
        self.scopes.lock().remove(scope);
    }

    /// An outlet is gone for good: its connections leave every app, those included that are found
    /// no more but go on, at a gateway for example.
    pub fn close_outlet(&self, outlet: OutletId, reading: impl Fn() -> Reading) {
        for app in self.all() {
            connection::detach(&app, outlet, &reading);
        }
    }

    /// The `Date` or the timers of a seat have been faked, or are not any more.
    pub fn pace_changed(&self, seat: OutletId, reading: &Reading) {
        for app in self.all() {
            app.lock().pace_changed(seat, reading);
        }
    }

    /// From now on the journals of new apps show the time. Said once.
    pub fn keep_time(&self, timepiece: Timepiece) {
        let _ = self.timepiece.set(timepiece);
    }

    /// Every app that anybody holds.
    fn all(&self) -> Vec<SharedApp> {
        let mut made = self.made.lock();
        made.forget_gone();
        made.apps.iter().filter_map(Weak::upgrade).collect()
    }

    /// A new app, which is known for as long as anybody holds it.
    fn make(&self, options: AppOptions) -> SharedApp {
        let timepiece = self.timepiece.get().copied().unwrap_or_default();
        let app = Arc::new(Mutex::new(App::timed(options, timepiece)));
        self.made.lock().add(&app);
        app
    }

    fn apps(&self, scope: &str) -> Vec<SharedApp> {
        let scopes = self.scopes.lock();
        scopes.get(scope).map(Scope::apps).unwrap_or_default()
    }

    // No app is ever locked in here: an app's outlets may be on their way back in.
    fn with<T>(&self, scope: &str, change: impl FnOnce(&mut Scope) -> T) -> T {
        let mut scopes = self.scopes.lock();
        change(scopes.entry(scope.to_owned()).or_default())
    }
}

impl Scope {
    /// The latest first, the default app last.
    fn apps(&self) -> Vec<SharedApp> {
        let created = self.created.iter().rev();
        created.chain(&self.default).cloned().collect()
    }
}

#[cfg(test)]
mod tests;
