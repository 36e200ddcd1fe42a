//! One JavaScript environment (`napi_env`): the main thread, a worker, or a second load of the
//! addon on the same thread.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use napi::bindgen_prelude::FunctionCallContext;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, Status, sys};
use napi_derive::napi;
use parking_lot::Mutex;

use super::panics::contain;
use super::wake::WakeUp;

/// Weak, so that it never keeps the process alive; it carries nothing, it only wakes.
type Wake = ThreadsafeFunction<(), (), (), Status, false, true>;

/// Who gets mail in an environment.
pub trait Recipient: Send + Sync {
    /// Whether any waits.
    fn has_mail(&self) -> bool;

    /// Hands it to JavaScript. Answers whether a call of `deliverMail` will follow on a later turn,
    /// because JavaScript has left some.
    ///
    /// # Safety
    ///
    /// `env` is the environment that the recipient belongs to, and JavaScript has called in: this
    /// is its thread, with a handle scope open.
    unsafe fn drain(&self, env: &Env) -> bool;

    /// The environment is gone. Harmless when called twice.
    fn leave(&self);
}

/// Wakes an environment from any thread, with at most one wake-up in flight.
pub struct Environment {
    raw: sys::napi_env,
    thread: u64,
    wake: Mutex<Option<Wake>>,
    wake_up: WakeUp,
    recipients: Mutex<Vec<Weak<dyn Recipient>>>,
}

// SAFETY: `raw` is only ever compared, and only on the environment's own thread; everything else
// is behind a lock or atomic.
unsafe impl Send for Environment {}
// SAFETY: as above.
unsafe impl Sync for Environment {}

thread_local! {
    static THREAD: u64 = {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        NEXT.fetch_add(1, Ordering::Relaxed)
    };
    static ENVIRONMENTS: RefCell<Vec<Arc<Environment>>> = const { RefCell::new(Vec::new()) };
}

/// A number for the calling thread that is never used again.
pub fn this_thread() -> u64 {
    // During thread exit the number is gone; 0 is no thread's number.
    THREAD.try_with(|id| *id).unwrap_or(0)
}

impl Environment {
    /// The environment of the calling JavaScript, set up on first use.
    pub fn current(env: &Env) -> Result<Arc<Environment>> {
        let known =
            ENVIRONMENTS.with_borrow(|all| all.iter().find(|e| e.raw == env.raw()).cloned());
        match known {
            Some(environment) => Ok(environment),
            None => Environment::set_up(env),
        }
    }

    fn set_up(env: &Env) -> Result<Arc<Environment>> {
        let environment = Arc::new(Environment {
            raw: env.raw(),
            thread: this_thread(),
            wake: Mutex::new(None),
            wake_up: WakeUp::default(),
            recipients: Mutex::new(Vec::new()),
        });
        let woken = Arc::downgrade(&environment);
        let function = env.create_function_from_closure::<(), (), _>(
            "pushrigWake",
            move |call: FunctionCallContext| {
                if let Some(environment) = woken.upgrade() {
                    environment.deliver(call.env);
                }
                Ok(())
            },
        )?;
        let wake = function
            .build_threadsafe_function::<()>()
            .weak::<true>()
            .build_callback(|_| Ok(()))?;
        *environment.wake.lock() = Some(wake);
        ENVIRONMENTS.with_borrow_mut(|all| all.push(environment.clone()));
        env.add_env_cleanup_hook(environment.clone(), |environment| {
            contain(|| environment.tear_down());
        })?;
        Ok(environment)
    }

    pub fn thread(&self) -> u64 {
        self.thread
    }

    /// From now on `recipient` is handed its mail when the environment is woken.
    pub fn add(&self, recipient: Weak<dyn Recipient>) {
        self.recipients.lock().push(recipient);
    }

    /// Asks the environment's thread to empty its mailboxes. Callable from any thread.
    pub fn wake(&self) {
        if self.wake_up.claim() {
            self.call_wake();
        }
    }

    /// For whoever has claimed the wake-up.
    fn call_wake(&self) {
        let wake = self.wake.lock();
        let status = wake
            .as_ref()
            .map(|wake| wake.call((), ThreadsafeFunctionCallMode::NonBlocking));
        if status != Some(Status::Ok) {
            // The environment is ending: nobody is left to read what waits.
            self.wake_up.answer(|| false);
        }
    }

    /// Empties the mailboxes as far as one turn allows. While one of them has more, a turn is due
    /// that JavaScript has asked for, and nobody else needs to wake this environment: wake-ups that
    /// follow each other at once would leave the event loop no turn for anything else.
    fn deliver(&self, env: &Env) {
        let recipients: Vec<Arc<dyn Recipient>> = {
            let mut recipients = self.recipients.lock();
            recipients.retain(|recipient| recipient.strong_count() > 0);
            recipients.iter().filter_map(Weak::upgrade).collect()
        };
        let mut is_due = false;
        for recipient in &recipients {
            if recipient.has_mail() {
                // SAFETY: JavaScript has called `deliver`, with this environment.
                is_due |= unsafe { recipient.drain(env) };
            }
        }
        let any_mail = || recipients.iter().any(|recipient| recipient.has_mail());
        if !is_due && self.wake_up.answer(any_mail) {
            self.call_wake();
        }
    }

    /// The environment ends (worker exit, `terminate()`, process exit): its clients leave.
    fn tear_down(self: Arc<Self>) {
        let _ = ENVIRONMENTS.try_with(|all| all.borrow_mut().retain(|e| !Arc::ptr_eq(e, &self)));
        let recipients = std::mem::take(&mut *self.recipients.lock());
        for recipient in recipients.iter().filter_map(Weak::upgrade) {
            recipient.leave();
        }
        let wake = self.wake.lock().take();
        drop(wake);
    }
}

/// The turn that a drain function has asked for by answering `true`.
#[napi(catch_unwind)]
pub fn deliver_mail(env: Env) -> Result<()> {
    Environment::current(&env)?.deliver(&env);
    Ok(())
}

/// Wakes the environments of this thread whose mailboxes are not empty: copies of the wrapper in
/// another realm, which the caller cannot reach.
#[napi(catch_unwind)]
pub fn wake_others() {
    ENVIRONMENTS.with_borrow(|all| {
        for environment in all {
            let waiting = |recipient: &Weak<dyn Recipient>| {
                recipient
                    .upgrade()
                    .is_some_and(|recipient| recipient.has_mail())
            };
            if environment.recipients.lock().iter().any(waiting) {
                environment.wake();
            }
        }
    });
}

/// Has every environment of this thread empty its mailboxes on a later turn: for calls after which
/// no JavaScript of the wrapper looks.
pub fn wake_this_thread() {
    let environments = ENVIRONMENTS
        .try_with(|all| all.borrow().clone())
        .unwrap_or_default();
    for environment in environments {
        environment.wake();
    }
}
