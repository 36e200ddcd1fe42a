//! The way from the broker to the sockets.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::yield_now;

use crate::broker::{
    self, AppId, ChannelId, Coming, ConnectionId, Door, Event, Notification, Outlet, OutletId,
    SharedApp, Silence, UnderWay, Untaken, next_outlet_id,
};
use crate::clock::{Clock, reading};
use crate::gateway::server::fanout::{self, CHUNK, Fanout, Step};
use crate::gateway::server::journal::OwnJournal;
use crate::gateway::server::requests::Requests;
use crate::gateway::wire::batch::{Content, Post};
use crate::gateway::wire::connection::GatewayConnection;
use crate::protocol::{ChannelName, ServerFrame, SocketError};

/// What may wait for fan-outs in all channels together. Publishers in this process cannot be made
/// to wait, so beyond it the newest event is dropped, as in the mailbox of a JavaScript thread.
const MAX_WAITING: usize = 64 * 1024 * 1024;

/// All connections of one gateway.
///
/// The broker calls it with the app locked; it only appends to the channel's queue, and whoever
/// finds that queue idle starts the task which drains it. A publisher never writes to subscribers.
pub struct SocketOutlet {
    me: Weak<SocketOutlet>,
    id: OutletId,
    runtime: Handle,
    clock: Clock,
    connections: Mutex<HashMap<ConnectionId, Entry>>,
    /// Channels that somebody behind this outlet has joined. Locked before a channel's own state.
    channels: Mutex<HashMap<ChannelId, Arc<Fanout>>>,
    /// One connection opens at a time…
    opening: Mutex<()>,
    /// …so its first frame, sent before its number is known, finds it here.
    newcomer: Mutex<Option<Arc<GatewayConnection>>>,
    /// Drains under way.
    draining: AtomicUsize,
    /// About how many bytes wait for them.
    waiting: AtomicUsize,
    /// It was said that events are dropped, and the drains have not caught up since.
    overrun: AtomicBool,
    /// Who is silent, and by what they are known when they come again.
    silent: Mutex<HashMap<ConnectionId, (AppId, u64)>>,
    /// Counts how often somebody was let go on.
    pub silence: watch::Sender<u32>,
    journal: Arc<OwnJournal>,
    /// Whether connections are to know what they are called, because somebody watches.
    is_watched: bool,
    /// What is being answered.
    pub requests: Requests,
}

struct Entry {
    connection: Arc<GatewayConnection>,
    channels: Vec<ChannelId>,
}

impl SocketOutlet {
    pub fn new(
        runtime: Handle,
        clock: Clock,
        journal: Arc<OwnJournal>,
        is_watched: bool,
    ) -> Arc<SocketOutlet> {
        Arc::new_cyclic(|me| SocketOutlet {
            me: me.clone(),
            id: next_outlet_id(),
            runtime,
            clock,
            connections: Mutex::default(),
            channels: Mutex::default(),
            opening: Mutex::default(),
            newcomer: Mutex::default(),
            draining: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            overrun: AtomicBool::new(false),
            silent: Mutex::default(),
            silence: watch::Sender::new(0),
            journal,
            is_watched,
            requests: Requests::default(),
        })
    }

    /// Opens `connection` at `app`; `connection_established` has been sent when this returns.
    pub fn open(
        self: &Arc<Self>,
        app: &SharedApp,
        connection: &Arc<GatewayConnection>,
        transport: &'static str,
    ) -> Result<(), SocketError> {
        let outlet: Arc<dyn Outlet> = self.clone();
        let _opening = self.opening.lock();
        *self.newcomer.lock() = Some(connection.clone());
        let mut app = app.lock();
        let now = app.now(&reading());
        let how = Coming {
            door: Door::Socket,
            client: 0,
            label: None,
            transport: Some(transport),
            gateway: self.id,
        };
        let opened = app.open_as(&outlet, None, &how, now);
        if let Ok(id) = opened {
            self.admit(id, connection.clone());
            if self.is_watched
                && let Some(socket_id) = app.socket_id(id)
            {
                connection.socket_id.get_or_init(|| socket_id.into());
            }
        }
        *self.newcomer.lock() = None;
        opened.map(drop)
    }

