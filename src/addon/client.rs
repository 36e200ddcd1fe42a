//! `MockPusherClient`, as the `.node` exports it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use napi::bindgen_prelude::{FnArgs, Function};
use napi::threadsafe_function::{
    ThreadsafeCallContext, ThreadsafeFunction, ThreadsafeFunctionCallMode, UnknownReturnValue,
};
use napi::{Error, Result, Status};
use napi_derive::napi;
use parking_lot::MutexGuard;
use serde_json::json;

use super::environment::wake_this_thread;
use super::mailbox::{MAX_BYTES, MAX_EVENTS};
use super::panics::contain;
use super::seat::take_mail_flag;
use crate::broker::{self, App, ConnectionId, Notification, Outlet, OutletId, SharedApp};
use crate::clock::reading;
use crate::protocol::{ClientFrame, FrameData, ServerFrame};

type EventArgs = FnArgs<(String, String, String)>;
type OnEvent =
    ThreadsafeFunction<EventArgs, UnknownReturnValue, EventArgs, Status, false, true, MAX_EVENTS>;

/// Options as `pusher-js` takes them, as far as the client that stands alone uses them.
#[napi(object)]
pub struct ClientOptions {
    pub cluster: Option<String>,
    /// Which default app is meant; `""` is the process's own.
    pub scope: Option<String>,
}

/// The way out of the broker to one `onEvent` callback.
struct CallbackOutlet {
    id: OutletId,
    on_event: OnEvent,
    /// The one connection behind this outlet; 0 until it is open.
    connection: AtomicU32,
    /// Bytes that wait for JavaScript.
    waiting: Arc<AtomicUsize>,
    /// Whether it was said that events are dropped.
    dropped: AtomicBool,
}

impl CallbackOutlet {
    fn call(&self, channel: &str, event: &str, data: &str) {
        let bytes = channel.len() + event.len() + data.len();
        if self.waiting.fetch_add(bytes, Ordering::AcqRel) + bytes > MAX_BYTES {
            self.drop_call(bytes);
            return;
        }
        let args = (channel.to_owned(), event.to_owned(), data.to_owned()).into();
        let status = self
            .on_event
            .call(args, ThreadsafeFunctionCallMode::NonBlocking);
        if status == Status::QueueFull {
            self.drop_call(bytes);
        }
    }

    fn drop_call(&self, bytes: usize) {
        self.waiting.fetch_sub(bytes, Ordering::AcqRel);
        if !self.dropped.swap(true, Ordering::AcqRel) {
            eprintln!(
                "pushrig: events come faster than onEvent takes them; the newest are dropped \
                 (100,000 events or 64 MiB wait). This is said once."
            );
        }
    }

    fn is_own(&self, connection: Option<ConnectionId>) -> bool {
        connection.is_some_and(|id| id == self.connection.load(Ordering::Acquire))
    }

    /// Frames reach the callback under the names that users of `pusher-js` bind.
    fn call_with_frame(&self, frame: &ServerFrame) {
        let event = frame.event().replace("pusher_internal:", "pusher:");
        let data = match frame.data() {
            FrameData::Text(text) | FrameData::Json(text) => text,
            FrameData::None => String::new(),
        };
        self.call(
            frame.channel().map_or("", |name| name.as_str()),
            &event,
            &data,
        );
    }
}

impl Outlet for CallbackOutlet {
    fn id(&self) -> OutletId {
        self.id
    }

    fn is_idle(&self) -> bool {
        false
    }

    fn survives_reset(&self) -> bool {
        true
    }

    fn notify(&self, notification: Notification<'_>) {
        match notification {
            Notification::Published { event, except, .. } if !self.is_own(except) => {
                self.call(event.channel.as_str(), &event.name, event.data.as_str());
            }
            Notification::PublishedTo { event, .. } => {
                self.call(event.channel.as_str(), &event.name, event.data.as_str());
            }
            Notification::Broadcast { frame, except, .. } if !self.is_own(except) => {
                self.call_with_frame(&frame.frame);
            }
            Notification::Sent { frame, .. }
            | Notification::Welcome {
                succeeded: Some(frame),
                ..
            } => self.call_with_frame(&frame),
            Notification::Closed { code, reason, .. } => {
                let data = json!({ "code": code, "reason": reason });
                self.call("", "pusher:closed", &data.to_string());
            }
            _ => {}
        }
    }
}

struct Open {
    app: SharedApp,
    connection: ConnectionId,
    /// Held until it was released elsewhere, so that the callback goes outside the app's lock.
    outlet: Arc<CallbackOutlet>,
}

