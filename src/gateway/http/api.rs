//! The HTTP API: who may ask, and the way to the app that answers.

use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;

use crate::broker::{self, ApiRequest, ApiResponse, NO_APP, Outcome, SharedApp};
use crate::clock::{reading, wall};
use crate::gateway::http::answer::{Answered, collect, note_answer, whole};
use crate::gateway::server::log::Activity;
use crate::gateway::server::state::Server;
use crate::protocol::signature::SignedRequest;
use crate::protocol::{ApiError, ChannelName, query};

/// Answers a request to `/apps/{id}{below}`.
pub async fn answer(
    server: &Server,
    id: &str,
    below: &str,
    request: Request<Incoming>,
) -> Answered {
    let (head, body) = request.into_parts();
    let (method, path) = (head.method.as_str(), head.uri.path());
    let app = server.app_with_id(id);
    let number = app.map(|app| app.lock().id());
    let requests = &server.outlet.requests;
    let _answering = number.map(|app| requests.begin(Some(app), format!("{method} {path}")));
    let body = match collect(body, &server.options).await {
        Ok(body) => body,
        Err(refused) => {
            note_answer(&server.log, &head.method, path, &refused);
            return refused;
        }
    };
    let query = query::parse(head.uri.query().unwrap_or_default());
    let signed = SignedRequest {
        method,
        path,
        query: &query,
        body: &body,
    };
    let mut events = Vec::new();
    let performed = match app {
        Some(app) => perform(server, app, below, &signed, &mut events),
        None => Err(ApiError::UnknownApp),
    };
    if performed.is_err() {
        events.clear();
    }
    let response = ApiResponse::from(performed);
    if server.log.is_on() {
        note(server, app, id, below, &signed, &events, &response);
    }
    let mut answer = whole(response.status, response.content_type(), response.body);
    if let Some(breakage) = response.failure.and_then(|failure| failure.error) {
        answer.extensions_mut().insert(breakage);
    }
    answer
}

/// Tells of each event that was accepted although nobody is there for it, and of the request.
fn note(
    server: &Server,
    app: Option<&SharedApp>,
    id: &str,
    below: &str,
    signed: &SignedRequest<'_>,
    events: &[(ChannelName, Arc<str>)],
    response: &ApiResponse,
) {
    let accepted = response.status < 400;
    let app = app.map(|app| app.lock());
    let number = app.as_ref().map_or(NO_APP, |app| app.id());
    for (channel, event) in events {
        let channel = channel.as_str();
        if app
            .as_ref()
            .is_some_and(|app| app.subscriber_count(channel) == 0)
        {
            server
                .log
                .note(number, Activity::Unheard { channel, event });
        }
    }
    if let (true, Some(app)) = (accepted, &app)
        && !app.is_called(id)
    {
        let expected = &app.options().id;
        server
            .log
            .note(number, Activity::UnknownId { id, expected });
    }
    let key = query::value(signed.query, "auth_key");
    let stranger = app.as_ref().zip(key);
    let stranger = stranger.filter(|(app, key)| app.secret_of(key).is_none());
    let requested = Activity::Requested {
        method: signed.method,
        // Without an app it is the id that is wrong.
        path: if app.is_some() { below } else { signed.path },
        status: response.status,
        body: (!accepted).then_some(response.body.trim_end()),
        key: stranger.map(|(_, key)| key),
        expected: stranger.map(|(app, _)| app.options().key.as_str()),
    };
    server.log.note(number, requested);
}

/// Checks who asks, and does it. The app is locked for its credentials, its limits and the deed; not
/// for digests, JSON and the answer. `events`: what was to be published, for the log.
fn perform(
    server: &Server,
    app: &SharedApp,
    below: &str,
    signed: &SignedRequest<'_>,
    events: &mut Vec<(ChannelName, Arc<str>)>,
) -> Result<Outcome, ApiError> {
    let now = wall();
    let key = query::value(signed.query, "auth_key");
    let secret = key.and_then(|key| app.lock().secret_of(key).map(str::to_owned));
    // SDKs that take a prefix sign the path with it or, as in PHP, without.
    let unprefixed = SignedRequest {
        path: server.below(signed.path),
        ..*signed
    };
    let verified = signed.verify(|_| secret.as_deref(), now).or_else(|error| {
        match unprefixed.path == signed.path {
            true => Err(error),
            false => unprefixed
                .verify(|_| secret.as_deref(), now)
                .map_err(|_| error),
        }
    });
    verified?;
    let body = str::from_utf8(signed.body)
        .map_err(|_| ApiError::InvalidJson("it is not UTF-8".to_owned()))?;
    let request = ApiRequest {
        method: signed.method,
        path: below,
        query: signed.query,
        body,
    };
    let call = broker::read(app, &request)?;
    if server.log.is_on() {
        *events = call.events();
    }
    broker::perform(app, call, &reading())
}
