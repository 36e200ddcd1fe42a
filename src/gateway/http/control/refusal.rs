//! What a request to the control routes is refused with.

use std::fmt;

use hyper::Method;
use hyper::header::{self, HeaderValue};
use serde_json::json;

use crate::gateway::admission::verdict::TurnedAway;
use crate::gateway::http::answer::{Answered, JSON, Unread, and_close, whole};

#[derive(Debug, PartialEq, Eq)]
pub enum ControlRefusal {
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

impl ControlRefusal {
    pub fn method(method: &Method, allow: &'static str) -> ControlRefusal {
        ControlRefusal::Method {
            method: method.to_string(),
            allow,
        }
    }

    fn status(&self) -> u16 {
        match self {
            ControlRefusal::Untrusted(_) => 401,
            ControlRefusal::Method { .. } => 405,
            ControlRefusal::Version(_) | ControlRefusal::UnknownApp { .. } => 404,
            ControlRefusal::Body(unread) => unread.status(),
            ControlRefusal::NotText | ControlRefusal::BadRequest(_) => 400,
            ControlRefusal::Nobody | ControlRefusal::TooMany | ControlRefusal::Closing => 503,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            ControlRefusal::Untrusted(_) => "forbidden",
            ControlRefusal::Method { .. } => "wrong-method",
            ControlRefusal::Version(_) => "unknown-version",
            ControlRefusal::Body(Unread::TooLarge(_)) => "too-large",
            ControlRefusal::Body(_) | ControlRefusal::NotText | ControlRefusal::BadRequest(_) => {
                "bad-request"
            }
            ControlRefusal::UnknownApp { .. } => "unknown-app",
            ControlRefusal::Nobody => "unavailable",
            ControlRefusal::TooMany => "too-many",
            ControlRefusal::Closing => "closing",
        }
    }

    pub fn answer(&self) -> Answered {
        let mut answered = error(self.status(), self.code(), self);
        let headers = answered.headers_mut();
        match self {
            ControlRefusal::Untrusted(_) => {
                let scheme = HeaderValue::from_static("Bearer");
                headers.insert(header::WWW_AUTHENTICATE, scheme);
            }
            ControlRefusal::Method { allow, .. } => {
                headers.insert(header::ALLOW, HeaderValue::from_static(allow));
            }
            ControlRefusal::Body(_) => return and_close(answered),
            _ => {}
        }
        answered
    }
}

impl fmt::Display for ControlRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ControlRefusal::Untrusted(doubt) => write!(
                formatter,
                "pushrig: the control routes are for this machine. As for this request, {doubt}"
            ),
            ControlRefusal::Method { method, allow } => write!(
                formatter,
                "pushrig: this address does not take {method}, it takes {allow}: what changes something is a POST"
            ),
            ControlRefusal::Version(version) => write!(
                formatter,
                "pushrig: the control routes have no version {version:?} here, they are at /pushrig/v1/…; use a pushrig of the same version on both sides"
            ),
            ControlRefusal::Body(unread) => write!(formatter, "pushrig: {unread}"),
            ControlRefusal::NotText => formatter
                .write_str("pushrig: the body is not UTF-8; the control routes take JSON in UTF-8"),
            ControlRefusal::BadRequest(why) => write!(formatter, "pushrig: {why}"),
            ControlRefusal::UnknownApp { asked, ids } => write!(
                formatter,
                "pushrig: this gateway has no app with the id or key {asked:?}; it has {}",
                ids.join(", ")
            ),
            ControlRefusal::Nobody => formatter.write_str(
                "pushrig: nobody answers the control routes of this gateway: its JavaScript has ended",
            ),
            ControlRefusal::TooMany => formatter.write_str(
                "pushrig: too many requests wait for an answer; ask again when some of them have got theirs",
            ),
            ControlRefusal::Closing => formatter.write_str("pushrig: the gateway is closing"),
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
