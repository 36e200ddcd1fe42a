//! Thousands of subscribers of one channel, on one thread and with as little work for each as
//! possible: on two cores what the clients use is not there for the server.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Registry, Token};

use super::PATIENCE;
use super::process::Process;
use super::request::{CHANNEL, KEY};
use super::stamp;

/// Publishers whose numbers are checked.
const MAX_PUBLISHERS: usize = 8;

pub struct Crowd {
    poll: Poll,
    events: Events,
    members: Vec<Member>,
    buffer: Box<[u8]>,
    /// Where the stamp is in a frame.
    hint: usize,
}

struct Member {
    stream: TcpStream,
    stage: Stage,
    /// The beginning of a head or a frame.
    partial: Vec<u8>,
    /// The number expected next from each publisher.
    next: [u32; MAX_PUBLISHERS],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Connecting,
    Upgrading,
    Greeted,
    Subscribed,
}

/// What a crowd has received.
pub struct Tally {
    /// Subscribers.
    members: usize,
    pub delivered: u64,
    /// Frames that came twice, too early or too late.
    pub misplaced: u64,
    /// Deliveries that never came.
    pub missing: u64,
    /// When the last one came.
    pub last: Instant,
    /// From sending to receiving, in microseconds.
    latencies: Vec<u32>,
}

impl Tally {
    pub fn new(members: usize) -> Tally {
        Tally {
            members,
            delivered: 0,
            misplaced: 0,
            missing: 0,
            last: Instant::now(),
            latencies: Vec::new(),
        }
    }

    /// The latency that `share` of the deliveries do not exceed, in milliseconds.
    pub fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let at = (sorted.len().saturating_sub(1) as f64 * share) as usize;
        sorted.get(at).map_or(0.0, |us| f64::from(*us) / 1e3)
    }
}

impl Crowd {
    /// Opens and subscribes `count` connections, `at_once` of them at a time.
    pub fn connect(address: SocketAddr, count: usize, at_once: usize) -> io::Result<Crowd> {
        let mut crowd = Crowd {
            poll: Poll::new()?,
            events: Events::with_capacity(256),
            members: Vec::with_capacity(count),
            buffer: vec![0; 64 * 1024].into(),
            hint: 0,
        };
        let mut subscribed = 0;
        let mut tally = Tally::new(count);
        let start = Instant::now();
        while subscribed < count {
            while crowd.members.len() < count.min(subscribed + at_once) {
                crowd.open(address)?;
            }
            subscribed += crowd.turn(&mut tally, |_| {})?;
            assert!(
                start.elapsed() < 3 * PATIENCE,
                "{subscribed} of {count} are subscribed"
            );
        }
        Ok(crowd)
    }

    fn open(&mut self, address: SocketAddr) -> io::Result<()> {
        let mut stream = TcpStream::connect(address)?;
        let token = Token(self.members.len());
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll
            .registry()
            .register(&mut stream, token, interest)?;
        self.members.push(Member {
            stream,
            stage: Stage::Connecting,
            partial: Vec::new(),
            next: [0; MAX_PUBLISHERS],
        });
        Ok(())
    }

    pub fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    /// Waits until the server has nothing more to do for those who came.
    pub fn settle(&mut self, server: &Process) -> io::Result<()> {
        let mut tally = Tally::new(self.members.len());
        let mut cpu = server.cpu();
        loop {
            let start = Instant::now();
            while start.elapsed() < Duration::from_millis(200) {
                self.turn(&mut tally, |_| {})?;
            }
            let before = std::mem::replace(&mut cpu, server.cpu());
            // What a server does all the time is nothing.
            if cpu - before <= Duration::from_millis(20) {
                return Ok(());
            }
        }
    }

    /// Receives until every member has got `events`, or nothing has come for long after `ended`.
    /// With 0 events: until `ended`.
    pub fn receive(&mut self, events: u64, ended: impl Fn() -> bool) -> io::Result<Tally> {
        let expected = events * self.members.len() as u64;
        let mut tally = Tally::new(self.members.len());
        tally.latencies.reserve(expected as usize);
        loop {
            self.turn(&mut tally, |_| {})?;
            let over = match expected {
                0 => ended(),
                _ => tally.delivered >= expected,
            };
            if over || (tally.last.elapsed() > PATIENCE && ended()) {
                tally.missing = expected.saturating_sub(tally.delivered);
                return Ok(tally);
            }
        }
    }

