//! Opening the broker to the network.

use std::sync::Arc;

use napi::bindgen_prelude::{FnArgs, Function, Object};
use napi::threadsafe_function::{
    ThreadsafeFunction, ThreadsafeFunctionCallMode, UnknownReturnValue,
};
use napi::{Env, Result, Status};
use napi_derive::napi;
use serde_json::json;

use super::apps::app;
use super::panics::contain;
use super::refusal::refuse_listening;
use crate::gateway::{
    ControlAnswer, ControlCall, Controller, Gateway, ListenOptions, Project, TlsFront, Wake,
};

/// At most one call of it is under way.
type WakeUp = ThreadsafeFunction<(), UnknownReturnValue, (), Status, false, true>;

/// Number, method, target and body of a request.
type ControlArgs = FnArgs<(u32, String, String, String)>;
/// As many calls of it are under way as requests wait.
type OnControl =
    ThreadsafeFunction<ControlArgs, UnknownReturnValue, ControlArgs, Status, false, true>;

/// The method of a call that says that nobody waits for the answer any more.
const GONE: &str = "GONE";
/// The methods of calls that say that somebody reads what happens in an app, or nobody any more. They have its number.
const READING: &str = "READING";
const UNREAD: &str = "UNREAD";

/// Where a gateway listens and whom it serves.
#[napi(object)]
pub struct GatewayOptions {
    pub host: String,
    pub port: u16,
    pub ws_path: String,
    /// The file of the page at `/`.
    pub page_file: String,
    /// Numbers of the apps.
    pub apps: Vec<u32>,
    /// Pages that may come in, as [`ListenOptions::origins`].
    pub origins: Vec<String>,
    pub token: String,
    /// The folder of its project, and the hash by which others know that.
    pub project: String,
    pub project_hash: String,
    /// Where the TLS front listens on loopback, and what it is known by.
    pub tls_front_port: Option<u16>,
    pub tls_front_secret: Option<String>,
    pub max_connections: Option<u32>,
    pub messages_per_second: Option<u32>,
    pub max_queued_bytes: Option<u32>,
    pub max_queued_writes: Option<u32>,
    /// Somebody watches, and wants to know what clients are called.
    pub is_watched: bool,
}

/// A listening gateway; it closes, with nobody waiting, when this is collected.
#[napi]
pub struct GatewayHandle {
    gateway: Gateway,
}

#[napi]
impl GatewayHandle {
    #[napi(getter, catch_unwind)]
    pub fn port(&self) -> u16 {
        self.gateway.port()
    }

    /// Whether other machines can reach it.
    #[napi(getter, catch_unwind)]
    pub fn is_public(&self) -> bool {
        self.gateway.is_public()
    }

    /// The number by which the journals of its apps know it.
    #[napi(getter, catch_unwind)]
    pub fn number(&self) -> u32 {
        self.gateway.number()
    }

    /// A page of the gateway's own journal as JSON; `selection` is JSON too.
    #[napi(catch_unwind)]
    pub fn journal(&self, selection: String) -> Result<String> {
        Ok(self
            .gateway
            .journal(&super::journal::selection(&selection)?))
    }

    /// How many clients are connected.
    #[napi(getter, catch_unwind)]
    pub fn connection_count(&self) -> u32 {
        self.gateway.connection_count() as u32
    }

    /// The socket ids of the clients that are connected.
    #[napi(catch_unwind)]
    pub fn socket_ids(&self) -> Vec<String> {
        self.gateway.socket_ids()
    }

    /// Answers a request that `onControl` was called with: JSON, and for status 405 the methods that are allowed. `false` when
    /// nobody waits for it any more.
    #[napi(catch_unwind)]
    pub fn answer_control(
        &self,
        id: u32,
        status: u16,
        body: String,
        allow: Option<String>,
    ) -> bool {
        let answer = ControlAnswer {
            status,
            body,
            allow,
        };
        self.gateway.answer(id, answer)
    }

