//! A gateway on a free port and the clients that use it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use pushrig::broker::journal::Selection;
use pushrig::broker::{self, App, AppOptions, Publication, Reading, SharedApp};
use pushrig::gateway::{Controller, Gateway, ListenOptions};
use pushrig::protocol::query::percent_decoded;
use pushrig::protocol::signature::{hmac_sha256_hex, md5_hex};
use serde_json::Value;
use tungstenite::protocol::{CloseFrame, Message, WebSocket};

/// Long enough for a busy machine; nothing waits this long unless it has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub const KEY: &str = "key";
pub const SECRET: &str = "secret";

pub fn app_with(options: AppOptions) -> SharedApp {
    Arc::new(Mutex::new(App::new(options)))
}

pub fn app_options() -> AppOptions {
    AppOptions {
        id: "3".to_owned(),
        key: KEY.to_owned(),
        secret: SECRET.to_owned(),
        ..AppOptions::default()
    }
}

pub fn app() -> SharedApp {
    app_with(app_options())
}

pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis() as u64
}

/// A gateway and the first of its apps.
pub struct Server {
    pub gateway: Gateway,
    pub app: SharedApp,
    apps: Vec<SharedApp>,
}

pub fn serve() -> Server {
    serve_with(ListenOptions::default())
}

/// Serves `options.apps`, or [`app`] when there are none.
pub fn serve_with(options: ListenOptions) -> Server {
    serve_answering(options, None)
}

/// The same with somebody who answers the control routes.
pub fn serve_answering(mut options: ListenOptions, controller: Option<Controller>) -> Server {
    if options.apps.is_empty() {
        options.apps.push(app());
    }
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gateway/page.html");
    options.page_file.get_or_insert_with(|| page.into());
    let app = options.apps[0].clone();
    let apps = options.apps.clone();
    options.is_watched = true;
    let gateway = Gateway::listen(options, None, controller).unwrap();
    Server { gateway, app, apps }
}

impl Server {
    pub fn address(&self) -> SocketAddr {
        self.gateway.address()
    }

    /// A raw connection.
    pub fn dial(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// A client that has read its `connection_established`.
    pub fn client(&self) -> Client {
        let mut client = self.client_at(&format!("/app/{KEY}?protocol=7&client=test"));
        client.greeting();
        client
    }

    /// A client that has read nothing.
    pub fn client_at(&self, target: &str) -> Client {
        let url = format!("ws://{}{target}", self.address());
        let (socket, _) = tungstenite::client(url, self.dial()).unwrap();
        Client {
            socket,
            socket_id: String::new(),
        }
    }

    pub fn publish(&self, channel: &str, event: &str, data: &str) {
        self.publish_except(channel, event, data, None);
    }

    pub fn publish_except(&self, channel: &str, event: &str, data: &str, except: Option<&str>) {
        let publication = Publication {
            channels: vec![channel.to_owned()],
            name: event.to_owned(),
            data: data.to_owned(),
            socket_id: except.map(str::to_owned),
            info: None,
        };
        broker::publish(&self.app, publication, &Reading::from(now())).unwrap();
    }

    /// One signed request on a connection of its own.
    pub fn request(&self, method: &str, path: &str, parameters: &str, body: &str) -> Reply {
        let head = signed(method, path, parameters, body);
        exchange(&mut self.dial(), format!("{head}\r\n{body}").as_bytes())
    }

    /// Waits until `condition` holds.
    pub fn until(&self, what: &str, condition: impl Fn(&Server) -> bool) {
        let start = Instant::now();
        while !condition(self) {
            assert!(start.elapsed() < PATIENCE, "still waiting: {what}");
            std::thread::yield_now();
        }
    }

    /// What the gateway's own journal holds.
    pub fn own_entries(&self) -> Vec<Value> {
        entries(&self.gateway.journal(&Selection::default()))
    }

    /// That, and what the journals of the apps hold, each entry with its app's id.
    pub fn entries(&self) -> Vec<Value> {
        let mut all = self.own_entries();
        for app in &self.apps {
            let app = app.lock();
            let id = app.options().id.clone();
            let page = app.page(&Selection::default());
            all.extend(entries(&page).into_iter().map(|mut entry| {
                entry["app"] = id.as_str().into();
                entry
            }));
        }
        all
    }

    /// How many entries have these fields; a `text` need only begin so.
    pub fn count(&self, fields: &Value) -> usize {
        let has = |entry: &Value, (name, value): (&String, &Value)| match value.as_str() {
            Some(text) if name == "text" => entry[name]
                .as_str()
                .is_some_and(|whole| whole.starts_with(text)),
            _ => entry[name] == *value,
        };
        let fields = fields.as_object().unwrap();
        let all = self.entries();
        let found = all
            .iter()
            .filter(|entry| fields.iter().all(|field| has(entry, field)));
        found.count()
    }

    pub fn noted(&self, fields: Value) -> bool {
        self.count(&fields) > 0
    }
}

/// A WebSocket client that waits for what it expects.
pub struct Client {
    pub socket: WebSocket<TcpStream>,
    pub socket_id: String,
}

impl Client {
    /// Reads `connection_established`.
    pub fn greeting(&mut self) {
        let frame: Value = serde_json::from_str(&self.receive()).unwrap();
        assert_eq!(frame["event"], "pusher:connection_established");
        let data: Value = serde_json::from_str(frame["data"].as_str().unwrap()).unwrap();
        assert_eq!(data["activity_timeout"], 120);
        self.socket_id = data["socket_id"].as_str().unwrap().to_owned();
    }

