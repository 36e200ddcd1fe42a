//! HTTP: serving one connection, and where each of its requests goes.

use std::future::{Future, poll_fn};
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::Poll;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::{self as hyper_upgrade, OnUpgrade, Parts};
use hyper::{Method, Request, Response, StatusCode, Version};
use parking_lot::Mutex;
use thiserror::Error;
use tokio::time::sleep;

use crate::gateway::admission::caller::Caller;
use crate::gateway::admission::verdict::{Admitted, TurnedAway};
use crate::gateway::http::answer::{
    Answer, Answered, JSON, no_answer, note_answer, readable, text, text_and_close, whole,
};
use crate::gateway::http::api;
use crate::gateway::http::control;
use crate::gateway::http::fallback::Fallback;
use crate::gateway::http::page;
use crate::gateway::http::replay::Replay;
use crate::gateway::http::signer::{self, Asked};
use crate::gateway::server::state::{Peer, Server, TaskGuard, spawn};
use crate::gateway::websocket::task;
use crate::gateway::websocket::upgrade::{self, UpgradeRefusal};
use crate::gateway::wire::connection::GatewayConnection;
use crate::gateway::wire::outbox::Phase;
use crate::protocol::{Breakage, SocketError, query};

/// Who is connected, and what it does at the moment: for deciding when it has been quiet for too
/// long.
struct Progress {
    peer: Peer,
    /// Requests so far.
    requests: AtomicU32,
    /// One is being answered.
    answering: AtomicBool,
    /// The session whose frames the current response streams.
    receiving: Arc<Mutex<Option<Arc<GatewayConnection>>>>,
    /// Pieces of a stream of events that the client has taken.
    taken: Arc<AtomicU32>,
    /// The latest request asked for another protocol, and stays with this one. Then hyper does not end the connection, it
    /// hands it over.
    unswitched: Mutex<Option<OnUpgrade>>,
}

/// Serves requests one after the other until the client leaves, is quiet for too long, or the
/// gateway closes.
pub async fn serve(task: TaskGuard, io: Replay, peer: Peer) {
    let server = task.server().clone();
    let progress = Arc::new(Progress {
        peer,
        requests: AtomicU32::new(0),
        answering: AtomicBool::new(false),
        receiving: Arc::default(),
        taken: Arc::default(),
        unswitched: Mutex::default(),
    });
    let hears_out = io.hears_out.clone();
    let service = service_fn(|request: Request<Incoming>| {
        let (server, progress) = (server.clone(), progress.clone());
        async move {
            progress.requests.fetch_add(1, Ordering::Relaxed);
            progress.answering.store(true, Ordering::Relaxed);
            let mut response = answer(&server, &progress, request).await;
            if let Some(&breakage) = response.extensions().get::<Breakage>() {
                return Err(unanswered(&server, breakage).await);
            }
            progress.answering.store(false, Ordering::Relaxed);
            if server.is_ending.load(Ordering::Relaxed)
                && response.status() != StatusCode::SWITCHING_PROTOCOLS
            {
                let last = HeaderValue::from_static("close");
                response.headers_mut().insert(header::CONNECTION, last);
            }
            Ok::<_, Unanswered>(response)
        }
    });
    let mut builder = http1::Builder::new();
    // Without a timer: one per connection below costs less than one per request.
    builder.header_read_timeout(None).max_headers(100);
    let mut connection = pin!(builder.serve_connection(io, service).with_upgrades());

    let mut told = server.closing.subscribe();
    let mut closing = pin!(async move {
        let _ = told.wait_for(|closing| *closing).await;
    });
    let mut leaving = false;
    let mut quiet = pin!(sleep(server.options.idle_timeout));
    let mut requests = 0;
    let is_over = poll_fn(|context| {
        if !leaving && closing.as_mut().poll(context).is_ready() {
            leaving = true;
            // Nobody waits for what comes after an answer that has left already.
            hears_out.store(false, Ordering::Relaxed);
            // What has come by now is read first: a connection that seems idle ends with what nobody has read.
            if let Poll::Ready(served) = connection.as_mut().poll(context) {
                return Poll::Ready(served.is_ok());
            }
            connection.as_mut().graceful_shutdown();
        }
        if let Poll::Ready(served) = connection.as_mut().poll(context) {
            return Poll::Ready(served.is_ok());
        }
        let receiving = progress.receiving.lock().clone();
        if receiving
            .as_ref()
            .is_some_and(|session| session.phase() == Phase::Cut && !session.is_silent())
        {
            return Poll::Ready(false);
        }
        while quiet.as_mut().poll(context).is_ready() {
            let taken = progress.taken.load(Ordering::Relaxed);
            let so_far = progress
                .requests
                .load(Ordering::Relaxed)
                .wrapping_add(taken);
            let busy = progress.answering.load(Ordering::Relaxed) || receiving.is_some();
            if so_far == requests && !busy {
                return Poll::Ready(false);
            }
            requests = so_far;
            quiet.set(sleep(server.options.idle_timeout));
        }
        Poll::Pending
    })
    .await;
    let unswitched = progress.unswitched.lock().take();
    if is_over
        && let Some(unswitched) = unswitched
        && let Ok(handed) = unswitched.await
        && let Ok(Parts { io, .. }) = handed.downcast::<Replay>()
    {
        io.end().await;
    }
}

