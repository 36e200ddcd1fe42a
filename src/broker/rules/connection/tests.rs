use crate::broker::test_outlet::{TestOutlet, World};
use crate::broker::{ApiRequest, Reading};

#[test]
fn a_new_connection_is_greeted_with_its_socket_id_and_the_activity_timeout() {
    let mut world = World::new();
    let client = world.app.open(&world.outlet.shared(), None, 0).unwrap();
    let socket_id = world.app.socket_id(client).unwrap();
    assert_eq!(
        world.got(client),
        [format!(
            r#"{{"event":"pusher:connection_established","data":"{{\"socket_id\":\"{socket_id}\",\"activity_timeout\":120}}"}}"#
        )]
    );
    assert_eq!(world.app.connection_with_socket(socket_id), Some(client));
}

#[test]
fn connections_are_numbered_and_may_choose_another_name() {
    let mut world = World::new();
    let outlet = world.outlet.shared();
    let first = world.client();
    let chosen = world
        .app
        .open(&outlet, Some("mock-connection-2"), 0)
        .unwrap();
    let third = world.client();
    assert_eq!(world.app.connection_name(first), Some("mock-connection-1"));
    assert_eq!(world.app.connection_name(chosen), Some("mock-connection-2"));
    assert_eq!(world.app.connection_name(third), Some("mock-connection-3"));
    assert_eq!(
        world.app.connection_named("mock-connection-2"),
        Some(chosen)
    );
}

#[test]
fn sockets_are_called_by_their_socket_id_and_not_counted() {
    let mut world = World::new();
    let clients = world.outlet.clone();
    world.outlet = TestOutlet::of_sockets();
    let socket = world.client();
    world.outlet = clients;
    let client = world.client();
    assert_eq!(
        world.app.connection_name(socket),
        world.app.socket_id(socket)
    );
    assert_eq!(world.app.connection_name(client), Some("mock-connection-1"));
}

#[test]
fn a_name_in_use_is_refused_and_free_again_later() {
    let mut world = World::new();
    let outlet = world.outlet.shared();
    let tab = world.app.open(&outlet, Some("tab"), 0).unwrap();
    let error = world.app.open(&outlet, Some("tab"), 0).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Connection id 'tab' is in use, disconnect it first or choose another"
    );
    world.app.close(tab, 0);
    assert!(world.app.open(&outlet, Some("tab"), 0).is_ok());
}

#[test]
fn connections_over_the_quota_are_refused_with_4004() {
    let mut world = World::limited(|limits| limits.connections = Some(1));
    let first = world.client();
    let error = world.app.open(&world.outlet.shared(), None, 0).unwrap_err();
    assert_eq!(error.code(), Some(4004));
    world.app.close(first, 0);
    assert!(world.app.open(&world.outlet.shared(), None, 0).is_ok());
}

#[test]
fn an_app_out_of_service_refuses_clients_with_4003_and_servers_with_403() {
    let mut world = World::with(|options| options.enabled = false);
    let error = world.app.open(&world.outlet.shared(), None, 0).unwrap_err();
    assert_eq!(error.code(), Some(4003));
    let request = ApiRequest {
        method: "GET",
        path: "/channels",
        query: &[],
        body: "",
    };
    let response = world.respond(&request);
    assert_eq!(
        (response.status, response.body.as_str()),
        (403, "Application disabled\n")
    );
    let error = world.app.channel_id("room").unwrap_err();
    assert_eq!(error.to_string(), "Application disabled");
}

