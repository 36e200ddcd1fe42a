//! A seat: one evaluated copy of the JavaScript wrapper at the broker.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use napi::bindgen_prelude::{Function, JsValue, ToNapiValue, TypeName};
use napi::{Env, Error, Result, ValueType, check_status, sys};
use napi_derive::napi;
use parking_lot::Mutex;

use super::environment::{Environment, this_thread, wake_this_thread};
use crate::broker::{self, AppId, ChannelId, ConnectionId, Door, DoorId, Event, EventData};
use crate::protocol::ChannelName;

/// Bounds of a mailbox that another thread fills faster than JavaScript empties it.
pub const MAX_EVENTS: usize = 100_000;
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

enum Mail {
    Event {
        channel: ChannelId,
        event: Arc<Event>,
        except: ConnectionId,
    },
    Broadcast {
        channel: ChannelId,
        frame: Arc<str>,
        except: ConnectionId,
    },
    Frame {
        to: ConnectionId,
        frame: String,
    },
    Joined {
        connection: ConnectionId,
        channel: ChannelId,
        name: ChannelName,
    },
    Left {
        connection: ConnectionId,
        channel: ChannelId,
    },
    Closed {
        connection: ConnectionId,
        code: u16,
        reason: String,
    },
    Reset {
        app: AppId,
    },
    SettingsChanged {
        app: AppId,
    },
    WebhooksWaiting {
        app: AppId,
    },
}

impl Mail {
    /// What the bounds count; changes of state are never dropped and count nothing.
    fn weight(&self) -> Option<usize> {
        match self {
            Mail::Event { event, .. } => Some(event.data_len()),
            Mail::Broadcast { frame, .. } => Some(frame.len()),
            Mail::Frame { frame, .. } => Some(frame.len()),
            _ => None,
        }
    }
}

#[derive(Default)]
struct Mailbox {
    mail: VecDeque<Mail>,
    events: usize,
    bytes: usize,
    /// Events dropped since JavaScript last looked.
    dropped: usize,
    /// How much mail was ever put in.
    posted: u64,
    /// What `posted` was after the seat's own thread had last put something in.
    own: u64,
}

impl Mailbox {
    /// Whether something waits that a call of the seat's own thread has caused.
    fn has_own(&self) -> bool {
        self.own > self.posted - self.mail.len() as u64
    }
}

/// The way out of the broker to one copy of the wrapper.
pub struct Seat {
    id: DoorId,
    environment: Arc<Environment>,
    /// Weak (count 0) reference to the copy's drain function, so that a re-evaluated module or a
    /// finished test file is not pinned by the broker. Only touched on the environment's thread.
    drain: sys::napi_ref,
    mailbox: Mutex<Mailbox>,
    waiting: AtomicUsize,
    left: AtomicBool,
}

// SAFETY: `drain` is only used in `call_drain`, which runs on the environment's thread.
unsafe impl Send for Seat {}
// SAFETY: as above.
unsafe impl Sync for Seat {}

thread_local! {
    static SEATS: RefCell<Vec<Option<Arc<Seat>>>> = const { RefCell::new(Vec::new()) };
    /// Mail has been put into a mailbox of this thread since the last native call returned.
    static MAIL: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Whether this thread's own mailboxes have got something since the last look.
pub fn take_mail_flag() -> bool {
    // During thread exit the flag is gone, and nobody is left to look.
    MAIL.try_with(|mail| mail.replace(false)).unwrap_or(false)
}

/// The seat behind a handle of this thread.
pub fn seat(handle: u32) -> Option<Arc<Seat>> {
    SEATS.with_borrow(|seats| seats.get(handle as usize)?.clone())
}

/// As [`seat`], without taking part in its ownership.
pub fn door_id(handle: u32) -> Option<DoorId> {
    SEATS.with_borrow(|seats| Some(seats.get(handle as usize)?.as_ref()?.id))
}

/// Milliseconds since the epoch, for departures that no JavaScript clock accompanies.
pub fn wall_clock() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_millis() as u64)
}

impl Seat {
    pub fn has_mail(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }

    fn post(&self, mail: Mail) {
        if self.left.load(Ordering::Acquire) {
            return;
        }
        let own_thread = this_thread() == self.environment.thread();
        {
            let mut mailbox = self.mailbox.lock();
            if let Some(weight) = mail.weight() {
                // Own mail is emptied before the call returns; only foreign mail can pile up.
                if !own_thread
                    && (mailbox.events >= MAX_EVENTS || mailbox.bytes + weight > MAX_BYTES)
                {
                    mailbox.dropped += 1;
                    return;
                }
                mailbox.events += 1;
                mailbox.bytes += weight;
            }
            mailbox.mail.push_back(mail);
            mailbox.posted += 1;
            if own_thread {
                mailbox.own = mailbox.posted;
            }
            self.waiting.fetch_add(1, Ordering::AcqRel);
        }
        if own_thread {
            let _ = MAIL.try_with(|mail| mail.set(true));
        } else {
            self.environment.wake();
        }
    }

