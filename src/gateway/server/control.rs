//! Requests that somebody above answers: JavaScript, which knows the application's side.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::broker::AppId;

/// Requests that may wait for their answers at one time, and the bytes of their bodies together.
const MOST: usize = 512;
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// What a controller hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlCall {
    Asked {
        /// No other request of this process has it for a long time.
        id: u32,
        method: String,
        /// Path and query, without the gateway's prefix.
        target: String,
        body: String,
    },
    /// Nobody waits for this answer any more.
    Gone { id: u32 },
    /// From now on somebody reads what happens in an app, or nobody any more.
    Reading { app: AppId, begins: bool },
}

/// Hears of requests, on the gateway's thread: it passes them on and returns. `false`: it is there no more.
pub type Controller = Arc<dyn Fn(ControlCall) -> bool + Send + Sync>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlAnswer {
    pub status: u16,
    /// JSON.
    pub body: String,
    /// The methods that the address takes, where it was asked with another one.
    pub allow: Option<String>,
}

/// Readers of one app at one time.
const MOST_READERS: u32 = 64;

/// Why a request is not passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAsked {
    NobodyAnswers,
    TooMany,
}

/// The requests that wait for their answers.
#[derive(Default)]
pub struct Control {
    controller: Option<Controller>,
    waiting: Mutex<Waiting>,
    /// How many read what happens in which app.
    readers: Mutex<HashMap<AppId, u32>>,
}

#[derive(Default)]
struct Waiting {
    answers: HashMap<u32, oneshot::Sender<ControlAnswer>>,
    bytes: usize,
}

impl Control {
    pub fn new(controller: Option<Controller>) -> Control {
        Control {
            controller,
            waiting: Mutex::default(),
            readers: Mutex::default(),
        }
    }

    /// Passes a request on. Whoever drops what this gives before there is an answer has hung up.
    pub fn ask(&self, method: &str, target: &str, body: String) -> Result<Asking<'_>, NotAsked> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let Some(controller) = &self.controller else {
            return Err(NotAsked::NobodyAnswers);
        };
        let (sender, answer) = oneshot::channel();
        let bytes = body.len();
        let id = {
            let mut waiting = self.waiting.lock();
            if waiting.answers.len() >= MOST || waiting.bytes + bytes > MOST_BYTES {
                return Err(NotAsked::TooMany);
            }
            let id = NEXT.fetch_add(1, Ordering::Relaxed);
            waiting.answers.insert(id, sender);
            waiting.bytes += bytes;
            id
        };
        let asking = Asking {
            control: self,
            controller,
            id,
            bytes,
            answer,
        };
        let asked = ControlCall::Asked {
            id,
            method: method.to_owned(),
            target: target.to_owned(),
            body,
        };
        let is_there = tell(controller, asked);
        match is_there {
            true => Ok(asking),
            false => Err(NotAsked::NobodyAnswers),
        }
    }

    /// Somebody reads what happens in `app`. `false` when that were too many.
    pub fn begin_reading(&self, app: AppId) -> bool {
        let mut readers = self.readers.lock();
        let count = readers.entry(app).or_default();
        if *count >= MOST_READERS {
            return false;
        }
        *count += 1;
        if *count == 1 {
            self.tell_reading(app, true);
        }
        true
    }

    /// One who has [begun](Control::begin_reading) reads no more.
    pub fn end_reading(&self, app: AppId) {
        let mut readers = self.readers.lock();
        let Some(count) = readers.get_mut(&app) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            readers.remove(&app);
            self.tell_reading(app, false);
        }
    }

    fn tell_reading(&self, app: AppId, begins: bool) {
        if let Some(controller) = &self.controller {
            tell(controller, ControlCall::Reading { app, begins });
        }
    }

    /// Answers a request. `false` when nobody waits for it.
    pub fn answer(&self, id: u32, answer: ControlAnswer) -> bool {
        let sender = self.waiting.lock().answers.remove(&id);
        sender.is_some_and(|sender| sender.send(answer).is_ok())
    }
}

/// A panic counts as nobody. Calls come from destructors too, where it would end the process.
fn tell(controller: &Controller, call: ControlCall) -> bool {
    match catch_unwind(AssertUnwindSafe(|| controller(call))) {
        Ok(is_there) => is_there,
        Err(payload) => {
            // Dropping it may run anything, panics included.
            std::mem::forget(payload);
            false
        }
    }
}

/// A request that waits for its answer.
pub struct Asking<'a> {
    control: &'a Control,
    controller: &'a Controller,
    id: u32,
    bytes: usize,
    /// Fails when no answer will come.
    pub answer: oneshot::Receiver<ControlAnswer>,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let is_unanswered = {
            let mut waiting = self.control.waiting.lock();
            waiting.bytes -= self.bytes;
            waiting.answers.remove(&self.id).is_some()
        };
        if is_unanswered {
            tell(self.controller, ControlCall::Gone { id: self.id });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording() -> (Control, Arc<Mutex<Vec<ControlCall>>>) {
        let calls: Arc<Mutex<Vec<ControlCall>>> = Arc::default();
        let heard = calls.clone();
        let controller: Controller = Arc::new(move |call| {
            heard.lock().push(call);
            true
        });
        (Control::new(Some(controller)), calls)
    }

    fn ok() -> ControlAnswer {
        ControlAnswer {
            status: 200,
            body: "{}".to_owned(),
            allow: None,
        }
    }

    #[test]
    fn an_answer_reaches_who_asked_once_and_an_unknown_one_nobody() {
        let (control, calls) = recording();
        let mut asking = control.ask("GET", "/pushrig", String::new()).unwrap();
        assert!(!control.answer(asking.id + 1, ok()));
        assert!(control.answer(asking.id, ok()));
        assert!(!control.answer(asking.id, ok()));
        assert_eq!(asking.answer.try_recv().unwrap(), ok());
        drop(asking);
        assert_eq!(calls.lock().len(), 1);
    }

    #[test]
    fn who_hangs_up_is_told_of_and_leaves_room_for_others() {
        let (control, calls) = recording();
        let all: Vec<_> = (0..MOST)
            .map(|_| control.ask("GET", "/pushrig", String::new()).unwrap())
            .collect();
        let refused = control.ask("GET", "/pushrig", String::new()).err();
        assert_eq!(refused, Some(NotAsked::TooMany));
        let last = all.last().unwrap().id;
        drop(all);
        assert_eq!(calls.lock().last(), Some(&ControlCall::Gone { id: last }));
        assert!(control.ask("GET", "/pushrig", String::new()).is_ok());
    }

    #[test]
    fn bodies_together_are_bounded() {
        let (control, _) = recording();
        let body = "x".repeat(MOST_BYTES / 2);
        let first = control.ask("POST", "/pushrig", body.clone()).unwrap();
        let second = control.ask("POST", "/pushrig", body.clone()).unwrap();
        let refused = control.ask("POST", "/pushrig", "x".to_owned()).err();
        assert_eq!(refused, Some(NotAsked::TooMany));
        control.answer(first.id, ok());
        drop((first, second));
        assert!(control.ask("POST", "/pushrig", body).is_ok());
    }

    #[test]
    fn without_anybody_who_answers_nothing_waits() {
        let nobody = Control::default();
        let gone = Control::new(Some(Arc::new(|_| false)));
        for control in [&nobody, &gone] {
            let refused = control.ask("GET", "/pushrig", String::new()).err();
            assert_eq!(refused, Some(NotAsked::NobodyAnswers));
            assert!(control.waiting.lock().answers.is_empty());
        }
    }
}
