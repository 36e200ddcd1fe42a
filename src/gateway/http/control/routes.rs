//! The routes below `/pushrig`: here it is decided who may; the answers are JavaScript's, save the stream of what happens.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::task::Poll;

use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request};

use crate::gateway::admission::verdict::Admitted;
use crate::gateway::http::answer::{Answered, JSON, collect_within, note_answer, unkept, whole};
use crate::gateway::http::control::following;
use crate::gateway::http::control::refusal::ControlRefusal;
use crate::gateway::server::control::NotAsked;
use crate::gateway::server::state::Server;

/// The largest body, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// Whether a path below the prefix is one of these.
pub fn is_meant(below: &str) -> bool {
    let behind = below.strip_prefix("/pushrig");
    behind.is_some_and(|behind| behind.is_empty() || behind.starts_with('/'))
}

/// Answers a request to [one of these](is_meant).
/// `taken` counts the pieces of a stream that the client has taken.
pub async fn answer(
    server: &Arc<Server>,
    admitted: &Admitted,
    request: Request<Incoming>,
    taken: &Arc<AtomicU32>,
) -> Answered {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let answered = match perform(server, admitted, request, taken).await {
        Ok(answered) => answered,
        Err(refusal) => refusal.answer(),
    };
    // Who looks on changes nothing, and may look often; so may the processes that are attached.
    let is_looking = method != Method::POST || path.ends_with("/pushrig/v1/attach");
    if !is_looking || answered.status().as_u16() >= 400 {
        note_answer(&server.journal, &method, &path, &answered);
    }
    unkept(answered)
}

async fn perform(
    server: &Arc<Server>,
    admitted: &Admitted,
    request: Request<Incoming>,
    taken: &Arc<AtomicU32>,
) -> Result<Answered, ControlRefusal> {
    admitted
        .require_trust()
        .map_err(|doubt| ControlRefusal::Untrusted(doubt.to_string()))?;
    let (head, body) = request.into_parts();
    let method = match head.method {
        Method::HEAD => Method::GET,
        method => method,
    };
    let below = server.below(head.uri.path());
    let version = below.split('/').nth(2).unwrap_or_default();
    if is_version(version) && version != "v1" {
        return Err(ControlRefusal::Version(version.to_owned()));
    }
    if below == "/pushrig/v1/events" {
        if method != Method::GET {
            return Err(ControlRefusal::method(&method, "GET"));
        }
        let query = head.uri.query().unwrap_or_default();
        return following::stream(server, query, &head.headers, taken.clone());
    }
    let body = collect_within(body, MAX_BODY, &server.options)
        .await
        .map_err(ControlRefusal::Body)?;
    let body = str::from_utf8(&body).map_err(|_| ControlRefusal::NotText)?;
    let target = match head.uri.query() {
        Some(query) => format!("{below}?{query}"),
        None => below.to_owned(),
    };
    hand_over(server, method.as_str(), &target, body.to_owned()).await
}

/// Lets JavaScript answer.
async fn hand_over(
    server: &Server,
    method: &str,
    target: &str,
    body: String,
) -> Result<Answered, ControlRefusal> {
    let mut asking = server
        .control
        .ask(method, target, body)
        .map_err(|why| match why {
            NotAsked::NobodyAnswers => ControlRefusal::Nobody,
            NotAsked::TooMany => ControlRefusal::TooMany,
        })?;
    let mut told = server.closing.subscribe();
    let mut closing = pin!(told.wait_for(|closing| *closing));
    let answer = poll_fn(|context| {
        // An answer that has come is given, also when the gateway closes because of it.
        if let Poll::Ready(answer) = Pin::new(&mut asking.answer).poll(context) {
            return Poll::Ready(answer.map_err(|_| ControlRefusal::Nobody));
        }
        closing
            .as_mut()
            .poll(context)
            .map(|_| Err(ControlRefusal::Closing))
    })
    .await?;
    let mut answered = whole(answer.status, JSON, answer.body);
    if let Some(Ok(allow)) = answer.allow.as_deref().map(HeaderValue::from_str) {
        answered.headers_mut().insert(header::ALLOW, allow);
    }
    Ok(answered)
}

/// `v1`, `v2`, `v10` …
fn is_version(segment: &str) -> bool {
    let number = segment.strip_prefix('v').unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_meant_by_its_whole_first_name() {
        for path in ["/pushrig", "/pushrig/", "/pushrig/v1/state"] {
            assert!(is_meant(path), "{path}");
        }
        for path in [
            "/",
            "/pushrigs",
            "/apps/pushrig",
            "/pushrig.html",
            "pushrig",
        ] {
            assert!(!is_meant(path), "{path}");
        }
    }

    #[test]
    fn a_version_is_a_letter_and_digits() {
        for version in ["v1", "v2", "v10"] {
            assert!(is_version(version), "{version}");
        }
        for other in ["", "v", "1", "openapi.json", "v1x", "vv1"] {
            assert!(!is_version(other), "{other}");
        }
    }
}