impl Open {
    /// Sends a frame, as a socket would.
    fn send(&self, mut app: MutexGuard<'_, App>, frame: ClientFrame) {
        let now = app.now(&reading());
        app.receive(self.connection, Ok(frame), now);
        drop(app);
        wake_if_mail();
    }

    /// The client leaves, and the app lets go of its callback. Harmless when done before.
    fn leave(&self) {
        let mut app = self.app.lock();
        let now = app.now(&reading());
        app.close(self.connection, now);
        app.release(self.outlet.id);
        drop(app);
        wake_if_mail();
    }
}

/// A client of the broker of this process. The class that `pushrig` exports extends this one and
/// has the whole surface of `pusher-js`.
#[napi]
pub struct MockPusherClient {
    open: Option<Open>,
}

#[napi]
impl MockPusherClient {
    /// Connects at once. `onEvent(channel, event, json)` is called on a later turn for every event
    /// of a subscribed channel and for the connection's own (`channel` is `""`); it does not keep
    /// the process alive. Without it nothing is connected.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        key: Option<String>,
        options: Option<ClientOptions>,
        #[napi(
            ts_arg_type = "((channel: string, event: string, json: string) => void) | undefined | null"
        )]
        on_event: Option<Function<'_, EventArgs, UnknownReturnValue>>,
    ) -> Result<Self> {
        let Some(on_event) = on_event else {
            return Ok(MockPusherClient { open: None });
        };
        let waiting = Arc::new(AtomicUsize::new(0));
        let taken = waiting.clone();
        let on_event: OnEvent = on_event
            .build_threadsafe_function::<EventArgs>()
            .weak::<true>()
            .max_queue_size::<MAX_EVENTS>()
            .build_callback(move |call: ThreadsafeCallContext<EventArgs>| {
                let (channel, event, data) = &call.value.data;
                let bytes = channel.len() + event.len() + data.len();
                taken.fetch_sub(bytes, Ordering::AcqRel);
                Ok(call.value)
            })?;
        let outlet = Arc::new(CallbackOutlet {
            id: broker::next_outlet_id(),
            on_event,
            connection: AtomicU32::new(0),
            waiting,
            dropped: AtomicBool::new(false),
        });
        let way_out: Arc<dyn Outlet> = outlet.clone();
        let scope = options
            .and_then(|options| options.scope)
            .unwrap_or_default();
        let app = broker::registry().app_for(&scope, key.as_deref().unwrap_or(""));
        let mut opening = app.lock();
        let now = opening.now(&reading());
        let opened = opening.open(&way_out, None, now);
        drop(opening);
        let connection = opened.map_err(|error| Error::from_reason(error.to_string()))?;
        outlet.connection.store(connection, Ordering::Release);
        Ok(MockPusherClient {
            open: Some(Open {
                app,
                connection,
                outlet,
            }),
        })
    }

    /// The broker's id of this connection (`/^\d+\.\d+$/`).
    #[napi(catch_unwind)]
    pub fn socket_id(&self) -> Result<String> {
        let open = self.open()?;
        Ok(open
            .app
            .lock()
            .socket_id(open.connection)
            .unwrap_or_default()
            .to_owned())
    }

    /// Subscribes; private and presence channels are signed with the app's own secret.
    /// `pusher:subscription_succeeded` or `pusher:error` follows through `onEvent`.
    #[napi(catch_unwind)]
    pub fn subscribe(&self, channel: String) -> Result<()> {
        let open = self.open()?;
        let app = open.app.lock();
        let channel_data = channel.starts_with("presence-").then(|| {
            let name = app.connection_name(open.connection).unwrap_or_default();
            json!({ "user_id": name }).to_string()
        });
        let auth = app.authorize(open.connection, &channel, channel_data.as_deref());
        let frame = ClientFrame::Subscribe {
            channel,
            auth: Some(auth),
            channel_data,
        };
        open.send(app, frame);
        Ok(())
    }

    /// Unsubscribes.
    #[napi(catch_unwind)]
    pub fn unsubscribe(&self, channel: String) -> Result<()> {
        let open = self.open()?;
        open.send(open.app.lock(), ClientFrame::Unsubscribe { channel });
        Ok(())
    }

    /// Leaves the broker. Harmless when called twice.
    #[napi(catch_unwind)]
    pub fn disconnect(&self) {
        if let Some(open) = &self.open {
            open.leave();
        }
    }

    fn open(&self) -> Result<&Open> {
        self.open.as_ref().ok_or_else(|| {
            Error::from_reason(
                "pushrig: this client has no connection; pass onEvent to the constructor",
            )
        })
    }
}

impl Drop for MockPusherClient {
    fn drop(&mut self) {
        contain(|| self.disconnect());
    }
}

fn wake_if_mail() {
    if take_mail_flag() {
        wake_this_thread();
    }
}
