//! Answers to requests, and the bodies of both.

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{self, HeaderValue};
use hyper::{Method, Response, StatusCode};
use parking_lot::Mutex;
use tokio::time::timeout;

use crate::gateway::http::control::events::Events;
use crate::gateway::http::xhr::Receiving;
use crate::gateway::server::journal::OwnJournal;
use crate::gateway::server::options::ListenOptions;
use crate::gateway::wire::connection::GatewayConnection;
use crate::protocol::Breakage;

pub const JSON: &str = "application/json";
pub const TEXT: &str = "text/plain; charset=utf-8";
pub const HTML: &str = "text/html; charset=utf-8";
/// Browsers show this type to a script as it arrives, where they wait for more of a plain text.
pub const SCRIPT: &str = "application/javascript; charset=utf-8";

/// How long the body of a request may take; not longer either than a connection may be idle.
const BODY_TIME: Duration = Duration::from_secs(30);

/// The body of a response.
pub enum Answer {
    Whole(Bytes),
    /// Goes on; the connection knows which session, in case it gets stuck.
    Stream(Receiving, Arc<Mutex<Option<Arc<GatewayConnection>>>>),
    /// Goes on; boxed, because few do.
    Events(Box<Events>),
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut *self {
            Answer::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Answer::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Answer::Stream(receiving, _) => receiving.next(context).map(as_frame),
            Answer::Events(events) => events.next(context).map(as_frame),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Answer::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Answer::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Answer::Stream(..) | Answer::Events(_) => SizeHint::default(),
        }
    }
}

fn as_frame(piece: Option<Bytes>) -> Option<Result<Frame<Bytes>, Infallible>> {
    piece.map(|bytes| Ok(Frame::data(bytes)))
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Answer::Stream(_, current) = self {
            *current.lock() = None;
        }
    }
}

/// What every route gives.
pub type Answered = Response<Answer>;

/// A response of known length.
pub fn whole(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Answered {
    let mut response = Response::new(Answer::Whole(body.into()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A plain text.
pub fn text(status: u16, body: impl Into<Bytes>) -> Answered {
    whole(status, TEXT, body)
}

/// For an address that is asked in another way.
pub fn post_only() -> Answered {
    text(405, "pushrig: this address takes POST only\n")
}

/// What stands for an answer that does not come.
pub fn no_answer(breakage: Breakage) -> Answered {
    let mut response = Response::new(Answer::Whole(Bytes::new()));
    response.extensions_mut().insert(breakage);
    response
}

/// Writes down an answer that no app has given.
pub fn note_answer(journal: &OwnJournal, method: &Method, path: &str, answer: &Answered) {
    let status = answer.status().as_u16();
    let text = match answer.body() {
        Answer::Whole(bytes) if status >= 400 => str::from_utf8(bytes).ok(),
        _ => None,
    };
    journal.request(method.as_str(), path, status, text.map(str::trim_end));
}

/// Lets the page that has asked read the answer, and no other.
pub fn readable(mut response: Answered, origin: Option<&str>) -> Answered {
    let headers = response.headers_mut();
    if let Some(Ok(origin)) = origin.map(HeaderValue::from_str) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    response
}

/// What was true a moment ago is asked anew, and nothing on the way changes it or takes it for something else.
pub fn unkept(mut response: Answered) -> Answered {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store, no-transform"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is larger than so many bytes.
    TooLarge(usize),
    Malformed,
    Late,
}

impl Unread {
    pub fn status(self) -> u16 {
        match self {
            Unread::TooLarge(_) => 413,
            Unread::Malformed => 400,
            Unread::Late => 408,
        }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unread::TooLarge(limit) => write!(
                formatter,
                "The request body exceeds the allowed maximum ({limit} bytes)"
            ),
            Unread::Malformed => formatter.write_str("The request body is malformed"),
            Unread::Late => formatter.write_str("The request body did not arrive in time"),
        }
    }
}

/// Reads a whole body, as large as the options allow.
pub async fn collect(body: Incoming, options: &ListenOptions) -> Result<Bytes, Answered> {
    collect_within(body, options.max_body_bytes, options)
        .await
        .map_err(|unread| text_and_close(unread.status(), format!("{unread}\n")))
}

/// Reads a whole body of at most so many bytes. Who refuses it closes the connection: the rest may still be on its way.
pub async fn collect_within(
    mut body: Incoming,
    limit: usize,
    options: &ListenOptions,
) -> Result<Bytes, Unread> {
    if body.size_hint().lower() > limit as u64 {
        return Err(Unread::TooLarge(limit));
    }
    let read = async {
        let mut all = BytesMut::new();
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            let frame = frame.map_err(|_| Unread::Malformed)?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if all.len() + data.len() > limit {
                return Err(Unread::TooLarge(limit));
            }
            if all.is_empty() && body.is_end_stream() {
                return Ok(data);
            }
            all.extend_from_slice(&data);
        }
        Ok(all.freeze())
    };
    let patience = BODY_TIME.min(options.idle_timeout);
    timeout(patience, read).await.unwrap_or(Err(Unread::Late))
}

/// A plain text, the last thing on this connection.
pub fn text_and_close(status: u16, body: impl Into<Bytes>) -> Answered {
    and_close(text(status, body))
}

/// Makes it the last thing on this connection.
pub fn and_close(mut response: Answered) -> Answered {
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
