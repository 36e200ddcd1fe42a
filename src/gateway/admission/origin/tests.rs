use proptest::prelude::*;

use super::*;

fn is_local(origin: &str) -> Option<bool> {
    Origin::parse(origin).map(|origin| origin.is_local())
}

#[test]
fn what_is_of_this_machine() {
    for origin in [
        "http://localhost:3000",
        "https://localhost",
        "HTTP://LocalHost:3000",
        "http://localhost.:3000",
        "http://app.localhost:8080",
        "http://a.b.localhost",
        "http://127.0.0.1:5173",
        "http://127.9.8.7",
        "http://127.0.0.1.:3000",
        "http://[::1]:3000",
        "http://[::ffff:127.0.0.1]",
        "http://[::ffff:7f00:1]:80",
        "http://0.0.0.0:3000",
        "http://[::]:3000",
        "capacitor://localhost",
        "ionic://localhost",
        "tauri://localhost",
        "http://tauri.localhost",
        "ws://localhost:6001",
    ] {
        assert_eq!(is_local(origin), Some(true), "{origin}");
    }
}

#[test]
fn what_only_looks_as_if() {
    for origin in [
        "null",
        "file://",
        "https://evil.example",
        "http://localhost.evil.example",
        "http://evillocalhost",
        "http://evil-localhost:3000",
        "http://127.0.0.1.evil.example",
        "http://127.1",
        "http://2130706433",
        "http://0x7f.0.0.1",
        "http://xn--localhst-s1a",
        "http://128.0.0.1",
        "http://192.168.1.5:3000",
        "http://[fe80::1]:3000",
        "http://[::ffff:10.0.0.1]",
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    ] {
        assert_eq!(is_local(origin), Some(false), "{origin}");
    }
}

#[test]
fn what_is_no_origin() {
    for origin in [
        "",
        "localhost",
        "localhost:3000",
        "//localhost",
        "://localhost",
        "http://",
        "http://localhost@evil.example",
        "http://evil.example@localhost",
        "http://localhost/",
        "http://localhost/evil",
        "http://localhost?x",
        "http://localhost#x",
        "http://localhost:3000:4000",
        "http://localhost:-1",
        "http://localhost:+80",
        "http://localhost:65536",
        "http://localhost:port",
        "http://local host",
        "http://localhost\t",
        "http://lоcalhost",
        "http://bücher.example",
        "http://.localhost",
        "http://a..localhost",
        "http://localhost..",
        "http://%6cocalhost",
        "http://[::1",
        "http://::1",
        "http://[127.0.0.1]",
        "http://[::1]x",
        "http://[::1]:x",
        "ht tp://localhost",
        "null null",
        "http://localhost, http://evil.example",
    ] {
        assert_eq!(is_local(origin), None, "{origin}");
    }
}

#[test]
fn hosts_are_the_same_in_any_writing() {
    let parse = |text| Authority::parse(text).unwrap().host;
    assert_eq!(parse("App.Test."), parse("app.test:3000"));
    assert_eq!(parse("[::ffff:127.0.0.1]:1"), parse("127.0.0.1"));
    assert_eq!(parse("[fe80::1%25eth0]:6001"), parse("[fe80::1]"));
    assert_eq!(parse("my_service:6001").to_string(), "my_service");
    assert_eq!(parse("[0:0::1]").to_string(), "[::1]");
    assert_ne!(parse("app.test"), parse("app.test.example"));
}

#[test]
fn containers_call_each_other_by_names_without_dots() {
    let is_container_name = |text| Authority::parse(text).unwrap().host.is_container_name();
    for host in [
        "pushrig:6001",
        "my_service",
        "host.docker.internal:6001",
        "host.containers.internal",
    ] {
        assert!(is_container_name(host), "{host}");
    }
    for host in [
        "evil.example",
        "docker.internal",
        "host.docker.internal.evil.example",
        "10.0.0.1",
        "[::1]",
    ] {
        assert!(!is_container_name(host), "{host}");
    }
}

