use serde_json::{Value, json};

use super::*;
use crate::broker::Selection;
use crate::broker::test_outlet::{TestOutlet, World};

fn enabled() -> (Webhooks, Arc<TestOutlet>) {
    enabled_with(&Limits::default())
}

fn enabled_with(limits: &Limits) -> (Webhooks, Arc<TestOutlet>) {
    let receiver = TestOutlet::new();
    let mut webhooks = Webhooks::new(1, limits);
    webhooks.enable(receiver.shared());
    (webhooks, receiver)
}

/// How often the receiver was told of waiting events since this was last asked.
fn told(receiver: &TestOutlet) -> usize {
    let calls = receiver.take_calls();
    assert!(calls.iter().all(|&call| call == "webhooks_waiting"));
    calls.len()
}

fn channel(name: &str) -> ChannelName {
    ChannelName::parse(name, &Limits::default()).unwrap()
}

/// What a receiver gets at `now`, as JSON.
fn due(webhooks: &mut Webhooks, now: u64) -> Value {
    let due = webhooks.take_due(now).into_iter();
    due.map(|(_, event)| json!(event)).collect()
}

#[test]
fn the_first_subscriber_is_told_at_once() {
    let (mut webhooks, receiver) = enabled();
    webhooks.occupied(&channel("a"), 10);
    assert_eq!(told(&receiver), 1);
    assert_eq!(webhooks.next_due(), Some(10));
    assert_eq!(
        due(&mut webhooks, 10),
        json!([{"name": "channel_occupied", "channel": "a"}])
    );
    assert_eq!(webhooks.next_due(), None);
    assert_eq!(due(&mut webhooks, 99), json!([]));
}

#[test]
fn a_departure_is_told_after_three_seconds() {
    let (mut webhooks, _) = enabled();
    webhooks.member_removed(&channel("presence-a"), "u", 1_000);
    webhooks.vacated(&channel("presence-a"), 1_000);
    assert_eq!(webhooks.next_due(), Some(4_000));
    assert_eq!(due(&mut webhooks, 3_999), json!([]));
    assert_eq!(
        due(&mut webhooks, 4_000),
        json!([
            {"name": "member_removed", "channel": "presence-a", "user_id": "u"},
            {"name": "channel_vacated", "channel": "presence-a"},
        ])
    );
}

#[test]
fn a_client_that_is_back_in_time_was_never_away() {
    let (mut webhooks, _) = enabled();
    let a = channel("presence-a");
    webhooks.member_removed(&a, "u", 0);
    webhooks.vacated(&a, 0);
    webhooks.occupied(&a, 2_999);
    webhooks.member_added(&a, "u", 2_999);
    assert_eq!(webhooks.next_due(), None);
    assert_eq!(due(&mut webhooks, 100_000), json!([]));
}

#[test]
fn a_client_that_is_back_late_has_left_and_returned() {
    let (mut webhooks, _) = enabled();
    let a = channel("a");
    webhooks.vacated(&a, 0);
    // Nobody has taken the departure yet, but it was due.
    webhooks.occupied(&a, 3_000);
    assert_eq!(
        due(&mut webhooks, 3_000),
        json!([
            {"name": "channel_vacated", "channel": "a"},
            {"name": "channel_occupied", "channel": "a"},
        ])
    );
}

#[test]
fn another_user_or_channel_does_not_take_a_departure_back() {
    let (mut webhooks, _) = enabled();
    let (a, b) = (channel("presence-a"), channel("presence-b"));
    webhooks.member_removed(&a, "u", 0);
    webhooks.vacated(&a, 0);
    webhooks.member_added(&a, "v", 1);
    webhooks.member_added(&b, "u", 1);
    webhooks.occupied(&b, 1);
    assert_eq!(due(&mut webhooks, 1).as_array().unwrap().len(), 3);
    assert_eq!(due(&mut webhooks, 3_000).as_array().unwrap().len(), 2);
}

#[test]
fn a_second_departure_waits_its_own_three_seconds() {
    let (mut webhooks, _) = enabled();
    let a = channel("a");
    webhooks.vacated(&a, 0);
    webhooks.occupied(&a, 1_000);
    webhooks.vacated(&a, 2_000);
    assert_eq!(due(&mut webhooks, 4_999), json!([]));
    assert_eq!(
        due(&mut webhooks, 5_000),
        json!([{"name": "channel_vacated", "channel": "a"}])
    );
}

#[test]
fn the_receiver_is_told_only_of_what_is_due_first() {
    let (mut webhooks, receiver) = enabled();
    webhooks.vacated(&channel("a"), 0);
    assert_eq!(told(&receiver), 1);
    webhooks.vacated(&channel("b"), 5);
    assert_eq!(told(&receiver), 0);
    webhooks.occupied(&channel("c"), 6);
    assert_eq!(told(&receiver), 1);
    webhooks.occupied(&channel("d"), 6);
    assert_eq!(told(&receiver), 0);
    webhooks.take_due(6);
    webhooks.occupied(&channel("e"), 7);
    assert_eq!(told(&receiver), 1);
}

