use crate::broker::test_outlet::World;

const SUCCEEDED: &str = "pusher_internal:subscription_succeeded";
const SIGNED_IN: &str = "pusher:signin_success";
const WATCHLIST: &str = "pusher_internal:watchlist_events";

fn online(user_id: &str) -> String {
    format!(
        r#"{{"event":"{WATCHLIST}","data":"{{\"events\":[{{\"name\":\"online\",\"user_ids\":[\"{user_id}\"]}}]}}"}}"#
    )
}

fn offline(user_id: &str) -> String {
    online(user_id).replace("online", "offline")
}

#[test]
fn signing_in_answers_with_the_users_own_data() {
    let mut world = World::new();
    let client = world.client();
    world.sign_in(client, r#"{"id":"ann"}"#);
    assert_eq!(
        world.got(client),
        [
            r#"{"event":"pusher:signin_success","data":"{\"user_data\":\"{\\\"id\\\":\\\"ann\\\"}\"}"}"#
        ]
    );
}

fn refused(world: &mut World, auth: &str, user_data: &str) -> String {
    let client = world.client();
    let frame = serde_json::json!({
        "event": "pusher:signin",
        "data": { "auth": auth, "user_data": user_data },
    });
    world.send(client, &frame.to_string());
    let message = world.refusal(client);
    assert_eq!(
        world.outlet.closed().last(),
        Some(&(client, 4009, message.clone()))
    );
    assert!(world.app.socket_id(client).is_none());
    message
}

#[test]
fn a_sign_in_that_is_not_signed_by_the_app_ends_the_connection() {
    let mut world = World::new();
    assert_eq!(
        refused(&mut world, "nonsense", r#"{"id":"ann"}"#),
        "Auth value for signin is invalid: should be of format 'key:signature'"
    );
    assert_eq!(
        refused(&mut world, "foreign:abc", r#"{"id":"ann"}"#),
        "Invalid key in signin auth data: 'foreign'"
    );
    let message = refused(&mut world, "mock-pusher-key:abc", r#"{"id":"ann"}"#);
    assert!(message.starts_with("Invalid signature: Expected HMAC SHA256 hex digest of "));
    assert!(message.ends_with(r#"::user::{"id":"ann"}, but got abc"#));
}

#[test]
fn user_data_needs_an_id_that_is_text() {
    for user_data in [
        "",
        "[]",
        "{}",
        r#"{"id":""}"#,
        r#"{"id":7}"#,
        r#""ann""#,
        "{",
    ] {
        let mut world = World::new();
        let client = world.client();
        world.sign_in(client, user_data);
        assert!(
            world
                .refusal(client)
                .starts_with("Invalid user_data for signin"),
            "{user_data}"
        );
        assert_eq!(world.outlet.closed()[0].1, 4009);
    }
}

#[test]
fn a_connection_stays_with_its_user() {
    let mut world = World::new();
    let client = world.signed_in(r#"{"id":"ann"}"#);
    world.sign_in(client, r#"{"id":"ann","again":true}"#);
    assert_eq!(world.heard(client), [SIGNED_IN]);
    world.sign_in(client, r#"{"id":"bob"}"#);
    assert_eq!(
        world.refusal(client),
        "Connection is already signed in as user 'ann'"
    );
    assert_eq!(world.outlet.closed()[0].1, 4009);
}

#[test]
fn who_signs_in_has_an_id_of_the_characters_of_channel_names() {
    let mut world = World::new();
    for id in ["e:2", "a|b", "a+b", "two words", "Zoë"] {
        let client = world.client();
        world.sign_in(client, &format!(r#"{{"id":"{id}"}}"#));
        assert_eq!(
            world.refusal(client),
            format!("Invalid user id: {id} (invalid characters)")
        );
        assert_eq!(world.outlet.closed().last().unwrap().1, 4009);
    }
    let client = world.client();
    world.sign_in(client, r#"{"id":"AZaz09_-=@,.;"}"#);
    assert_eq!(world.heard(client), [SIGNED_IN]);
}

// ---- reaching a user

#[test]
fn only_the_signed_in_user_gets_at_the_users_channel() {
    let mut world = World::new();
    let stranger = world.client();
    let ann = world.signed_in(r#"{"id":"ann"}"#);
    let bob = world.signed_in(r#"{"id":"bob"}"#);
    for client in [stranger, bob] {
        world.subscribe(client, "#server-to-user-ann", None);
        assert_eq!(
            world.refusal(client),
            "Not allowed to subscribe to #server-to-user-ann: only the user it names can, after signing in"
        );
    }
    world.subscribe(ann, "#server-to-user-ann", None);
    assert_eq!(world.heard(ann), [SUCCEEDED]);
}

#[test]
fn what_is_sent_to_a_user_reaches_each_connection_once() {
    let mut world = World::new();
    let phone = world.signed_in(r#"{"id":"ann"}"#);
    let laptop = world.signed_in(r#"{"id":"ann"}"#);
    let bob = world.signed_in(r#"{"id":"bob"}"#);
    for client in [phone, laptop] {
        world.subscribe(client, "#server-to-user-ann", None);
        world.got(client);
    }
    world.publish("#server-to-user-ann", "hello", "{}");
    for client in [phone, laptop] {
        assert_eq!(
            world.got(client),
            [r##"{"event":"hello","channel":"#server-to-user-ann","data":"{}"}"##]
        );
    }
    assert!(world.got(bob).is_empty());
}

#[test]
fn terminating_a_user_ends_signed_in_connections_only() {
    let mut world = World::new();
    let phone = world.signed_in(r#"{"id":"ann"}"#);
    let laptop = world.signed_in(r#"{"id":"ann"}"#);
    let bob = world.signed_in(r#"{"id":"bob"}"#);
    let member = world.member("presence-a", r#""ann""#);
    world.app.terminate_user("ann", world.now);
    world.app.terminate_user("nobody", world.now);
    let closed: Vec<(u32, u16)> = world.outlet.closed().iter().map(|c| (c.0, c.1)).collect();
    assert_eq!(closed, [(phone, 4009), (laptop, 4009)]);
    assert_eq!(world.heard(phone), ["pusher:error"]);
    assert!(world.app.socket_id(bob).is_some());
    assert!(world.app.socket_id(member).is_some());
}

// ---- presence

#[test]
fn a_signed_in_user_joins_presence_channels_without_channel_data() {
    let mut world = World::new();
    let ann = world.signed_in(r#"{"id":"ann","user_info":{"name":"Ann"}}"#);
    world.subscribe(ann, "presence-a", None);
    assert!(world.got(ann)[0].contains(r#"\"hash\":{\"ann\":{\"name\":\"Ann\"}}"#));
}

#[test]
fn the_limits_of_presence_hold_for_signed_in_users_too() {
    let mut world = World::limited(|limits| limits.presence_info_bytes = 5);
    let ann = world.signed_in(r#"{"id":"ann","user_info":{"name":"Ann"}}"#);
    world.subscribe(ann, "presence-a", None);
    assert_eq!(
        world.refusal(ann),
        "user_info supplied to presence subscription is too large (14 > 5 bytes)"
    );
    let long = world.signed_in(&format!(r#"{{"id":"{}"}}"#, "x".repeat(129)));
    world.subscribe(long, "presence-a", None);
    assert!(world.refusal(long).starts_with("Invalid user_id"));
}

// ---- watchlist

#[test]
fn a_watcher_first_hears_who_is_online_and_who_is_not() {
    let mut world = World::new();
    world.signed_in(r#"{"id":"bob"}"#);
    let ann = world.client();
    world.sign_in(ann, r#"{"id":"ann","watchlist":["bob","cat","bob"]}"#);
    assert_eq!(
        world.got(ann)[1],
        r#"{"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"online\",\"user_ids\":[\"bob\"]},{\"name\":\"offline\",\"user_ids\":[\"cat\"]}]}"}"#
    );
}

#[test]
fn a_watcher_hears_of_the_first_connection_and_of_the_last() {
    let mut world = World::new();
    let ann = world.signed_in(r#"{"id":"ann","watchlist":["bob"]}"#);
    let phone = world.signed_in(r#"{"id":"bob"}"#);
    assert_eq!(world.got(ann), [online("bob")]);
    let laptop = world.signed_in(r#"{"id":"bob"}"#);
    world.sign_in(laptop, r#"{"id":"bob"}"#);
    world.app.close(phone, world.now);
    assert!(world.got(ann).is_empty());
    world.app.close(laptop, world.now);
    assert_eq!(world.got(ann), [offline("bob")]);
}

#[test]
fn a_watcher_that_has_left_hears_nothing() {
    let mut world = World::new();
    let ann = world.signed_in(r#"{"id":"ann","watchlist":["bob"]}"#);
    world.app.close(ann, world.now);
    world.signed_in(r#"{"id":"bob"}"#);
    assert!(world.got(ann).is_empty());
}

#[test]
fn a_new_watchlist_replaces_the_old_one() {
    let mut world = World::new();
    let ann = world.signed_in(r#"{"id":"ann","watchlist":["bob"]}"#);
    world.sign_in(ann, r#"{"id":"ann","watchlist":["cat"]}"#);
    world.got(ann);
    world.signed_in(r#"{"id":"bob"}"#);
    assert!(world.got(ann).is_empty());
    world.signed_in(r#"{"id":"cat"}"#);
    assert_eq!(world.got(ann), [online("cat")]);
}

#[test]
fn a_watchlist_over_the_limit_is_cut_and_the_sign_in_holds() {
    let mut world = World::limited(|limits| limits.watchlist = 1);
    let ann = world.client();
    world.sign_in(ann, r#"{"id":"ann","watchlist":["bob","cat"]}"#);
    let got = world.got(ann);
    assert!(got[0].contains(SIGNED_IN));
    assert_eq!(
        got[1],
        r#"{"event":"pusher:error","data":{"code":4302,"message":"Watchlist limit exceeded. Only the first 1 user IDs are accepted."}}"#
    );
    assert_eq!(got[2], offline("bob"));
    world.signed_in(r#"{"id":"cat"}"#);
    assert!(world.got(ann).is_empty());
    world.signed_in(r#"{"id":"bob"}"#);
    assert_eq!(world.got(ann), [online("bob")]);
}
