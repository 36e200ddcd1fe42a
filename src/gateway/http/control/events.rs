//! What happens in an app, as server-sent events. Each reader takes them from the app's journal as fast as its socket takes them
//! from it, so nothing is kept for one that is slow: it finds that entries were forgotten, and is told which. While there is much
//! to say it is said in pieces: to wake for each entry and to write each costs more than the entry itself.

use std::fmt::Write;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::json;
use tokio::time::{Sleep, sleep};

use crate::broker::journal::Selection;
use crate::broker::{AppId, Door, Notification, Outlet, OutletId, SharedApp, next_outlet_id};
use crate::gateway::server::state::Server;

/// A piece of the response is at least one entry, and then at most about so many bytes: the app is locked meanwhile.
const PIECE: usize = 16 * 1024;
/// How long a stream rests behind a piece, less than a frame of a screen: what comes meanwhile is the next piece.
const REST: Duration = Duration::from_millis(15);
/// A piece that is larger than this says more at once than anybody reads: the rest behind it is longer.
const MUCH: usize = 4 * 1024;
const LONG_REST: Duration = Duration::from_millis(50);
/// How often a quiet stream gives a sign of life.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Is told that there are new entries.
struct Reader {
    id: OutletId,
    waker: Mutex<Option<Waker>>,
}

impl Outlet for Reader {
    fn id(&self) -> OutletId {
        self.id
    }

    fn is_idle(&self) -> bool {
        true
    }

    fn survives_reset(&self) -> bool {
        true
    }

    fn door(&self) -> Door {
        Door::Socket
    }

    fn notify(&self, _: Notification<'_>) {
        if let Some(waker) = self.waker.lock().take() {
            waker.wake();
        }
    }
}

/// How far a reader has come.
#[derive(Clone, Copy, Debug)]
enum Position {
    /// It has asked for what is behind this entry, or for the page from its start.
    Asked(Option<u64>),
    /// It has what there was up to `seq`, of the page that began with `start`.
    At { seq: u64, start: u64 },
}

/// The body of the response.
pub struct Events {
    server: Arc<Server>,
    app: SharedApp,
    number: AppId,
    selection: Selection,
    position: Position,
    reader: Arc<Reader>,
    closing: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// Runs behind a piece that was all there was to say; nobody is woken meanwhile.
    rest: Option<Pin<Box<Sleep>>>,
    /// Runs while there is nothing to say.
    quiet: Pin<Box<Sleep>>,
    heartbeat: Duration,
    taken: Arc<AtomicU32>,
}

impl Events {
    /// Those behind `after`, or of the page from its start. `None` when too many read the app's already. `taken` counts the pieces that
    /// the client has taken.
    pub fn begin(
        server: &Arc<Server>,
        app: SharedApp,
        after: Option<u64>,
        selection: Selection,
        taken: Arc<AtomicU32>,
    ) -> Option<Events> {
        let number = app.lock().id();
        if !server.control.begin_reading(number) {
            return None;
        }
        let mut told = server.closing.subscribe();
        // A client that takes nothing for as long as a connection may be idle is cut; a heartbeat has to come sooner.
        let heartbeat = HEARTBEAT.min(server.options.idle_timeout / 4);
        Some(Events {
            server: server.clone(),
            number,
            app,
            selection,
            position: Position::Asked(after),
            reader: Arc::new(Reader {
                id: next_outlet_id(),
                waker: Mutex::default(),
            }),
            closing: Box::pin(async move {
                let _ = told.wait_for(|closing| *closing).await;
            }),
            rest: None,
            quiet: Box::pin(sleep(heartbeat)),
            heartbeat,
            taken,
        })
    }

    /// The next piece; none when the app or the gateway is over.
    pub fn next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        self.taken.fetch_add(1, Ordering::Relaxed);
        if self.closing.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        if let Some(rest) = &mut self.rest {
            ready!(rest.as_mut().poll(context));
            self.rest = None;
        }
        // Before it looks: what comes from here on wakes.
        *self.reader.waker.lock() = Some(context.waker().clone());
        let mut piece = String::new();
        if !self.read(&mut piece) {
            return Poll::Ready(None);
        }
        if piece.is_empty() {
            if self.quiet.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            // Also tells how far a reader has come that was sent nothing: then it misses nothing when it comes again.
            if let Position::At { seq, .. } = self.position {
                let _ = write!(piece, ": \nid: {seq}\n\n");
            }
        }
        if piece.len() < PIECE {
            let rest = if piece.len() < MUCH { REST } else { LONG_REST };
            self.rest = Some(Box::pin(sleep(rest)));
            *self.reader.waker.lock() = None;
        }
        self.quiet.set(sleep(self.heartbeat));
        // Whether that time is over is asked when there is nothing to say, and the task has to be woken for it.
        let _ = self.quiet.as_mut().poll(context);
        Poll::Ready(Some(piece.into()))
    }

    /// Reads what is new. `false` when the app is over.
    fn read(&mut self, piece: &mut String) -> bool {
        let mut app = self.app.lock();
        if app.has_ended() {
            return false;
        }
        let outlet: Arc<dyn Outlet> = self.reader.clone();
        let journal = app.journal();
        journal.watch(&outlet);
        let (start, last) = (journal.start(), journal.last());
        let (mut seq, known) = match self.position {
            Position::At { seq, start } => (seq, start),
            Position::Asked(Some(after)) if after <= last && after >= start => (after, start),
            Position::Asked(None) => {
                piece.push_str("retry: 1000\n\n");
                (start, start)
            }
            // Of a page before, or of another process: it has to begin anew.
            Position::Asked(Some(after)) => {
                let of_before = after < start;
                (if of_before { after } else { start }, u64::MAX)
            }
        };
        if known != start {
            if seq + 1 < start {
                say(piece, start - 1, "gap", &gap(seq + 1, start - 1));
            }
            say(
                piece,
                start,
                "reset",
                &json!({ "start": start }).to_string(),
            );
            seq = seq.max(start);
        }
        let forgotten = journal.forgotten();
        if seq < forgotten {
            say(piece, forgotten, "gap", &gap(seq + 1, forgotten));
            seq = forgotten;
        }
        self.selection.after = Some(seq);
        let seq = journal.each(&self.selection, |seq, entry| {
            say(piece, seq, "entry", &entry);
            piece.len() < PIECE
        });
        self.position = Position::At { seq, start };
        true
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.app.lock().journal().unwatch(self.reader.id);
        self.server.control.end_reading(self.number);
    }
}

fn gap(from: u64, to: u64) -> String {
    json!({ "from": from, "to": to }).to_string()
}

/// JSON has no line breaks, so it is one line.
fn say(piece: &mut String, id: u64, event: &str, data: &str) {
    let _ = write!(piece, "id: {id}\nevent: {event}\ndata: {data}\n\n");
}
