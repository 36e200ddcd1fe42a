//! From HTTP to WebSocket.

use crate::gateway::wire::frames;

/// Why a request for a WebSocket is answered in HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpgradeRefusal {
    /// Another version than 13: 426, with the version that would do.
    Version,
    /// Not what RFC 6455, 4.2.1 asks for: 400 with this text.
    Malformed(&'static str),
}

/// Reads the headers of a request for a WebSocket: `None` if it is none, else the
/// `Sec-WebSocket-Accept` to answer with. `is_old`: it is one of HTTP/1.0. `header` gives the lines of
/// this name.
pub fn parse<'a, Lines: Iterator<Item = &'a [u8]>>(
    method: &str,
    is_old: bool,
    header: impl Fn(&'static str) -> Lines,
) -> Option<Result<String, UpgradeRefusal>> {
    if !has_token(header("upgrade"), "websocket") {
        return None;
    }
    if is_old {
        return Some(Err(UpgradeRefusal::Malformed(
            "A WebSocket is asked for with HTTP/1.1, not 1.0 (nginx: proxy_http_version 1.1)",
        )));
    }
    Some(accept(method, header))
}

fn accept<'a, Lines: Iterator<Item = &'a [u8]>>(
    method: &str,
    header: impl Fn(&'static str) -> Lines,
) -> Result<String, UpgradeRefusal> {
    if method != "GET" {
        return Err(UpgradeRefusal::Malformed(
            "A WebSocket is asked for with GET",
        ));
    }
    if !has_token(header("connection"), "upgrade") {
        return Err(UpgradeRefusal::Malformed(
            "The header Connection: Upgrade is missing",
        ));
    }
    if header("sec-websocket-version").next() != Some(b"13") {
        return Err(UpgradeRefusal::Version);
    }
    match header("sec-websocket-key").next().map(str::from_utf8) {
        // Sixteen bytes in base64.
        Some(Ok(key)) if key.len() == 24 && key.ends_with("==") => Ok(frames::accept_key(key)),
        _ => Err(UpgradeRefusal::Malformed(
            "Sec-WebSocket-Key is missing or not 16 bytes in base64",
        )),
    }
}

/// Whether a list, which may be spread over several lines (RFC 9110, 5.3), has this token.
fn has_token<'a>(lines: impl Iterator<Item = &'a [u8]>, token: &str) -> bool {
    lines
        .flat_map(|line| line.split(|byte| *byte == b','))
        .any(|part| part.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}

/// The head that turns the connection into a WebSocket.
pub fn switching_protocols(accept: &str) -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
}