#[test]
fn who_is_not_authorized_in_time_is_told_and_ended_with_4009() {
    let mut world = World::with(|options| options.authorized_connections = true);
    let (stranger, member) = (world.client(), world.subscriber("private-a"));
    let user = world.signed_in(r#"{"id":"1"}"#);
    let public = world.subscriber("a");
    let due = world.now + 30_000;
    assert_eq!(world.app.next_deadline(), Some(due));
    world.app.tick(due - 1);
    assert_eq!(world.got(stranger), [""; 0]);
    world.app.tick(due);
    for ended in [stranger, public] {
        assert_eq!(
            world.refusal(ended),
            "Connection not authorized within timeout"
        );
        assert_eq!(world.app.socket_id(ended), None);
    }
    for stays in [member, user] {
        assert!(world.app.socket_id(stays).is_some());
    }
    assert_eq!(world.app.next_deadline(), None);
}

#[test]
fn whoever_has_left_need_not_be_authorized() {
    let mut world = World::with(|options| options.authorized_connections = true);
    let client = world.client();
    world.app.close(client, world.now);
    world.app.tick(world.now + 30_000);
    assert_eq!(world.got(client), [""; 0]);
}

#[test]
fn a_ping_is_answered_and_a_pong_is_not() {
    let mut world = World::new();
    let client = world.client();
    world.send(client, r#"{"event":"pusher:ping","data":""}"#);
    assert_eq!(
        world.got(client),
        [r#"{"event":"pusher:pong","data":"{}"}"#]
    );
    world.send(client, r#"{"event":"pusher:pong","data":{}}"#);
    assert!(world.got(client).is_empty());
}

#[test]
fn what_is_no_frame_is_refused_and_the_connection_lives_on() {
    let mut world = World::new();
    let client = world.client();
    for text in ["", "nonsense", "[]", "{}", r#"{"event":7}"#] {
        world.send(client, text);
        assert!(world.refusal(client).starts_with("Invalid frame"), "{text}");
    }
    world.send(client, r#"{"event":"typing","data":{}}"#);
    assert_eq!(
        world.refusal(client),
        "Unsupported event received on socket:'typing'"
    );
    assert!(world.app.socket_id(client).is_some());
}

#[test]
fn a_connection_that_has_left_gets_nothing_and_can_do_nothing() {
    let mut world = World::new();
    let gone = world.subscriber("a");
    world.app.close(gone, world.now);
    world.app.close(gone, world.now);
    world.publish("a", "e", "{}");
    world.send(gone, r#"{"event":"pusher:ping"}"#);
    assert_eq!(world.app.subscriber_count("a"), 0);
    assert_eq!(world.app.connection_named("mock-connection-1"), None);
    assert_eq!(world.app.authorize(gone, "private-a", None), "");
    assert!(world.got(gone).is_empty());
}

#[test]
fn a_dropped_connection_is_closed_with_code_and_reason_and_has_left() {
    let mut world = World::new();
    let dropped = world.member("presence-a", r#""ann""#);
    let other = world.member("presence-a", r#""bob""#);
    world.got(dropped);
    world
        .app
        .drop_connection(dropped, 4200, "Server restarts", world.now);
    assert_eq!(
        world.outlet.closed(),
        [(dropped, 4200, "Server restarts".to_owned())]
    );
    assert_eq!(world.heard(other), ["pusher_internal:member_removed"]);
    assert!(world.app.socket_id(dropped).is_none());
}

#[test]
fn the_connections_of_a_detached_outlet_leave() {
    let mut world = World::new();
    let elsewhere = TestOutlet::new();
    let stays = world.member("presence-a", r#""ann""#);
    let goes = world.app.open(&elsewhere.shared(), None, 0).unwrap();
    world.subscribe(goes, "presence-a", Some(r#"{"user_id":"bob"}"#));
    world.got(stays);
    let left = world
        .app
        .begin_detaching(crate::broker::Outlet::id(&*elsewhere), &Reading::from(0));
    // It is found no more, and the others hear of it once it has left its channels.
    assert_eq!(left, [goes]);
    assert!(
        world
            .app
            .connection_name(goes)
            .is_none_or(|name| world.app.connection_named(name).is_none())
    );
    world.app.close(goes, 0);
    assert_eq!(world.heard(stays), ["pusher_internal:member_removed"]);
    assert!(world.app.socket_id(goes).is_none());
    assert!(world.app.socket_id(stays).is_some());
}

#[test]
fn a_client_leaves_many_channels_in_parts_the_first_one_first() {
    let mut world = World::new();
    let client = world.client();
    let channels = ["a", "b", "c", "d", "e"];
    for channel in channels {
        world.subscribe(client, channel, None);
    }
    let socket_id = world.app.socket_id(client).unwrap().to_owned();
    world.got(client);
    for left in [2, 4] {
        assert!(!world.app.close_some(client, &mut 2, world.now));
        let counts = channels.map(|channel| world.app.subscriber_count(channel));
        let expected: Vec<usize> = (0..5).map(|at| usize::from(at >= left)).collect();
        assert_eq!(counts[..], expected);
        // Others have their turn; the client itself is found no more and can do nothing.
        world.publish("e", "meanwhile", "{}");
        world.subscribe(client, "f", None);
        assert_eq!(world.app.subscriber_count("f"), 0);
        assert_eq!(world.app.connection_with_socket(&socket_id), None);
        assert_eq!(world.app.connection_named("mock-connection-1"), None);
    }
    assert!(world.app.close_some(client, &mut 2, world.now));
    assert_eq!(world.app.subscriber_count("e"), 0);
    assert!(world.app.connection_ids().is_empty());
    assert!(world.app.close_some(client, &mut 2, world.now));
}
