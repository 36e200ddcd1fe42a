//! HTTP: serving one connection, and where each of its requests goes.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::Poll;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::{self as hyper_upgrade, Parts};
use hyper::{Method, Request, Response, StatusCode};
use parking_lot::Mutex;
use tokio::time::sleep;

use crate::gateway::http::answer::{
    Answer, Answered, HTML, JSON, for_any_page, note_answer, text, text_and_close, whole,
};
use crate::gateway::http::api;
use crate::gateway::http::fallback::Fallback;
use crate::gateway::http::page;
use crate::gateway::http::replay::Replay;
use crate::gateway::http::signer::{self, Asked};
use crate::gateway::server::state::{Server, TaskGuard, spawn};
use crate::gateway::websocket::task;
use crate::gateway::websocket::upgrade::{self, Refusal};
use crate::gateway::wire::connection::Connection;
use crate::gateway::wire::outbox::Phase;
use crate::protocol::query;

/// Who is connected, and what it does at the moment: for deciding when it has been quiet for too
/// long.
#[derive(Default)]
struct Progress {
    /// The client is on this machine.
    local: bool,
    /// Requests so far.
    requests: AtomicU32,
    /// One is being answered.
    answering: AtomicBool,
    /// The session whose frames the current response streams.
    receiving: Arc<Mutex<Option<Arc<Connection>>>>,
}

/// Serves requests one after the other until the client leaves, is quiet for too long, or the
/// gateway closes.
pub async fn serve(task: TaskGuard, io: Replay) {
    let server = task.server().clone();
    let progress = Arc::new(Progress {
        local: io
            .stream
            .peer_addr()
            .is_ok_and(|peer| peer.ip().to_canonical().is_loopback()),
        ..Progress::default()
    });
    let service = service_fn(|request| {
        let (server, progress) = (server.clone(), progress.clone());
        async move {
            progress.requests.fetch_add(1, Ordering::Relaxed);
            progress.answering.store(true, Ordering::Relaxed);
            let response = answer(&server, &progress, request).await;
            progress.answering.store(false, Ordering::Relaxed);
            Ok::<_, Infallible>(response)
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
    poll_fn(|context| {
        if !leaving && closing.as_mut().poll(context).is_ready() {
            leaving = true;
            connection.as_mut().graceful_shutdown();
        }
        if connection.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        let receiving = progress.receiving.lock().clone();
        if receiving
            .as_ref()
            .is_some_and(|session| session.phase() == Phase::Cut)
        {
            return Poll::Ready(());
        }
        while quiet.as_mut().poll(context).is_ready() {
            let so_far = progress.requests.load(Ordering::Relaxed);
            let busy = progress.answering.load(Ordering::Relaxed) || receiving.is_some();
            if so_far == requests && !busy {
                return Poll::Ready(());
            }
            requests = so_far;
            quiet.set(sleep(server.options.idle_timeout));
        }
        Poll::Pending
    })
    .await;
}

// ---- routes

async fn answer(
    server: &Arc<Server>,
    progress: &Arc<Progress>,
    request: Request<Incoming>,
) -> Answered {
    let wants = upgrade::parse(request.method().as_str(), |name| {
        let lines = request.headers().get_all(name).iter();
        lines.map(HeaderValue::as_bytes)
    });
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = match wants {
        Some(Ok(accept)) => return switch(server, request, &accept),
        Some(Err(refusal)) => refuse_upgrade(refusal),
        None if method == Method::OPTIONS => preflight(&request),
        None => {
            // The first two tell the log themselves: of the app, and of what a session's requests bring.
            if let Some(rest) = path.strip_prefix("/apps/") {
                let (id, below) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                return api::answer(server, &query::percent_decoded(id), below, request).await;
            }
            let target = request.uri().path_and_query();
            if let Some(fallback) = Fallback::parse(target.map_or(&path, |all| all.as_str())) {
                return for_any_page(fallback.answer(server, &progress.receiving, request).await);
            }
            match Asked::parse(&path) {
                Some(asked) => {
                    for_any_page(signer::answer(server, asked, progress.local, request).await)
                }
                None => answer_here(server, &method, &path),
            }
        }
    };
    note_answer(&server.log, &method, &path, &response);
    response
}

/// What the gateway has besides apps.
fn answer_here(server: &Server, method: &Method, path: &str) -> Answered {
    match (method, path) {
        (&Method::GET | &Method::HEAD, "/") => whole(200, HTML, page::page(server)),
        (&Method::GET | &Method::HEAD, "/health") => {
            for_any_page(whole(200, JSON, page::health(server)))
        }
        _ => not_found(path),
    }
}

/// The real service's text, and for what it has but a gateway has not, a reason: a client must not
/// look elsewhere.
fn not_found(path: &str) -> Answered {
    let first = path.split('/').nth(1).unwrap_or_default();
    for_any_page(match first {
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
    })
}

fn preflight(request: &Request<Incoming>) -> Answered {
    let mut response = for_any_page(Response::new(Answer::Whole(Bytes::new())));
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST, OPTIONS"),
    );
    let asked = request
        .headers()
        .get(header::ACCESS_CONTROL_REQUEST_HEADERS)
        .cloned();
    let allowed = asked.unwrap_or(HeaderValue::from_static("Content-Type"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    headers.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        HeaderValue::from_static("86400"),
    );
    // Chromium asks before a public page may reach a private address.
    headers.insert(
        "access-control-allow-private-network",
        HeaderValue::from_static("true"),
    );
    response
}

// ---- WebSockets on a connection that has served requests before, as proxies ask for them

fn switch(server: &Arc<Server>, mut request: Request<Incoming>, accept: &str) -> Answered {
    let upgraded = hyper_upgrade::on(&mut request);
    let target = request
        .uri()
        .path_and_query()
        .map_or("/", |all| all.as_str())
        .to_owned();
    let guard = server.task();
    spawn(async move {
        let Ok(upgraded) = upgraded.await else { return };
        if let Ok(Parts { io, read_buf, .. }) = upgraded.downcast::<Replay>() {
            let mut early = [&read_buf[..], &io.first[..]].concat();
            task::start(guard, io.stream, &target, Bytes::new(), &mut early);
        }
    });
    let mut response = Response::new(Answer::Whole(Bytes::new()));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(accept) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

fn refuse_upgrade(refusal: Refusal) -> Answered {
    match refusal {
        Refusal::Malformed(why) => text_and_close(400, format!("{why}\n")),
        Refusal::Version => {
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
