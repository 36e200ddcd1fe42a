use std::net::{IpAddr, Ipv4Addr};

use super::*;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const TOKEN: &str = "a-token-that-nobody-guesses";

fn admission(origins: &[&str]) -> Admission {
    Admission {
        origins: origins
            .iter()
            .map(|origin| Named::parse(origin).unwrap())
            .collect(),
        token: TOKEN.to_owned(),
        is_public: false,
    }
}

/// Whom a request with these headers, one a line, is taken for.
fn ask_from(
    admission: &Admission,
    peer: IpAddr,
    headers: &str,
    is_page: bool,
) -> Result<Admitted, TurnedAway> {
    let headers: Vec<_> = headers
        .lines()
        .filter_map(|line| line.trim().split_once(':'))
        .map(|(name, value)| (name, value.trim().as_bytes()))
        .collect();
    let caller = Caller::new(peer, false, None, headers.into_iter());
    admission.admit(&caller, is_page)
}

fn ask(admission: &Admission, headers: &str) -> Result<Admitted, TurnedAway> {
    ask_from(admission, LOOPBACK, headers, false)
}

fn is_in(admission: &Admission, host: &str, origin: &str) -> bool {
    let headers = match origin {
        "" => format!("Host: {host}"),
        _ => format!("Host: {host}\nOrigin: {origin}"),
    };
    ask(admission, &headers).is_ok()
}

fn is_trusted(admission: &Admission, peer: IpAddr, headers: &str) -> bool {
    let admitted = ask_from(admission, peer, headers, false).unwrap();
    admitted.require_trust().is_ok()
}

#[test]
fn pages_of_this_machine_come_in_under_any_of_its_names() {
    let admission = admission(&[]);
    for host in [
        "127.0.0.1:6001",
        "localhost:6001",
        "[::1]:6001",
        "x.localhost",
        "0.0.0.0:6001",
    ] {
        for origin in [
            "http://localhost:3000",
            "http://127.0.0.1:5173",
            "http://[::1]:6006",
            "https://app.localhost",
            "capacitor://localhost",
        ] {
            assert!(is_in(&admission, host, origin), "{origin} at {host}");
        }
    }
}

#[test]
fn pages_from_elsewhere_do_not() {
    let admission = admission(&[]);
    for origin in [
        "https://evil.example",
        "https://localhost.evil.example",
        "http://192.168.1.5:3000",
        "null",
        "file://",
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        "http://127.1",
        "http://2130706433",
    ] {
        for host in ["127.0.0.1:6001", "localhost:6001", "[::1]:6001"] {
            let answer = ask(&admission, &format!("Host: {host}\nOrigin: {origin}"));
            let expected = TurnedAway::Origin(Origin::parse(origin).unwrap());
            assert_eq!(answer, Err(expected), "{origin} at {host}");
        }
    }
}

#[test]
fn what_no_browser_says_is_not_interpreted() {
    let admission = admission(&["evil.example"]);
    for headers in [
        "",
        "Host:",
        "Host: \nOrigin: http://localhost",
        "Host: localhost\nHost: evil.example",
        "Host: localhost\nhost: localhost",
        "Host: localhost\nOrigin: http://localhost\nOrigin: https://evil.example",
        "Host: localhost@evil.example",
        "Host: evil.example/localhost",
        "Host: localhost:6001:6001",
        "Host: localhost, evil.example",
        "Host: [::1",
        "Host: localhost\nOrigin: http://localhost@evil.example",
        "Host: localhost\nOrigin: http://localhost/",
        "Host: localhost\nOrigin: localhost",
        "Host: localhost\nOrigin: http://localhost http://evil.example",
        "Host: localhost\nOrigin: http://l\u{43e}calhost",
    ] {
        let answer = ask(&admission, headers);
        assert!(
            matches!(&answer, Err(away) if away.status() == 400),
            "{headers}: {answer:?}"
        );
    }
}