    fn admit(&self, id: ConnectionId, connection: Arc<GatewayConnection>) {
        connection.set_id(id);
        self.connections.lock().entry(id).or_insert(Entry {
            connection,
            channels: Vec::new(),
        });
    }

    /// The client has left, or the gateway has ended it with a code and a reason: the broker forgets it, and so
    /// does every channel.
    pub fn depart(&self, app: &SharedApp, connection: ConnectionId, ending: Option<(u16, &str)>) {
        broker::leave(app, connection, ending, reading);
        self.leave_all(connection);
    }

    /// Forgets a connection whose task has ended.
    pub fn remove(&self, connection: ConnectionId) {
        // Another thread may be in the middle of ending it, and finds it here no more.
        self.leave_all(connection);
        self.connections.lock().remove(&connection);
    }

    /// Runs a task on the gateway's thread.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(task);
    }

    pub fn connections(&self) -> Vec<Arc<GatewayConnection>> {
        self.connections_where(|_| true)
    }

    pub fn connections_where(
        &self,
        wanted: impl Fn(&GatewayConnection) -> bool,
    ) -> Vec<Arc<GatewayConnection>> {
        let connections = self.connections.lock();
        let all = connections.values().map(|entry| &entry.connection);
        all.filter(|connection| wanted(connection))
            .cloned()
            .collect()
    }

    pub fn connection_count(&self) -> usize {
        self.connections.lock().len()
    }

    pub fn channel_count(&self) -> usize {
        self.channels.lock().len()
    }

    /// Whether somebody is silent who is known by this.
    pub fn is_silent(&self, app: AppId, trace: u64) -> bool {
        let silent = self.silent.lock();
        silent.values().any(|known| *known == (app, trace))
    }

    /// Whoever waits looks again.
    pub fn let_go_on(&self) {
        self.silence.send_modify(|count| *count += 1);
    }

    fn connection(&self, id: ConnectionId) -> Option<Arc<GatewayConnection>> {
        self.connections
            .lock()
            .get(&id)
            .map(|entry| entry.connection.clone())
    }

    /// For a connection that the broker has ended, or is ending: it joins nothing more.
    fn leave_all(&self, connection: ConnectionId) {
        let channels = match self.connections.lock().get_mut(&connection) {
            Some(entry) => std::mem::take(&mut entry.channels),
            None => return,
        };
        for channel in channels {
            self.leave(channel, connection);
        }
    }

    fn leave(&self, channel: ChannelId, connection: ConnectionId) {
        let mut channels = self.channels.lock();
        if channels
            .get(&channel)
            .is_some_and(|fanout| fanout.leave(connection))
        {
            channels.remove(&channel);
        }
    }

    /// Posts that nobody will get wait no longer.
    fn forgo(&self, posts: Vec<Post>) {
        self.waiting
            .fetch_sub(posts.iter().map(Post::weight).sum(), Ordering::Relaxed);
    }

    /// `to`: the one member that gets it, or all of them.
    fn post(
        &self,
        channel: ChannelId,
        content: Content,
        except: Option<ConnectionId>,
        to: Option<ConnectionId>,
    ) {
        let Some(fanout) = self.channels.lock().get(&channel).cloned() else {
            return;
        };
        let post = Post {
            content,
            except: except.unwrap_or(0),
            only: to.unwrap_or(0),
        };
        let weight = post.weight();
        if self.waiting.fetch_add(weight, Ordering::Relaxed) > MAX_WAITING {
            self.waiting.fetch_sub(weight, Ordering::Relaxed);
            if !self.overrun.swap(true, Ordering::Relaxed) {
                self.journal.overrun(fanout.app, fanout.name.as_str());
            }
            return;
        }
        match (fanout.post(post), self.me.upgrade()) {
            (Ok(true), Some(outlet)) => {
                self.draining.fetch_add(1, Ordering::Relaxed);
                self.runtime.spawn(
                    Drain {
                        outlet,
                        channel,
                        fanout,
                        idle: false,
                    }
                    .run(),
                );
            }
            (Ok(_), _) => {}
            (Err(post), _) => self.forgo(vec![post]),
        }
    }
}