    /// Waits for what happens, a moment at most, and handles it; `visit` gets the tokens that are
    /// not the crowd's. Returns how many have become subscribed.
    pub fn turn(&mut self, tally: &mut Tally, mut visit: impl FnMut(Token)) -> io::Result<usize> {
        match self
            .poll
            .poll(&mut self.events, Some(Duration::from_millis(20)))
        {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        let mut subscribed = 0;
        for event in &self.events {
            let Some(member) = self.members.get_mut(event.token().0) else {
                visit(event.token());
                continue;
            };
            if member.stage == Stage::Connecting && event.is_writable() {
                if let Some(error) = member.stream.take_error()? {
                    return Err(error);
                }
                member.ask_for_upgrade()?;
            }
            if event.is_readable() {
                let before = member.stage;
                member.read(&mut self.buffer, &mut self.hint, tally)?;
                if before != Stage::Subscribed && member.stage == Stage::Subscribed {
                    // Only to be told of what can be read from here on.
                    let token = event.token();
                    let registry = self.poll.registry();
                    registry.reregister(&mut member.stream, token, Interest::READABLE)?;
                    subscribed += 1;
                }
            }
        }
        Ok(subscribed)
    }
}

impl Member {
    fn ask_for_upgrade(&mut self) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        self.stage = Stage::Upgrading;
        let request = format!(
            "GET /app/{KEY}?protocol=7&client=wire&version=1 HTTP/1.1\r\nHost: localhost\r\n\
             Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        self.stream.write_all(request.as_bytes())
    }

    fn subscribe(&mut self) -> io::Result<()> {
        let text = format!(r#"{{"event":"pusher:subscribe","data":{{"channel":"{CHANNEL}"}}}}"#);
        let mut frame = vec![0x81, 0x80 | text.len() as u8, 0, 0, 0, 0];
        frame.extend_from_slice(text.as_bytes());
        self.stream.write_all(&frame)
    }

    /// Reads all that is there: less than the buffer holds means that it was all.
    fn read(&mut self, buffer: &mut [u8], hint: &mut usize, tally: &mut Tally) -> io::Result<()> {
        loop {
            let read = match self.stream.read(buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            if self.partial.is_empty() {
                let used = self.handle(&buffer[..read], hint, tally)?;
                self.partial.extend_from_slice(&buffer[used..read]);
            } else {
                let mut bytes = std::mem::take(&mut self.partial);
                bytes.extend_from_slice(&buffer[..read]);
                let used = self.handle(&bytes, hint, tally)?;
                self.partial.extend_from_slice(&bytes[used..]);
            }
            if read < buffer.len() {
                return Ok(());
            }
        }
    }

    /// Handles what is complete; returns how much that was.
    fn handle(&mut self, bytes: &[u8], hint: &mut usize, tally: &mut Tally) -> io::Result<usize> {
        let mut used = 0;
        if self.stage == Stage::Upgrading {
            let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") else {
                return Ok(0);
            };
            assert!(bytes.starts_with(b"HTTP/1.1 101 "), "no WebSocket");
            (used, self.stage) = (end + 4, Stage::Greeted);
        }
        let now = stamp::now();
        while let Some((from, to)) = frame(&bytes[used..]) {
            let text = &bytes[used + from..used + to];
            used += to;
            if let Some(stamp) = stamp::find(text, hint) {
                tally.count(&mut self.next, &stamp, now);
            } else if self.stage == Stage::Greeted {
                let text = String::from_utf8_lossy(text);
                if text.contains("connection_established") {
                    self.subscribe()?;
                } else if text.contains("subscription_succeeded") {
                    self.stage = Stage::Subscribed;
                } else {
                    panic!("expected to be subscribed, got {text}");
                }
            }
        }
        Ok(used)
    }
}

impl Tally {
    fn count(&mut self, next: &mut [u32], stamp: &stamp::Stamp, now: Duration) {
        self.delivered += 1;
        if let Some(publisher) = stamp.publisher {
            if next[publisher] != stamp.number {
                self.misplaced += 1;
            }
            next[publisher] = stamp.number + 1;
            let latency = now.saturating_sub(stamp.sent);
            self.latencies.push(latency.as_micros() as u32);
        }
        // Once for each event is exact enough, and a clock costs more than a count.
        if self.delivered.is_multiple_of(self.members as u64) {
            self.last = Instant::now();
        }
    }
}

/// Where the payload of the first frame is, if it is complete. Servers do not mask.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let (from, length) = match *bytes.get(1)? {
        126 => (
            4,
            usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)),
        ),
        127 => (
            10,
            u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?) as usize,
        ),
        length => (2, usize::from(length)),
    };
    (bytes.len() >= from + length).then_some((from, from + length))
}
