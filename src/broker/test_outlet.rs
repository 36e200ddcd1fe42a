//! An outlet for tests: it fans out at once and keeps what each connection got.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use serde_json::Value;

use super::{
    ApiRequest, ApiResponse, App, AppOptions, BatchItem, Call, ChannelId, ConnectionId, Door,
    Notification, Outlet, OutletId, Publication, Silence, next_outlet_id,
};
use crate::protocol::{ApiError, ClientFrame, Limits};

/// Records everything that leaves the broker through it.
pub struct TestOutlet {
    id: OutletId,
    /// How often it was asked for its id.
    pub asked: AtomicUsize,
    survives_reset: bool,
    keeps_rosters: bool,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    busy: bool,
    members: BTreeMap<ChannelId, Vec<ConnectionId>>,
    frames: BTreeMap<ConnectionId, Vec<String>>,
    closed: Vec<(ConnectionId, u16, String)>,
    dropped: Vec<ConnectionId>,
    silences: Vec<(ConnectionId, Silence)>,
    calls: Vec<&'static str>,
}

impl TestOutlet {
    /// An outlet whose connections are forgotten by a reset, like those of mock clients.
    pub fn new() -> Arc<TestOutlet> {
        TestOutlet::with(false, false)
    }

    /// An outlet whose connections survive a reset, like sockets.
    pub fn of_sockets() -> Arc<TestOutlet> {
        TestOutlet::with(true, false)
    }

    /// An outlet that keeps the lists of members, like a seat.
    pub fn with_rosters() -> Arc<TestOutlet> {
        TestOutlet::with(false, true)
    }

    fn with(survives_reset: bool, keeps_rosters: bool) -> Arc<TestOutlet> {
        Arc::new(TestOutlet {
            id: next_outlet_id(),
            asked: AtomicUsize::new(0),
            survives_reset,
            keeps_rosters,
            seen: Mutex::default(),
        })
    }

    /// As the broker wants it.
    pub fn shared(self: &Arc<Self>) -> Arc<dyn Outlet> {
        self.clone()
    }

    /// Pretends that something waits in the queue.
    pub fn set_busy(&self, busy: bool) {
        self.seen.lock().busy = busy;
    }

    /// The frames a connection got since this was last asked.
    pub fn take(&self, connection: ConnectionId) -> Vec<String> {
        self.seen
            .lock()
            .frames
            .remove(&connection)
            .unwrap_or_default()
    }

    /// Connections that the broker ended, with code and reason.
    pub fn closed(&self) -> Vec<(ConnectionId, u16, String)> {
        self.seen.lock().closed.clone()
    }

    /// Connections that resets have dropped.
    pub fn dropped(&self) -> Vec<ConnectionId> {
        self.seen.lock().dropped.clone()
    }

    /// Whose cable has gone out or come in again since this was last asked, by their numbers.
    pub fn take_silences(&self) -> Vec<(ConnectionId, Silence)> {
        let mut silences = std::mem::take(&mut self.seen.lock().silences);
        silences.sort_by_key(|&(connection, _)| connection);
        silences
    }

    /// The names of the outlet's methods that were called since this was last asked, in order.
    pub fn take_calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.seen.lock().calls)
    }

    fn keep(&self, to: ConnectionId, frame: String) {
        self.seen.lock().frames.entry(to).or_default().push(frame);
    }

    fn fan_out(&self, channel: ChannelId, frame: &str, except: Option<ConnectionId>) {
        let mut seen = self.seen.lock();
        for member in seen.members.get(&channel).cloned().unwrap_or_default() {
            if Some(member) != except {
                seen.frames
                    .entry(member)
                    .or_default()
                    .push(frame.to_owned());
            }
        }
    }
}

impl Outlet for TestOutlet {
    fn id(&self) -> OutletId {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.id
    }

    fn is_idle(&self) -> bool {
        !self.seen.lock().busy
    }

    fn survives_reset(&self) -> bool {
        self.survives_reset
    }

    fn door(&self) -> Door {
        match self.survives_reset {
            true => Door::Socket,
            false => Door::Process,
        }
    }

    fn keeps_roster(&self, _channel: ChannelId) -> bool {
        self.keeps_rosters
    }