    /// Calls the copy's drain function; a copy that was collected leaves the broker. Answers
    /// whether the copy will call `deliverMail` on a later turn, because it has left mail.
    pub fn call_drain(&self, env: &Env) -> bool {
        let raw = env.raw();
        let mut function = std::ptr::null_mut();
        let mut undefined = std::ptr::null_mut();
        let mut result = std::ptr::null_mut();
        // SAFETY: called on the environment's own thread from JavaScript, with an open handle
        // scope; `drain` was made in this environment and is never deleted before it ends.
        unsafe {
            if sys::napi_get_reference_value(raw, self.drain, &mut function) != sys::Status::napi_ok
                || function.is_null()
            {
                self.leave();
                return false;
            }
            sys::napi_get_undefined(raw, &mut undefined);
            let mut is_due = false;
            sys::napi_call_function(raw, undefined, function, 0, std::ptr::null(), &mut result)
                == sys::Status::napi_ok
                && sys::napi_get_value_bool(raw, result, &mut is_due) == sys::Status::napi_ok
                && is_due
        }
    }

    /// Every connection behind this seat leaves the broker. Harmless when called twice.
    pub fn leave(&self) {
        if !self.left.swap(true, Ordering::AcqRel) {
            broker::registry().close_door(self.id, wall_clock());
            *self.mailbox.lock() = Mailbox::default();
            self.waiting.store(0, Ordering::Release);
            // Other copies on this thread hear of it, although no call of theirs is under way.
            if take_mail_flag() {
                wake_this_thread();
            }
        }
    }
}

impl Door for Seat {
    fn id(&self) -> DoorId {
        self.id
    }

    fn is_idle(&self) -> bool {
        !self.has_mail()
    }

    fn publish(&self, channel: ChannelId, event: &Arc<Event>, except: Option<ConnectionId>) {
        self.post(Mail::Event {
            channel,
            event: event.clone(),
            except: except.unwrap_or(0),
        });
    }

    fn broadcast(&self, channel: ChannelId, frame: &Arc<str>, except: Option<ConnectionId>) {
        self.post(Mail::Broadcast {
            channel,
            frame: frame.clone(),
            except: except.unwrap_or(0),
        });
    }

    fn send(&self, to: ConnectionId, _about: Option<ChannelId>, frame: String) {
        self.post(Mail::Frame { to, frame });
    }

    fn joined(&self, connection: ConnectionId, channel: ChannelId, name: &ChannelName) {
        self.post(Mail::Joined {
            connection,
            channel,
            name: name.clone(),
        });
    }

    fn left(&self, connection: ConnectionId, channel: ChannelId) {
        self.post(Mail::Left {
            connection,
            channel,
        });
    }

    fn closed(&self, connection: ConnectionId, code: u16, reason: &str) {
        self.post(Mail::Closed {
            connection,
            code,
            reason: reason.to_owned(),
        });
    }

    fn reset(&self, app: AppId, _dropped: &[ConnectionId]) {
        self.post(Mail::Reset { app });
    }

    fn settings_changed(&self, app: AppId) {
        self.post(Mail::SettingsChanged { app });
    }

    fn webhooks_waiting(&self, app: AppId) {
        self.post(Mail::WebhooksWaiting { app });
    }

    fn survives_reset(&self) -> bool {
        false
    }
}

/// A copy's place at the broker; when it is collected, the copy's clients leave.
#[napi]
pub struct SeatHandle {
    handle: u32,
}

#[napi]
impl SeatHandle {
    /// The number that stands for this seat in every other call.
    #[napi(getter, catch_unwind)]
    pub fn handle(&self) -> u32 {
        self.handle
    }
}

impl Drop for SeatHandle {
    fn drop(&mut self) {
        let seat = SEATS
            .try_with(|seats| {
                seats
                    .borrow_mut()
                    .get_mut(self.handle as usize)
                    .and_then(Option::take)
            })
            .ok()
            .flatten();
        if let Some(seat) = seat {
            seat.leave();
        }
    }
}

/// Takes a seat for one copy of the wrapper. `drain` is called (and held weakly) when mail that
/// another thread sent has arrived; it must not throw. It answers whether it has left mail and will
/// call `deliverMail` on a later turn.
#[napi(catch_unwind)]
pub fn open_seat(env: Env, drain: Function<(), bool>) -> Result<SeatHandle> {
    let environment = Environment::current(&env)?;
    let mut reference = std::ptr::null_mut();
    // SAFETY: `drain` is a live value of this environment; count 0 makes the reference weak.
    check_status!(unsafe {
        sys::napi_create_reference(env.raw(), drain.raw(), 0, &mut reference)
    })?;
    let seat = Arc::new(Seat {
        id: broker::next_door_id(),
        environment: environment.clone(),
        drain: reference,
        mailbox: Mutex::new(Mailbox::default()),
        waiting: AtomicUsize::new(0),
        left: AtomicBool::new(false),
    });
    environment.add_seat(&seat);
    let handle = SEATS.with_borrow_mut(|seats| {
        // 0 stands for "no seat".
        if seats.is_empty() {
            seats.push(None);
        }
        seats.push(Some(seat));
        seats.len() as u32 - 1
    });
    Ok(SeatHandle { handle })
}

