//! The HTTP API: who may ask, and the way to the app that answers.

use hyper::Request;
use hyper::body::Incoming;

use super::answer::{Answered, collect, whole};
use super::clock::wall;
use super::gate::Gate;
use super::log::Activity;
use crate::broker::{ApiRequest, ApiResponse};
use crate::protocol::signature::SignedRequest;
use crate::protocol::{ApiError, query};

/// Answers a request to `/apps/{id}{below}`.
pub async fn answer(gate: &Gate, id: &str, below: &str, request: Request<Incoming>) -> Answered {
    let (head, body) = request.into_parts();
    let (method, path) = (head.method.as_str(), head.uri.path());
    let body = match collect(body, &gate.options).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let query = query::parse(head.uri.query().unwrap_or_default());
    let signed = SignedRequest {
        method,
        path,
        query: &query,
        body: &body,
    };
    let response = respond(gate, id, below, &signed);
    if gate.log.is_on() {
        note_unheard(gate, id, below, &signed, response.status);
        let body = (response.status >= 400).then_some(response.body.trim_end());
        gate.log.note(Activity::Requested {
            method,
            path: below,
            status: response.status,
            body,
        });
    }
    whole(response.status, response.content_type(), response.body)
}

/// Tells of each event that was accepted although nobody is there for it.
fn note_unheard(gate: &Gate, id: &str, below: &str, signed: &SignedRequest<'_>, status: u16) {
    let (Some(app), Ok(body)) = (gate.app_with_id(id), str::from_utf8(signed.body)) else {
        return;
    };
    if status >= 400 {
        return;
    }
    let request = ApiRequest {
        method: signed.method,
        path: below,
        query: signed.query,
        body,
    };
    for (channel, event) in request.publishes() {
        if app.lock().subscriber_count(&channel) == 0 {
            gate.log.note(Activity::Unheard {
                channel: &channel,
                event: &event,
            });
        }
    }
}

fn respond(gate: &Gate, id: &str, below: &str, signed: &SignedRequest<'_>) -> ApiResponse {
    let Some(app) = gate.app_with_id(id) else {
        return ApiError::unknown_app().into();
    };
    let now = wall();
    // The digests are computed without the lock.
    let key = query::value(signed.query, "auth_key");
    let secret = key.and_then(|key| app.lock().secret_of(key).map(str::to_owned));
    if let Err(error) = signed.verify(|_| secret.as_deref(), now) {
        return error.into();
    }
    let Ok(body) = str::from_utf8(signed.body) else {
        return ApiError::invalid_json("it is not UTF-8").into();
    };
    let request = ApiRequest {
        method: signed.method,
        path: below,
        query: signed.query,
        body,
    };
    app.lock().respond(&request, now)
}