    pub fn send(&mut self, text: impl Into<String>) {
        self.socket.send(Message::text(text.into())).unwrap();
    }

    /// The next text. The gateway's own pings are answered on the way.
    pub fn receive(&mut self) -> String {
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => return text.to_string(),
                Ok(Message::Ping(_)) => {}
                other => panic!("expected a text, got {other:?}"),
            }
        }
    }

    /// The close code and reason, after whatever texts still come.
    pub fn closed(&mut self) -> (u16, String) {
        loop {
            match self.socket.read() {
                Ok(Message::Close(Some(CloseFrame { code, reason }))) => {
                    return (code.into(), reason.to_string());
                }
                Ok(Message::Text(_) | Message::Pong(_) | Message::Ping(_)) => {}
                other => panic!("expected a Close, got {other:?}"),
            }
        }
    }

    /// Subscribes, with a signature where the channel needs one, and reads the answer.
    pub fn subscribe(&mut self, channel: &str) -> String {
        self.send(self.subscription(channel, None));
        let answer = self.receive();
        assert!(answer.contains("subscription_succeeded"), "{answer}");
        answer
    }

    /// A sign-in, signed by the app's server.
    pub fn signin(&self, user_data: &str) -> String {
        let signed = format!("{}::user::{user_data}", self.socket_id);
        let auth = format!("{KEY}:{}", hmac_sha256_hex(SECRET, &signed));
        let data = serde_json::json!({ "auth": auth, "user_data": user_data });
        serde_json::json!({ "event": "pusher:signin", "data": data }).to_string()
    }

    pub fn subscription(&self, channel: &str, channel_data: Option<&str>) -> String {
        let mut signed = format!("{}:{channel}", self.socket_id);
        let mut data = serde_json::json!({ "channel": channel });
        if let Some(channel_data) = channel_data {
            signed = format!("{signed}:{channel_data}");
            data["channel_data"] = channel_data.into();
        }
        data["auth"] = format!("{KEY}:{}", hmac_sha256_hex(SECRET, &signed)).into();
        serde_json::json!({ "event": "pusher:subscribe", "data": data }).to_string()
    }
}

/// The head of a signed request, up to the empty line. `path` and `parameters` are as on the wire.
pub fn signed(method: &str, path: &str, parameters: &str, body: &str) -> String {
    let mut query = vec![
        format!("auth_key={KEY}"),
        format!("auth_timestamp={}", now() / 1000),
        "auth_version=1.0".to_owned(),
    ];
    if !body.is_empty() {
        query.push(format!("body_md5={}", md5_hex(body)));
    }
    query.extend(
        parameters
            .split('&')
            .filter(|part| !part.is_empty())
            .map(str::to_owned),
    );
    // By name, decoded; what has the same name keeps its order.
    query.sort_by_cached_key(|pair| {
        let name = pair.split_once('=').map_or(pair.as_str(), |(name, _)| name);
        percent_decoded(name).into_owned()
    });
    let query = query.join("&");
    let signature = hmac_sha256_hex(
        SECRET,
        &format!("{method}\n{path}\n{}", percent_decoded(&query)),
    );
    format!(
        "{method} {path}?{query}&auth_signature={signature} HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n",
        body.len()
    )
}

/// A response: status, head in lower case, body.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// Sends `request` and reads one response of known length.
pub fn exchange(stream: &mut TcpStream, request: &[u8]) -> Reply {
    stream.write_all(request).unwrap();
    read_reply(stream)
}

pub fn read_reply(stream: &mut TcpStream) -> Reply {
    let head = read_head(stream);
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    let status = head[9..12].parse().unwrap();
    Reply {
        status,
        head,
        body: String::from_utf8(body).unwrap(),
    }
}

/// A head in lower case, with the empty line.
pub fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap_or_else(|error| {
            panic!("{error} after {:?}", String::from_utf8_lossy(&head));
        });
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap().to_lowercase()
}

/// Reads until the other side closes; a reset counts.
pub fn until_closed(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => bytes,
        Err(error) => panic!("not closed: {error}"),
    }
}

/// The head of a request for a WebSocket.
pub fn upgrade_request(target: &str) -> String {
    format!(
        "GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

/// A client's frame, masked.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [7, 77, 177, 250];
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | length as u8),
        length => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(
        payload
            .iter()
            .enumerate()
            .map(|(at, byte)| byte ^ mask[at % 4]),
    );
    frame
}

fn entries(page: &str) -> Vec<Value> {
    let mut page: Value = serde_json::from_str(page).unwrap();
    serde_json::from_value(page["entries"].take()).unwrap()
}
