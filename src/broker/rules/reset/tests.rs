use serde_json::json;

use crate::broker::test_outlet::{TestOutlet, World};

#[test]
fn a_reset_empties_the_world_without_telling_the_clients() {
    let mut world = World::new();
    let client = world.member("presence-cache-a", r#""ann""#);
    world.publish("presence-cache-a", "e", "{}");
    world.got(client);
    world.app.reset();
    assert!(world.got(client).is_empty());
    assert_eq!(
        world.app.state(),
        json!({"channels": [], "subscriptions": []})
    );
    assert!(world.app.messages("presence-cache-a").is_empty());
    assert!(world.app.channel("presence-cache-a").is_none());
}

#[test]
fn mock_clients_are_forgotten_and_names_start_over() {
    let mut world = World::new();
    let clients = [world.subscriber("a"), world.client()];
    world.app.reset();
    assert_eq!(world.outlet.dropped(), clients);
    assert!(world.app.socket_id(clients[0]).is_none());
    let fresh = world.subscriber("a");
    assert_eq!(world.app.connection_name(fresh), Some("mock-connection-1"));
    world.publish("a", "e", "{}");
    assert_eq!(world.heard(fresh), ["e"]);
}

#[test]
fn sockets_stay_connected_without_subscriptions_and_user() {
    let mut world = World::new();
    world.outlet = TestOutlet::of_sockets();
    let socket = world.signed_in(r#"{"id":"ann"}"#);
    world.subscribe(socket, "a", None);
    world.got(socket);
    let socket_id = world.app.socket_id(socket).map(str::to_owned);
    world.app.reset();
    assert_eq!(world.app.socket_id(socket).map(str::to_owned), socket_id);
    assert!(world.outlet.dropped().is_empty());
    world.app.terminate_user("ann", world.now);
    assert!(world.outlet.closed().is_empty());
    world.subscribe(socket, "a", None);
    assert_eq!(
        world.heard(socket),
        ["pusher_internal:subscription_succeeded"]
    );
}

#[test]
fn a_socket_that_stayed_keeps_its_name_and_clients_count_from_one() {
    let mut world = World::new();
    let clients = world.outlet.clone();
    world.outlet = TestOutlet::of_sockets();
    let socket = world.client();
    world.outlet = clients;
    world.app.reset();
    assert_eq!(
        world.app.connection_name(socket),
        world.app.socket_id(socket)
    );
    let fresh = world.client();
    assert_eq!(world.app.connection_name(fresh), Some("mock-connection-1"));
}

#[test]
fn how_the_app_is_set_up_survives() {
    let mut world = World::new();
    world.app.add_credentials("key", "secret");
    world.app.set_settings("{}".into());
    world.app.set_history_limit(1);
    world.app.reset();
    assert_eq!(world.app.secret_of("key"), Some("secret"));
    assert_eq!(world.app.settings(), "{}");
    world.publish("a", "e", "{}");
    world.publish("a", "e", "{}");
    assert_eq!(world.app.messages("a").len(), 1);
}

#[test]
fn counts_that_were_due_are_forgotten() {
    let mut world = World::with(|options| {
        options.subscription_count = true;
        options.limits.subscription_count_throttled_above = 0;
    });
    world.subscriber("a");
    assert!(world.app.next_deadline().is_some());
    world.app.reset();
    assert_eq!(world.app.next_deadline(), None);
}
