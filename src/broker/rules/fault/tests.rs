use serde_json::json;

use super::*;
use crate::broker::test_outlet::World;
use crate::broker::{BatchItem, Publication};
use crate::protocol::ApiError;

impl World {
    /// A fault, as JavaScript asks for it.
    fn fault(&mut self, fault: serde_json::Value) -> FaultId {
        let fault = serde_json::from_value(fault).expect("a fault");
        self.app.begin_fault(fault, self.now)
    }

    /// The data of the events that a client got since this was last asked.
    fn data(&self, client: ConnectionId) -> Vec<String> {
        let frames = self.got(client).into_iter();
        frames
            .map(|frame| {
                let frame: serde_json::Value = serde_json::from_str(&frame).expect("JSON");
                match &frame["data"] {
                    serde_json::Value::String(text) => text.clone(),
                    other => other.to_string(),
                }
            })
            .collect()
    }

    fn history(&mut self, channel: &str) -> usize {
        self.app.messages(channel).len()
    }
}

#[test]
fn a_lost_event_is_in_the_history_and_reaches_nobody() {
    let mut world = World::new();
    let client = world.subscriber("task-1");
    let fault = world.fault(json!({ "does": "lose", "channel": "task-*", "times": 1 }));
    world.publish("task-1", "e", "1");
    world.publish("task-1", "e", "2");
    assert_eq!(world.data(client), ["2"]);
    assert_eq!(world.history("task-1"), 2);
    let ended = world.app.end_fault(fault, true);
    assert_eq!(ended.map(|ended| ended.strikes), Some(1));
}

#[test]
fn a_lost_event_is_what_newcomers_of_a_cache_channel_get() {
    let mut world = World::new();
    world.fault(json!({ "does": "lose" }));
    world.publish("cache-a", "e", "1");
    let client = world.client();
    world.subscribe(client, "cache-a", None);
    assert_eq!(world.data(client)[1..], ["1"]);
}

#[test]
fn an_event_comes_twice_to_one_client_and_once_to_the_others() {
    let mut world = World::new();
    let (one, two) = (world.subscriber("a"), world.subscriber("a"));
    world.fault(json!({ "does": "duplicate", "clients": [one] }));
    world.publish("a", "e", "1");
    world.publish("a", "e", "2");
    assert_eq!(world.data(one), ["1", "1", "2", "2"]);
    assert_eq!(world.data(two), ["1", "2"]);
    assert_eq!(world.history("a"), 2);
}

#[test]
fn a_held_event_comes_when_it_is_released_to_those_who_are_still_there() {
    let mut world = World::new();
    let (stays, leaves) = (world.subscriber("a"), world.subscriber("a"));
    let fault = world.fault(json!({ "does": "hold", "event": "slow" }));
    world.publish("a", "slow", "1");
    world.publish("a", "quick", "2");
    world.publish("a", "slow", "3");
    let late = world.subscriber("a");
    world.app.close(leaves, world.now);
    assert_eq!(world.data(stays), ["2"]);
    assert_eq!(world.app.look_at_fault(fault), Some((2, 2)));
    world.app.release_held(fault);
    assert_eq!(world.data(stays), ["1", "3"]);
    assert_eq!(world.data(leaves), ["2"]);
    assert_eq!(world.data(late), Vec::<String>::new());
    // It goes on holding, until it ends.
    world.publish("a", "slow", "4");
    assert_eq!(world.data(late), Vec::<String>::new());
    world.app.end_fault(fault, true);
    assert_eq!(world.data(late), ["4"]);
    world.publish("a", "slow", "5");
    assert_eq!(world.data(late), ["5"]);
}

#[test]
fn events_are_held_up_to_a_budget_and_are_lost_beyond_it_by_count() {
    let mut world = World::limited(|limits| limits.data_bytes = 1 << 20);
    let client = world.subscriber("a");
    let fault = world.fault(json!({ "does": "hold", "event": "slow" }));
    let large = "x".repeat(1 << 20);
    for _ in 0..40 {
        world.publish("a", "slow", &large);
    }
    let (strikes, held) = world.app.look_at_fault(fault).expect("it is on");
    assert_eq!((strikes, held), (40, 32));
    world.app.release_held(fault);
    assert_eq!(world.data(client).len(), 32);
    // There is room again, also for what is small.
    world.publish("a", "slow", "1");
    assert_eq!(world.app.look_at_fault(fault), Some((41, 1)));
    let ended = world.app.end_fault(fault, true).expect("it was on");
    assert_eq!((ended.strikes, ended.dropped), (41, 8));
    assert_eq!(world.data(client), ["1"]);
}

