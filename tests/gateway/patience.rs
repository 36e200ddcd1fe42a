//! Nobody waits long for an app, whatever it is asked by others.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pushrig::broker::{
    self, ApiRequest, Call, Notification, Outlet, OutletId, Reading, next_outlet_id,
};
use pushrig::protocol::{ClientFrame, Limits};

use super::support::*;

/// A request that takes its time to be read: as large as one may be.
fn large_batch() -> String {
    let event = r#"{"name":"e","channel":"room","data":"1"},"#;
    let info = r#"{"deep":[[[[{"x":[1,2,3]}]]]]},"#.repeat(63_000);
    format!(
        r#"{{"batch":[{}],"ignored":[{}0]}}"#,
        event.repeat(10).trim_end_matches(','),
        info
    )
}

/// The longest time for which somebody who asks for the app again and again had to wait, while `what` is done.
fn longest_wait(server: &Server, what: impl FnOnce()) -> Duration {
    let (is_over, started) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut longest = Duration::ZERO;
            while !is_over.load(Ordering::Acquire) {
                let asked = Instant::now();
                drop(server.app.lock());
                longest = longest.max(asked.elapsed());
                started.store(true, Ordering::Release);
                thread::yield_now();
            }
            longest
        });
        while !started.load(Ordering::Acquire) {
            thread::yield_now();
        }
        what();
        is_over.store(true, Ordering::Release);
        watcher.join().unwrap()
    })
}

#[test]
fn requests_are_read_while_others_have_the_app() {
    let server = serve();
    let body = large_batch();
    assert!(
        body.len() > 1_900_000 && body.len() < 2_000_000,
        "{}",
        body.len()
    );
    let limits = Limits::default();
    let request = ApiRequest {
        method: "POST",
        path: "/batch_events",
        query: &[],
        body: &body,
    };
    // On a busy machine somebody may have to wait for a processor; not each time.
    let (mut waits, mut reads) = (Vec::new(), Vec::new());
    for _ in 0..30 {
        let start = Instant::now();
        assert!(Call::parse(&request, &limits).is_ok());
        reads.push(start.elapsed());
        let wait = longest_wait(&server, || {
            let reply = server.request("POST", "/apps/3/batch_events", "", &body);
            assert_eq!(reply.status, 200, "{reply:?}");
        });
        waits.push(wait);
        if *waits.iter().min().unwrap() * 4 < *reads.iter().min().unwrap() {
            return;
        }
    }
    panic!("somebody waited {waits:?} where reading takes {reads:?}");
}

#[test]
fn an_outlet_that_ends_leaves_its_channels_in_parts_while_others_have_the_app() {
    let app = app();
    let outlet: Arc<dyn Outlet> = Arc::new(Deaf(next_outlet_id()));
    for _ in 0..3 {
        let mut app = app.lock();
        let client = app.open(&outlet, None, 0).unwrap();
        for channel in 0..300 {
            let frame = ClientFrame::Subscribe {
                channel: format!("room-{client}-{channel}"),
                auth: None,
                channel_data: None,
            };
            app.receive(client, Ok(frame), 0);
        }
    }
    // What others see when they have their turn, each time before it goes on.
    let seen = RefCell::new(Vec::new());
    broker::detach(&app, outlet.id(), || {
        let app = app.try_lock().expect("others have the app");
        seen.borrow_mut().push(app.active_channels().len());
        Reading::from(0)
    });
    assert_eq!(seen.into_inner(), [900, 900, 644, 388, 132]);
    assert!(app.lock().active_channels().is_empty());
    assert!(app.lock().connection_ids().is_empty());
}

#[test]
fn everybody_is_dropped_in_parts_while_others_have_the_app() {
    let app = app();
    let outlet: Arc<dyn Outlet> = Arc::new(Deaf(next_outlet_id()));
    for _ in 0..70 {
        app.lock().open(&outlet, None, 0).unwrap();
    }
    let seen = RefCell::new(Vec::new());
    broker::drop_all(&app, 4200, "", || {
        let mut app = app.try_lock().expect("others have the app");
        seen.borrow_mut().push(app.connection_ids().len());
        // Who comes back meanwhile stays.
        app.open(&outlet, None, 0).unwrap();
        Reading::from(0)
    });
    assert_eq!(seen.into_inner(), [70, 39, 8]);
    assert_eq!(app.lock().connection_ids().len(), 3);
}

/// An outlet with nobody behind it.
struct Deaf(OutletId);

impl Outlet for Deaf {
    fn id(&self) -> OutletId {
        self.0
    }
    fn notify(&self, _: Notification<'_>) {}
    fn survives_reset(&self) -> bool {
        false
    }
    fn is_idle(&self) -> bool {
        true
    }
}
