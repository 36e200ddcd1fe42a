//! Which of several apps is meant. The first that fits counts.

use super::SharedApp;

/// The app that a key belongs to.
pub fn with_key<'a>(apps: &'a [SharedApp], key: &str) -> Option<&'a SharedApp> {
    apps.iter().find(|app| app.lock().secret_of(key).is_some())
}

/// The app that the HTTP API knows by this id. Servers of the default app may call it what they
/// like, `1` among others for SDKs that take digits only: what counts is who signed.
pub fn with_id<'a>(apps: &'a [SharedApp], id: &str) -> Option<&'a SharedApp> {
    let named = apps.iter().find(|app| app.lock().options().id == id);
    named.or_else(|| apps.iter().find(|app| app.lock().options().accepts_any_key))
}

/// The default app, where it is the only one: it takes clients with any key.
pub fn for_any_key(apps: &[SharedApp]) -> Option<&SharedApp> {
    match apps {
        [app] if app.lock().options().accepts_any_key => Some(app),
        _ => None,
    }
}