#[test]
fn a_name_that_a_website_points_at_this_machine_is_not_served() {
    let admission = admission(&[]);
    for host in [
        "evil.example",
        "evil.example:6001",
        "EVIL.example.",
        "localhost.evil.example:6001",
        "127.0.0.1.evil.example",
        "pushrig:6001",
        "host.docker.internal:6001",
        "xn--bcher-kva.example",
    ] {
        // To its browser it is all the same origin.
        let sites = [
            "",
            "\nSec-Fetch-Site: same-origin",
            "\nSec-Fetch-Site: none",
        ];
        for site in sites {
            let answer = ask_from(&admission, LOOPBACK, &format!("Host: {host}{site}"), true);
            assert!(
                matches!(answer, Err(TurnedAway::Host(_, None))),
                "{host}: {answer:?}"
            );
        }
        let with_origin = format!("Host: {host}\nOrigin: http://{host}");
        let answer = ask(&admission, &with_origin);
        assert!(
            matches!(answer, Err(TurnedAway::Host(_, Some(_)))),
            "{host}: {answer:?}"
        );
    }
}

#[test]
fn programs_come_in_whatever_address_they_use() {
    let admission = admission(&[]);
    for host in [
        "127.0.0.1:6001",
        "localhost",
        "10.0.2.2:6001",
        "[fe80::1%25eth0]:6001",
        "192.168.1.5",
    ] {
        assert!(is_in(&admission, host, ""), "{host}");
    }
    // Libraries of some languages say where they connect to, as if a page from there did.
    for host in [
        "10.0.2.2:6001",
        "192.168.1.5:6001",
        "[fd00::1]:6001",
        "127.0.0.1:6001",
    ] {
        for scheme in ["http", "ws"] {
            assert!(
                is_in(&admission, host, &format!("{scheme}://{host}")),
                "{host}"
            );
        }
    }
}

#[test]
fn an_old_request_need_not_name_the_server_and_is_not_trusted() {
    let admission = admission(&[]);
    let ask = |is_old, authority| {
        let caller = Caller::new(LOOPBACK, is_old, authority, std::iter::empty());
        admission.admit(&caller, false)
    };
    let old = ask(true, None).unwrap();
    let doubt = old.require_trust().unwrap_err().to_string();
    assert!(doubt.starts_with("it names no host, "), "{doubt}");
    // The header has to be there, whatever the target says (RFC 9112, 3.2).
    for authority in [None, Some("localhost")] {
        let away = ask(false, authority).unwrap_err();
        assert!(matches!(away, TurnedAway::Malformed(_)), "{away:?}");
    }
}

#[test]
fn an_absolute_target_counts_instead_of_the_host() {
    let admission = admission(&[]);
    let ask = |authority| {
        let headers = [("host", &b"localhost"[..])];
        let caller = Caller::new(LOOPBACK, false, Some(authority), headers.into_iter());
        admission.admit(&caller, false)
    };
    assert!(ask("127.0.0.1:6001").is_ok());
    assert!(matches!(ask("evil.example"), Err(TurnedAway::Host(..))));
    assert!(matches!(
        ask("localhost@evil.example"),
        Err(TurnedAway::Malformed(_))
    ));
}

#[test]
fn a_phone_opens_the_page_at_the_address_of_this_machine() {
    let admission = admission(&[]);
    let phone: IpAddr = "192.168.1.20".parse().unwrap();
    let ask = |headers: &str| ask_from(&admission, phone, headers, false);
    assert!(ask("Host: 192.168.1.5:6001\nOrigin: http://192.168.1.5:3000").is_ok());
    assert!(ask("Host: [fd00::5]:6001\nOrigin: http://[fd00:0::5]:3000").is_ok());
    assert!(ask("Host: 192.168.1.5:6001\nOrigin: http://192.168.1.6:3000").is_err());
    assert!(ask("Host: 192.168.1.5:6001\nOrigin: https://evil.example").is_err());
}

#[test]
fn containers_find_it_by_name_once_it_can_be_reached() {
    let mut admission = admission(&[]);
    for host in ["pushrig:6001", "host.docker.internal:6001"] {
        assert!(!is_in(&admission, host, ""), "{host}");
    }
    admission.is_public = true;
    for host in ["pushrig:6001", "my_service", "host.docker.internal:6001"] {
        assert!(is_in(&admission, host, ""), "{host}");
        assert!(is_in(&admission, host, &format!("http://{host}")), "{host}");
        assert!(!is_in(&admission, host, "https://evil.example"), "{host}");
        // A browser in a container, with a page from the next one.
        assert!(!is_in(&admission, host, "http://app:3000"), "{host}");
    }
    assert!(!is_in(&admission, "evil.example", ""));
}

