//! The requests that are being answered, for whoever waits until there are none.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::broker::under_way::Few;
use crate::broker::{AppId, NO_APP};

#[derive(Default)]
pub struct Requests(Arc<Mutex<Vec<Asked>>>);

struct Asked {
    number: u64,
    app: AppId,
    what: String,
}

/// Held while a request is being answered.
pub struct Answering {
    requests: Arc<Mutex<Vec<Asked>>>,
    number: u64,
}

impl Requests {
    /// A request has come, for `app`, or for one that is not known yet.
    pub fn begin(&self, app: Option<AppId>, what: String) -> Answering {
        let mut asked = self.0.lock();
        let number = asked.last().map_or(1, |last| last.number + 1);
        let app = app.unwrap_or(NO_APP);
        asked.push(Asked { number, app, what });
        Answering {
            requests: self.0.clone(),
            number,
        }
    }

    /// Adds those that may be about `app`.
    pub fn add_to(&self, few: &mut Few, app: AppId) {
        for asked in self.0.lock().iter() {
            if asked.app == app || asked.app == NO_APP {
                few.add(|| asked.what.clone());
            }
        }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.requests
            .lock()
            .retain(|asked| asked.number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_of_an_app_are_counted_until_they_are_answered_and_those_of_no_app_for_all() {
        let requests = Requests::default();
        let mine = requests.begin(Some(1), "POST /apps/1/events".to_owned());
        let others = requests.begin(Some(2), "POST /apps/2/events".to_owned());
        let open = requests.begin(None, "POST /pusher/auth".to_owned());
        let of = |app| {
            let mut few = Few::default();
            requests.add_to(&mut few, app);
            few.first
        };
        assert_eq!(of(1), ["POST /apps/1/events", "POST /pusher/auth"]);
        drop(mine);
        assert_eq!(of(1), ["POST /pusher/auth"]);
        let again = requests.begin(Some(1), "GET /apps/1/channels".to_owned());
        drop(open);
        assert_eq!(of(1), ["GET /apps/1/channels"]);
        drop((others, again));
        assert!(of(1).is_empty() && of(2).is_empty());
    }
}