/// A test wants a request to get no answer; the connection ends without one.
#[derive(Debug, Error)]
#[error("no answer is to come")]
struct Unanswered;

/// Until then, the client may wait.
async fn unanswered(server: &Server, breakage: Breakage) -> Unanswered {
    if breakage == Breakage::Timeout {
        let mut closing = server.closing.subscribe();
        let _ = closing.wait_for(|closing| *closing).await;
    }
    Unanswered
}

// ---- routes

async fn answer(
    server: &Arc<Server>,
    progress: &Arc<Progress>,
    mut request: Request<Incoming>,
) -> Answered {
    let is_old = request.version() < Version::HTTP_11;
    let wants = upgrade::parse(request.method().as_str(), is_old, |name| {
        let lines = request.headers().get_all(name).iter();
        lines.map(HeaderValue::as_bytes)
    });
    let is_switched = matches!(wants, Some(Ok(_)));
    if !is_switched && request.headers().contains_key(header::UPGRADE) {
        *progress.unswitched.lock() = Some(hyper_upgrade::on(&mut request));
    }
    match (wants, admit(server, progress.peer.ip, &request)) {
        (_, Err(away)) if matches!(away, TurnedAway::Malformed(_)) => {
            let response = text_and_close(away.status(), format!("{away}\n"));
            note_answer(
                &server.journal,
                request.method(),
                request.uri().path(),
                &response,
            );
            response
        }
        (Some(Ok(accept)), admitted) => {
            let asked = Asking {
                accept,
                admitted: admitted.map(drop),
            };
            Box::pin(switch(server, progress.peer, request, asked)).await
        }
        (_, Err(away)) => {
            server.turn_away(&away);
            match control::routes::is_meant(server.below(request.uri().path())) {
                true => control::refusal::turned_away(&away),
                false => text_and_close(away.status(), format!("pushrig: {away}\n")),
            }
        }
        (wants, Ok(admitted)) => {
            let refused = wants.and_then(Result::err);
            let response = route(server, progress, request, &admitted, refused).await;
            readable(response, admitted.origin.as_deref())
        }
    }
}

fn admit(
    server: &Server,
    peer: IpAddr,
    request: &Request<Incoming>,
) -> Result<Admitted, TurnedAway> {
    let (method, uri) = (request.method(), request.uri());
    let lines = request.headers().iter();
    let lines = lines.map(|(name, value)| (name.as_str(), value.as_bytes()));
    let caller = Caller::new(
        peer,
        request.version() < Version::HTTP_11,
        uri.authority().map(|authority| authority.as_str()),
        lines,
    );
    server
        .admission
        .admit(&caller, is_page(method, server.below(uri.path())))
}

/// `refused`: it asks for a WebSocket, and wrongly.
async fn route(
    server: &Arc<Server>,
    progress: &Arc<Progress>,
    request: Request<Incoming>,
    admitted: &Admitted,
    refused: Option<UpgradeRefusal>,
) -> Answered {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = match refused {
        Some(refusal) => refuse_upgrade(refusal),
        None if method == Method::OPTIONS => preflight(&request, admitted),
        None => {
            // The first three tell the log themselves: of what somebody did, of the app, and of what a session's requests
            // bring.
            let below = server.below(&path);
            if control::routes::is_meant(below) {
                return control::routes::answer(server, admitted, request, &progress.taken).await;
            }
            if let Some(rest) = below.strip_prefix("/apps/") {
                let (id, below) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                return api::answer(server, &query::percent_decoded(id), below, request).await;
            }
            let target = request.uri().path_and_query();
            if let Some(fallback) = Fallback::parse(target.map_or(&path, |all| all.as_str())) {
                return fallback
                    .answer(server, progress.peer, &progress.receiving, request)
                    .await;
            }
            match Asked::parse(&path) {
                Some(asked) => signer::answer(server, asked, admitted, request).await,
                None => answer_here(server, admitted, &method, below),
            }
        }
    };
    note_answer(&server.journal, &method, &path, &response);
    response
}

