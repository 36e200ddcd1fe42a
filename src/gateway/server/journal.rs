//! What happens at a gateway and is about no app, or comes before one is asked: who was turned away, requests elsewhere,
//! what a person should know. What happens in an app is in that app's journal.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::broker::journal::{Entry, Journal, Kind, Notice, Party, Selection, Timepiece};
use crate::broker::{AppId, NO_APP, SharedApp};
use crate::clock::{micros, wall};
use crate::protocol::{Limits, SocketError};

/// Entries that are kept, and the bytes that they may take.
const ENTRIES: usize = 1_000;
const BYTES: usize = 1024 * 1024;

/// Called when there are new entries, and not again before they have been read. On any thread, maybe with an app locked:
/// it takes a note and returns.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// The journal of a gateway.
pub struct OwnJournal {
    journal: Mutex<Journal>,
    wake: Option<Wake>,
    is_told: AtomicBool,
    /// The ids of the apps, which may be locked when something is written down about them.
    apps: Vec<(AppId, Arc<str>)>,
}

impl OwnJournal {
    pub fn new(wake: Option<Wake>, apps: &[SharedApp]) -> OwnJournal {
        let limits = Limits {
            journal: ENTRIES,
            journal_bytes: BYTES,
            ..Limits::default()
        };
        let timepiece = Timepiece { micros, date: wall };
        let named = apps.iter().map(|app| {
            let app = app.lock();
            (app.id(), app.options().id.as_str().into())
        });
        OwnJournal {
            journal: Mutex::new(Journal::new(NO_APP, timepiece, &limits)),
            wake,
            is_told: AtomicBool::new(false),
            apps: named.collect(),
        }
    }

    /// A page of it as JSON.
    pub fn page(&self, selection: &Selection) -> String {
        // First: what comes from here on wakes anew.
        self.is_told.store(false, Ordering::Release);
        self.journal.lock().page(selection, &BTreeMap::new())
    }

    /// Writes down what is about this app, or about [none](NO_APP).
    pub fn write(&self, app: AppId, entry: Entry) {
        let named = self.apps.iter().find(|(number, _)| *number == app);
        let entry = match named {
            Some((_, id)) => entry.with(|more| more.app = Some(id.clone())),
            None => entry,
        };
        self.journal.lock().write(entry);
        if let Some(wake) = &self.wake
            && !self.is_told.swap(true, Ordering::AcqRel)
        {
            wake();
        }
    }

    /// What a person should know.
    pub fn notice(&self, app: AppId, notice: Notice, given: &str, expected: Option<&str>) {
        let entry = Entry::new(Kind::Notice).with(|more| {
            more.notice = Some(notice);
            more.given = Some(given.into());
            more.expected = expected.map(Into::into);
        });
        self.write(app, entry);
    }

    /// That a page or a name was not let in, and what would change that.
    pub fn turned_away(&self, who: &str, why: &str) {
        let entry = Entry::new(Kind::Notice).with(|more| {
            more.notice = Some(Notice::TurnedAway);
            more.given = Some(who.into());
        });
        self.write(NO_APP, entry.saying(why));
    }

    /// That a client reads too slowly and was cut.
    pub fn too_slow(&self, app: AppId, socket_id: &str) {
        let entry = Entry::new(Kind::Notice).about(&stranger(socket_id));
        self.write(app, entry.with(|more| more.notice = Some(Notice::TooSlow)));
    }

    /// That more waits on a channel than its sockets can take.
    pub fn overrun(&self, app: AppId, channel: &str) {
        let entry = Entry::new(Kind::Notice).on(&channel.into());
        self.write(app, entry.with(|more| more.notice = Some(Notice::Overrun)));
    }

