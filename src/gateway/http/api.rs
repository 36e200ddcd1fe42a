//! The HTTP API: who may ask, and the way to the app that answers.

use hyper::Request;
use hyper::body::Incoming;

use crate::broker::journal::Notice;
use crate::broker::{self, ApiRequest, ApiResponse, Outcome, SharedApp};
use crate::clock::{reading, wall};
use crate::gateway::http::answer::{Answered, collect, note_answer, whole};
use crate::gateway::server::journal;
use crate::gateway::server::state::Server;
use crate::protocol::signature::SignedRequest;
use crate::protocol::{ApiError, query};

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
            note_answer(&server.journal, &head.method, path, &refused);
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
    let performed = match app {
        Some(app) => perform(server, app, below, &signed),
        None => Err(ApiError::UnknownApp),
    };
    let response = ApiResponse::from(performed);
    note(server, app, id, below, &signed, &response);
    let mut answer = whole(response.status, response.content_type(), response.body);
    if let Some(breakage) = response.failure.and_then(|failure| failure.error) {
        answer.extensions_mut().insert(breakage);
    }
    answer
}

/// Writes down that a request was answered. If it was signed with a key that the app does not know: which, and the app's
/// own.
fn note(
    server: &Server,
    app: Option<&SharedApp>,
    id: &str,
    below: &str,
    signed: &SignedRequest<'_>,
    response: &ApiResponse,
) {
    let (method, status) = (signed.method, response.status);
    let text = (status >= 400).then(|| response.body.trim_end());
    let Some(app) = app else {
        // It is the id that is wrong.
        return server.journal.request(method, signed.path, status, text);
    };
    let mut app = app.lock();
    let mut entry = journal::request(method, below, status, text);
    if text.is_none() {
        if !app.is_called(id) {
            let expected = Some(app.options().id.as_str());
            server
                .journal
                .notice(app.id(), Notice::UnknownId, id, expected);
        }
    } else if let Some(key) = query::value(signed.query, "auth_key")
        && app.secret_of(key).is_none()
    {
        let expected = app.options().key.as_str().into();
        entry = entry.with(|more| {
            more.given = Some(key.into());
            more.expected = Some(expected);
        });
    }
    app.write(entry);
}

/// Checks who asks, and does it. The app is locked for its credentials, its limits and the deed; not
/// for digests, JSON and the answer.
fn perform(
    server: &Server,
    app: &SharedApp,
    below: &str,
    signed: &SignedRequest<'_>,
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
    broker::perform(app, call, &reading())
}