#[test]
fn what_is_held_for_somebody_who_leaves_makes_room_for_others() {
    let mut world = World::limited(|limits| limits.data_bytes = 1 << 20);
    let (stays, leaves) = (world.subscriber("a"), world.subscriber("b"));
    let fault = world.fault(json!({ "does": "hold" }));
    let large = "x".repeat(1 << 20);
    for _ in 0..40 {
        world.publish("b", "slow", &large);
    }
    world.app.close(leaves, world.now);
    world.publish("a", "slow", "1");
    world.app.end_fault(fault, true);
    assert_eq!(world.data(stays), ["1"]);
}

#[test]
fn the_excepted_connection_and_the_sender_get_nothing_twice() {
    let mut world = World::new();
    let (one, two) = (world.subscriber("private-a"), world.subscriber("private-a"));
    world.fault(json!({ "does": "duplicate" }));
    world.send(
        one,
        r#"{"event":"client-e","channel":"private-a","data":1}"#,
    );
    assert_eq!((world.data(one).len(), world.data(two).len()), (0, 2));
    let socket_id = world.app.socket_id(two).map(str::to_owned);
    let publication = Publication {
        channels: vec!["private-a".to_owned()],
        name: "e".to_owned(),
        data: "1".to_owned(),
        socket_id,
        info: None,
    };
    world.trigger(&publication).expect("it is accepted");
    assert_eq!((world.data(one).len(), world.data(two).len()), (2, 0));
}

#[test]
fn a_call_fails_as_a_whole_and_has_done_nothing() {
    let mut world = World::new();
    let client = world.subscriber("a");
    let fault = json!({ "does": "failTrigger", "status": 503, "channel": "b", "times": 2 });
    world.fault(fault);
    let both = Publication {
        channels: vec!["a".to_owned(), "b".to_owned()],
        name: "e".to_owned(),
        data: "1".to_owned(),
        ..Publication::default()
    };
    let error = world.trigger(&both).expect_err("it fails");
    assert_eq!(error.status(), 503);
    let item = |channel: &str| BatchItem {
        channel: channel.to_owned(),
        name: "e".to_owned(),
        data: "2".to_owned(),
        ..BatchItem::default()
    };
    let batch = world.trigger_batch(&[item("a"), item("b")]);
    assert!(matches!(batch, Err(ApiError::Fault(_))), "{batch:?}");
    assert_eq!((world.history("a"), world.data(client).len()), (0, 0));
    world.trigger(&both).expect("twice was enough");
    assert_eq!(world.data(client), ["1"]);
}

#[test]
fn the_oldest_fault_strikes_and_those_behind_it_see_nothing_of_it() {
    let mut world = World::new();
    let (one, two) = (world.subscriber("a"), world.subscriber("a"));
    let lost = world.fault(json!({ "does": "lose", "clients": [one], "times": 1 }));
    let twice = world.fault(json!({ "does": "duplicate" }));
    world.publish("a", "e", "1");
    assert_eq!((world.data(one).len(), world.data(two).len()), (0, 2));
    world.publish("a", "e", "2");
    assert_eq!((world.data(one).len(), world.data(two).len()), (2, 2));
    assert_eq!(world.app.look_at_fault(lost), Some((1, 0)));
    assert_eq!(world.app.look_at_fault(twice), Some((2, 0)));
}

#[test]
fn several_faults_about_one_client_strike_one_after_the_other() {
    let mut world = World::new();
    let (one, two) = (world.subscriber("a"), world.subscriber("a"));
    world.fault(json!({ "does": "lose", "clients": [one], "times": 1 }));
    world.fault(json!({ "does": "duplicate", "clients": [one], "times": 1 }));
    let held = world.fault(json!({ "does": "hold", "clients": [one], "times": 1 }));
    for data in ["1", "2", "3", "4"] {
        world.publish("a", "e", data);
    }
    world.app.end_fault(held, true);
    assert_eq!(world.data(one), ["2", "2", "4", "3"]);
    assert_eq!(world.data(two), ["1", "2", "3", "4"]);
}

#[test]
fn a_fault_that_strikes_nothing_tells_what_there_was() {
    let mut world = World::new();
    let fault = world.fault(json!({ "does": "lose", "channel": "task-1" }));
    for _ in 0..3 {
        world.publish("task-2", "e", "1");
    }
    let ended = world.app.end_fault(fault, true).expect("it was on");
    let heard: Vec<_> = ended.heard.iter().map(|(c, e)| (&**c, &**e)).collect();
    assert_eq!((ended.strikes, heard), (0, vec![("task-2", "e")]));
    assert_eq!(world.app.end_fault(fault, true), None);
}

#[test]
fn a_fault_about_a_connection_that_is_not_there_strikes_nobody_until_it_is() {
    let mut world = World::new();
    let fault = world.fault(json!({ "does": "lose", "clients": [0] }));
    let client = world.subscriber("a");
    world.publish("a", "e", "1");
    world.app.fault_follows(fault, vec![client]);
    world.publish("a", "e", "2");
    assert_eq!(world.data(client), ["1"]);
}

