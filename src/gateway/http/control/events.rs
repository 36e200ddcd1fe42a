//! `GET /pushrig/v1/events`: what happens in an app, as server-sent events. Each reader takes them from the app's journal as fast as its
//! socket takes them from it, so nothing is kept for one that is slow: it finds that entries were forgotten, and is told which.

use std::fmt::Write;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{self, HeaderValue};
use parking_lot::Mutex;
use serde_json::json;
use tokio::time::{Sleep, sleep};

use crate::broker::journal::{Kind, Selection};
use crate::broker::{AppId, Door, Notification, Outlet, OutletId, SharedApp, next_outlet_id};
use crate::gateway::http::answer::{Answer, Answered, whole};
use crate::gateway::http::control::refusal::Refusal;
use crate::gateway::server::state::Server;
use crate::protocol::query;

/// A piece of the response is at least one entry, and then at most about so many bytes: the app is locked meanwhile.
const PIECE: usize = 16 * 1024;
/// How often a quiet stream gives a sign of life.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Begins a stream. `query` and `headers` are those of the request; `taken` counts the pieces that the client has taken.
pub fn stream(
    server: &Arc<Server>,
    query: &str,
    headers: &HeaderMap,
    taken: Arc<AtomicU32>,
) -> Result<Answered, Refusal> {
    let asked = Asked::parse(server, query, headers)?;
    let number = asked.app.lock().id();
    if !server.control.begin_reading(number) {
        return Err(Refusal::TooMany);
    }
    let mut told = server.closing.subscribe();
    // A client that takes nothing for as long as a connection may be idle is cut; a heartbeat has to come sooner.
    let heartbeat = HEARTBEAT.min(server.options.idle_timeout / 4);
    let events = Events {
        server: server.clone(),
        number,
        app: asked.app,
        selection: asked.selection,
        position: Position::Asked(asked.after),
        reader: Arc::new(Reader {
            id: next_outlet_id(),
            waker: Mutex::default(),
        }),
        closing: Box::pin(async move {
            let _ = told.wait_for(|closing| *closing).await;
        }),
        quiet: Box::pin(sleep(heartbeat)),
        heartbeat,
        taken,
    };
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
    fn parse(server: &Server, query: &str, headers: &HeaderMap) -> Result<Asked, Refusal> {
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
                    return Err(Refusal::BadRequest(format!(
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

fn first_app(server: &Server) -> Result<SharedApp, Refusal> {
    let first = server.options.apps.first();
    first.cloned().ok_or(Refusal::Nobody)
}

fn app_called(server: &Server, name: &str) -> Result<SharedApp, Refusal> {
    let apps = &server.options.apps;
    let is_called = |app: &&SharedApp| {
        let app = app.lock();
        app.is_called(name) || app.options().key == name
    };
    apps.iter()
        .find(is_called)
        .cloned()
        .ok_or_else(|| Refusal::UnknownApp {
            asked: name.to_owned(),
            ids: apps
                .iter()
                .map(|app| app.lock().options().id.clone())
                .collect(),
        })
}

fn number(name: &str, value: &str) -> Result<u64, Refusal> {
    let is_wrong = |_| wrong(name, value, "is a whole number from 0, the seq of an entry");
    value.parse().map_err(is_wrong)
}

fn kinds(text: &str) -> Result<Vec<Kind>, Refusal> {
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

fn wrong(name: &str, value: &str, rule: &str) -> Refusal {
    Refusal::BadRequest(format!("{name} {rule}, not {value:?}"))
}

/// Is told that there are new entries.
struct Reader {
    id: OutletId,
    waker: Mutex<Option<Waker>>,
}

impl Outlet for Reader {
    fn id(&self) -> OutletId {
        self.id
    }

    fn is_idle(&self) -> bool {
        true
    }

    fn survives_reset(&self) -> bool {
        true
    }

    fn door(&self) -> Door {
        Door::Socket
    }

    fn notify(&self, _: Notification<'_>) {
        if let Some(waker) = self.waker.lock().take() {
            waker.wake();
        }
    }
}

/// How far a reader has come.
#[derive(Clone, Copy, Debug)]
enum Position {
    /// It has asked for what is behind this entry, or for the page from its start.
    Asked(Option<u64>),
    /// It has what there was up to `seq`, of the page that began with `start`.
    At { seq: u64, start: u64 },
}

/// The body of the response.
pub struct Events {
    server: Arc<Server>,
    app: SharedApp,
    number: AppId,
    selection: Selection,
    position: Position,
    reader: Arc<Reader>,
    closing: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// Runs while there is nothing to say.
    quiet: Pin<Box<Sleep>>,
    heartbeat: Duration,
    taken: Arc<AtomicU32>,
}

impl Events {
    /// The next piece; none when the app or the gateway is over.
    pub fn next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        self.taken.fetch_add(1, Ordering::Relaxed);
        // Before it looks: what comes from here on wakes.
        *self.reader.waker.lock() = Some(context.waker().clone());
        if self.closing.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        let mut piece = String::new();
        if !self.read(&mut piece) {
            return Poll::Ready(None);
        }
        if piece.is_empty() {
            if self.quiet.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            // Also tells how far a reader has come that was sent nothing: then it misses nothing when it comes again.
            if let Position::At { seq, .. } = self.position {
                let _ = write!(piece, ": \nid: {seq}\n\n");
            }
        }
        self.quiet.set(sleep(self.heartbeat));
        // Whether that time is over is asked when there is nothing to say, and the task has to be woken for it.
        let _ = self.quiet.as_mut().poll(context);
        Poll::Ready(Some(piece.into()))
    }

    /// Reads what is new. `false` when the app is over.
    fn read(&mut self, piece: &mut String) -> bool {
        let mut app = self.app.lock();
        if app.has_ended() {
            return false;
        }
        let outlet: Arc<dyn Outlet> = self.reader.clone();
        let journal = app.journal();
        journal.watch(&outlet);
        let (start, last) = (journal.start(), journal.last());
        let (mut seq, known) = match self.position {
            Position::At { seq, start } => (seq, start),
            Position::Asked(Some(after)) if after <= last && after >= start => (after, start),
            Position::Asked(None) => {
                piece.push_str("retry: 1000\n\n");
                (start, start)
            }
            // Of a page before, or of another process: it has to begin anew.
            Position::Asked(Some(after)) => {
                let of_before = after < start;
                (if of_before { after } else { start }, u64::MAX)
            }
        };
        if known != start {
            if seq + 1 < start {
                say(piece, start - 1, "gap", &gap(seq + 1, start - 1));
            }
            say(
                piece,
                start,
                "reset",
                &json!({ "start": start }).to_string(),
            );
            seq = seq.max(start);
        }
        let forgotten = journal.forgotten();
        if seq < forgotten {
            say(piece, forgotten, "gap", &gap(seq + 1, forgotten));
            seq = forgotten;
        }
        self.selection.after = Some(seq);
        let seq = journal.each(&self.selection, |seq, entry| {
            say(piece, seq, "entry", &entry);
            piece.len() < PIECE
        });
        self.position = Position::At { seq, start };
        true
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.app.lock().journal().unwatch(self.reader.id);
        self.server.control.end_reading(self.number);
    }
}

fn gap(from: u64, to: u64) -> String {
    json!({ "from": from, "to": to }).to_string()
}

/// JSON has no line breaks, so it is one line.
fn say(piece: &mut String, id: u64, event: &str, data: &str) {
    let _ = write!(piece, "id: {id}\nevent: {event}\ndata: {data}\n\n");
}