#[test]
fn who_is_named_comes_in_and_its_host_is_served() {
    let admission = admission(&["http://app.test:3000", "*.dev.example", "null"]);
    for (host, origin) in [
        ("127.0.0.1:6001", "http://app.test:3000"),
        ("app.test:6001", "http://app.test:3000"),
        ("app.test:6001", ""),
        ("app.test:6001", "http://app.test:6001"),
        ("x.dev.example:6001", "https://y.dev.example"),
        ("localhost:6001", "null"),
        ("localhost:6001", "file://"),
    ] {
        assert!(is_in(&admission, host, origin), "{origin} at {host}");
    }
    for (host, origin) in [
        ("127.0.0.1:6001", "http://app.test"),
        ("127.0.0.1:6001", "http://dev.example"),
        ("dev.example:6001", ""),
        ("app.test:6001", "https://evil.example"),
    ] {
        assert!(!is_in(&admission, host, origin), "{origin} at {host}");
    }
}

#[test]
fn a_page_of_another_site_cannot_hide_its_origin() {
    let admission = admission(&["http://app.test:3000"]);
    let ask = |headers: &str, is_page| {
        let headers = format!("Host: localhost:6001\n{headers}");
        ask_from(&admission, LOOPBACK, &headers, is_page)
    };
    let window = "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document";
    let frame = "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: iframe";
    let image = "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: no-cors\nSec-Fetch-Dest: image";
    for (headers, is_page) in [
        (window, false),
        (frame, true),
        (frame, false),
        (image, true),
    ] {
        assert_eq!(
            ask(headers, is_page),
            Err(TurnedAway::CrossSite),
            "{headers}"
        );
    }
    // A link leads to the page.
    assert!(ask(window, true).is_ok());
    // Not so to what is asked by a page that has a name, which is not let in.
    let named = format!("{window}\nOrigin: https://evil.example");
    assert!(matches!(ask(&named, true), Err(TurnedAway::Origin(_))));
    assert!(
        ask(
            "Sec-Fetch-Site: cross-site\nOrigin: http://app.test:3000",
            false
        )
        .is_ok()
    );
    for site in ["same-origin", "same-site", "none"] {
        assert!(
            ask(&format!("Sec-Fetch-Site: {site}"), false).is_ok(),
            "{site}"
        );
    }
}

#[test]
fn this_machine_is_trusted_and_nobody_else_without_the_token() {
    let admission = admission(&["http://app.test:3000", "gateway.test", "null"]);
    let loopbacks = ["127.0.0.1", "127.5.5.5", "::1", "::ffff:127.0.0.1"];
    for peer in loopbacks.map(|peer| peer.parse().unwrap()) {
        assert!(
            is_trusted(&admission, peer, "Host: localhost:6001"),
            "{peer}"
        );
        let page = "Host: 127.0.0.1:6001\nOrigin: http://localhost:3000";
        assert!(is_trusted(&admission, peer, page), "{peer}");
    }
    let stranger = "192.168.1.20".parse().unwrap();
    let mapped = "::ffff:192.168.1.20".parse().unwrap();
    for (peer, headers, why) in [
        (stranger, "Host: localhost", "it comes from 192.168.1.20, "),
        (mapped, "Host: localhost", "it comes from 192.168.1.20, "),
        (
            LOOPBACK,
            "Host: localhost\nX-Forwarded-For: 10.0.0.1",
            "it comes through a proxy, ",
        ),
        (
            LOOPBACK,
            "Host: localhost\nx-forwarded-host: a",
            "it comes through a proxy, ",
        ),
        (
            LOOPBACK,
            "Host: localhost\nX-FORWARDED-PROTO: https",
            "it comes through a proxy, ",
        ),
        (
            LOOPBACK,
            "Host: localhost\nForwarded: for=10.0.0.1",
            "it comes through a proxy, ",
        ),
        (
            LOOPBACK,
            "Host: gateway.test",
            "it asks for gateway.test, not for localhost, ",
        ),
        (
            LOOPBACK,
            "Host: 192.168.1.5:6001",
            "it asks for 192.168.1.5, not for localhost, ",
        ),
        (
            LOOPBACK,
            "Host: localhost\nOrigin: http://app.test:3000",
            "it comes from a page of http://app.test:3000, ",
        ),
        (
            LOOPBACK,
            "Host: localhost\nOrigin: null",
            "it comes from a page without an origin (null), ",
        ),
    ] {
        let ask = |more: &str| {
            let headers = format!("{headers}\n{more}");
            ask_from(&admission, peer, &headers, false).unwrap()
        };
        let doubt = ask("").require_trust().unwrap_err().to_string();
        assert!(doubt.starts_with(why), "{headers}: {doubt}");
        assert!(doubt.contains("Authorization: Bearer"), "{doubt}");
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let right = ask(&format!("Authorization: {scheme} {TOKEN}"));
            assert_eq!(right.require_trust(), Ok(()), "{headers}");
        }
        for wrong in [
            "Bearer ".to_owned(),
            format!("Bearer {}", &TOKEN[1..]),
            format!("Bearer {TOKEN}x"),
            format!("Bearer {}", TOKEN.to_uppercase()),
            format!("Basic {TOKEN}"),
            TOKEN.to_owned(),
            "Be".to_owned(),
        ] {
            let answer = ask(&format!("Authorization: {wrong}"));
            assert!(answer.require_trust().is_err(), "{headers}: {wrong}");
        }
    }
}