#[test]
fn a_reset_ends_every_fault() {
    let mut world = World::new();
    let fault = world.fault(json!({ "does": "hold" }));
    world.subscriber("a");
    world.publish("a", "e", "1");
    world.app.reset();
    let client = world.subscriber("a");
    world.publish("a", "e", "2");
    assert_eq!(world.data(client), ["2"]);
    assert_eq!(world.app.look_at_fault(fault), None);
}

#[test]
fn a_fault_is_about_several_connections_and_strikes_an_event_once() {
    let mut world = World::new();
    let [one, two, three] = std::array::from_fn(|_| world.subscriber("room"));
    let lost = world.fault(json!({ "does": "lose", "clients": [one, two], "times": 1 }));
    world.fault(json!({ "does": "duplicate", "clients": [two, three] }));
    world.publish("room", "e", "1");
    assert_eq!(world.data(one), [""; 0]);
    assert_eq!(world.data(two), [""; 0]);
    assert_eq!(world.data(three), ["1", "1"]);
    assert_eq!(world.app.look_at_fault(lost), Some((1, 0)));
    world.publish("room", "e", "2");
    assert_eq!(world.data(one), ["2"]);
    assert_eq!(world.data(two), ["2", "2"]);
}

#[test]
fn a_client_whose_application_has_signed_hears_that_authorization_has_failed() {
    let mut world = World::new();
    let client = world.client();
    let fault = world.fault(json!({
        "does": "failAuthorization", "channel": "private-a", "status": 401, "message": "not you", "times": 1
    }));
    world.subscribe(client, "public-a", None);
    world.subscribe(client, "private-b", None);
    world.got(client);

    world.subscribe(client, "private-a", None);
    let error = r#"{"event":"pusher:subscription_error","channel":"private-a","data":"{\"type\":\"AuthError\",\"error\":\"not you\",\"status\":401}"}"#;
    assert_eq!(world.got(client), [error]);
    assert!(world.app.channel("private-a").is_none());

    world.subscribe(client, "private-a", None);
    assert!(world.got(client)[0].contains("subscription_succeeded"));
    let ended = world.app.end_fault(fault, true);
    assert_eq!(ended.map(|ended| ended.strikes), Some(1));
}

#[test]
fn a_wrong_signature_is_said_also_where_authorization_is_to_fail() {
    let mut world = World::new();
    let client = world.client();
    world.fault(json!({ "does": "failAuthorization" }));
    let data = json!({ "channel": "private-a", "auth": "nobody:wrong" });
    world.send(
        client,
        &json!({ "event": "pusher:subscribe", "data": data }).to_string(),
    );
    let why = "Invalid key in subscription auth data: 'nobody'";
    assert_eq!(world.refusal(client), why);
}

#[test]
fn a_sign_in_that_is_to_fail_leaves_the_connection_open_and_signed_out() {
    let mut world = World::new();
    let client = world.client();
    world.fault(json!({ "does": "failAuthorization", "channel": "user", "message": "not you" }));
    world.sign_in(client, r#"{"id":"ada"}"#);
    assert_eq!(world.refusal(client), "not you");
    assert!(world.outlet.closed().is_empty());
    world.subscribe(client, "private-a", None);
    assert!(world.got(client)[0].contains("subscription_succeeded"));
}

#[test]
fn one_client_alone_is_refused_when_it_comes_back_known_or_not() {
    let mut world = World::new();
    let (known, stranger) = (world.client(), world.client());
    let refusal = |of: &[ConnectionId], strangers: &[ConnectionId]| {
        let of = json!({ "clients": of, "strangers": strangers, "times": 1 });
        let mut fault = json!({ "does": "refuse", "code": 4004, "reason": "" });
        let fields = fault.as_object_mut().expect("an object");
        fields.extend(of.as_object().expect("an object").clone());
        fault
    };
    let of_known = world.fault(refusal(&[known], &[]));
    world.fault(refusal(&[stranger], &[stranger]));
    let is_refused = |world: &mut World, about: Option<&[FaultId]>| {
        let opening = world.app.opening(about);
        opening.refusal.is_some()
    };
    assert!(!is_refused(&mut world, None));
    assert!(!is_refused(&mut world, Some(&[])));
    assert!(is_refused(&mut world, Some(&[of_known])));
    assert!(!is_refused(&mut world, Some(&[of_known])));
    world.app.close(stranger, world.now);
    assert!(!is_refused(&mut world, Some(&[])));
    assert!(is_refused(&mut world, None));
    assert!(!is_refused(&mut world, None));
}