/// A batch of mail as one flat array, each entry a kind followed by its fields:
///
/// | kind | fields |
/// | --- | --- |
/// | 0 event | channel, except, name, data, form (0 text, 1 JSON), user id or `""` |
/// | 1 broadcast | channel, except, frame |
/// | 2 frame | connection, frame |
/// | 3 joined | connection, channel, channel name |
/// | 4 left | connection, channel |
/// | 5 closed | connection, code, reason |
/// | 6 reset, 7 settings changed, 8 webhooks waiting | app |
/// | 9 dropped | how many events the bounds of the mailbox have cost |
/// | 10 more | none: this thread's own mail still waits, behind what others have sent |
pub struct MailBatch {
    mail: Vec<Mail>,
    dropped: usize,
    has_more: bool,
}

impl TypeName for MailBatch {
    fn type_name() -> &'static str {
        "Array<string | number>"
    }
    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl ToNapiValue for MailBatch {
    unsafe fn to_napi_value(env: sys::napi_env, batch: Self) -> Result<sys::napi_value> {
        let mut array = std::ptr::null_mut();
        // SAFETY: `env` is the environment this call was made in.
        check_status!(unsafe { sys::napi_create_array(env, &mut array) })?;
        let mut writer = MailWriter {
            env,
            array,
            next: 0,
        };
        for mail in &batch.mail {
            writer.write(mail)?;
        }
        if batch.dropped > 0 {
            writer.numbers(&[9, batch.dropped as u32])?;
        }
        if batch.has_more {
            writer.numbers(&[10])?;
        }
        Ok(array)
    }
}

struct MailWriter {
    env: sys::napi_env,
    array: sys::napi_value,
    next: u32,
}

impl MailWriter {
    fn write(&mut self, mail: &Mail) -> Result<()> {
        match mail {
            Mail::Event {
                channel,
                event,
                except,
            } => {
                self.numbers(&[0, *channel, *except])?;
                self.text(&event.name)?;
                let form = match &event.data {
                    EventData::Text(_) => 0,
                    EventData::Json(_) => 1,
                };
                self.text(event.data.as_str())?;
                self.numbers(&[form])?;
                self.text(event.user_id.as_deref().unwrap_or(""))
            }
            Mail::Broadcast {
                channel,
                frame,
                except,
            } => {
                self.numbers(&[1, *channel, *except])?;
                self.text(frame)
            }
            Mail::Frame { to, frame } => {
                self.numbers(&[2, *to])?;
                self.text(frame)
            }
            Mail::Joined {
                connection,
                channel,
                name,
            } => {
                self.numbers(&[3, *connection, *channel])?;
                self.text(name.as_str())
            }
            Mail::Left {
                connection,
                channel,
            } => self.numbers(&[4, *connection, *channel]),
            Mail::Closed {
                connection,
                code,
                reason,
            } => {
                self.numbers(&[5, *connection, u32::from(*code)])?;
                self.text(reason)
            }
            Mail::Reset { app } => self.numbers(&[6, *app]),
            Mail::SettingsChanged { app } => self.numbers(&[7, *app]),
            Mail::WebhooksWaiting { app } => self.numbers(&[8, *app]),
        }
    }

    fn numbers(&mut self, values: &[u32]) -> Result<()> {
        for value in values {
            // SAFETY: `env` is live for the duration of this call.
            let value = unsafe { u32::to_napi_value(self.env, *value) }?;
            self.push(value)?;
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<()> {
        // SAFETY: as in `numbers`.
        let value = unsafe { <&str>::to_napi_value(self.env, text) }?;
        self.push(value)
    }

    fn push(&mut self, value: sys::napi_value) -> Result<()> {
        // SAFETY: array and value belong to `env`.
        check_status!(unsafe { sys::napi_set_element(self.env, self.array, self.next, value) })?;
        self.next += 1;
        Ok(())
    }
}

/// Whether mail waits.
#[napi(catch_unwind)]
pub fn has_mail(seat: u32) -> bool {
    self::seat(seat).is_some_and(|seat| seat.has_mail())
}

/// Takes at most `max` pieces of mail, oldest first, in the flat form of [`MailBatch`].
#[napi(catch_unwind, ts_return_type = "Array<string | number>")]
pub fn take_mail(seat: u32, max: u32) -> Result<MailBatch> {
    let seat = self::seat(seat)
        .ok_or_else(|| Error::from_reason("pushrig: this seat has left the broker"))?;
    let mut mailbox = seat.mailbox.lock();
    let count = mailbox.mail.len().min(max as usize);
    let mail: Vec<Mail> = mailbox.mail.drain(..count).collect();
    for weight in mail.iter().filter_map(Mail::weight) {
        mailbox.events -= 1;
        mailbox.bytes -= weight;
    }
    if mailbox.mail.is_empty() && mailbox.mail.capacity() > 1024 {
        mailbox.mail = VecDeque::new();
    }
    seat.waiting.fetch_sub(count, Ordering::AcqRel);
    Ok(MailBatch {
        mail,
        dropped: std::mem::take(&mut mailbox.dropped),
        has_more: mailbox.has_own(),
    })
}
