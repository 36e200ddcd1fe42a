//! The first bytes of a connection, which decide what it becomes.

use std::io;
use std::net::IpAddr;

use bytes::Bytes;
use tokio::net::TcpStream;

use crate::gateway::admission::caller::Caller;
use crate::gateway::admission::rules::Admission;
use crate::gateway::admission::verdict::TurnedAway;
use crate::gateway::server::state::Peer;
use crate::gateway::websocket::upgrade;
use crate::gateway::wire::buffer::with_read_buffer;
use crate::gateway::wire::preface::{HANDSHAKE, Preface};

/// The longest head that is waited for; a longer one is the HTTP server's to refuse.
const MAX_HEAD: usize = 16 * 1024;

/// What a new connection turns out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Opening {
    WebSocket {
        target: String,
        accept: String,
        /// Whether it may come in; who may not is told so as a WebSocket.
        admitted: Result<(), TurnedAway>,
        early: Vec<u8>,
        /// What program it is: a hash.
        agent: u64,
    },
    /// The beginning of a TLS handshake.
    Tls(Bytes),
    /// The TLS front brings a connection back; what else has come of it is to be read again.
    Decrypted(Preface, Vec<u8>),
    /// Anything else goes to the HTTP server, which reads it again from the beginning.
    Http(Bytes),
}

/// Reads until it is clear, from `before` on, which has been read already.
pub async fn read(
    stream: &TcpStream,
    mut before: Vec<u8>,
    peer: IpAddr,
    admission: &Admission,
) -> io::Result<Opening> {
    let parse = |bytes: &[u8]| parse(bytes, peer, admission);
    if let Some(opening) = parse(&before) {
        return Ok(opening);
    }
    loop {
        stream.readable().await?;
        let read = with_read_buffer(|buffer| {
            let read = stream.try_read(buffer)?;
            if read == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
            }
            if before.is_empty() {
                // The usual case: the whole head at once.
                return Ok(
                    parse(&buffer[..read]).ok_or_else(|| before.extend_from_slice(&buffer[..read]))
                );
            }
            before.extend_from_slice(&buffer[..read]);
            Ok(parse(&before).ok_or(()))
        });
        match read {
            Ok(Ok(opening)) => return Ok(opening),
            Ok(Err(())) if before.len() > MAX_HEAD => return Ok(Opening::Http(before.into())),
            Ok(Err(())) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

/// `None` while the head is incomplete.
fn parse(bytes: &[u8], peer: IpAddr, admission: &Admission) -> Option<Opening> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let http = || Some(Opening::Http(Bytes::copy_from_slice(bytes)));
    match bytes.first()? {
        &HANDSHAKE => return Some(Opening::Tls(Bytes::copy_from_slice(bytes))),
        0 => {
            return match Preface::parse(bytes) {
                Ok(None) => None,
                Ok(Some((preface, end))) => Some(Opening::Decrypted(preface, bytes[end..].into())),
                Err(()) => http(),
            };
        }
        _ => {}
    }
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return None,
        Err(_) => return http(),
    };
    let (Some(method), Some(target), Some(1)) = (request.method, request.path, request.version)
    else {
        return http();
    };
    // A whole address, as proxies may send it: the HTTP server finds the path in it.
    if !target.starts_with('/') {
        return http();
    }
    let accept = upgrade::parse(method, false, |name| {
        let lines = request.headers.iter();
        lines
            .filter(move |header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value)
    });
    match accept {
        Some(Ok(accept)) => {
            let lines = request.headers.iter();
            let lines = lines.map(|header| (header.name, header.value));
            let caller = Caller::new(peer, false, None, lines);
            let admitted = admission.admit(&caller, false).map(drop);
            if let Err(TurnedAway::Malformed(_)) = admitted {
                return http();
            }
            let agent = Peer::agent(|name| {
                let mut headers = request.headers.iter();
                let header = headers.find(|header| header.name.eq_ignore_ascii_case(name));
                header.map(|header| header.value)
            });
            let (target, early) = (target.to_owned(), bytes[length..].to_vec());
            Some(Opening::WebSocket {
                target,
                accept,
                admitted,
                early,
                agent,
            })
        }
        // A bad one is refused in HTTP.
        Some(Err(_)) | None => http(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    fn parse(bytes: &[u8]) -> Option<Opening> {
        super::parse(bytes, Ipv4Addr::LOCALHOST.into(), &Admission::default())
    }

    const UPGRADE: &[u8] = b"GET /app/key?protocol=7 HTTP/1.1\r\nHost: localhost\r\n\
        Connection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    #[test]
    fn a_websocket_is_one_with_the_last_byte_of_its_head() {
        for end in 0..UPGRADE.len() {
            assert_eq!(parse(&UPGRADE[..end]), None, "{end}");
        }
        let bytes = [UPGRADE, b"early"].concat();
        let agent = Peer::agent(|_| None);
        let expected = Opening::WebSocket {
            agent,
            target: "/app/key?protocol=7".to_owned(),
            accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".to_owned(),
            admitted: Ok(()),
            early: b"early".to_vec(),
        };
        assert_eq!(parse(&bytes), Some(expected));
    }

    proptest! {
        #[test]
        fn what_is_no_websocket_goes_on_as_it_came(
            at in 0..UPGRADE.len(),
            bits in 1..=255u8,
            noise in prop::option::of(prop::collection::vec(any::<u8>(), 0..300)),
        ) {
            let bytes = noise.unwrap_or_else(|| {
                let mut bytes = UPGRADE.to_vec();
                bytes[at] ^= bits;
                bytes
            });
            match parse(&bytes) {
                Some(Opening::Http(first)) => prop_assert_eq!(&first[..], &bytes[..]),
                Some(Opening::WebSocket { early, .. }) => prop_assert!(bytes.ends_with(&early)),
                Some(Opening::Tls(first)) => prop_assert_eq!(&first[..], &bytes[..]),
                Some(Opening::Decrypted(_, rest)) => prop_assert!(bytes.ends_with(&rest)),
                None => {}
            }
        }
    }
}
