//! Clients that speak TLS: what takes the encryption off stands in front, in the process that listens.
//!
//! A connection that begins with a TLS handshake is handed to the front, byte for byte, and comes
//! back in plain text on a connection of its own, which begins with a [`Preface`]. Both ways
//! lead over loopback, so the address of the client is kept here: the preface names the port that
//! the handed-over connection came from, and the secret that only the front knows.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use subtle::ConstantTimeEq;
use tokio::io::{AsyncWriteExt, copy};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::gateway::http::replay::Replay;
use crate::gateway::server::options::TlsFront;
use crate::gateway::server::state::{HandedOver, Peer, Server, spawn};
use crate::gateway::wire::connection::GOODBYE;
use crate::gateway::wire::preface::Preface;

/// The client whose connection the front brings back. `None` for whoever is not the front, and for a
/// connection that was not handed over.
pub fn recognize(server: &Server, preface: &Preface) -> Option<Peer> {
    let front = server.options.tls.as_ref()?;
    let is_front = bool::from(front.secret.as_bytes().ct_eq(&preface.secret));
    let ip = server.handed_over.lock().get(&preface.port)?.ip;
    is_front.then_some(Peer {
        ip,
        is_secure: true,
        agent: 0,
    })
}

/// The client has asked for something: a gateway that closes waits until the answers have left.
pub fn wait_for(server: &Arc<Server>, preface: &Preface) {
    let guard = server.task();
    if let Some(client) = server.handed_over.lock().get_mut(&preface.port) {
        client.guard = Some(guard);
    }
}

/// Hands a connection to the front, and passes on what the two have to say until both have ended.
/// Without a front it is turned away, in the log, and as a plain server does.
pub async fn hand_over(server: &Arc<Server>, mut stream: TcpStream, ip: IpAddr, first: &Bytes) {
    // What happens to it is for its two ends to know.
    let _ = match &server.options.tls {
        Some(front) => relay(server, front, stream, ip, first).await,
        None => {
            server.turn_away_tls();
            let written = stream.write_all(PLAIN).await;
            Replay::new(Bytes::new(), stream).end().await;
            written
        }
    };
}

/// Who asked for TLS sees no more than that this is none.
const PLAIN: &[u8] = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

async fn relay(
    server: &Arc<Server>,
    front: &TlsFront,
    stream: TcpStream,
    ip: IpAddr,
    first: &Bytes,
) -> io::Result<()> {
    let mut there = TcpStream::connect((Ipv4Addr::LOCALHOST, front.port)).await?;
    there.set_nodelay(true)?;
    let port = there.local_addr()?.port();
    // Known before the front can have heard of it, for as long as the system gives the port to nobody else.
    let client = HandedOver { ip, guard: None };
    server.handed_over.lock().insert(port, client);
    let _known = Known { server, port };
    there.write_all(first).await?;
    let (mut from_client, mut to_client) = stream.into_split();
    let (mut from_front, mut to_front) = there.into_split();
    let forth = spawn(async move {
        // Whichever end fails: the other one hears of the end.
        let _ = copy(&mut from_client, &mut to_front).await;
        let _ = to_front.shutdown().await;
    });
    let _ = copy(&mut from_front, &mut to_client).await;
    let _ = to_client.shutdown().await;
    // The last word has left. What the client still has to say is for nobody.
    server.answered(port);
    let abort = forth.abort_handle();
    if timeout(GOODBYE, forth).await.is_err() {
        abort.abort();
    }
    Ok(())
}

struct Known<'a> {
    server: &'a Server,
    port: u16,
}

impl Drop for Known<'_> {
    fn drop(&mut self) {
        self.server.answered(self.port);
    }
}