    /// That a client was refused, by the gateway itself.
    pub fn refused(
        &self,
        app: AppId,
        socket_id: &str,
        error: &SocketError,
        why: RefusalDetails<'_>,
    ) {
        let mut entry = Entry::new(Kind::Refused).with(|more| {
            more.code = error.code();
            more.path = why.path.map(Into::into);
            more.expected = why.expected.map(Into::into);
            more.limit = why.limit;
        });
        if !socket_id.is_empty() {
            entry = entry.about(&stranger(socket_id));
        }
        self.write(app, entry.saying(&error.to_string()));
    }

    /// That a request was answered; `text` says why it was refused.
    pub fn request(&self, method: &str, path: &str, status: u16, text: Option<&str>) {
        self.write(NO_APP, request(method, path, status, text));
    }
}

/// What else is known of a refusal.
#[derive(Clone, Copy, Debug, Default)]
pub struct RefusalDetails<'a> {
    /// The address that was asked for, where it is that which was wrong, and where apps are.
    pub path: Option<&'a str>,
    pub expected: Option<&'a str>,
    /// The option that it was too much for.
    pub limit: Option<&'static str>,
}

/// A request that was answered. `text` is that of a refusal.
pub fn request(method: &str, path: &str, status: u16, text: Option<&str>) -> Entry {
    let entry = Entry::new(Kind::Request).with(|more| {
        more.method = Some(method.into());
        more.path = Some(path.into());
        more.code = Some(status);
    });
    match text {
        Some(text) => entry.saying(text),
        None => entry,
    }
}

/// Somebody of whom the socket id alone is known.
fn stranger(socket_id: &str) -> Arc<Party> {
    Arc::new(Party {
        connection: 0,
        name: socket_id.into(),
        client: 0,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use serde_json::{Value, json};

    use super::*;
    use crate::broker::{App, AppOptions};

    fn entries(journal: &OwnJournal) -> Vec<Value> {
        let page = journal.page(&Selection::default());
        let mut page: Value = serde_json::from_str(&page).unwrap();
        serde_json::from_value(page["entries"].take()).unwrap()
    }

    #[test]
    fn who_reads_is_woken_once_for_all_that_waits() {
        let woken = Arc::new(AtomicUsize::new(0));
        let count = woken.clone();
        let wake: Wake = Arc::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let journal = OwnJournal::new(Some(wake), &[]);
        journal.request("GET", "/a", 200, None);
        journal.request("GET", "/b", 404, Some("404 NOT FOUND"));
        assert_eq!(woken.load(Ordering::Relaxed), 1);
        let paths: Vec<_> = entries(&journal)
            .iter()
            .map(|entry| entry["path"].clone())
            .collect();
        assert_eq!(paths, ["/a", "/b"]);
        journal.overrun(NO_APP, "busy");
        assert_eq!(woken.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn what_is_about_an_app_names_it_also_while_that_is_locked() {
        let app = Arc::new(Mutex::new(App::new(AppOptions::default())));
        let journal = OwnJournal::new(None, std::slice::from_ref(&app));
        let locked = app.lock();
        journal.overrun(locked.id(), "busy");
        journal.overrun(NO_APP, "busy");
        let id = locked.options().id.as_str();
        let apps: Vec<_> = entries(&journal)
            .iter()
            .map(|entry| entry["app"].clone())
            .collect();
        assert_eq!(apps, [json!(id), Value::Null]);
    }

    #[test]
    fn it_is_bounded_by_entries_and_by_bytes_and_tells_what_is_forgotten() {
        let journal = OwnJournal::new(None, &[]);
        for _ in 0..ENTRIES + 5 {
            journal.request("GET", "/", 200, None);
        }
        assert_eq!(entries(&journal).len(), ENTRIES);
        let page: Value = serde_json::from_str(&journal.page(&Selection::default())).unwrap();
        assert_eq!(page["forgotten"], 5);
        let long = "x".repeat(100_000);
        for _ in 0..100 {
            journal.request("GET", &long, 200, None);
        }
        assert!(entries(&journal).len() <= BYTES / long.len());
    }
}