#[test]
fn client_events_carry_their_data_as_text() {
    let (mut webhooks, _) = enabled();
    let (a, p) = (channel("private-a"), channel("presence-a"));
    webhooks.client_event(&a, "client-x", r#"{"n": 1}"#, "1.2", None, 0);
    webhooks.client_event(&p, "client-y", r#""hi""#, "1.2", Some("u"), 0);
    assert_eq!(
        due(&mut webhooks, 0),
        json!([
            {"name": "client_event", "channel": "private-a", "event": "client-x",
             "data": "{\"n\": 1}", "socket_id": "1.2"},
            {"name": "client_event", "channel": "presence-a", "event": "client-y",
             "data": "hi", "socket_id": "1.2", "user_id": "u"},
        ])
    );
}

#[test]
fn several_clients_that_miss_the_same_event_are_one_cache_miss() {
    let (mut webhooks, _) = enabled();
    let (a, b) = (channel("cache-a"), channel("cache-b"));
    webhooks.cache_miss(&a, 0);
    assert_eq!(
        due(&mut webhooks, 0),
        json!([{"name": "cache_miss", "channel": "cache-a"}])
    );
    webhooks.cache_miss(&a, 2_999);
    assert_eq!(due(&mut webhooks, 2_999), json!([]));
    webhooks.cache_miss(&b, 2_999);
    webhooks.cache_miss(&a, 3_000);
    assert_eq!(due(&mut webhooks, 3_000).as_array().unwrap().len(), 2);
}

#[test]
fn subscription_counts_are_numbers() {
    let (mut webhooks, _) = enabled();
    webhooks.subscription_count(&channel("a"), 3, 0);
    assert_eq!(
        due(&mut webhooks, 0),
        json!([{"name": "subscription_count", "channel": "a", "subscription_count": 3}])
    );
}

#[test]
fn a_full_queue_drops_the_newest_and_counts_them() {
    let limits = Limits {
        webhook_queue: 2,
        ..Limits::default()
    };
    let (mut webhooks, _) = enabled_with(&limits);
    for name in ["a", "b", "c"] {
        webhooks.occupied(&channel(name), 0);
    }
    // There was no room for the departure: the return is an occupied channel like any other.
    webhooks.vacated(&channel("a"), 0);
    assert_eq!(webhooks.take_dropped(), 2);
    assert_eq!(webhooks.take_dropped(), 0);
    assert_eq!(
        due(&mut webhooks, 10_000),
        json!([
            {"name": "channel_occupied", "channel": "a"},
            {"name": "channel_occupied", "channel": "b"},
        ])
    );
    webhooks.occupied(&channel("a"), 10_000);
    assert_eq!(webhooks.next_due(), Some(10_000));
}

#[test]
fn a_queue_that_is_full_by_bytes_drops_the_newest_and_has_room_again_once_it_was_taken() {
    let limits = Limits {
        webhook_queue_bytes: 10_000,
        ..Limits::default()
    };
    let (mut webhooks, _) = enabled_with(&limits);
    let data = format!("\"{}\"", "x".repeat(4_000));
    let a = channel("private-a");
    for round in 0..3 {
        for _ in 0..5 {
            webhooks.client_event(&a, "client-x", &data, "1.1", None, round);
        }
        // One that came back before it was told leaves its room as well.
        webhooks.vacated(&a, round);
        webhooks.occupied(&a, round);
        assert_eq!(webhooks.take_dropped(), 3, "round {round}");
        assert_eq!(webhooks.take_due(round).len(), 2, "round {round}");
    }
    webhooks.client_event(&a, "client-x", &data, "1.1", None, 9);
    webhooks.clear();
    assert_eq!(webhooks.bytes, 0);
}

#[test]
fn cache_misses_that_nobody_takes_are_remembered_within_the_queues_bound() {
    let limits = Limits {
        webhook_queue: 10,
        ..Limits::default()
    };
    let (mut webhooks, _) = enabled_with(&limits);
    for number in 0..100 {
        webhooks.cache_miss(&channel(&format!("cache-{number}")), number);
    }
    assert_eq!(webhooks.misses.len(), 10);
    assert_eq!(webhooks.take_dropped(), 90);
    // What found no room is told the next time.
    webhooks.take_due(100);
    webhooks.cache_miss(&channel("cache-50"), 5_000);
    assert_eq!(
        due(&mut webhooks, 5_000),
        json!([{"name": "cache_miss", "channel": "cache-50"}])
    );
}

#[test]
fn nothing_is_kept_without_a_receiver() {
    let mut webhooks = Webhooks::new(1, &Limits::default());
    let a = channel("presence-a");
    webhooks.occupied(&a, 0);
    webhooks.member_added(&a, "u", 0);
    webhooks.member_removed(&a, "u", 0);
    webhooks.vacated(&a, 0);
    webhooks.cache_miss(&a, 0);
    webhooks.subscription_count(&a, 1, 0);
    webhooks.client_event(&a, "client-x", "{}", "1.1", None, 0);
    assert!(!webhooks.is_enabled());
    assert_eq!(webhooks.next_due(), None);
}

#[test]
fn only_the_current_receiver_can_disable() {
    let (mut webhooks, receiver) = enabled();
    webhooks.occupied(&channel("a"), 0);
    webhooks.disable(receiver.id() + 1);
    assert!(webhooks.is_enabled() && webhooks.is_taken_by(receiver.id()));
    webhooks.disable(receiver.id());
    assert!(!webhooks.is_enabled());
    assert_eq!(webhooks.next_due(), None);
}

#[test]
fn a_new_receiver_hears_of_what_waits_already() {
    let (mut webhooks, _) = enabled();
    webhooks.occupied(&channel("a"), 0);
    let next = TestOutlet::new();
    webhooks.enable(next.shared());
    assert_eq!(told(&next), 1);
    assert_eq!(webhooks.next_due(), Some(0));
}

#[test]
fn without_a_hold_departures_are_told_at_once() {
    let (mut webhooks, _) = enabled();
    let a = channel("a");
    webhooks.vacated(&a, 0);
    webhooks.set_hold(0);
    webhooks.vacated(&channel("b"), 1);
    webhooks.occupied(&channel("b"), 1);
    assert_eq!(
        due(&mut webhooks, 1),
        json!([
            {"name": "channel_vacated", "channel": "b"},
            {"name": "channel_occupied", "channel": "b"},
        ])
    );
    assert_eq!(webhooks.next_due(), Some(3_000));
}

#[test]
fn each_event_knows_the_entry_that_it_tells() {
    let mut world = World::new();
    world.app.webhooks().enable(world.outlet.shared());
    let somebody = world.member("presence-cache-a", "7");
    world.app.close(somebody, world.now);
    let kinds: Vec<Value> = {
        let page: Value = serde_json::from_str(&world.app.page(&Selection::default())).unwrap();
        let entries = page["entries"].as_array().unwrap().clone();
        let due = world.app.webhooks().take_due(world.now + 3_000);
        let kind = |seq| {
            entries
                .iter()
                .find(|entry| entry["seq"] == json!(seq))
                .unwrap()["kind"]
                .clone()
        };
        due.into_iter()
            .map(|(cause, event)| json!([json!(event)["name"], kind(cause)]))
            .collect()
    };
    assert_eq!(
        json!(kinds),
        json!([
            ["channel_occupied", "subscribed"],
            ["member_added", "member-added"],
            ["cache_miss", "subscribed"],
            ["member_removed", "member-removed"],
            ["channel_vacated", "left"],
        ])
    );
}

/// The names and channels of what a receiver gets three seconds from now.
fn story(world: &mut World) -> Vec<String> {
    let later = world.now + 3_000;
    let events = due(world.app.webhooks(), later);
    let text = |event: &Value, key| event[key].as_str().unwrap_or("-").to_owned();
    let events = events.as_array().unwrap().iter();
    events
        .map(|event| {
            let parts = ["name", "channel", "user_id"].map(|key| text(event, key));
            parts.join(" ")
        })
        .collect()
}

#[test]
fn a_visit_to_a_presence_channel_is_told_from_beginning_to_end() {
    let mut world = World::new();
    world.app.webhooks().enable(world.outlet.shared());
    let first = world.member("presence-cache-a", "7");
    let second = world.member("presence-cache-a", "7");
    world.app.close(first, world.now);
    world.app.close(second, world.now);
    assert_eq!(
        story(&mut world),
        [
            "channel_occupied presence-cache-a -",
            "member_added presence-cache-a 7",
            "cache_miss presence-cache-a -",
            "member_removed presence-cache-a 7",
            "channel_vacated presence-cache-a -",
        ]
    );
}

#[test]
fn a_page_that_is_reloaded_tells_nothing() {
    let mut world = World::new();
    let before = world.member("presence-a", "7");
    world.app.webhooks().enable(world.outlet.shared());
    world.app.close(before, world.now);
    world.member("presence-a", "7");
    assert!(story(&mut world).is_empty());
}

#[test]
fn a_hold_may_be_longer_than_time() {
    let (mut webhooks, _) = enabled_with(&Limits {
        webhook_hold_ms: u64::MAX,
        ..Limits::default()
    });
    webhooks.vacated(&channel("a"), 1_000);
    webhooks.cache_miss(&channel("cache-a"), 1_000);
    webhooks.cache_miss(&channel("cache-a"), 2_000);
    assert_eq!(
        due(&mut webhooks, 2_000),
        json!([{"name": "cache_miss", "channel": "cache-a"}])
    );
    assert_eq!(webhooks.next_due(), Some(u64::MAX));
}