    fn notify(&self, notification: Notification<'_>) {
        let call = match &notification {
            Notification::Published { .. } | Notification::PublishedTo { .. } => "publish",
            Notification::Broadcast { .. } => "broadcast",
            Notification::Sent { .. } => "send",
            Notification::Welcome {
                succeeded: None, ..
            } => return,
            Notification::Welcome { .. } => "send",
            Notification::Joined { .. } => "joined",
            Notification::Left { .. } => "left",
            Notification::Closed { .. } => "closed",
            Notification::Reset { .. } => "reset",
            Notification::SettingsChanged { .. } => "settings_changed",
            Notification::Silenced { .. } => "silenced",
            Notification::Unstalled { .. } => "unstalled",
            Notification::WebhooksWaiting { .. } => "webhooks_waiting",
            Notification::Journaled { .. } => "journaled",
        };
        self.seen.lock().calls.push(call);
        match notification {
            Notification::Published {
                channel,
                event,
                except,
            } => self.fan_out(channel, event.frame(), except),
            Notification::PublishedTo { to, event, .. } => self.keep(to, event.frame().to_owned()),
            Notification::Broadcast {
                channel,
                frame,
                except,
            } => self.fan_out(channel, frame.text(), except),
            Notification::Sent { to, frame, .. }
            | Notification::Welcome {
                to,
                succeeded: Some(frame),
                ..
            } => self.keep(to, frame.text()),
            Notification::Joined {
                connection,
                channel,
                ..
            } => {
                let mut seen = self.seen.lock();
                seen.members.entry(channel).or_default().push(connection);
            }
            Notification::Left {
                connection,
                channel,
            } => {
                let mut seen = self.seen.lock();
                let members = seen.members.entry(channel).or_default();
                members.retain(|&member| member != connection);
            }
            Notification::Closed {
                connection,
                code,
                reason,
                ..
            } => {
                let mut seen = self.seen.lock();
                seen.closed.push((connection, code, reason.to_owned()));
            }
            Notification::Reset { dropped, .. } => {
                let mut seen = self.seen.lock();
                seen.members.clear();
                seen.dropped.extend(dropped);
            }
            Notification::Silenced {
                connection,
                silence,
            } => self.seen.lock().silences.push((connection, silence)),
            Notification::Welcome { .. }
            | Notification::SettingsChanged { .. }
            | Notification::WebhooksWaiting { .. }
            | Notification::Journaled { .. }
            | Notification::Unstalled { .. } => {}
        }
    }
}

/// An app with one outlet, and shorthands for what its clients do. Time stands still at `now`.
pub struct World {
    pub app: App,
    pub outlet: Arc<TestOutlet>,
    pub now: u64,
}

impl World {
    /// An app with the default options and these changes.
    pub fn with(change: impl FnOnce(&mut AppOptions)) -> World {
        let mut options = AppOptions::default();
        change(&mut options);
        World {
            app: App::new(options),
            outlet: TestOutlet::new(),
            now: 1_000_000,
        }
    }

    /// An app with the default options.
    pub fn new() -> World {
        World::with(|_| {})
    }

    /// An app with the default options but these limits.
    pub fn limited(change: impl FnOnce(&mut Limits)) -> World {
        World::with(|options| change(&mut options.limits))
    }

    /// A new connection that has read its greeting.
    pub fn client(&mut self) -> ConnectionId {
        let client = self
            .app
            .open(&self.outlet.shared(), None, self.now)
            .expect("a connection opens");
        self.outlet.take(client);
        client
    }

    /// Sends one frame as the client.
    pub fn send(&mut self, client: ConnectionId, frame: &str) {
        self.app.receive(client, ClientFrame::read(frame), self.now);
    }

    /// Subscribes as pusher-js does, with the auth that the app's server gives out.
    pub fn subscribe(&mut self, client: ConnectionId, channel: &str, channel_data: Option<&str>) {
        let auth = match channel.starts_with("pr") {
            true => self.app.authorize(client, channel, channel_data),
            false => String::new(),
        };
        let mut data = serde_json::json!({ "auth": auth, "channel": channel });
        if let Some(channel_data) = channel_data {
            data["channel_data"] = channel_data.into();
        }
        let frame = serde_json::json!({ "event": "pusher:subscribe", "data": data });
        self.send(client, &frame.to_string());
    }

