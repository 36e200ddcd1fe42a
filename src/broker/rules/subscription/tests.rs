use crate::broker::test_outlet::World;

const COUNT: &str = "pusher_internal:subscription_count";
const SUCCEEDED: &str = "pusher_internal:subscription_succeeded";

fn count_frame(channel: &str, count: usize) -> String {
    format!(
        r#"{{"event":"{COUNT}","channel":"{channel}","data":"{{\"subscription_count\":{count}}}"}}"#
    )
}

#[test]
fn the_outlet_knows_of_a_subscription_before_the_client_does() {
    let mut world = World::new();
    let client = world.client();
    world.outlet.take_calls();
    world.subscribe(client, "a", None);
    assert_eq!(world.outlet.take_calls(), ["joined", "send"]);
    assert_eq!(
        world.got(client),
        [r#"{"event":"pusher_internal:subscription_succeeded","channel":"a","data":"{}"}"#]
    );
}

#[test]
fn subscribing_twice_is_an_error_and_counts_once() {
    let mut world = World::new();
    let client = world.subscriber("a");
    world.subscribe(client, "a", None);
    assert_eq!(world.refusal(client), "Existing subscription to channel a");
    assert_eq!(world.app.subscriber_count("a"), 1);
}

#[test]
fn unsubscribing_is_not_acknowledged_and_ends_delivery() {
    let mut world = World::new();
    let client = world.subscriber("a");
    world.send(
        client,
        r#"{"event":"pusher:unsubscribe","data":{"channel":"a"}}"#,
    );
    world.publish("a", "e", "{}");
    assert!(world.got(client).is_empty());
    assert_eq!(world.app.subscriber_count("a"), 0);
}

#[test]
fn unsubscribing_from_a_channel_one_is_not_on_is_an_error() {
    let mut world = World::new();
    let client = world.client();
    world.subscriber("a");
    for channel in ["a", "unknown", "not a name"] {
        world.send(
            client,
            &format!(r#"{{"event":"pusher:unsubscribe","data":{{"channel":"{channel}"}}}}"#),
        );
        assert_eq!(
            world.refusal(client),
            format!("No current subscription to channel {channel}, or subscription in progress")
        );
    }
    assert_eq!(world.app.subscriber_count("a"), 1);
}

#[test]
fn a_bad_channel_name_is_refused_with_the_rule() {
    let mut world = World::new();
    let client = world.client();
    world.subscribe(client, "two words", None);
    assert_eq!(
        world.refusal(client),
        "Invalid channel name: 'two words' contains ' ', only letters, digits and _-=@,.; are allowed"
    );
}

// ---- authorization

fn subscribe_with(world: &mut World, client: u32, channel: &str, auth: &str) {
    world.send(
        client,
        &format!(
            r#"{{"event":"pusher:subscribe","data":{{"auth":"{auth}","channel":"{channel}"}}}}"#
        ),
    );
}

#[test]
fn private_presence_and_encrypted_channels_need_the_right_signature() {
    for channel in [
        "private-a",
        "private-encrypted-a",
        "private-cache-a",
        "presence-a",
    ] {
        let mut world = World::new();
        let client = world.client();
        let socket_id = world.app.socket_id(client).unwrap().to_owned();
        for (auth, refusal) in [
            (
                "",
                format!(
                    "Auth value for subscription to {channel} is invalid: should be of format 'key:signature'"
                ),
            ),
            (
                "no-colon",
                format!(
                    "Auth value for subscription to {channel} is invalid: should be of format 'key:signature'"
                ),
            ),
            (
                "foreign-key:abc",
                "Invalid key in subscription auth data: 'foreign-key'".to_owned(),
            ),
            (
                "mock-pusher-key:abc",
                format!(
                    "Invalid signature: Expected HMAC SHA256 hex digest of {socket_id}:{channel}, but got abc"
                ),
            ),
        ] {
            subscribe_with(&mut world, client, channel, auth);
            assert_eq!(world.refusal(client), refusal);
        }
        assert_eq!(world.app.subscriber_count(channel), 0);
    }
}

#[test]
fn the_signature_holds_for_one_connection_and_one_channel() {
    let mut world = World::new();
    let client = world.client();
    let other = world.client();
    let own = world.app.authorize(client, "private-a", None);
    subscribe_with(&mut world, other, "private-a", &own);
    assert!(world.refusal(other).starts_with("Invalid signature"));
    subscribe_with(&mut world, client, "private-b", &own);
    assert!(world.refusal(client).starts_with("Invalid signature"));
    subscribe_with(&mut world, client, "private-a", &own);
    assert_eq!(world.heard(client), [SUCCEEDED]);
}

#[test]
fn each_of_the_apps_keys_signs_with_its_own_secret() {
    use crate::protocol::signature::hmac_sha256_hex;
    let mut world = World::new();
    world.app.add_credentials("second", "other-secret");
    let client = world.client();
    let signed = format!("{}:private-a", world.app.socket_id(client).unwrap());
    let wrong = format!("second:{}", hmac_sha256_hex("mock-pusher-secret", &signed));
    subscribe_with(&mut world, client, "private-a", &wrong);
    assert!(world.refusal(client).starts_with("Invalid signature"));
    let right = format!("second:{}", hmac_sha256_hex("other-secret", &signed));
    subscribe_with(&mut world, client, "private-a", &right);
    assert_eq!(world.heard(client), [SUCCEEDED]);
}

#[test]
fn channel_data_is_part_of_what_is_signed_on_any_private_channel() {
    let mut world = World::new();
    let client = world.client();
    world.subscribe(client, "private-encrypted-a", Some(r#"{"user_id": 1}"#));
    assert_eq!(world.heard(client), [SUCCEEDED]);
    let auth = world.app.authorize(client, "private-b", None);
    world.send(
        client,
        &format!(
            r#"{{"event":"pusher:subscribe","data":{{"auth":"{auth}","channel":"private-b","channel_data":"{{}}"}}}}"#
        ),
    );
    assert!(world.refusal(client).contains(":private-b:{}, but got"));
}

// ---- cache channels

#[test]
fn a_cache_channel_hands_its_last_event_to_newcomers_after_the_success() {
    let mut world = World::new();
    let client = world.client();
    world.subscribe(client, "cache-a", None);
    assert_eq!(world.heard(client), [SUCCEEDED, "pusher:cache_miss"]);
    world.publish("cache-a", "old", "1");
    world.publish("cache-a", "new", "2");
    let late = world.client();
    world.subscribe(late, "cache-a", None);
    assert_eq!(world.heard(late), [SUCCEEDED, "new"]);
}

#[test]
fn the_cached_event_outlives_the_last_subscriber_but_not_its_time() {
    let mut world = World::limited(|limits| limits.cache_ttl_ms = 60_000);
    let client = world.subscriber("cache-a");
    world.publish("cache-a", "e", "1");
    world.app.close(client, world.now);
    world.now += 59_999;
    let in_time = world.client();
    world.subscribe(in_time, "cache-a", None);
    assert_eq!(world.heard(in_time), [SUCCEEDED, "e"]);
    world.now += 1;
    let too_late = world.client();
    world.subscribe(too_late, "cache-a", None);
    assert_eq!(world.heard(too_late), [SUCCEEDED, "pusher:cache_miss"]);
}

#[test]
fn client_events_are_not_cached() {
    let mut world = World::new();
    let client = world.subscriber("private-cache-a");
    world.send(
        client,
        r#"{"event":"client-x","channel":"private-cache-a","data":1}"#,
    );
    let late = world.client();
    world.subscribe(late, "private-cache-a", None);
    assert_eq!(world.heard(late), [SUCCEEDED, "pusher:cache_miss"]);
}

#[test]
fn a_channel_with_cache_in_the_middle_of_its_name_caches_nothing() {
    let mut world = World::new();
    world.publish("my-cache-a", "e", "1");
    let client = world.client();
    world.subscribe(client, "my-cache-a", None);
    assert_eq!(world.heard(client), [SUCCEEDED]);
}

// ---- subscription_count

#[test]
fn nobody_is_told_the_count_unless_the_app_wants_it() {
    let mut world = World::new();
    let client = world.subscriber("a");
    world.subscriber("a");
    assert!(world.got(client).is_empty());
}

#[test]
fn everybody_is_told_the_count_when_it_changes() {
    let mut world = World::with(|options| options.subscription_count = true);
    let first = world.client();
    world.subscribe(first, "a", None);
    assert_eq!(world.got(first)[1], count_frame("a", 1));
    let second = world.client();
    world.subscribe(second, "a", None);
    assert_eq!(world.got(first), [count_frame("a", 2)]);
    assert_eq!(world.heard(second), [SUCCEEDED, COUNT]);
    world.app.close(second, world.now);
    assert_eq!(world.got(first), [count_frame("a", 1)]);
}

#[test]
fn presence_channels_have_members_instead_of_a_count() {
    let mut world = World::with(|options| options.subscription_count = true);
    let client = world.client();
    world.subscribe(client, "presence-a", Some(r#"{"user_id":"ann"}"#));
    assert_eq!(world.heard(client), [SUCCEEDED]);
}

#[test]
fn with_many_subscribers_the_count_comes_every_five_seconds() {
    let mut world = World::with(|options| {
        options.subscription_count = true;
        options.limits.subscription_count_throttled_above = 2;
    });
    let first = world.subscriber("a");
    world.subscriber("a");
    world.got(first);
    world.subscriber("a");
    world.now += 1_000;
    world.subscriber("a");
    assert!(world.got(first).is_empty());
    assert_eq!(world.app.next_deadline(), Some(world.now + 4_000));
    world.app.tick(world.now + 3_999);
    assert!(world.got(first).is_empty());
    world.app.tick(world.now + 4_000);
    assert_eq!(world.got(first), [count_frame("a", 4)]);
    assert_eq!(world.app.next_deadline(), None);
}

// ---- without signature

#[test]
fn code_of_the_apps_own_process_needs_no_signature() {
    let mut world = World::new();
    let client = world.client();
    let id = world
        .app
        .subscribe_trusted(client, "private-a", world.now)
        .unwrap();
    assert_eq!(
        world.app.subscribe_trusted(client, "private-a", world.now),
        Ok(id)
    );
    assert_eq!(world.heard(client), [SUCCEEDED]);
    assert!(
        world
            .app
            .unsubscribe_trusted(client, "private-a", world.now)
    );
    assert!(
        !world
            .app
            .unsubscribe_trusted(client, "private-a", world.now)
    );
}

#[test]
fn without_channel_data_a_trusted_connection_is_the_member() {
    let mut world = World::new();
    let client = world.client();
    world
        .app
        .subscribe_trusted(client, "presence-a", world.now)
        .unwrap();
    let ids = world.app.channel("presence-a").unwrap().user_ids();
    assert_eq!(ids, ["mock-connection-1".into()]);
}

#[test]
fn names_are_checked_without_a_signature_too() {
    let mut world = World::new();
    let client = world.client();
    let error = world
        .app
        .subscribe_trusted(client, "", world.now)
        .unwrap_err();
    assert_eq!(error.status(), 400);
    world.app.close(client, world.now);
    let error = world
        .app
        .subscribe_trusted(client, "a", world.now)
        .unwrap_err();
    assert_eq!(error.to_string().as_str(), "Connection is closed");
}

#[test]
fn a_channel_without_subscribers_and_history_is_forgotten() {
    let mut world = World::new();
    let silent = world.subscriber("silent");
    let told = world.subscriber("told");
    world.publish("told", "e", "{}");
    world.app.close(silent, world.now);
    world.app.close(told, world.now);
    assert!(world.app.channel("silent").is_none());
    assert!(world.app.channel("told").is_some());
}
