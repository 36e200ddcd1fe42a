use serde_json::json;

use crate::broker::test_outlet::{TestOutlet, World};
use crate::broker::{BatchItem, NotPublished, Outlet, Publication, Receipt};

fn publication(channels: &[&str]) -> Publication {
    Publication {
        channels: channels.iter().map(|&channel| channel.into()).collect(),
        name: "e".into(),
        data: "{}".into(),
        ..Publication::default()
    }
}

fn item(channel: &str) -> BatchItem {
    BatchItem {
        channel: channel.into(),
        name: "e".into(),
        data: "{}".into(),
        ..BatchItem::default()
    }
}

/// That a refusal has this status and text, and that nothing of the event is anywhere.
fn assert_refused(
    world: &mut World,
    change: impl FnOnce(&mut Publication),
    status: u16,
    text: &str,
) {
    let client = world.subscriber("good");
    let mut publication = publication(&["good"]);
    change(&mut publication);
    let error = world.trigger(&publication).unwrap_err();
    assert_eq!((error.status(), error.to_string().as_str()), (status, text));
    assert!(world.got(client).is_empty());
    assert!(world.app.messages("good").is_empty());
}

// ---- from servers

#[test]
fn an_event_reaches_the_subscribers_of_its_channels_and_nobody_else() {
    let mut world = World::new();
    let a = world.subscriber("a");
    let b = world.subscriber("b");
    let c = world.subscriber("c");
    let answer = world.trigger(&publication(&["a", "b"]));
    assert_eq!(answer, Ok(json!({})));
    assert_eq!(world.got(a), [r#"{"event":"e","channel":"a","data":"{}"}"#]);
    assert_eq!(world.got(b), [r#"{"event":"e","channel":"b","data":"{}"}"#]);
    assert!(world.got(c).is_empty());
}

#[test]
fn data_is_passed_on_to_the_byte() {
    let mut world = World::new();
    let client = world.subscriber("a");
    world.publish("a", "e", "no { json ü\n");
    assert_eq!(
        world.got(client),
        [r#"{"event":"e","channel":"a","data":"no { json ü\n"}"#]
    );
}

#[test]
fn a_channel_listed_twice_gets_the_event_once() {
    let mut world = World::new();
    let client = world.subscriber("a");
    world.trigger(&publication(&["a", "a"])).unwrap();
    assert_eq!(world.got(client).len(), 1);
    assert_eq!(world.app.messages("a").len(), 1);
}

#[test]
fn the_connection_that_caused_an_event_can_be_left_out() {
    let mut world = World::new();
    let sender = world.subscriber("a");
    let other = world.subscriber("a");
    let mut publication = publication(&["a"]);
    publication.socket_id = world.app.socket_id(sender).map(Into::into);
    world.trigger(&publication).unwrap();
    assert!(world.got(sender).is_empty());
    assert_eq!(world.heard(other), ["e"]);
}

#[test]
fn unknown_and_empty_socket_ids_leave_out_nobody() {
    for socket_id in ["", "1.1"] {
        let mut world = World::new();
        let client = world.subscriber("a");
        let mut publication = publication(&["a"]);
        publication.socket_id = Some(socket_id.into());
        world.trigger(&publication).unwrap();
        assert_eq!(world.heard(client), ["e"]);
    }
}

#[test]
fn what_breaks_a_rule_is_refused_whole() {
    let mut world = World::new();
    assert_refused(
        &mut world,
        |p| p.socket_id = Some("nonsense".into()),
        400,
        "Invalid socket id: 'nonsense' is not of the form '123.456'",
    );
    assert_refused(
        &mut world,
        |p| p.name = "pusher-x".into(),
        400,
        "The 'pusher' namespace is reserved for internal usage",
    );
    assert_refused(
        &mut world,
        |p| p.name = String::new(),
        400,
        "Invalid event name: '' is empty, at least one character is needed",
    );
    assert_refused(
        &mut world,
        |p| p.data = "x".repeat(10_241),
        413,
        "The data content of this event exceeds the allowed maximum (10240 bytes). See https://pusher.com/docs/channels/server_api/http-api#publishing-events for more info",
    );
    assert_refused(
        &mut world,
        |p| p.channels = (0..101).map(|n| format!("c-{n}")).collect(),
        400,
        "Too many channels (101 > 100)",
    );
    assert_refused(
        &mut world,
        |p| p.channels.push("bad name".into()),
        400,
        "Invalid channel name: 'bad name' contains ' ', only letters, digits and _-=@,.; are allowed",
    );
}

#[test]
fn the_limits_themselves_are_allowed() {
    let mut world = World::new();
    let channels: Vec<String> = (0..100).map(|n| format!("c-{n}")).collect();
    let publication = Publication {
        channels,
        name: "n".repeat(200),
        // Bytes count, not characters.
        data: "ü".repeat(5_120),
        ..Publication::default()
    };
    world.trigger(&publication).unwrap();
    assert_eq!(world.app.messages("c-99").len(), 1);
}

#[test]
fn info_answers_per_channel_with_what_applies_to_it() {
    let mut world = World::with(|options| options.subscription_count = true);
    world.member("presence-a", r#""ann""#);
    world.member("presence-a", r#""ann""#);
    world.subscriber("b");
    let mut publication = publication(&["presence-a", "b", "b", "empty"]);
    publication.info = Some("user_count,subscription_count,cache,nonsense".into());
    assert_eq!(
        world.trigger(&publication),
        Ok(json!({"channels": {
            "presence-a": {"user_count": 1, "subscription_count": 2},
            "b": {"subscription_count": 1},
            "empty": {"subscription_count": 0},
        }}))
    );
}

#[test]
fn info_about_counts_needs_the_apps_setting() {
    let mut world = World::new();
    world.subscriber("a");
    let mut publication = publication(&["a"]);
    publication.info = Some("subscription_count".into());
    assert_eq!(
        world.trigger(&publication),
        Ok(json!({"channels": {"a": {}}}))
    );
}

// ---- batches

#[test]
fn a_batch_is_delivered_in_order() {
    let mut world = World::new();
    let client = world.subscriber("a");
    let names = ["first", "second"];
    let batch = names.map(|name| BatchItem {
        name: name.into(),
        ..item("a")
    });
    assert_eq!(world.trigger_batch(&batch), Ok(json!({})));
    assert_eq!(world.heard(client), names);
}

#[test]
fn a_batch_leaves_out_a_connection_per_event() {
    let mut world = World::new();
    let client = world.subscriber("a");
    let own = BatchItem {
        socket_id: world.app.socket_id(client).map(Into::into),
        ..item("a")
    };
    let foreign = BatchItem {
        name: "heard".into(),
        ..item("a")
    };
    world.trigger_batch(&[own, foreign]).unwrap();
    assert_eq!(world.heard(client), ["heard"]);
}

#[test]
fn nothing_of_a_batch_is_delivered_if_one_event_is_refused() {
    let mut world = World::new();
    let client = world.subscriber("a");
    let bad = [
        item("bad name"),
        BatchItem {
            name: "pusher:x".into(),
            ..item("a")
        },
        BatchItem {
            data: "x".repeat(10_241),
            ..item("a")
        },
        BatchItem {
            socket_id: Some("x".into()),
            ..item("a")
        },
    ];
    for bad in bad {
        let refused = world.trigger_batch(&[item("a"), bad]);
        assert!(refused.is_err());
    }
    let refused = world.trigger_batch(&vec![item("a"); 11]);
    assert_eq!(
        refused.unwrap_err().to_string(),
        "Batch too large (11 > 10)"
    );
    assert!(world.got(client).is_empty());
    assert!(world.app.messages("a").is_empty());
}

#[test]
fn a_batch_answers_info_by_position_if_any_event_asked() {
    let mut world = World::new();
    world.member("presence-a", r#""ann""#);
    let asked = BatchItem {
        info: Some("user_count".into()),
        ..item("presence-a")
    };
    assert_eq!(
        world.trigger_batch(&[item("a"), asked]),
        Ok(json!({"batch": [{}, {"user_count": 1}]}))
    );
}

// ---- the shortest way

#[test]
fn a_publisher_delivers_by_itself_while_nothing_waits_at_its_outlet() {
    let mut world = World::new();
    let own = world.outlet.id();
    let near = world.subscriber("a");
    let elsewhere = TestOutlet::new();
    let far = world.app.open(&elsewhere.shared(), None, 0).unwrap();
    world.app.subscribe_trusted(far, "a", 0).unwrap();
    elsewhere.take(far);
    let channel = world.app.channel_id("a").unwrap();

    let receipt = world
        .app
        .publish_to(channel, "e", "{}", None, Some(own), world.now);
    let expected = Receipt {
        local: true,
        pushed: true,
        subscribers: 2,
        seq: world.app.journal().last(),
    };
    assert_eq!(receipt, Ok(expected));
    assert!(world.got(near).is_empty());
    assert_eq!(elsewhere.take(far).len(), 1);

    world.outlet.set_busy(true);
    let receipt = world
        .app
        .publish_to(channel, "e", "{}", None, Some(own), world.now);
    assert!(!receipt.unwrap().local);
    assert_eq!(world.heard(near), ["e"]);
}

#[test]
fn a_channel_nobody_listens_to_still_has_history() {
    let mut world = World::new();
    let channel = world.app.channel_id("a").unwrap();
    let receipt = world
        .app
        .publish_to(channel, "e", "{}", None, None, world.now);
    assert_eq!(
        receipt,
        Ok(Receipt {
            seq: 1,
            ..Receipt::default()
        })
    );
    assert_eq!(world.app.messages("a").len(), 1);
}

#[test]
fn the_rules_hold_on_the_shortest_way_too() {
    let mut world = World::new();
    let channel = world.app.channel_id("a").unwrap();
    for (name, data, status) in [
        ("", "{}", 400),
        ("pusher:x", "{}", 400),
        ("e", "x".repeat(10_241).as_str(), 413),
    ] {
        let refused = world.app.publish_to(channel, name, data, None, None, 0);
        assert!(
            matches!(&refused, Err(NotPublished::Api(error)) if error.status() == status),
            "{refused:?}"
        );
    }
    assert!(world.app.messages("a").is_empty());
    assert_eq!(world.app.channel_id("bad name").unwrap_err().status(), 400);
}

#[test]
fn a_number_is_stale_after_a_reset_or_when_others_were_used_more_recently() {
    let mut world = World::limited(|limits| limits.history_channels = 2);
    let first = world.app.channel_id("a").unwrap();
    world.app.channel_id("b").unwrap();
    assert_eq!(world.app.channel_id("a"), Ok(first));
    let second = world.app.channel_id("b").unwrap();
    world.app.channel_id("c").unwrap();
    let stale = Err(NotPublished::StaleChannel);
    assert_eq!(world.app.publish_to(first, "e", "", None, None, 0), stale);
    assert!(world.app.publish_to(second, "e", "", None, None, 0).is_ok());
    world.app.reset();
    assert_eq!(world.app.publish_to(second, "e", "", None, None, 0), stale);
}

#[test]
fn an_occupied_channel_is_never_forgotten() {
    let mut world = World::limited(|limits| limits.history_channels = 1);
    let client = world.subscriber("a");
    let channel = world.app.channel_id("a").unwrap();
    world.publish("b", "e", "{}");
    world.publish("c", "e", "{}");
    let receipt = world.app.publish_to(channel, "e", "{}", None, None, 0);
    assert_eq!(receipt.unwrap().subscribers, 1);
    assert_eq!(world.heard(client), ["e"]);
}

// ---- from clients

fn client_event(world: &mut World, client: u32, channel: &str, name: &str, data: &str) {
    world.send(
        client,
        &format!(r#"{{"event":"{name}","channel":"{channel}","data":{data},"user_id":"spoof"}}"#),
    );
}

#[test]
fn a_client_event_reaches_the_others_as_json_and_no_history() {
    let mut world = World::new();
    let sender = world.subscriber("private-a");
    let other = world.subscriber("private-a");
    client_event(&mut world, sender, "private-a", "client-x", r#"{"n": 1.0}"#);
    assert_eq!(
        world.got(other),
        [r#"{"event":"client-x","channel":"private-a","data":{"n": 1.0}}"#]
    );
    assert!(world.got(sender).is_empty());
    assert!(world.app.messages("private-a").is_empty());
}

#[test]
fn on_presence_channels_the_broker_says_who_sent_it() {
    let mut world = World::new();
    let ann = world.member("presence-a", "7");
    let bob = world.member("presence-a", r#""bob""#);
    world.got(ann);
    client_event(&mut world, ann, "presence-a", "client-x", "null");
    assert_eq!(
        world.got(bob),
        [r#"{"event":"client-x","channel":"presence-a","data":null,"user_id":"7"}"#]
    );
}

#[test]
fn encrypted_channels_relay_client_events() {
    let mut world = World::new();
    let sender = world.subscriber("private-encrypted-a");
    let other = world.subscriber("private-encrypted-a");
    client_event(&mut world, sender, "private-encrypted-a", "client-x", "1");
    assert_eq!(world.heard(other), ["client-x"]);
}

#[test]
fn client_events_need_a_private_channel_and_a_subscription() {
    let mut world = World::new();
    let client = world.subscriber("a");
    world.subscriber("private-a");
    client_event(&mut world, client, "a", "client-x", "1");
    assert_eq!(
        world.refusal(client),
        "Client event rejected - only supported on private and presence channels"
    );
    for channel in ["private-a", "private-unknown"] {
        client_event(&mut world, client, channel, "client-x", "1");
        assert_eq!(
            world.refusal(client),
            format!(
                "Cannot broadcast client event (connection not subscribed to channel {channel})"
            )
        );
    }
}

#[test]
fn client_events_can_be_switched_off() {
    let mut world = World::with(|options| options.client_events = false);
    let client = world.subscriber("private-a");
    client_event(&mut world, client, "private-a", "client-x", "1");
    assert_eq!(
        world.refusal(client),
        "To send client events, you must enable this feature in the Settings page of your dashboard."
    );
}

#[test]
fn client_events_have_the_limits_of_published_ones() {
    let mut world = World::new();
    let client = world.subscriber("private-a");
    let other = world.subscriber("private-a");
    let long = format!("client-{}", "x".repeat(194));
    client_event(&mut world, client, "private-a", &long, "1");
    assert!(world.refusal(client).contains("has 201 characters"));
    let large = format!("{:?}", "x".repeat(10_239));
    client_event(&mut world, client, "private-a", "client-x", &large);
    assert!(world.refusal(client).contains("(10240 bytes)"));
    assert!(world.got(other).is_empty());
}

#[test]
fn the_eleventh_client_event_within_a_second_is_refused_and_the_connection_stays() {
    let mut world = World::new();
    let client = world.subscriber("private-a");
    let other = world.subscriber("private-a");
    for _ in 0..10 {
        world.now += 90;
        client_event(&mut world, client, "private-a", "client-x", "1");
    }
    assert_eq!(world.got(other).len(), 10);
    client_event(&mut world, client, "private-a", "client-x", "1");
    assert_eq!(
        world.got(client),
        [
            r#"{"event":"pusher:error","data":{"code":4301,"message":"Client event rejected due to rate limit"}}"#
        ]
    );
    world.now += 1_000;
    client_event(&mut world, client, "private-a", "client-x", "1");
    assert_eq!(world.heard(other), ["client-x"]);
    assert!(world.outlet.closed().is_empty());
}

#[test]
fn a_clock_that_was_set_back_does_not_block_client_events() {
    let mut world = World::limited(|limits| limits.client_events_per_second = 1);
    let client = world.subscriber("private-a");
    let other = world.subscriber("private-a");
    client_event(&mut world, client, "private-a", "client-x", "1");
    world.now -= 1;
    client_event(&mut world, client, "private-a", "client-x", "1");
    assert_eq!(world.got(other).len(), 2);
}
