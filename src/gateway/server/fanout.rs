//! The sockets that joined one channel, and the one queue through which everything about that
//! channel reaches them: every subscriber sees the same order.

use std::borrow::Cow;
use std::collections::{HashSet, VecDeque};
use std::mem;
use std::sync::Arc;

use hashbrown::HashMap;
use parking_lot::Mutex;

use crate::broker::{AppId, ConnectionId};
use crate::gateway::wire::batch::{Batch, Post};
use crate::gateway::wire::connection::GatewayConnection;
use crate::protocol::{ChannelName, ServerFrame};

/// Subscribers that are written to before others get a turn on the thread.
pub const CHUNK: usize = 256;
/// Subscribers that are looked at together before they are written to. Each lies elsewhere in
/// memory: one by one, with a system call in between, every one is waited for; together they come
/// side by side, which takes a twentieth off a fan-out to thousands.
const ABREAST: usize = 16;
/// What queued up while a fan-out ran leaves together, in portions of about this size.
const BATCH_BYTES: usize = 64 * 1024;
/// One channel behind the gateway's outlet.
pub struct Fanout {
    pub app: AppId,
    pub name: ChannelName,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// A drain is under way. While there is none the queue is empty.
    busy: bool,
    /// The number of the first event that is being delivered, 0 where none is.
    delivering: u64,
    queue: VecDeque<Item>,
    /// Sorted by number. A drain holds this list while it writes, without a lock; joining and
    /// leaving wait in the queue meanwhile, so it is hardly ever copied.
    subscribers: Arc<Vec<Subscriber>>,
    /// Those that have left and wait in the queue for that to be settled, and how often.
    leaving: HashMap<ConnectionId, u32>,
    /// Everybody has left for good.
    cleared: bool,
}

#[derive(Clone)]
pub struct Subscriber {
    id: ConnectionId,
    connection: Arc<GatewayConnection>,
}

enum Item {
    Post(Post),
    /// A frame for one connection, in its place between the posts.
    Frame(Arc<GatewayConnection>, Box<ServerFrame>),
    Joined(Arc<GatewayConnection>),
    Left(ConnectionId),
}

impl Item {
    fn into_post(self) -> Option<Post> {
        if let Item::Post(post) = self {
            Some(post)
        } else {
            None
        }
    }
}

/// What a drain does next.
pub enum Step {
    /// Nothing is left: the drain has ended.
    Idle,
    Send(Arc<GatewayConnection>, Box<ServerFrame>),
    Deliver(Batch, Arc<Vec<Subscriber>>),
    /// All subscribers have left meanwhile.
    Forgo(Vec<Post>),
    /// Many have come or gone. More of them wait: first it is everybody else's turn.
    Settled,
}

impl Fanout {
    pub fn new(app: AppId, name: ChannelName) -> Fanout {
        Fanout {
            app,
            name,
            state: Mutex::default(),
        }
    }

    /// Queues a post. `Ok(true)` when the caller has to start a drain; the post comes back when
    /// there is nobody to get it.
    pub fn post(&self, post: Post) -> Result<bool, Post> {
        let mut state = self.state.lock();
        if state.subscribers.is_empty() && !state.busy {
            return Err(post);
        }
        state.queue.push_back(Item::Post(post));
        Ok(!mem::replace(&mut state.busy, true))
    }

    /// Sends a frame to one connection, after all posts before it.
    pub fn send(&self, connection: &Arc<GatewayConnection>, frame: ServerFrame) {
        let mut state = self.state.lock();
        if state.busy {
            state
                .queue
                .push_back(Item::Frame(connection.clone(), Box::new(frame)));
        } else {
            drop(state);
            connection.send(&frame.text());
        }
    }

    /// From the next post on, `connection` is a subscriber.
    pub fn join(&self, connection: &Arc<GatewayConnection>) {
        let mut state = self.state.lock();
        if state.busy {
            state.queue.push_back(Item::Joined(connection.clone()));
        } else {
            state.join(connection.clone());
        }
    }

    /// `connection` gets no post after this. `true` when nobody is left.
    pub fn leave(&self, connection: ConnectionId) -> bool {
        let mut state = self.state.lock();
        if state.busy {
            state.queue.push_back(Item::Left(connection));
            *state.leaving.entry(connection).or_default() += 1;
            return false;
        }
        state.leave(connection);
        state.subscribers.is_empty()
    }

    /// Whether its subscribers are being written to.
    pub fn is_busy(&self) -> bool {
        self.state.lock().busy
    }

    /// The number of the first event that some of its subscribers have not got.
    pub fn first_seq(&self) -> Option<u64> {
        let state = self.state.lock();
        let queued = state.queue.iter().find_map(|item| match item {
            Item::Post(post) => post.seq(),
            _ => None,
        });
        Some(state.delivering).filter(|&seq| seq != 0).or(queued)
    }

    #[cfg(test)]
    pub fn member_count(&self) -> usize {
        self.state.lock().subscribers.len()
    }

    /// Whether it may be forgotten.
    pub fn is_unused(&self) -> bool {
        let state = self.state.lock();
        !state.busy && state.subscribers.is_empty()
    }

