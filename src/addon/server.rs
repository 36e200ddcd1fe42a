//! `MockPusherServer`, as the `.node` exports it.

use napi::bindgen_prelude::Either;
use napi::{Error, Result};
use napi_derive::napi;

use super::environment::wake_this_thread;
use super::seat::take_mail_flag;
use crate::broker::{self, Publication, SharedApp};
use crate::clock::reading;

/// Credentials as npm `pusher` takes them; what is missing takes the mock's own.
#[napi(object)]
pub struct ServerOptions {
    pub app_id: Option<Either<String, f64>>,
    pub key: Option<String>,
    pub secret: Option<String>,
    pub cluster: Option<String>,
    /// Which default app is meant; `""` is the process's own.
    pub scope: Option<String>,
}

/// Triggers events on the broker of this process. The class that `pushrig` exports extends this
/// one and has the whole surface of npm `pusher`.
#[napi]
pub struct MockPusherServer {
    app: Option<SharedApp>,
    credentials: Option<(String, String)>,
}

/// Where a server was made that does not come with the package's TypeScript.
const PLACE: &str = "the addon alone";

#[napi]
impl MockPusherServer {
    #[napi(constructor, catch_unwind)]
    pub fn new(options: Option<ServerOptions>) -> Self {
        let Some(options) = options else {
            return MockPusherServer {
                app: None,
                credentials: None,
            };
        };
        let scope = options.scope.as_deref().unwrap_or("");
        let key = options.key.as_deref().unwrap_or("");
        let server = MockPusherServer {
            app: Some(broker::registry().app_for(scope, key)),
            credentials: options.key.zip(options.secret),
        };
        // Who is refused hears of it at the first call.
        let _ = server.claim();
        server
    }

    /// Publishes `json` (the text that subscribers receive) to one channel or to at most 100.
    /// Throws what the HTTP API would answer, and then nothing was delivered.
    #[napi(catch_unwind)]
    pub fn trigger(
        &self,
        channel: Either<String, Vec<String>>,
        event: String,
        json: String,
    ) -> Result<()> {
        let Some(app) = &self.app else {
            return Err(Error::from_reason(
                "pushrig: this server was made without options",
            ));
        };
        self.claim()?;
        let channels = match channel {
            Either::A(channel) => vec![channel],
            Either::B(channels) => channels,
        };
        let publication = Publication {
            channels,
            name: event,
            data: json,
            socket_id: None,
            info: None,
        };
        let published = broker::publish(app, publication, &reading());
        if take_mail_flag() {
            wake_this_thread();
        }
        match published {
            Ok(_) => Ok(()),
            Err(error) => Err(Error::from_reason(error.to_string())),
        }
    }
}

impl MockPusherServer {
    /// Refused when another server's secret holds for the key.
    fn claim(&self) -> Result<()> {
        let (Some(app), Some((key, secret))) = (&self.app, &self.credentials) else {
            return Ok(());
        };
        match app.lock().claim_credentials(key, secret, PLACE) {
            Ok(()) => Ok(()),
            Err(_) => Err(Error::from_reason(format!(
                "pushrig: another server signs for the key {key:?} with another secret, which holds until reset(); give both the same"
            ))),
        }
    }
}