    /// A connection that has subscribed and read what it got for that.
    pub fn subscriber(&mut self, channel: &str) -> ConnectionId {
        let client = self.client();
        self.subscribe(client, channel, None);
        let answer = self.outlet.take(client);
        assert!(
            answer[0].contains("subscription_succeeded"),
            "{channel}: {answer:?}"
        );
        client
    }

    /// A connection on a presence channel that has read what it got for that. `user_id` is JSON.
    pub fn member(&mut self, channel: &str, user_id: &str) -> ConnectionId {
        let client = self.client();
        self.subscribe(
            client,
            channel,
            Some(&format!(r#"{{"user_id":{user_id}}}"#)),
        );
        let answer = self.outlet.take(client);
        assert!(
            answer[0].contains("subscription_succeeded"),
            "{channel}: {answer:?}"
        );
        client
    }

    /// Signs in with the auth that the app's server gives out.
    pub fn sign_in(&mut self, client: ConnectionId, user_data: &str) {
        let auth = self.app.authenticate_user(client, user_data);
        let frame = serde_json::json!({
            "event": "pusher:signin",
            "data": { "auth": auth, "user_data": user_data },
        });
        self.send(client, &frame.to_string());
    }

    /// A connection that has signed in and read what it got for that.
    pub fn signed_in(&mut self, user_data: &str) -> ConnectionId {
        let client = self.client();
        self.sign_in(client, user_data);
        let answer = self.outlet.take(client);
        assert!(answer[0].contains("signin_success"), "{answer:?}");
        client
    }

    /// The frames a client got since this was last asked.
    pub fn got(&self, client: ConnectionId) -> Vec<String> {
        self.outlet.take(client)
    }

    /// The names of the events a client got since this was last asked.
    pub fn heard(&self, client: ConnectionId) -> Vec<String> {
        self.got(client)
            .iter()
            .map(|frame| {
                let frame: serde_json::Value =
                    serde_json::from_str(frame).expect("frames are JSON");
                frame["event"]
                    .as_str()
                    .expect("an event has a name")
                    .to_owned()
            })
            .collect()
    }

    /// Answers a request of the HTTP API.
    pub fn respond(&mut self, request: &ApiRequest) -> ApiResponse {
        let limits = self.app.calls();
        let call = limits.and_then(|limits| Call::parse(request, &limits));
        call.and_then(|call| self.app.perform(call, self.now))
            .into()
    }

    /// Publishes as a server does, and gives what the HTTP API would answer.
    pub fn trigger(&mut self, publication: &Publication) -> Result<Value, ApiError> {
        let limits = self.app.calls()?;
        let call = Call::Publish(publication.clone().check(&limits)?);
        let outcome = self.app.perform(call, self.now)?;
        Ok(outcome.json())
    }

    /// The same for several events.
    pub fn trigger_batch(&mut self, batch: &[BatchItem]) -> Result<Value, ApiError> {
        let limits = self.app.calls()?;
        let call = Call::batch(batch.to_vec(), &limits)?;
        let outcome = self.app.perform(call, self.now)?;
        Ok(outcome.json())
    }

    /// Publishes to one channel as a server does.
    pub fn publish(&mut self, channel: &str, name: &str, data: &str) {
        let publication = Publication {
            channels: vec![channel.to_owned()],
            name: name.to_owned(),
            data: data.to_owned(),
            ..Publication::default()
        };
        self.trigger(&publication).expect("the event is accepted");
    }

    /// The message of the one `pusher:error` a client got since this was last asked.
    pub fn refusal(&self, client: ConnectionId) -> String {
        let frames = self.got(client);
        assert_eq!(frames.len(), 1, "{frames:?}");
        let frame: serde_json::Value = serde_json::from_str(&frames[0]).expect("frames are JSON");
        assert_eq!(frame["event"], "pusher:error", "{frames:?}");
        frame["data"]["message"]
            .as_str()
            .expect("an error has a message")
            .to_owned()
    }
}
