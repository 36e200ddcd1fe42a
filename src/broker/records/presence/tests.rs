use crate::broker::test_outlet::{TestOutlet, World};

const SUCCEEDED: &str = "pusher_internal:subscription_succeeded";

fn join(world: &mut World, channel_data: &str) -> (u32, Vec<String>) {
    let client = world.client();
    world.subscribe(client, "presence-a", Some(channel_data));
    let got = world.got(client);
    (client, got)
}

fn refusal(world: &mut World, channel_data: &str) -> String {
    let client = world.client();
    world.subscribe(client, "presence-a", Some(channel_data));
    world.refusal(client)
}

#[test]
fn a_newcomer_sees_everybody_and_itself_and_is_announced_to_the_others_only() {
    let mut world = World::new();
    let (ann, got) = join(
        &mut world,
        r#"{"user_id":"ann","user_info":{"name":"Ann \"A\""}}"#,
    );
    assert_eq!(
        got,
        [
            r#"{"event":"pusher_internal:subscription_succeeded","channel":"presence-a","data":"{\"presence\":{\"count\":1,\"ids\":[\"ann\"],\"hash\":{\"ann\":{\"name\":\"Ann \\\"A\\\"\"}}}}"}"#
        ]
    );
    let (_, got) = join(&mut world, r#"{"user_id":"bob","user_info":{"n": 1.0}}"#);
    assert_eq!(
        got,
        [
            r#"{"event":"pusher_internal:subscription_succeeded","channel":"presence-a","data":"{\"presence\":{\"count\":2,\"ids\":[\"ann\",\"bob\"],\"hash\":{\"ann\":{\"name\":\"Ann \\\"A\\\"\"},\"bob\":{\"n\": 1.0}}}}"}"#
        ]
    );
    assert_eq!(
        world.got(ann),
        [
            r#"{"event":"pusher_internal:member_added","channel":"presence-a","data":"{\"user_id\":\"bob\",\"user_info\":{\"n\": 1.0}}"}"#
        ]
    );
}

#[test]
fn a_leaver_is_announced_to_those_who_stay() {
    let mut world = World::new();
    let (ann, _) = join(&mut world, r#"{"user_id":"ann"}"#);
    let (bob, _) = join(&mut world, r#"{"user_id":"bob"}"#);
    world.got(ann);
    world.app.unsubscribe_trusted(bob, "presence-a", world.now);
    assert_eq!(
        world.got(ann),
        [
            r#"{"event":"pusher_internal:member_removed","channel":"presence-a","data":"{\"user_id\":\"bob\"}"}"#
        ]
    );
    assert!(world.got(bob).is_empty());
}

#[test]
fn a_user_with_two_connections_comes_once_and_leaves_once() {
    let mut world = World::new();
    let (ann, _) = join(&mut world, r#"{"user_id":"ann"}"#);
    let (phone, _) = join(&mut world, r#"{"user_id":"bob"}"#);
    world.got(ann);
    let (laptop, got) = join(&mut world, r#"{"user_id":"bob"}"#);
    assert!(got[0].contains(r#"\"count\":2,"#));
    assert_eq!(
        world.app.channel("presence-a").unwrap().user_count(),
        Some(2)
    );
    assert_eq!(world.app.subscriber_count("presence-a"), 3);
    world.app.close(phone, world.now);
    assert!(world.got(ann).is_empty());
    world.app.close(laptop, world.now);
    assert_eq!(world.heard(ann), ["pusher_internal:member_removed"]);
}

#[test]
fn a_user_is_described_by_the_first_connection_until_the_last_has_left() {
    let mut world = World::new();
    join(&mut world, r#"{"user_id":"ann"}"#);
    let (phone, _) = join(&mut world, r#"{"user_id":"bob","user_info":{"v":1}}"#);
    let (laptop, got) = join(&mut world, r#"{"user_id":"bob","user_info":{"v":2}}"#);
    assert!(got[0].contains(r#"{\"v\":1}"#) && !got[0].contains(r#"{\"v\":2}"#));
    world.app.close(phone, world.now);
    let (_, got) = join(&mut world, r#"{"user_id":"cat"}"#);
    assert!(got[0].contains(r#"{\"v\":1}"#));
    world.app.close(laptop, world.now);
    let (_, got) = join(&mut world, r#"{"user_id":"bob","user_info":{"v":3}}"#);
    assert!(got[0].contains(r#"{\"v\":3}"#) && !got[0].contains(r#"{\"v\":1}"#));
}

#[test]
fn a_numeric_id_is_text_in_the_roster_and_stays_a_number_when_announced() {
    let mut world = World::new();
    let (ann, _) = join(&mut world, r#"{"user_id":"ann"}"#);
    let (seven, got) = join(&mut world, r#"{"user_id":7,"user_info":null}"#);
    assert!(got[0].contains(r#"\"ids\":[\"ann\",\"7\"],\"hash\":{\"ann\":null,\"7\":null}"#));
    // The same user, whichever type the id has.
    join(&mut world, r#"{"user_id":"7"}"#);
    assert_eq!(
        world.got(ann),
        [
            r#"{"event":"pusher_internal:member_added","channel":"presence-a","data":"{\"user_id\":7}"}"#
        ]
    );
    let again = world.member("presence-a", "7");
    for connection in [seven, again] {
        world.app.close(connection, world.now);
    }
    assert!(world.got(ann).is_empty());
}

#[test]
fn the_roster_is_right_after_members_have_gone_and_come() {
    let mut world = World::new();
    let ids = ["a", "b", "c", "d"];
    let connections: Vec<u32> = ids
        .iter()
        .map(|id| world.member("presence-a", &format!("{id:?}")))
        .collect();
    world.app.close(connections[0], world.now);
    world.app.close(connections[2], world.now);
    let (_, got) = join(&mut world, r#"{"user_id":"a"}"#);
    assert!(
        got[0].contains(
            r#"{\"count\":3,\"ids\":[\"b\",\"d\",\"a\"],\"hash\":{\"b\":null,\"d\":null,\"a\":null}}"#
        ),
        "{got:?}"
    );
    let (_, got) = join(&mut world, r#"{"user_id":"e"}"#);
    assert!(got[0].contains(r#"\"ids\":[\"b\",\"d\",\"a\",\"e\"]"#));
    let ids = world.app.channel("presence-a").unwrap().user_ids();
    assert_eq!(ids, ["b", "d", "a", "e"].map(Into::into));
}

#[test]
fn behind_an_outlet_that_keeps_the_list_only_the_first_to_come_is_sent_it() {
    let mut world = World::new();
    world.outlet = TestOutlet::with_rosters();
    let (ann, got) = join(&mut world, r#"{"user_id":"ann"}"#);
    assert!(got[0].contains(SUCCEEDED));
    let (bob, got) = join(&mut world, r#"{"user_id":"bob"}"#);
    assert!(got.is_empty());
    // The outlet hears of bob before it has to tell him who is there.
    assert_eq!(world.heard(ann), ["pusher_internal:member_added"]);
    world.app.close(ann, world.now);
    world.app.close(bob, world.now);
    let (_, got) = join(&mut world, r#"{"user_id":"cat"}"#);
    assert!(got[0].contains(SUCCEEDED));
}

#[test]
fn an_empty_channel_starts_over() {
    let mut world = World::new();
    let (ann, _) = join(&mut world, r#"{"user_id":"ann"}"#);
    world.publish("presence-a", "e", "{}");
    world.app.close(ann, world.now);
    let (_, got) = join(&mut world, r#"{"user_id":"bob"}"#);
    assert!(got[0].contains(r#"{\"count\":1,\"ids\":[\"bob\"],\"hash\":{\"bob\":null}}"#));
}

#[test]
fn the_channel_takes_no_user_over_the_limit_but_further_connections() {
    let mut world = World::limited(|limits| limits.presence_members = 2);
    join(&mut world, r#"{"user_id":"ann"}"#);
    let (bob, _) = join(&mut world, r#"{"user_id":"bob"}"#);
    assert_eq!(
        refusal(&mut world, r#"{"user_id":"cat"}"#),
        "Presence channel presence-a is full, it has the maximum of 2 members"
    );
    let (again, got) = join(&mut world, r#"{"user_id":"bob"}"#);
    assert!(got[0].contains(SUCCEEDED));
    world.app.close(bob, world.now);
    world.app.close(again, world.now);
    let (_, got) = join(&mut world, r#"{"user_id":"cat"}"#);
    assert!(got[0].contains(SUCCEEDED));
}

#[test]
fn a_refused_member_leaves_no_trace() {
    let mut world = World::limited(|limits| limits.presence_members = 0);
    refusal(&mut world, r#"{"user_id":"ann"}"#);
    assert_eq!(world.app.subscriber_count("presence-a"), 0);
    assert!(world.app.channel("presence-a").is_none());
}

#[test]
fn channel_data_that_describes_nobody_is_refused() {
    let mut world = World::new();
    for (channel_data, reason) in [
        ("", "it is no object"),
        (r#""ann""#, "it is no object"),
        (r#"["ann",{}]"#, "it is no object"),
        ("{}", "user_id is missing"),
        (r#"{"user_id":null}"#, "user_id is missing"),
        (
            r#"{"user_id":true}"#,
            "user_id is neither a string nor a number",
        ),
        (
            r#"{"user_id":{"id":1}}"#,
            "user_id is neither a string nor a number",
        ),
    ] {
        assert_eq!(
            refusal(&mut world, channel_data),
            format!(
                "Invalid channel_data for a presence subscription: {reason}, it must be a JSON object with a user_id"
            )
        );
    }
    assert!(refusal(&mut world, "{").starts_with("Invalid channel_data"));
}

#[test]
fn a_member_without_channel_data_and_sign_in_is_refused() {
    let mut world = World::new();
    let client = world.client();
    world.subscribe(client, "presence-a", None);
    assert!(
        world
            .refusal(client)
            .contains("it is missing and the connection is not signed in")
    );
}

#[test]
fn user_ids_are_any_text_of_1_to_128_characters() {
    let mut world = World::new();
    for id in ["e:1", "a|b", "a+b c", "Zoë", "日本", "#", &"ß".repeat(128)] {
        let (_, got) = join(&mut world, &format!(r#"{{"user_id":"{id}"}}"#));
        assert!(got[0].contains(SUCCEEDED), "{id}: {got:?}");
    }
    for (id, length) in [("", 0), (&*"x".repeat(129), 129)] {
        assert_eq!(
            refusal(&mut world, &format!(r#"{{"user_id":"{id}"}}"#)),
            format!(
                "Invalid user_id for a presence subscription: '{id}' has {length} characters, 1 to 128 are allowed"
            )
        );
    }
}

#[test]
fn user_info_is_an_object_of_at_most_a_kilobyte() {
    let mut world = World::new();
    let info = |bytes: usize| format!(r#"{{"n":"{}"}}"#, "x".repeat(bytes - 8));
    let (_, got) = join(
        &mut world,
        &format!(r#"{{"user_id":1,"user_info":{}}}"#, info(1024)),
    );
    assert!(got[0].contains(SUCCEEDED));
    assert_eq!(
        refusal(
            &mut world,
            &format!(r#"{{"user_id":1,"user_info":{}}}"#, info(1025))
        ),
        "user_info supplied to presence subscription is too large (1025 > 1024 bytes)"
    );
    for info in ["[]", "1", r#""text""#] {
        assert_eq!(
            refusal(
                &mut world,
                &format!(r#"{{"user_id":1,"user_info":{info}}}"#)
            ),
            "user_info supplied to presence subscription is invalid - if supplied it must be a type of hash"
        );
    }
}
