use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::broker::test_outlet::{TestOutlet, World};
use crate::broker::{ApiRequest, AppOptions, Outlet, Publication, Selection};
use crate::protocol::ApiError;

#[test]
fn without_options_it_is_the_mock_app() {
    let options: AppOptions = serde_json::from_str("{}").unwrap();
    assert_eq!(
        [&options.id, &options.key, &options.secret, &options.cluster],
        [
            "mock-app-id",
            "mock-pusher-key",
            "mock-pusher-secret",
            "mock-cluster"
        ]
    );
    assert!(options.client_events && !options.subscription_count && !options.accepts_any_key);
}

#[test]
fn options_are_read_as_javascript_writes_them() {
    let options: AppOptions = serde_json::from_str(
        r#"{"id":"7","subscriptionCount":true,"limits":{"presenceMembers":3},
            "encryptionMasterKeyBase64":"zyrm8pvV2C9fJcBfhyXzvxbJVN/H7QLmbe0xJi1GhPU="}"#,
    )
    .unwrap();
    assert_eq!(options.id, "7");
    assert!(options.subscription_count);
    assert_eq!(options.limits.presence_members, 3);
    assert_eq!(options.limits.history, 100);
    assert_eq!(options.encryption_master_key.unwrap()[0], 0xcf);
}

#[test]
fn a_master_key_of_the_wrong_length_is_refused() {
    let refused = serde_json::from_str::<AppOptions>(r#"{"encryptionMasterKeyBase64":"AAAA"}"#);
    assert!(refused.unwrap_err().to_string().starts_with(
        "encryptionMasterKeyBase64 must decode to 32 bytes, but the provided key decodes to 3 bytes"
    ));
}

#[test]
fn new_settings_are_told_to_every_attached_outlet() {
    let mut world = World::new();
    let watching = TestOutlet::new();
    let elsewhere = TestOutlet::new();
    world.client();
    world.app.attach(&watching.shared());
    world.app.attach(&watching.shared());
    world.app.set_settings(r#"{"delivery":"network"}"#.into());
    assert_eq!(world.app.settings(), r#"{"delivery":"network"}"#);
    assert_eq!(watching.take_calls(), ["settings_changed"]);
    assert!(world.outlet.take_calls().contains(&"settings_changed"));
    assert!(elsewhere.take_calls().is_empty());
}

#[test]
fn a_released_outlet_is_told_nothing_and_held_by_nobody() {
    let mut world = World::new();
    let outlet = TestOutlet::new();
    let client = world.app.open(&outlet.shared(), None, world.now).unwrap();
    world.app.close(client, world.now);
    outlet.take_calls();
    world.app.release(Outlet::id(&*outlet));
    world.app.set_settings("{}".into());
    assert!(outlet.take_calls().is_empty());
    assert_eq!(Arc::strong_count(&outlet), 1);
}

#[test]
fn attaching_an_outlet_asks_none_of_the_others() {
    let mut world = World::new();
    let outlets = [(); 3].map(|()| TestOutlet::new());
    for outlet in &outlets {
        world.app.attach(&outlet.shared());
    }
    let asked: Vec<_> = outlets
        .iter()
        .map(|outlet| outlet.asked.load(Ordering::Relaxed))
        .collect();
    assert_eq!(asked, [1, 1, 1]);
}

#[test]
fn an_app_that_has_ended_drops_everybody_and_takes_nobody_and_nothing() {
    let mut world = World::new();
    let client = world.client();
    world.subscribe(client, "room", None);
    let remains = world.app.end(world.now);
    assert_eq!(
        world.outlet.closed(),
        [(client, 4001, "The mock app was closed".to_owned())]
    );
    let page = remains
        .journal
        .page(&Selection::default(), &BTreeMap::new());
    assert!(
        page.contains(r#""kind":"subscribed""#) && page.contains("The mock app was closed"),
        "{page}"
    );
    let asked = world.app.page(&Selection::default());
    assert!(!asked.contains("subscribed"), "{asked}");
    drop(remains);

    let outlet = world.outlet.shared();
    let refused = world.app.open(&outlet, None, world.now).unwrap_err();
    assert_eq!(refused.code(), Some(4001));
    let unknown = ApiError::UnknownApp;
    assert_eq!(world.app.channel_id("room"), Err(unknown.clone()));
    let publication = Publication {
        channels: vec!["room".into()],
        name: "e".into(),
        ..Publication::default()
    };
    assert_eq!(world.trigger(&publication), Err(unknown.clone()));
    let request = ApiRequest {
        method: "GET",
        path: "/channels",
        query: &[],
        body: "",
    };
    assert_eq!(world.respond(&request), unknown.into());
    assert_eq!(world.app.secret_of("mock-pusher-key"), None);
    // The world's own and `outlet`: the app has let go.
    assert_eq!(Arc::strong_count(&world.outlet), 2);
}

#[test]
fn the_first_secret_that_is_claimed_for_a_key_holds_until_a_reset() {
    let mut world = World::with(|options| options.accepts_any_key = true);
    let app = &mut world.app;
    assert_eq!(app.claim_credentials("key", "first", "a.ts:1"), Ok(()));
    assert_eq!(app.claim_credentials("key", "first", "b.ts:2"), Ok(()));
    assert_eq!(
        app.claim_credentials("key", "second", "c.ts:3"),
        Err("a.ts:1")
    );
    assert_eq!(app.secret_of("key"), Some("first"));
    assert_eq!(app.claim_credentials("other", "second", "c.ts:3"), Ok(()));

    app.reset();
    assert_eq!(app.secret_of("key"), Some("first"), "it stays known");
    assert_eq!(app.claim_credentials("key", "second", "c.ts:3"), Ok(()));
    assert_eq!(app.secret_of("key"), Some("second"));
    assert_eq!(
        app.claim_credentials("key", "first", "a.ts:1"),
        Err("c.ts:3")
    );
}

#[test]
fn what_nobody_has_claimed_gives_way_and_takes_nothing_away() {
    let mut world = World::with(|options| options.accepts_any_key = true);
    let app = &mut world.app;
    let own = app.options().key.clone();
    app.add_credentials("key", "of the environment");
    for key in ["key", &own] {
        assert_eq!(app.claim_credentials(key, "of a server", "a.ts:1"), Ok(()));
        app.add_credentials(key, "of the environment");
        assert_eq!(app.secret_of(key), Some("of a server"));
    }
}

#[test]
fn an_app_with_credentials_of_its_own_keeps_its_secret() {
    let mut world = World::new();
    let app = &mut world.app;
    let (key, secret) = (app.options().key.clone(), app.options().secret.clone());
    app.reset();
    assert_eq!(app.claim_credentials(&key, "another", "a.ts:1"), Err(""));
    assert_eq!(app.claim_credentials(&key, &secret, "a.ts:1"), Ok(()));
    app.add_credentials(&key, "another");
    assert_eq!(app.secret_of(&key), Some(&*secret));
}