/// Empties one channel's queue.
struct Drain {
    outlet: Arc<SocketOutlet>,
    channel: ChannelId,
    fanout: Arc<Fanout>,
    /// It came to its end.
    idle: bool,
}

impl Drain {
    async fn run(mut self) {
        let mut first = true;
        let mut frames = 0;
        loop {
            match self.fanout.next() {
                Step::Idle => {
                    self.idle = true;
                    return;
                }
                Step::Send(connection, frame) => {
                    let has_moved = |connection| self.has_moved(connection);
                    if self.fanout.is_still_for(connection.id(), has_moved) {
                        connection.send(&frame.text());
                    }
                    frames += 1;
                    if frames % CHUNK == 0 {
                        yield_now().await;
                    }
                }
                Step::Settled => yield_now().await,
                Step::Forgo(posts) => {
                    self.outlet.forgo(posts);
                    yield_now().await;
                }
                Step::Deliver(batch, members) => {
                    let weight: usize = batch.posts().iter().map(Post::weight).sum();
                    let waited = self.outlet.waiting.fetch_sub(weight, Ordering::Relaxed);
                    // Under a lasting load there is room after every batch, but not for long.
                    if waited - weight <= MAX_WAITING / 2 {
                        self.outlet.overrun.store(false, Ordering::Relaxed);
                    }
                    for chunk in members.chunks(CHUNK) {
                        // A long fan-out lets others have the thread in between.
                        if !first {
                            yield_now().await;
                        }
                        first = false;
                        let has_moved = |connection| self.has_moved(connection);
                        fanout::deliver(&batch, &self.fanout.remaining(chunk, has_moved));
                    }
                }
            }
        }
    }
}

impl Drain {
    /// Whether a connection is on another channel of this name.
    fn has_moved(&self, connection: ConnectionId) -> bool {
        let connections = self.outlet.connections.lock();
        let channels = self.outlet.channels.lock();
        let is_other = |joined: &ChannelId| {
            let fanout = channels.get(joined);
            *joined != self.channel && fanout.is_some_and(|other| other.name == self.fanout.name)
        };
        let entry = connections.get(&connection);
        entry.is_some_and(|entry| entry.channels.iter().any(is_other))
    }
}