fn is_page(method: &Method, path: &str) -> bool {
    matches!(*method, Method::GET | Method::HEAD) && path == "/"
}

/// What the gateway has besides apps.
fn answer_here(server: &Server, admitted: &Admitted, method: &Method, path: &str) -> Answered {
    match (method, path) {
        _ if is_page(method, path) => unframed(page::page(server)),
        (&Method::GET | &Method::HEAD, "/health") => {
            whole(200, JSON, page::health(server, admitted))
        }
        _ => not_found(path),
    }
}

/// Keeps a page out of the frames of others, which could make people click in it.
fn unframed(mut page: Answered) -> Answered {
    let headers = page.headers_mut();
    for (name, value) in [
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CONTENT_SECURITY_POLICY, "frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    page
}

/// The real service's text, and for what it has but a gateway has not, a reason: a client must not
/// look elsewhere.
fn not_found(path: &str) -> Answered {
    let first = path.split('/').nth(1).unwrap_or_default();
    match first {
        "pusher" | "sockjs" => text(
            404,
            "pushrig: SockJS is not served here. Set enabledTransports: ['ws', 'xhr_streaming', 'xhr_polling'] in the options of pusher-js.\n",
        ),
        "timeline" => text(
            404,
            "pushrig: no statistics are collected. Leave enableStats unset in the options of pusher-js.\n",
        ),
        "app" => {
            let mut response = text(426, "pushrig: this address is for WebSockets.\n");
            response
                .headers_mut()
                .insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            response
        }
        _ => text(404, "404 NOT FOUND\n"),
    }
}

/// What a browser asks before it lets a page send more than a form could.
fn preflight(request: &Request<Incoming>, admitted: &Admitted) -> Answered {
    const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, OPTIONS");
    const ASKS_FOR_PRIVATE: &str = "access-control-request-private-network";
    let mut response = Response::new(Answer::Whole(Bytes::new()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    if admitted.origin.is_none() {
        headers.insert(header::ALLOW, METHODS);
        return response;
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    let asked = request.headers();
    if let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    headers.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        HeaderValue::from_static("86400"),
    );
    // Chromium asks before a public page may reach a private address.
    if asked
        .get(ASKS_FOR_PRIVATE)
        .is_some_and(|asked| asked == "true")
    {
        headers.insert(
            "access-control-allow-private-network",
            HeaderValue::from_static("true"),
        );
    }
    response
}

// ---- WebSockets on a connection that has served requests before, as proxies ask for them

/// A request for a WebSocket.
struct Asking {
    accept: String,
    /// Whether it may come in.
    admitted: Result<(), TurnedAway>,
}

async fn switch(
    server: &Arc<Server>,
    mut peer: Peer,
    mut request: Request<Incoming>,
    Asking { accept, admitted }: Asking,
) -> Answered {
    peer.agent = Peer::agent(|name| Some(request.headers().get(name)?.as_bytes()));
    let upgraded = hyper_upgrade::on(&mut request);
    let target = request
        .uri()
        .path_and_query()
        .map_or("/", |all| all.as_str())
        .to_owned();
    let obstacle = match admitted.is_ok() && server.has_obstacles(&target) {
        true => server.clear_way(&target, peer, false).await,
        false => None,
    };
    if obstacle.as_ref().is_some_and(SocketError::is_cut) {
        return no_answer(Breakage::Reset);
    }
    let guard = server.task();
    spawn(async move {
        let Ok(upgraded) = upgraded.await else { return };
        if let Ok(Parts { io, read_buf, .. }) = upgraded.downcast::<Replay>() {
            let mut early = [&read_buf[..], &io.first[..]].concat();
            task::start(
                guard,
                io.stream,
                peer,
                &target,
                admitted,
                obstacle,
                Bytes::new(),
                &mut early,
            );
        }
    });
    let mut response = Response::new(Answer::Whole(Bytes::new()));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(&accept) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

fn refuse_upgrade(refusal: UpgradeRefusal) -> Answered {
    match refusal {
        UpgradeRefusal::Malformed(why) => text_and_close(400, format!("{why}\n")),
        UpgradeRefusal::Version => {
            let mut response = text_and_close(
                426,
                "Only version 13 of the WebSocket protocol is spoken here\n",
            );
            response.headers_mut().insert(
                header::SEC_WEBSOCKET_VERSION,
                HeaderValue::from_static("13"),
            );
            response
        }
    }
}
