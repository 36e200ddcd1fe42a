//! What a request to the control routes is refused with.

use std::fmt;

use hyper::Method;
use hyper::header::{self, HeaderValue};
use serde_json::json;

use crate::gateway::admission::verdict::TurnedAway;
use crate::gateway::http::answer::{Answered, JSON, Unread, and_close, whole};

#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// What speaks against trusting who asks.
    Untrusted(String),
    Method {
        method: String,
        allow: &'static str,
    },
    Version(String),
    Body(Unread),
    NotText,
    BadRequest(String),
    UnknownApp {
        asked: String,
        ids: Vec<String>,
    },
    /// There is nobody who could answer.
    Nobody,
    TooMany,
    Closing,
}

impl Refusal {
    pub fn method(method: &Method, allow: &'static str) -> Refusal {
        Refusal::Method {
            method: method.to_string(),
            allow,
        }
    }

    fn status(&self) -> u16 {
        match self {
            Refusal::Untrusted(_) => 401,
            Refusal::Method { .. } => 405,
            Refusal::Version(_) | Refusal::UnknownApp { .. } => 404,
            Refusal::Body(unread) => unread.status(),
            Refusal::NotText | Refusal::BadRequest(_) => 400,
            Refusal::Nobody | Refusal::TooMany | Refusal::Closing => 503,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Refusal::Untrusted(_) => "forbidden",
            Refusal::Method { .. } => "wrong-method",
            Refusal::Version(_) => "unknown-version",
            Refusal::Body(Unread::TooLarge(_)) => "too-large",
            Refusal::Body(_) | Refusal::NotText | Refusal::BadRequest(_) => "bad-request",
            Refusal::UnknownApp { .. } => "unknown-app",
            Refusal::Nobody => "unavailable",
            Refusal::TooMany => "too-many",
            Refusal::Closing => "closing",
        }
    }

    pub fn answer(&self) -> Answered {
        let mut answered = error(self.status(), self.code(), self);
        let headers = answered.headers_mut();
        match self {
            Refusal::Untrusted(_) => {
                let scheme = HeaderValue::from_static("Bearer");
                headers.insert(header::WWW_AUTHENTICATE, scheme);
            }
            Refusal::Method { allow, .. } => {
                headers.insert(header::ALLOW, HeaderValue::from_static(allow));
            }
            Refusal::Body(_) => return and_close(answered),
            _ => {}
        }
        answered
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Untrusted(doubt) => write!(
                formatter,
                "pushrig: the control routes are for this machine. As for this request, {doubt}"
            ),
            Refusal::Method { method, allow } => write!(
                formatter,
                "pushrig: this address does not take {method}, it takes {allow}: what changes something is a POST"
            ),
            Refusal::Version(version) => write!(
                formatter,
                "pushrig: the control routes have no version {version:?} here, they are at /pushrig/v1/…; use a pushrig of the same version on both sides"
            ),
            Refusal::Body(unread) => write!(formatter, "pushrig: {unread}"),
            Refusal::NotText => formatter
                .write_str("pushrig: the body is not UTF-8; the control routes take JSON in UTF-8"),
            Refusal::BadRequest(why) => write!(formatter, "pushrig: {why}"),
            Refusal::UnknownApp { asked, ids } => write!(
                formatter,
                "pushrig: this gateway has no app with the id or key {asked:?}; it has {}",
                ids.join(", ")
            ),
            Refusal::Nobody => formatter.write_str(
                "pushrig: nobody answers the control routes of this gateway: its JavaScript has ended",
            ),
            Refusal::TooMany => formatter.write_str(
                "pushrig: too many requests wait for an answer; ask again when some of them have got theirs",
            ),
            Refusal::Closing => formatter.write_str("pushrig: the gateway is closing"),
        }
    }
}

/// A page or a name that is not let in.
pub fn turned_away(away: &TurnedAway) -> Answered {
    let why = format_args!("pushrig: {away}");
    and_close(error(away.status(), "forbidden", &why))
}

fn error(status: u16, code: &str, message: &dyn fmt::Display) -> Answered {
    let error = json!({ "error": { "code": code, "message": message.to_string() } });
    whole(status, JSON, format!("{error}\n"))
}