impl Drop for Drain {
    fn drop(&mut self) {
        if !self.idle {
            // The runtime ended, or a fan-out panicked: the channel must not stay busy for ever.
            self.outlet.forgo(self.fanout.abandon());
        }
        let mut channels = self.outlet.channels.lock();
        if channels
            .get(&self.channel)
            .is_some_and(|fanout| fanout.is_unused())
        {
            channels.remove(&self.channel);
        }
        self.outlet.draining.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Outlet for SocketOutlet {
    fn id(&self) -> OutletId {
        self.id
    }

    fn is_idle(&self) -> bool {
        self.draining.load(Ordering::Relaxed) == 0
    }

    fn survives_reset(&self) -> bool {
        true
    }

    fn add_under_way(&self, app: AppId, found: &mut UnderWay) {
        for fanout in self.channels.lock().values() {
            if fanout.app == app && fanout.is_busy() {
                found.channels.add(|| fanout.name.to_string());
            }
        }
        let of_app =
            |connection: &GatewayConnection| connection.app_id == app && connection.is_waiting();
        let waiting = self.connections_where(of_app);
        found.waiting.extend(waiting.iter().map(|one| one.id()));
        self.requests.add_to(&mut found.requests, app);
    }

    fn add_untaken(&self, app: AppId, found: &mut dyn FnMut(Untaken, u64)) {
        for (channel, fanout) in &*self.channels.lock() {
            if fanout.app == app
                && let Some(seq) = fanout.first_seq()
            {
                found(Untaken::On(*channel), seq);
            }
        }
        for connection in self.connections_where(|one| one.app_id == app) {
            if let Some(seq) = connection.first_seq() {
                found(Untaken::By(connection.id()), seq);
            }
        }
    }

    fn door(&self) -> Door {
        Door::Socket
    }

    fn notify(&self, notification: Notification<'_>) {
        match notification {
            Notification::Published {
                channel,
                event,
                except,
            } => self.publish(channel, event, except, None),
            Notification::PublishedTo { to, channel, event } => {
                self.publish(channel, event, None, Some(to));
            }
            Notification::Broadcast {
                channel,
                frame,
                except,
            } => self.post(channel, Content::Frame(frame.clone()), except, None),
            Notification::Sent { to, about, frame } => self.send(to, about, frame),
            Notification::Welcome {
                to,
                channel,
                succeeded,
            } => {
                if let Some(frame) = succeeded {
                    self.send(to, Some(channel), frame);
                }
            }
            Notification::Joined {
                connection,
                channel,
                name,
            } => self.joined(connection, channel, name),
            Notification::Left {
                connection,
                channel,
            } => self.left(connection, channel),
            Notification::Closed {
                connection,
                code,
                reason,
            } => self.closed(connection, code, reason),
            Notification::Reset { app, dropped } => self.reset(app, dropped),
            Notification::Silenced {
                connection,
                silence,
            } => self.silence(connection, silence == Silence::Begins),
            Notification::Unstalled { .. } => self.let_go_on(),
            Notification::SettingsChanged { .. }
            | Notification::WebhooksWaiting { .. }
            | Notification::Journaled { .. } => {}
        }
    }
}

/// What the broker tells.
impl SocketOutlet {
    fn publish(
        &self,
        channel: ChannelId,
        event: &Arc<Event>,
        except: Option<ConnectionId>,
        to: Option<ConnectionId>,
    ) {
        self.post(channel, Content::Event(event.clone()), except, to);
    }

    fn send(&self, to: ConnectionId, about: Option<ChannelId>, frame: ServerFrame) {
        let connection = match self.connection(to) {
            Some(connection) => connection,
            None => {
                let Some(newcomer) = self.newcomer.lock().clone() else {
                    return;
                };
                self.admit(to, newcomer.clone());
                newcomer
            }
        };
        let channel = about.and_then(|channel| self.channels.lock().get(&channel).cloned());
        match channel {
            Some(fanout) => fanout.send(&connection, frame),
            None => connection.send(&frame.text()),
        }
    }

    fn joined(&self, connection: ConnectionId, channel: ChannelId, name: &ChannelName) {
        let connection = {
            let mut connections = self.connections.lock();
            let Some(entry) = connections.get_mut(&connection) else {
                return;
            };
            entry.channels.push(channel);
            entry.connection.clone()
        };
        let mut channels = self.channels.lock();
        channels
            .entry(channel)
            .or_insert_with(|| Arc::new(Fanout::new(connection.app_id, name.clone())))
            .join(&connection);
    }

    fn left(&self, connection: ConnectionId, channel: ChannelId) {
        if let Some(entry) = self.connections.lock().get_mut(&connection) {
            entry.channels.retain(|joined| *joined != channel);
        }
        self.leave(channel, connection);
    }

    fn closed(&self, connection: ConnectionId, code: u16, reason: &str) {
        if let Some(ended) = self.connection(connection) {
            ended.depart(self.clock.tick());
            ended.close(code, reason);
            self.leave_all(connection);
        }
    }

    fn silence(&self, id: ConnectionId, is_silent: bool) {
        let connection = self.connection(id);
        let trace = connection.as_ref().and_then(|one| one.trace.get().copied());
        if let (Some(connection), Some(trace), true) = (&connection, trace, is_silent) {
            self.silent.lock().insert(id, (connection.app_id, trace));
        } else if self.silent.lock().remove(&id).is_some() {
            self.let_go_on();
        }
        if let Some(connection) = connection {
            connection.silence(is_silent);
        }
    }

    fn reset(&self, app: AppId, dropped: &[ConnectionId]) {
        let gone: Vec<Arc<Fanout>> = {
            let mut channels = self.channels.lock();
            channels
                .extract_if(|_, fanout| fanout.app == app)
                .map(|(_, fanout)| fanout)
                .collect()
        };
        for fanout in gone {
            self.forgo(fanout.clear());
        }
        for entry in self.connections.lock().values_mut() {
            if entry.connection.app_id == app {
                entry.channels = Vec::new();
            }
        }
        for connection in dropped {
            self.closed(*connection, 4200, "the app was reset");
        }
    }
}

#[cfg(test)]
mod tests;
