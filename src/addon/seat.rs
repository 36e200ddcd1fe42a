//! A seat: one evaluated copy of the JavaScript wrapper at the broker.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Weak};

use napi::bindgen_prelude::{Function, JsValue};
use napi::{Env, Error, Result, check_status, sys};
use napi_derive::napi;

use super::environment::{Environment, Recipient, this_thread, wake_this_thread};
use super::line::take_line;
use super::mail::{Mail, MailBatch};
use super::mailbox::Mailbox;
use super::panics::contain;
use crate::broker::{
    self, AppId, ChannelId, ConnectionId, Notification, Outlet, OutletId, Pace, Reading, UnderWay,
    Untaken,
};
use crate::clock::{reading, reading_at};

/// The way out of the broker to one copy of the wrapper.
pub struct Seat {
    id: OutletId,
    environment: Arc<Environment>,
    /// Weak (count 0) reference to the copy's drain function, so that a re-evaluated module or a
    /// finished test file is not pinned by the broker. Only touched on the environment's thread.
    drain: sys::napi_ref,
    mailbox: Mailbox,
    left: AtomicBool,
    /// What moves its time: 0, 1, 2 as in `Pace`.
    pace: AtomicU8,
}

// SAFETY: `drain` is only used in `Recipient::drain`, which runs on the environment's thread.
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
pub fn outlet_id(handle: u32) -> Option<OutletId> {
    SEATS.with_borrow(|seats| Some(seats.get(handle as usize)?.as_ref()?.id))
}

/// Who tells the time where this seat is: its outlet, and what moves its `Date`.
pub fn teller(handle: u32) -> Option<(OutletId, Pace)> {
    SEATS.with_borrow(|seats| {
        let seat = seats.get(handle as usize).and_then(Option::as_ref);
        seat.map(|seat| (seat.id, seat.pace()))
    })
}

/// The time as this thread's seat tells it; `date` is its `Date.now()`.
pub fn told(handle: u32, date: f64) -> Reading {
    Reading {
        seat: teller(handle),
        line: take_line(),
        ..reading_at(date as i64)
    }
}

impl Seat {
    pub fn set_pace(&self, pace: u8) {
        self.pace.store(pace, Ordering::Relaxed);
    }

    /// Drops the latest frame that waits for a connection.
    pub fn forget_frame(&self, connection: ConnectionId) {
        let is_for_it = |mail: &Mail| matches!(mail, Mail::Frame { to, .. } if *to == connection);
        self.mailbox.forget_latest(is_for_it);
    }

    fn pace(&self) -> Pace {
        match self.pace.load(Ordering::Relaxed) {
            0 => Pace::Real,
            1 => Pace::Dated,
            _ => Pace::Steered,
        }
    }

    fn post(&self, mail: Mail) {
        let own_thread = this_thread() == self.environment.thread();
        // Not every call that writes into a journal is followed by a look at the mail.
        let needs_turn = matches!(mail, Mail::Journaled { .. });
        if !self.mailbox.post(mail, own_thread) {
            return;
        }
        if needs_turn {
            self.environment.wake();
        }
        if own_thread {
            let _ = MAIL.try_with(|mail| mail.set(true));
        } else {
            self.environment.wake();
        }
    }
}

impl Recipient for Seat {
    fn has_mail(&self) -> bool {
        self.mailbox.has_mail()
    }

    /// Calls the copy's drain function; a copy that was collected leaves the broker.
    unsafe fn drain(&self, env: &Env) -> bool {
        let raw = env.raw();
        let mut function = std::ptr::null_mut();
        let mut undefined = std::ptr::null_mut();
        let mut result = std::ptr::null_mut();
        // SAFETY: the caller's promise; `drain` was made in this environment and is never deleted
        // before it ends.
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

    /// Every connection behind this seat leaves the broker.
    fn leave(&self) {
        if !self.left.swap(true, Ordering::AcqRel) {
            self.mailbox.close();
            broker::registry().close_outlet(self.id, reading);
            // Other copies on this thread hear of it, although no call of theirs is under way.
            if take_mail_flag() {
                wake_this_thread();
            }
        }
    }
}

impl Outlet for Seat {
    fn id(&self) -> OutletId {
        self.id
    }

    fn is_idle(&self) -> bool {
        !self.has_mail()
    }

    fn survives_reset(&self) -> bool {
        false
    }

    fn keeps_roster(&self, channel: ChannelId) -> bool {
        !self.mailbox.has_gap(channel)
    }

    fn add_under_way(&self, _app: AppId, found: &mut UnderWay) {
        found.mailboxes += usize::from(self.has_mail());
    }

    fn add_untaken(&self, _app: AppId, found: &mut dyn FnMut(Untaken, u64)) {
        // What is of another app is on channels, and for connections, that this one does not know.
        self.mailbox.add_untaken(found);
    }

    fn notify(&self, notification: Notification<'_>) {
        self.post(match notification {
            Notification::Published {
                channel,
                event,
                except,
            } => Mail::Event {
                channel,
                event: event.clone(),
                except: except.unwrap_or(0),
            },
            Notification::PublishedTo { to, channel, event } => Mail::EventTo {
                to,
                channel,
                event: event.clone(),
            },
            Notification::Broadcast {
                channel,
                frame,
                except,
            } => Mail::Broadcast {
                channel,
                frame: frame.clone(),
                except: except.unwrap_or(0),
            },
            Notification::Sent { to, frame, .. } => Mail::Frame {
                to,
                frame: Box::new(frame),
            },
            Notification::Welcome {
                to,
                channel,
                succeeded,
            } => {
                if succeeded.is_some() {
                    self.mailbox.fill_gap(channel);
                }
                Mail::Welcome {
                    to,
                    channel,
                    succeeded: succeeded.map(Box::new),
                }
            }
            Notification::Joined {
                connection,
                channel,
                name,
            } => Mail::Joined {
                connection,
                channel,
                name: name.clone(),
            },
            Notification::Left {
                connection,
                channel,
            } => Mail::Left {
                connection,
                channel,
            },
            Notification::Closed {
                connection,
                code,
                reason,
                ..
            } => Mail::Closed {
                connection,
                code,
                reason: reason.to_owned(),
            },
            Notification::Reset { app, .. } => Mail::Reset { app },
            Notification::SettingsChanged { app } => Mail::SettingsChanged { app },
            Notification::WebhooksWaiting { app } => Mail::WebhooksWaiting { app },
            Notification::Journaled { app } => Mail::Journaled { app },
            Notification::Silenced {
                connection,
                silence,
            } => Mail::Silenced {
                connection,
                silence,
            },
            Notification::Unstalled { app } => Mail::Unstalled { app },
        });
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
            contain(|| seat.leave());
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
        id: broker::next_outlet_id(),
        environment: environment.clone(),
        drain: reference,
        mailbox: Mailbox::default(),
        left: AtomicBool::new(false),
        pace: AtomicU8::new(0),
    });
    let recipient: Weak<Seat> = Arc::downgrade(&seat);
    environment.add(recipient);
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

/// Takes at most `max` pieces of mail, oldest first, in the flat form of [`MailBatch`].
#[napi(catch_unwind, ts_return_type = "Array<string | number>")]
pub fn take_mail(seat: u32, max: u32) -> Result<MailBatch> {
    let seat = self::seat(seat)
        .ok_or_else(|| Error::from_reason("pushrig: this seat has left the broker"))?;
    Ok(seat.mailbox.take(max as usize))
}

/// Whether mail waits.
#[napi(catch_unwind)]
pub fn has_mail(seat: u32) -> bool {
    self::seat(seat).is_some_and(|seat| seat.has_mail())
}
