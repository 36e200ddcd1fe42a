use super::*;

fn options(id: &str, key: &str) -> AppOptions {
    AppOptions {
        id: id.into(),
        key: key.into(),
        ..AppOptions::default()
    }
}

fn same(found: Option<SharedApp>, app: &SharedApp) -> bool {
    found.is_some_and(|found| Arc::ptr_eq(&found, app))
}

#[test]
fn a_scope_has_one_default_app() {
    let registry = Registry::default();
    let app = registry.default_app("");
    assert!(Arc::ptr_eq(&app, &registry.default_app("")));
    assert!(!Arc::ptr_eq(&app, &registry.default_app("worker-2")));
    assert!(app.lock().options().accepts_any_key);
}

#[test]
fn the_default_app_is_found_by_any_id_after_the_named_ones() {
    let registry = Registry::default();
    let default = registry.default_app("");
    let named = registry.create("", options("7", "key-7")).unwrap();
    let all = registry.apps("");
    for (id, app) in [
        ("7", &named),
        ("1", &default),
        ("mock-app-id", &default),
        ("x", &default),
    ] {
        assert!(same(apps::with_id(&all, id).cloned(), app), "{id}");
    }
    assert!(apps::with_id(&[named], "1").is_none());
}

#[test]
fn an_app_is_found_by_each_of_its_keys_in_its_scope() {
    let registry = Registry::default();
    let app = registry.create("", options("7", "first")).unwrap();
    app.lock().add_credentials("second", "secret");
    assert!(same(registry.find_by_key("", "first"), &app));
    assert!(same(registry.find_by_key("", "second"), &app));
    assert!(registry.find_by_key("", "third").is_none());
    assert!(registry.find_by_key("elsewhere", "first").is_none());
}

#[test]
fn of_two_apps_with_one_key_the_later_counts_until_it_is_removed() {
    let registry = Registry::default();
    let earlier = registry.create("", options("7", "k")).unwrap();
    let later = registry.create("", options("7", "k")).unwrap();
    assert!(same(registry.find_by_key("", "k"), &later));
    registry.remove("", &later);
    assert!(same(registry.find_by_key("", "k"), &earlier));
}

#[test]
fn an_app_without_credentials_is_refused() {
    let registry = Registry::default();
    let error = registry.create("", options("7", "")).err().unwrap();
    assert_eq!(
        error.to_string().as_str(),
        "Invalid app: its key is empty, leave it out for the default"
    );
}

#[test]
fn a_dropped_scope_starts_over() {
    let registry = Registry::default();
    let before = registry.default_app("");
    registry.drop_scope("");
    assert!(!Arc::ptr_eq(&before, &registry.default_app("")));
}

#[test]
fn a_closed_outlet_leaves_every_app() {
    use crate::broker::Outlet;
    use crate::broker::test_outlet::TestOutlet;
    let registry = Registry::default();
    let outlet = TestOutlet::new();
    let apps = [
        registry.default_app(""),
        registry.create("other", options("7", "k")).unwrap(),
    ];
    let connections = apps
        .clone()
        .map(|app| app.lock().open(&outlet.shared(), None, 0).unwrap());
    registry.close_outlet(outlet.id(), || Reading::from(0));
    for (app, connection) in apps.iter().zip(connections) {
        assert!(app.lock().socket_id(connection).is_none());
    }
}

#[test]
fn a_closed_outlet_leaves_even_the_apps_that_the_registry_has_forgotten() {
    use crate::broker::test_outlet::TestOutlet;

    let registry = Registry::default();
    let outlet = TestOutlet::new();
    // A gateway goes on serving both.
    let default = registry.default_app("scope");
    let created = registry.create("scope", AppOptions::default()).unwrap();
    for app in [&default, &created] {
        let mut app = app.lock();
        let connection = app.open(&outlet.shared(), None, 0).unwrap();
        app.subscribe_trusted(connection, "presence-room", 0)
            .unwrap();
    }
    registry.remove("scope", &created);
    registry.drop_scope("scope");
    registry.close_outlet(outlet.shared().id(), || Reading::from(0));
    for app in [default, created] {
        assert_eq!(app.lock().subscriber_count("presence-room"), 0);
    }
}

#[test]
fn apps_that_nobody_holds_any_more_do_not_pile_up() {
    let registry = Registry::default();
    let held = registry.create("", options("1", "k")).unwrap();
    for _ in 0..10_000 {
        let app = registry.create("", options("7", "k")).unwrap();
        registry.remove("", &app);
    }
    assert!(registry.made.lock().apps.len() <= FEW);
    assert!(registry.all().iter().any(|app| Arc::ptr_eq(app, &held)));
}
