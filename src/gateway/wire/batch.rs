//! What goes to all subscribers of a channel, encoded once.

use std::sync::Arc;

use bytes::Bytes;

use super::frames;
use crate::broker::{ConnectionId, Event};
use crate::protocol::SharedFrame;

/// What a queued post takes besides its text.
const POST_OVERHEAD: usize = 256;

/// Something for all members.
pub struct Post {
    pub content: Content,
    /// The member that does not get it; 0 is nobody.
    pub except: ConnectionId,
    /// The member that alone gets it; 0 is all of them.
    pub only: ConnectionId,
}

pub enum Content {
    Event(Arc<Event>),
    Frame(Arc<SharedFrame>),
}

impl Post {
    fn is_for(&self, member: ConnectionId) -> bool {
        self.except != member && (self.only == 0 || self.only == member)
    }

    fn text(&self) -> &str {
        match &self.content {
            Content::Event(event) => event.frame(),
            Content::Frame(frame) => frame.text(),
        }
    }

    /// The number of the event in the app's journal.
    pub fn seq(&self) -> Option<u64> {
        match &self.content {
            Content::Event(event) => Some(event.seq),
            Content::Frame(_) => None,
        }
    }

    /// About how many bytes it takes while it waits.
    pub fn weight(&self) -> usize {
        let text = match &self.content {
            Content::Event(event) => event.data_len(),
            Content::Frame(shared) => shared.frame.size(),
        };
        text + POST_OVERHEAD
    }
}

/// Posts encoded once for all members, to leave in one write.
pub struct Batch {
    posts: Vec<Post>,
    /// The WebSocket frames, one behind the other.
    frames: Bytes,
    /// Where each post's frame ends.
    ends: Vec<usize>,
    /// Whether any post is not for everybody.
    excepts: bool,
    /// The number of the first event among them in the app's journal, 0 where none is.
    seq: u64,
}

impl Batch {
    pub fn encode(posts: Vec<Post>) -> Batch {
        let excepts = posts.iter().any(|post| post.except != 0 || post.only != 0);
        let seq = posts.iter().find_map(Post::seq).unwrap_or(0);
        if let [post] = &posts[..] {
            let frames = frames::text(post.text());
            return Batch {
                ends: vec![frames.len()],
                frames,
                excepts,
                seq,
                posts,
            };
        }
        let mut joined = Vec::with_capacity(
            posts
                .iter()
                .map(|post| post.text().len() + frames::MAX_SERVER_HEADER)
                .sum(),
        );
        let mut ends = Vec::with_capacity(posts.len());
        for post in &posts {
            frames::append_frame(&mut joined, frames::Opcode::Text, post.text().as_bytes());
            ends.push(joined.len());
        }
        Batch {
            frames: joined.into(),
            ends,
            excepts,
            seq,
            posts,
        }
    }

    /// The number of the first event among them, 0 where none is.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    pub fn posts(&self) -> &[Post] {
        &self.posts
    }

    /// The frames for `member`, in as few pieces as its exceptions allow.
    pub fn each_run(&self, member: ConnectionId, mut send: impl FnMut(&Bytes)) {
        if !self.excepts || self.posts.iter().all(|post| post.is_for(member)) {
            return send(&self.frames);
        }
        let (mut from, mut to) = (0, 0);
        for (post, end) in self.posts.iter().zip(&self.ends) {
            if !post.is_for(member) {
                if from < to {
                    send(&self.frames.slice(from..to));
                }
                from = *end;
            }
            to = *end;
        }
        if from < to {
            send(&self.frames.slice(from..to));
        }
    }

    /// The posts for `member` as text.
    pub fn each_text(&self, member: ConnectionId, mut send: impl FnMut(&str, u64)) {
        self.posts
            .iter()
            .filter(|post| post.is_for(member))
            .for_each(|post| send(post.text(), post.seq().unwrap_or(0)));
    }
}