    /// Forgets all subscribers and gives back the posts that nobody will get.
    pub fn clear(&self) -> Vec<Post> {
        let mut state = self.state.lock();
        state.subscribers = Arc::default();
        state.leaving = HashMap::default();
        state.cleared = true;
        state.queue.drain(..).filter_map(Item::into_post).collect()
    }

    /// Those of `subscribers` that still may get what was begun for them. Between two chunks others have
    /// their turn. Who leaves then and comes back finds its place in the queue; but if the channel was
    /// forgotten meanwhile it comes back to another one of this name, which does not wait for this
    /// queue, and an old event would come behind the new subscription. `has_moved` tells of those.
    pub fn remaining<'a>(
        &self,
        subscribers: &'a [Subscriber],
        has_moved: impl Fn(ConnectionId) -> bool,
    ) -> Cow<'a, [Subscriber]> {
        let leaving: HashSet<ConnectionId> = {
            let state = self.state.lock();
            if state.cleared {
                return Cow::Owned(Vec::new());
            }
            let ids = subscribers.iter().map(|subscriber| subscriber.id);
            ids.filter(|id| state.leaving.contains_key(id)).collect()
        };
        if leaving.is_empty() {
            return Cow::Borrowed(subscribers);
        }
        let stays = |subscriber: &&Subscriber| {
            !leaving.contains(&subscriber.id) || !has_moved(subscriber.id)
        };
        subscribers.iter().filter(stays).cloned().collect()
    }

    /// The same for a frame that waited for one connection: it is about a subscription that may be over, and
    /// would come behind the answer to the next one.
    pub fn is_still_for(
        &self,
        connection: ConnectionId,
        has_moved: impl Fn(ConnectionId) -> bool,
    ) -> bool {
        let is_leaving = {
            let state = self.state.lock();
            if state.cleared {
                return false;
            }
            state.leaving.contains_key(&connection)
        };
        !is_leaving || !has_moved(connection)
    }

    /// The next step of a drain. Only one drain runs at a time.
    pub fn next(&self) -> Step {
        let mut state = self.state.lock();
        state.delivering = 0;
        // Publishers wait for this lock, and for each of these others in the list move up.
        for _ in 0..CHUNK {
            match state.queue.pop_front() {
                None => {
                    state.busy = false;
                    state.queue.shrink_to(64);
                    return Step::Idle;
                }
                Some(Item::Joined(connection)) => state.join(connection),
                Some(Item::Left(connection)) => state.settle(connection),
                Some(Item::Frame(connection, frame)) => return Step::Send(connection, frame),
                Some(Item::Post(first)) => {
                    let mut bytes = first.weight();
                    let mut posts = vec![first];
                    while bytes < BATCH_BYTES && matches!(state.queue.front(), Some(Item::Post(_)))
                    {
                        if let Some(Item::Post(post)) = state.queue.pop_front() {
                            bytes += post.weight();
                            posts.push(post);
                        }
                    }
                    let subscribers = state.subscribers.clone();
                    if subscribers.is_empty() {
                        return Step::Forgo(posts);
                    }
                    state.delivering = posts.iter().find_map(Post::seq).unwrap_or(0);
                    drop(state);
                    return Step::Deliver(Batch::encode(posts), subscribers);
                }
            }
        }
        Step::Settled
    }

    /// A drain ended before its time: who is a subscriber is settled, the posts are given back.
    pub fn abandon(&self) -> Vec<Post> {
        let mut state = self.state.lock();
        state.busy = false;
        state.delivering = 0;
        let mut posts = Vec::new();
        while let Some(item) = state.queue.pop_front() {
            match item {
                Item::Post(post) => posts.push(post),
                Item::Frame(..) => {}
                Item::Joined(connection) => state.join(connection),
                Item::Left(connection) => state.settle(connection),
            }
        }
        posts
    }
}

impl State {
    fn position(&self, connection: ConnectionId) -> Result<usize, usize> {
        self.subscribers
            .binary_search_by_key(&connection, |subscriber| subscriber.id)
    }

    fn join(&mut self, connection: Arc<GatewayConnection>) {
        let id = connection.id();
        if let Err(position) = self.position(id) {
            Arc::make_mut(&mut self.subscribers).insert(position, Subscriber { id, connection });
        }
    }

    fn settle(&mut self, connection: ConnectionId) {
        self.leave(connection);
        if let Some(times) = self.leaving.get_mut(&connection) {
            *times -= 1;
            if *times == 0 {
                self.leaving.remove(&connection);
            }
        }
        if self.leaving.is_empty() {
            self.leaving = HashMap::default();
        }
    }

    fn leave(&mut self, connection: ConnectionId) {
        if let Ok(position) = self.position(connection) {
            let subscribers = Arc::make_mut(&mut self.subscribers);
            subscribers.remove(position);
            if subscribers.capacity() > 64 && subscribers.len() * 4 < subscribers.capacity() {
                subscribers.shrink_to(subscribers.len() * 2);
            }
        }
    }
}

/// Sends each of `subscribers` what of `batch` is for it.
pub fn deliver(batch: &Batch, subscribers: &[Subscriber]) {
    for few in subscribers.chunks(ABREAST) {
        for subscriber in few {
            subscriber.connection.prefetch();
        }
        for subscriber in few {
            subscriber.connection.deliver(batch);
        }
    }
}
