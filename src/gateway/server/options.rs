//! How a gateway is set up.

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::broker::SharedApp;
use crate::gateway::admission::origin::Named;
use crate::gateway::admission::rules::Admission;
use crate::gateway::wire::outbox::Bounds;
use crate::protocol::limits::MAX_MESSAGE_BYTES;

/// Where the front listens on loopback, and what it is known by.
#[derive(Clone)]
pub struct TlsFront {
    pub port: u16,
    pub secret: String,
}

/// Which project a gateway is of.
#[derive(Clone)]
pub struct Project {
    pub folder: String,
    /// Tells projects apart without saying where they are.
    pub hash: String,
}

/// How a gateway is set up.
#[derive(Clone)]
pub struct ListenOptions {
    /// The address to bind; a name is looked up.
    pub host: String,
    /// 0 for any free one, see [`Gateway::port`](crate::gateway::Gateway::port).
    pub port: u16,
    /// What comes before every address, such as `/ws`; usually nothing. WebSockets are served below it only.
    pub ws_path: String,
    /// The file of the page at `/`, read when somebody opens it.
    pub page_file: Option<PathBuf>,
    /// The apps that are served. With just one that [accepts any
    /// key](crate::broker::AppOptions::accepts_any_key), a client with an unknown key is let in.
    pub apps: Vec<SharedApp>,
    /// Pages that may come in although they are not of this machine: `https://app.test:3000`,
    /// `app.test` on any port, `*.app.test`, `null`.
    pub origins: Vec<String>,
    /// What opens everything, also to other machines; empty for nothing.
    pub token: String,
    /// What `/health` says it is of.
    pub project: Option<Project>,
    /// What takes off the encryption of clients that speak TLS; without it they are turned away.
    pub tls: Option<TlsFront>,
    /// What may wait for a client that reads too slowly, in bytes; beyond it the client is cut.
    pub max_queued_bytes: usize,
    /// The same in writes.
    pub max_queued_writes: usize,
    /// The longest message a client may send, in bytes.
    pub max_message_bytes: usize,
    /// The largest body of a request, in bytes.
    pub max_body_bytes: usize,
    /// Clients at one time, of all apps together; one too many is refused with 4100.
    pub max_connections: Option<usize>,
    /// Messages a client may send per second; beyond it the connection ends with 4100.
    pub messages_per_second: Option<u32>,
    /// After this silence a client is asked for a sign of life; `None` is its app's
    /// [`activity_timeout_s`](crate::protocol::Limits::activity_timeout_s).
    pub idle_ping: Option<Duration>,
    /// How long it may take to answer before the connection ends with 4201.
    pub pong_timeout: Duration,
    /// How long a client without WebSocket may be without a receiving request before it counts as
    /// gone.
    pub session_patience: Duration,
    /// How long an HTTP connection without request is kept.
    pub idle_timeout: Duration,
    /// How long clients may take to finish what they are doing when the gateway closes.
    pub drain: Duration,
    /// The kernel's send buffer for each client, in bytes; `None` leaves it to the system.
    pub send_buffer: Option<u32>,
    /// Somebody watches, and wants to know what clients are called.
    pub is_watched: bool,
    /// The name of the gateway's thread.
    pub thread_name: String,
}

impl Default for ListenOptions {
    fn default() -> ListenOptions {
        ListenOptions {
            host: "127.0.0.1".to_owned(),
            port: 0,
            ws_path: String::new(),
            page_file: None,
            apps: Vec::new(),
            origins: Vec::new(),
            token: String::new(),
            project: None,
            tls: None,
            max_queued_bytes: 1024 * 1024,
            max_queued_writes: 8_192,
            max_message_bytes: MAX_MESSAGE_BYTES,
            max_body_bytes: 2 * 1024 * 1024,
            max_connections: None,
            messages_per_second: None,
            idle_ping: None,
            pong_timeout: Duration::from_secs(30),
            session_patience: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(60),
            drain: Duration::from_secs(1),
            send_buffer: None,
            is_watched: false,
            thread_name: "pushrig-gateway".to_owned(),
        }
    }
}

impl ListenOptions {
    /// Who may come into a gateway that is bound to this address. Fails with an entry of
    /// [`origins`](ListenOptions::origins) that is none.
    pub fn admission(&self, bound: IpAddr) -> io::Result<Admission> {
        let parse = |text: &String| {
            Named::parse(text).ok_or_else(|| {
                let why = format!("{text:?} is no origin, such as http://app.test:3000");
                io::Error::new(io::ErrorKind::InvalidInput, why)
            })
        };
        Ok(Admission {
            origins: self.origins.iter().map(parse).collect::<Result<_, _>>()?,
            token: self.token.clone(),
            is_public: !bound.to_canonical().is_loopback(),
        })
    }

    /// [`ws_path`](Self::ws_path) without a slash at its end.
    pub fn prefix(&self) -> &str {
        self.ws_path.trim_end_matches('/')
    }

    pub fn bounds(&self) -> Bounds {
        Bounds {
            bytes: self.max_queued_bytes,
            entries: self.max_queued_writes,
        }
    }
}