#[test]
fn an_origin_is_the_place_itself_with_the_usual_port_or_without() {
    let is_own = |origin, place| {
        let (origin, place) = (Origin::parse(origin), Authority::parse(place));
        origin.unwrap().is_own(&place.unwrap())
    };
    for (origin, place) in [
        ("http://10.0.2.2:6001", "10.0.2.2:6001"),
        ("http://app.test", "app.test:80"),
        ("http://app.test", "APP.test."),
        ("https://app.test", "app.test"),
        ("https://app.test", "app.test:443"),
        ("ws://app.test", "app.test:80"),
    ] {
        assert!(is_own(origin, place), "{origin} {place}");
    }
    for (origin, place) in [
        ("http://10.0.2.2:3000", "10.0.2.2:6001"),
        ("https://app.test", "app.test:80"),
        ("http://app.test:6001", "app.test"),
        ("http://a.test:6001", "b.test:6001"),
        ("null", "localhost"),
    ] {
        assert!(!is_own(origin, place), "{origin} {place}");
    }
}

#[test]
fn a_named_origin_covers_what_it_says() {
    for (named, covered, not) in [
        (
            "https://app.test",
            &[
                "https://app.test",
                "https://app.test:443",
                "https://APP.test.",
            ][..],
            &[
                "http://app.test",
                "https://app.test:3000",
                "https://a.app.test",
            ][..],
        ),
        (
            "http://app.test:3000",
            &["http://app.test:3000"],
            &["http://app.test", "https://app.test:3000", "null"],
        ),
        (
            "app.test",
            &["http://app.test", "https://app.test:3000", "app://app.test"],
            &[
                "http://x.app.test",
                "http://notapp.test",
                "http://app.test.evil.example",
            ],
        ),
        (
            "app.test:3000",
            &["http://app.test:3000", "https://app.test:3000"],
            &["http://app.test", "http://app.test:3001"],
        ),
        (
            "*.app.test",
            &["http://x.app.test", "https://y.x.app.test:3000"],
            &[
                "http://app.test",
                "http://xapp.test",
                "http://x.app.test.evil.example",
            ],
        ),
        (
            "null",
            &["null", "file://"],
            &["http://null", "https://evil.example"],
        ),
        (
            "192.168.1.5",
            &["http://192.168.1.5:3000"],
            &["http://192.168.1.6:3000"],
        ),
        (
            "chrome-extension://abcdefghijklmnop",
            &["chrome-extension://abcdefghijklmnop"],
            &["https://abcdefghijklmnop"],
        ),
    ] {
        let named = Named::parse(named).unwrap();
        let covers = |origin: &&str| named.covers(&Origin::parse(origin).unwrap());
        assert!(covered.iter().all(covers), "{named:?}");
        assert!(!not.iter().any(covers), "{named:?}");
    }
    for text in [
        "",
        "*",
        "*.",
        "*.*",
        "*.127.0.0.1",
        "a b",
        "http://*.app.test",
        "http://a/b",
    ] {
        assert_eq!(Named::parse(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn whatever_a_header_says_nothing_panics_and_what_is_understood_reads_the_same_again(
        text in prop_oneof![".{0,40}", "[a-z]{1,5}://[a-z0-9.:\\[\\]%@-]{0,30}"],
    ) {
        if let Some(origin) = Origin::parse(&text) {
            prop_assert_eq!(Origin::parse(&origin.to_string()), Some(origin));
        }
        let _ = Named::parse(&text);
    }

    #[test]
    fn a_name_that_does_not_end_in_localhost_is_never_local(
        name in "[a-z0-9.-]{0,20}[.-]?(localhost|127\\.0\\.0\\.1)[.-]?[a-z0-9-]{1,10}\\.[a-z]{2,5}",
    ) {
        prop_assert_ne!(is_local(&format!("http://{name}:3000")), Some(true));
    }
}