    /// Skips at most so many milliseconds of the gateway's time and of its apps', up to what is due first, and does that. Resolves with
    /// what that was as JSON, `null` when the gateway has ended.
    #[napi(catch_unwind, ts_return_type = "Promise<string | null>")]
    pub fn advance<'env>(&self, env: &'env Env, most: f64) -> Result<Object<'env>> {
        let (deferred, advanced) = env.create_deferred()?;
        self.gateway.advance(most as u64, move |did| {
            contain(|| {
                let did = did.map(|did| json!(did).to_string());
                deferred.resolve(|_| Ok(did));
            });
        });
        Ok(advanced)
    }

    /// Says goodbye to every client with `code`, drains and ends the gateway's thread, which settles the
    /// promise: neither JavaScript nor Node's thread pool waits for it.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn close<'env>(&self, env: &'env Env, code: u16) -> Result<Object<'env>> {
        let (deferred, closed) = env.create_deferred()?;
        self.gateway.stop(code, move || {
            contain(|| deferred.resolve(|_| Ok(())));
        });
        Ok(closed)
    }
}

/// Starts a gateway. `onNew` is called on a later turn when there is something new in its own journal, and not again before
/// that has been read. `onControl` is called on a later turn with each request for `/pushrig/…` that may be answered, see
/// `answerControl`; with the method `"GONE"` when nobody waits for that answer any more, and with `"READING"` and `"UNREAD"` and an app's
/// number when somebody begins to read its events and when nobody does any more. Neither keeps the process alive, and neither may
/// throw. `null` when it cannot listen, see `takeRefusal`.
#[napi(catch_unwind)]
pub fn listen(
    options: GatewayOptions,
    #[napi(ts_arg_type = "() => void")] on_new: Function<'_, (), UnknownReturnValue>,
    #[napi(ts_arg_type = "(id: number, method: string, target: string, body: string) => void")]
    on_control: Function<'_, ControlArgs, UnknownReturnValue>,
) -> Result<Option<GatewayHandle>> {
    let apps = options
        .apps
        .iter()
        .map(|&number| app(number))
        .collect::<Result<Vec<_>>>()?;
    let usual = ListenOptions::default();
    let or = |given: Option<u32>, usual: usize| given.map_or(usual, |given| given as usize);
    let options = ListenOptions {
        host: options.host,
        port: options.port,
        ws_path: options.ws_path,
        page_file: Some(options.page_file.into()),
        apps,
        origins: options.origins,
        token: options.token,
        project: Some(Project {
            folder: options.project,
            hash: options.project_hash,
        }),
        tls: options
            .tls_front_port
            .zip(options.tls_front_secret)
            .map(|(port, secret)| TlsFront { port, secret }),
        max_connections: options.max_connections.map(|most| most as usize),
        messages_per_second: options.messages_per_second,
        max_queued_bytes: or(options.max_queued_bytes, usual.max_queued_bytes),
        max_queued_writes: or(options.max_queued_writes, usual.max_queued_writes),
        is_watched: options.is_watched,
        ..usual
    };
    match Gateway::listen(options, Some(wake(on_new)?), Some(controller(on_control)?)) {
        Ok(gateway) => Ok(Some(GatewayHandle { gateway })),
        Err(error) => {
            refuse_listening(&error);
            Ok(None)
        }
    }
}

fn wake(function: Function<'_, (), UnknownReturnValue>) -> Result<Wake> {
    let wake: WakeUp = function
        .build_threadsafe_function::<()>()
        .weak::<true>()
        .build_callback(|_| Ok(()))?;
    Ok(Arc::new(move || {
        wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
    }))
}

fn controller(function: Function<'_, ControlArgs, UnknownReturnValue>) -> Result<Controller> {
    let on_control: OnControl = function
        .build_threadsafe_function::<ControlArgs>()
        .weak::<true>()
        .build_callback(|context| Ok(context.value))?;
    Ok(Arc::new(move |call| {
        let arguments = match call {
            ControlCall::Asked {
                id,
                method,
                target,
                body,
            } => (id, method, target, body),
            ControlCall::Gone { id } => (id, GONE.to_owned(), String::new(), String::new()),
            ControlCall::Reading { app, begins } => {
                let method = if begins { READING } else { UNREAD };
                (app, method.to_owned(), String::new(), String::new())
            }
        };
        let status = on_control.call(arguments.into(), ThreadsafeFunctionCallMode::NonBlocking);
        status == Status::Ok
    }))
}
