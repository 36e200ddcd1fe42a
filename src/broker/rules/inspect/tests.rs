use serde_json::json;

use crate::broker::test_outlet::World;

#[test]
fn the_state_lists_occupied_channels_and_connections_with_a_channel() {
    let mut world = World::new();
    let first = world.subscriber("task-1");
    world.subscribe(first, "task-2", None);
    world.subscriber("task-1");
    world.client();
    world.publish("task-1", "new-message", "{}");
    world.publish("nobody-here", "new-message", "{}");
    assert_eq!(
        world.app.state(),
        json!({
            "channels": [
                {"name": "task-1", "subscriberCount": 2, "messageCount": 1, "events": []},
                {"name": "task-2", "subscriberCount": 1, "messageCount": 0, "events": []},
            ],
            "subscriptions": [
                {"connectionId": "mock-connection-1", "channelCount": 2, "channels": ["task-1", "task-2"]},
                {"connectionId": "mock-connection-2", "channelCount": 1, "channels": ["task-1"]},
            ],
        })
    );
}

#[test]
fn channels_are_listed_in_the_order_in_which_they_were_occupied() {
    let mut world = World::new();
    world.publish("b", "e", "{}");
    let a = world.subscriber("a");
    world.subscriber("b");
    assert_eq!(world.app.active_channels(), ["a", "b"]);
    world.app.close(a, world.now);
    assert_eq!(world.app.active_channels(), ["b"]);
    world.subscriber("a");
    assert_eq!(world.app.active_channels(), ["b", "a"]);
}

#[test]
fn a_channel_knows_its_subscribers_and_a_connection_its_channels() {
    let mut world = World::new();
    let first = world.subscriber("b");
    world.subscribe(first, "a", None);
    world.subscriber("a");
    assert_eq!(
        world.app.channel_subscribers("a"),
        ["mock-connection-1", "mock-connection-2"]
    );
    assert_eq!(
        world.app.subscribed_channels("mock-connection-1"),
        Some(vec!["b".to_owned(), "a".to_owned()])
    );
    assert_eq!(world.app.subscriber_count("a"), 2);
}

#[test]
fn where_nobody_is_there_is_nothing_even_if_history_remains() {
    let mut world = World::new();
    let client = world.subscriber("a");
    world.publish("a", "e", "{}");
    world.app.unsubscribe_trusted(client, "a", world.now);
    assert!(world.app.channel_subscribers("a").is_empty());
    assert_eq!(world.app.subscribed_channels("mock-connection-1"), None);
    assert_eq!(world.app.subscribed_channels("unknown"), None);
    assert_eq!(world.app.subscriber_count("a"), 0);
    assert_eq!(world.app.messages("a").len(), 1);
}

#[test]
fn the_last_hundred_messages_are_kept_in_order() {
    let mut world = World::new();
    for n in 1..=101 {
        world.publish("a", &format!("e{n}"), &n.to_string());
    }
    let messages = world.app.messages("a");
    assert_eq!(messages.len(), 100);
    assert_eq!(&*messages[0].name, "e2");
    assert_eq!(&*messages[99].data, "101");
    assert_eq!(messages[99].timestamp, world.now);
}

#[test]
fn the_protocols_own_channels_are_not_shown() {
    let mut world = World::new();
    let ann = world.signed_in(r#"{"id":"ann"}"#);
    world.subscribe(ann, "#server-to-user-ann", None);
    assert!(world.app.active_channels().is_empty());
    assert_eq!(world.app.subscribed_channels("mock-connection-1"), None);
    assert_eq!(
        world.app.state(),
        json!({"channels": [], "subscriptions": []})
    );
}
