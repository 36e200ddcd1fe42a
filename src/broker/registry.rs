//! Every app of the process.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use parking_lot::Mutex;

use super::{App, AppOptions, OutletId, SharedApp};
use crate::protocol::ApiError;

/// By this id SDKs that accept only digits reach the default app.
const NUMERIC_ID: &str = "1";

/// The apps of the process, by scope. A scope is a world of its own with one default app: usually
/// there is just one, test runners that run several files in one process have one per worker.
#[derive(Default)]
pub struct Registry {
    scopes: Mutex<HashMap<String, Scope>>,
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
                    shared(AppOptions {
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
        let app = shared(options);
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
        self.apps(scope)
            .into_iter()
            .find(|app| app.lock().secret_of(key).is_some())
    }

    /// The app with this id, which for the default app may also be `1`. Of several the one made
    /// last, the default app after all others.
    pub fn find_by_id(&self, scope: &str, id: &str) -> Option<SharedApp> {
        self.apps(scope).into_iter().find(|app| {
            let app = app.lock();
            let options = app.options();
            options.id == id || (options.accepts_any_key && id == NUMERIC_ID)
        })
    }

    /// Forgets all apps of a scope.
    pub fn drop_scope(&self, scope: &str) {
        self.scopes.lock().remove(scope);
    }

    /// An outlet is gone for good: its connections leave every app.
    pub fn close_outlet(&self, outlet: OutletId, now: u64) {
        let apps: Vec<SharedApp> = self.scopes.lock().values().flat_map(Scope::apps).collect();
        for app in apps {
            app.lock().detach(outlet, now);
        }
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

fn shared(options: AppOptions) -> SharedApp {
    Arc::new(Mutex::new(App::new(options)))
}

#[cfg(test)]
mod tests;
