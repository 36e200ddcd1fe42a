//! Requests to the HTTP API.

use std::io::{self, ErrorKind, Read};
use std::net::{SocketAddr, TcpStream};
use std::time::{SystemTime, UNIX_EPOCH};

use pushrig::protocol::signature::{hmac_sha256_hex, md5_hex};
use serde_json::json;

pub const KEY: &str = "mock-pusher-key";
const SECRET: &str = "mock-pusher-secret";
const PATH: &str = "/apps/mock-app-id/events";
pub const CHANNEL: &str = "wire";

/// A connection that waits for nothing when it sends.
pub fn dial(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A signed request that publishes `data`.
pub fn trigger(data: &str) -> Vec<u8> {
    let body = json!({ "name": "event", "channels": [CHANNEL], "data": data }).to_string();
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let query = format!(
        "auth_key={KEY}&auth_timestamp={}&auth_version=1.0&body_md5={}",
        now.map_or(0, |now| now.as_secs()),
        md5_hex(&body)
    );
    let signature = hmac_sha256_hex(SECRET, &format!("POST\n{PATH}\n{query}"));
    format!(
        "POST {PATH}?{query}&auth_signature={signature} HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into()
}

/// A response is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Complete {
    KeepAlive,
    /// The server closes the connection, as soketi does each time.
    Close,
}

/// Reads what is there; `None` while `response` is incomplete. Only 200 and, for a probe, 404 are
/// answers.
pub fn read_some(stream: &mut impl Read, response: &mut Vec<u8>) -> io::Result<Option<Complete>> {
    let mut buffer = [0; 4096];
    match stream.read(&mut buffer) {
        Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
        Ok(read) => response.extend_from_slice(&buffer[..read]),
        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
        Err(error) => return Err(error),
    }
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Response::new(&mut headers);
    let parsed = head.parse(response).map_err(io::Error::other)?;
    let httparse::Status::Complete(length) = parsed else {
        return Ok(None);
    };
    if !matches!(head.code, Some(200 | 404)) {
        let text = String::from_utf8_lossy(response);
        return Err(io::Error::other(format!("refused: {text}")));
    }
    let header = |name: &str| {
        let found = head
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name));
        found.and_then(|header| str::from_utf8(header.value).ok())
    };
    let body: usize = header("content-length").map_or(0, |text| text.parse().unwrap_or(0));
    let complete = match header("connection") {
        Some("close") => Complete::Close,
        _ => Complete::KeepAlive,
    };
    Ok((response.len() >= length + body).then_some(complete))
}
