//! The least that a server can do: it checks nothing, builds the frame once and makes one system
//! call per subscriber. What a real server takes beyond this is its own work.

use std::io::{self, ErrorKind, Read, Write};
use std::thread;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use pushrig::gateway::frames as websocket;
use serde_json::{Value, json};

use super::request::CHANNEL;

const LISTENER: Token = Token(usize::MAX);

struct Peer {
    stream: TcpStream,
    received: Vec<u8>,
    is_socket: bool,
}

/// Serves until the process is ended; prints the port.
pub fn serve() -> io::Result<()> {
    let mut listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
    println!("{}", json!({ "port": listener.local_addr()?.port() }));
    let mut poll = Poll::new()?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut events = Events::with_capacity(256);
    let mut peers: Vec<Option<Peer>> = Vec::new();
    let mut subscribers: Vec<usize> = Vec::new();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((mut stream, _)) = listener.accept() {
                    stream.set_nodelay(true)?;
                    let token = Token(peers.len());
                    poll.registry()
                        .register(&mut stream, token, Interest::READABLE)?;
                    peers.push(Some(Peer {
                        stream,
                        received: Vec::new(),
                        is_socket: false,
                    }));
                }
                continue;
            }
            let number = event.token().0;
            let Some(peer) = &mut peers[number] else {
                continue;
            };
            match peer.stream.read(&mut buffer) {
                Ok(read) if read > 0 => peer.received.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                _ => {
                    subscribers.retain(|subscriber| *subscriber != number);
                    peers[number] = None;
                    continue;
                }
            }
            let published = match peer.is_socket {
                true => {
                    // The only thing that this benchmark's clients send.
                    peer.received.clear();
                    let text = json!({
                        "event": "pusher_internal:subscription_succeeded",
                        "channel": CHANNEL,
                        "data": "{}",
                    });
                    write(&mut peer.stream, &websocket::text(&text.to_string()))?;
                    subscribers.push(number);
                    None
                }
                false => peer.respond()?,
            };
            if let Some(data) = published {
                let text = json!({ "event": "event", "channel": CHANNEL, "data": data });
                let frame = websocket::text(&text.to_string());
                for subscriber in &subscribers {
                    if let Some(peer) = &mut peers[*subscriber] {
                        write(&mut peer.stream, &frame)?;
                    }
                }
                if let Some(peer) = &mut peers[number] {
                    write(
                        &mut peer.stream,
                        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                    )?;
                }
            }
        }
    }
}

impl Peer {
    /// Answers a request, if it is complete. Returns what a trigger publishes.
    fn respond(&mut self) -> io::Result<Option<Value>> {
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut request = httparse::Request::new(&mut headers);
        let Ok(httparse::Status::Complete(head)) = request.parse(&self.received) else {
            return Ok(None);
        };
        let header = |name: &str| {
            let found = request
                .headers
                .iter()
                .find(|header| header.name.eq_ignore_ascii_case(name));
            found.and_then(|header| str::from_utf8(header.value).ok())
        };
        if let Some(key) = header("sec-websocket-key") {
            let accept = websocket::accept_key(key);
            let greeting = json!({ "event": "pusher:connection_established", "data": "{}" });
            let mut answer = format!(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Accept: {accept}\r\n\r\n"
            )
            .into_bytes();
            answer.extend_from_slice(&websocket::text(&greeting.to_string()));
            write(&mut self.stream, &answer)?;
            self.is_socket = true;
            self.received = Vec::new();
            return Ok(None);
        }
        let length: usize = header("content-length").map_or(0, |text| text.parse().unwrap_or(0));
        if self.received.len() < head + length {
            return Ok(None);
        }
        let body: Option<Value> = serde_json::from_slice(&self.received[head..]).ok();
        self.received.clear();
        match body {
            Some(mut body) => Ok(Some(body["data"].take())),
            None => {
                let answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
                write(&mut self.stream, answer)?;
                Ok(None)
            }
        }
    }
}

/// Writes as a blocking socket would.
fn write(stream: &mut TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::yield_now(),
            // It has left; reading will tell.
            Err(_) => return Ok(()),
        }
    }
    Ok(())
}
