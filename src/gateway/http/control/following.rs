//! `GET /pushrig/v1/events`: what is asked for, and the stream that answers it.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{self, HeaderValue};
use serde_json::json;

use crate::broker::SharedApp;
use crate::broker::journal::{Kind, Selection};
use crate::gateway::http::answer::{Answer, Answered, whole};
use crate::gateway::http::control::events::Events;
use crate::gateway::http::control::refusal::ControlRefusal;
use crate::gateway::server::state::Server;
use crate::protocol::query;

/// Begins a stream. `query` and `headers` are those of the request; `taken` counts the pieces that the client has taken.
pub fn stream(
    server: &Arc<Server>,
    query: &str,
    headers: &HeaderMap,
    taken: Arc<AtomicU32>,
) -> Result<Answered, ControlRefusal> {
    let Asked {
        app,
        after,
        selection,
    } = Asked::parse(server, query, headers)?;
    let events =
        Events::begin(server, app, after, selection, taken).ok_or(ControlRefusal::TooMany)?;
    let mut answered = whole(200, "text/event-stream", Bytes::new());
    *answered.body_mut() = Answer::Events(Box::new(events));
    let headers = answered.headers_mut();
    // nginx would hold it back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    Ok(answered)
}

/// What a reader wants.
struct Asked {
    app: SharedApp,
    after: Option<u64>,
    selection: Selection,
}

impl Asked {
    fn parse(server: &Server, query: &str, headers: &HeaderMap) -> Result<Asked, ControlRefusal> {
        let mut asked = Asked {
            app: first_app(server)?,
            after: None,
            selection: Selection::default(),
        };
        for (name, value) in query::parse(query) {
            match name.as_str() {
                "app" => asked.app = app_called(server, &value)?,
                "after" => asked.after = Some(number(&name, &value)?),
                "beginning" => asked.selection.beginning = Some(number(&name, &value)? as usize),
                "channel" => asked.selection.channel = Some(value),
                "kinds" => asked.selection.kinds = Some(kinds(&value)?),
                "data" => {
                    asked.selection.data = match value.as_str() {
                        "true" | "1" => true,
                        "false" | "0" => false,
                        _ => return Err(wrong(&name, &value, "is true or false")),
                    }
                }
                _ => {
                    return Err(ControlRefusal::BadRequest(format!(
                        "events takes app, after, beginning, channel, kinds and data, not {name:?}"
                    )));
                }
            }
        }
        // What a browser says when it comes again is later than what its page asked for at first.
        if let Some(latest) = headers.get("last-event-id") {
            let latest = String::from_utf8_lossy(latest.as_bytes());
            if !latest.is_empty() {
                asked.after = Some(number("Last-Event-ID", &latest)?);
            }
        }
        Ok(asked)
    }
}

fn first_app(server: &Server) -> Result<SharedApp, ControlRefusal> {
    let first = server.options.apps.first();
    first.cloned().ok_or(ControlRefusal::Nobody)
}

fn app_called(server: &Server, name: &str) -> Result<SharedApp, ControlRefusal> {
    let apps = &server.options.apps;
    let is_called = |app: &&SharedApp| {
        let app = app.lock();
        app.is_called(name) || app.options().key == name
    };
    apps.iter()
        .find(is_called)
        .cloned()
        .ok_or_else(|| ControlRefusal::UnknownApp {
            asked: name.to_owned(),
            ids: apps
                .iter()
                .map(|app| app.lock().options().id.clone())
                .collect(),
        })
}

fn number(name: &str, value: &str) -> Result<u64, ControlRefusal> {
    let is_wrong = |_| wrong(name, value, "is a whole number from 0, the seq of an entry");
    value.parse().map_err(is_wrong)
}

fn kinds(text: &str) -> Result<Vec<Kind>, ControlRefusal> {
    let parse = |name: &str| {
        serde_json::from_value(json!(name)).map_err(|_| {
            wrong(
                "kinds",
                name,
                "names kinds of entries with commas between them, such as triggered,subscribed",
            )
        })
    };
    text.split(',').map(parse).collect()
}

fn wrong(name: &str, value: &str, rule: &str) -> ControlRefusal {
    ControlRefusal::BadRequest(format!("{name} {rule}, not {value:?}"))
}