#[test]
fn the_token_does_not_let_a_page_in() {
    let admission = admission(&[]);
    let headers =
        format!("Host: localhost\nOrigin: https://evil.example\nAuthorization: Bearer {TOKEN}");
    assert!(matches!(
        ask(&admission, &headers),
        Err(TurnedAway::Origin(_))
    ));
}

#[test]
fn no_token_is_none_that_could_be_sent() {
    let stranger = "192.168.1.20".parse().unwrap();
    for header in [
        "Authorization: Bearer ",
        "Authorization: Bearer",
        "Authorization:",
    ] {
        let headers = format!("Host: localhost\n{header}");
        assert!(
            !is_trusted(&Admission::default(), stranger, &headers),
            "{header}"
        );
    }
}

#[test]
fn who_is_turned_away_is_told_what_lets_it_in() {
    let nobody = admission(&[]);
    for (headers, sentence, named) in [
        (
            "Host: localhost\nOrigin: https://evil.example",
            "pages of https://evil.example may not use this gateway. If they are yours, name what \
             comes: listen({ origins: [\"https://evil.example\"] }), --origin https://evil.example \
             or PUSHRIG_ORIGINS=https://evil.example",
            &["https://evil.example"][..],
        ),
        (
            "Host: localhost\nOrigin: null",
            "pages without an origin (null) may not use this gateway, because any website can make \
             one. If you need them, in a test for example, name what comes: listen({ origins: \
             [\"null\"] }), --origin null or PUSHRIG_ORIGINS=null",
            &["null"],
        ),
        (
            "Host: app.test:6001",
            "this gateway does not go by the name app.test, which any website could point here. If \
             it is yours, name what comes: listen({ origins: [\"app.test\"] }), --origin app.test \
             or PUSHRIG_ORIGINS=app.test",
            &["app.test"],
        ),
        (
            "Host: app.test:6001\nOrigin: http://app.test:3000",
            "this gateway does not go by the name app.test, which any website could point here. If \
             it is yours, name what comes: listen({ origins: [\"http://app.test:3000\"] }), \
             --origin http://app.test:3000 or PUSHRIG_ORIGINS=http://app.test:3000",
            &["http://app.test:3000"],
        ),
        (
            "Host: gw.test:6001\nOrigin: http://localhost:3000",
            "this gateway does not go by the name gw.test, which any website could point here. If \
             it is yours, name what comes: listen({ origins: [\"gw.test\"] }), --origin gw.test or \
             PUSHRIG_ORIGINS=gw.test",
            &["gw.test"],
        ),
        (
            "Host: gw.test:6001\nOrigin: http://app.test:3000",
            "this gateway does not go by the name gw.test, which any website could point here. If \
             it is yours, name what comes: listen({ origins: [\"http://app.test:3000\", \
             \"gw.test\"] }), --origin http://app.test:3000 --origin gw.test or \
             PUSHRIG_ORIGINS=http://app.test:3000,gw.test",
            &["http://app.test:3000", "gw.test"],
        ),
    ] {
        let away = ask(&nobody, headers).unwrap_err();
        assert_eq!((away.status(), away.to_string().as_str()), (403, sentence));
        assert!(ask(&admission(named), headers).is_ok(), "{headers}");
    }
}
