//! Why the last call on this thread was refused.
//!
//! Errors cross the border as data: an `Error` made here would be of another realm under `vm`
//! contexts, so a refused call returns a marker and JavaScript asks for the reason.

use std::cell::RefCell;
use std::io;

use napi_derive::napi;
use serde_json::json;

use crate::broker::ApiResponse;
use crate::protocol::{ApiError, SocketError};

thread_local! {
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

pub fn refuse_request(error: &ApiError) {
    let ApiResponse {
        status,
        body,
        failure,
    } = error.clone().into();
    set(json!({ "status": status, "body": body, "failure": failure }).to_string());
}

pub fn refuse_connection(error: &SocketError) {
    set(json!({ "code": error.code(), "message": error.to_string() }).to_string());
}

/// With the name that Node gives such an error, as far as it has one.
pub fn refuse_listening(error: &io::Error) {
    let code = match error.kind() {
        io::ErrorKind::AddrInUse => Some("EADDRINUSE"),
        io::ErrorKind::AddrNotAvailable => Some("EADDRNOTAVAIL"),
        io::ErrorKind::PermissionDenied => Some("EACCES"),
        io::ErrorKind::NotFound => Some("ENOTFOUND"),
        _ => None,
    };
    set(json!({ "code": code, "message": error.to_string() }).to_string());
}

fn set(reason: String) {
    LAST.with_borrow_mut(|last| *last = Some(reason));
}

/// The reason of the last refusal on this thread as JSON, `{ status, body }` or
/// `{ code, message }` (a close code, or for `listen` a name such as `EADDRINUSE`), and forgets it; `null` when there was none.
#[napi(catch_unwind)]
pub fn take_refusal() -> Option<String> {
    LAST.with_borrow_mut(Option::take)
}
