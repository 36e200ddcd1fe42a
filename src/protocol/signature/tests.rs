use base64::{Engine, prelude::BASE64_STANDARD};

use super::*;
use crate::protocol::Limits;

/// The second at which the documented request below was signed.
const SIGNED_AT_S: u64 = 1_353_088_179;
const KEY: &str = "278d425bdf160c739803";
const SECRET: &str = "7ad3773142a6692b25b8";
const BODY: &str = r#"{"name":"foo","channels":["project-3"],"data":"{\"some\":\"data\"}"}"#;
const REFERENCE_QUERY: &str = "auth_key=278d425bdf160c739803&auth_timestamp=1353088179&auth_version=1.0&body_md5=ec365a775a4cd0599faeb73354201b6f&auth_signature=da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c";

/// A request as it comes over the wire, checked at the second it was signed.
fn check(method: &str, path: &str, query: &str, body: &str) -> Result<(), ApiError> {
    check_at(SIGNED_AT_S, method, path, query, body)
}

fn check_at(now_s: u64, method: &str, path: &str, query: &str, body: &str) -> Result<(), ApiError> {
    let query = query::parse(query);
    let request = SignedRequest {
        method,
        path,
        query: &query,
        body: body.as_bytes(),
    };
    request
        .verify(|key| (key == KEY).then_some(SECRET), now_s * 1000)
        .map(|key| assert_eq!(key, KEY))
}

/// `query` with the signature over exactly `string`.
fn signed(query: &str, string: &str) -> String {
    format!("{query}&auth_signature={}", hmac_sha256_hex(SECRET, string))
}

/// What every request of these tests carries.
fn credentials() -> String {
    format!("auth_key={KEY}&auth_timestamp={SIGNED_AT_S}&auth_version=1.0")
}

#[test]
fn digests_match_the_documented_examples() {
    assert_eq!(md5_hex(BODY), "ec365a775a4cd0599faeb73354201b6f");
    assert_eq!(md5_hex(""), "d41d8cd98f00b204e9800998ecf8427e");
    assert_eq!(
        hmac_sha256_hex(SECRET, "1234.1234:private-foobar"),
        "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4"
    );
}

#[test]
fn a_private_subscription_is_signed_over_socket_and_channel() {
    assert_eq!(
        hmac_sha256_hex(SECRET, &channel_string("1234.1234", "private-foobar", None)),
        "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4"
    );
}

#[test]
fn a_presence_subscription_is_signed_with_its_data() {
    let data = r#"{"user_id":10,"user_info":{"name":"Mr. Pusher"}}"#;
    let string = channel_string("1234.1234", "presence-foobar", Some(data));
    let signature = "afaed3695da2ffd16931f457e338e6c9f2921fa133ce7dac49f529792be6304c";
    assert_eq!(hmac_sha256_hex(SECRET, &string), signature);
    assert!(verify(SECRET, &string, signature));
}

#[test]
fn a_user_is_signed_with_two_colons() {
    assert_eq!(
        hmac_sha256_hex(SECRET, &user_string("1234.1234", r#"{"id":"12345"}"#)),
        "4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba"
    );
}

#[test]
fn only_the_exact_signature_verifies() {
    let signature = hmac_sha256_hex(SECRET, "text");
    assert!(verify(SECRET, "text", &signature));
    for other in [
        "",
        "zz",
        "é",
        &signature[1..],
        &signature.to_uppercase(),
        &signature.replace(|c: char| c.is_ascii_digit(), "0"),
        &format!("{signature}00"),
    ] {
        assert!(!verify(SECRET, "text", other), "{other}");
    }
    assert!(!verify("other secret", "text", &signature));
    assert!(!verify(SECRET, "text2", &signature));
}

#[test]
fn auth_is_a_key_and_a_signature() {
    assert_eq!(split_auth("key:abc"), Some(("key", "abc")));
    for malformed in ["", ":", "key", "key:", ":abc"] {
        assert_eq!(split_auth(malformed), None, "{malformed}");
    }
}

#[test]
fn the_documented_request_is_accepted() {
    assert_eq!(
        check("POST", "/apps/3/events", REFERENCE_QUERY, BODY),
        Ok(())
    );
}

#[test]
fn parameters_are_signed_sorted_and_decoded() {
    let query = query::parse(
        "query=params&go=here&Auth_Key=key&auth_signature=x&auth_timestamp=1234&auth_version=1.0",
    );
    let request = SignedRequest {
        method: "POST",
        path: "/some/path",
        query: &query,
        body: b"",
    };
    assert_eq!(
        request.string_to_sign(),
        "POST\n/some/path\nauth_key=key&auth_timestamp=1234&auth_version=1.0&go=here&query=params"
    );
    assert_eq!(
        hmac_sha256_hex("secret", &request.string_to_sign()),
        "3b237953a5ba6619875cbb2a2d43e8da9ef5824e8a2c689f6284ac85bc1ea0db"
    );

    let query = query::parse("things%5B%5D=thing2&things[]=thing1&nil&space=a%20b");
    let request = SignedRequest {
        query: &query,
        ..request
    };
    assert_eq!(
        request.string_to_sign(),
        "POST\n/some/path\nnil=&space=a b&things[]=thing2&things[]=thing1"
    );
}

#[test]
fn a_digest_of_the_empty_body_is_signed_and_checked() {
    let query = format!(
        "{}&body_md5=d41d8cd98f00b204e9800998ecf8427e",
        credentials()
    );
    let query = signed(&query, &format!("GET\n/apps/3/channels\n{query}"));
    assert_eq!(check("GET", "/apps/3/channels", &query, ""), Ok(()));
}

#[test]
fn the_node_sdk_signs_names_as_they_are_written() {
    let query = format!("Filter=x&{}", credentials());
    let query = signed(&query, &format!("GET\n/apps/3/channels\n{query}"));
    assert_eq!(check("GET", "/apps/3/channels", &query, ""), Ok(()));
}

#[test]
fn the_node_sdk_signs_the_path_before_it_is_encoded() {
    let raw = "/apps/3/users/jörg/terminate_connections";
    let encoded = "/apps/3/users/j%C3%B6rg/terminate_connections";
    for signed_path in [raw, encoded] {
        let query = credentials();
        let query = signed(&query, &format!("POST\n{signed_path}\n{query}"));
        assert_eq!(check("POST", encoded, &query, ""), Ok(()));
    }
}

#[test]
fn a_changed_request_is_refused() {
    for (method, path, query) in [
        ("GET", "/apps/3/events", REFERENCE_QUERY.to_owned()),
        ("POST", "/apps/4/events", REFERENCE_QUERY.to_owned()),
        (
            "POST",
            "/apps/3/events",
            format!("{REFERENCE_QUERY}&info=x"),
        ),
        (
            "POST",
            "/apps/3/events",
            REFERENCE_QUERY.replace("signature=da", "signature=db"),
        ),
    ] {
        let error = check(method, path, &query, BODY).unwrap_err();
        assert_eq!(error.status(), 401);
        assert!(
            error
                .body()
                .starts_with("Invalid signature: you should have sent HmacSHA256Hex(\""),
            "{error}"
        );
    }
}

#[test]
fn a_refused_signature_shows_the_string_to_sign_but_not_the_secret() {
    let query = format!("{}&auth_signature=beef", credentials());
    let error = check("GET", "/apps/3/channels", &query, "").unwrap_err();
    assert_eq!(
        error.body(),
        format!(
            "Invalid signature: you should have sent HmacSHA256Hex(\"GET\\n/apps/3/channels\\n{}\", your_secret_key), but you sent \"beef\"\n",
            credentials()
        )
    );
    assert!(!error.body().contains(SECRET));
    let error = check("GET", "/apps/3/channels", &credentials(), "").unwrap_err();
    assert!(error.body().ends_with("but you sent nil\n"));
}

#[test]
fn a_changed_or_missing_digest_of_the_body_is_refused() {
    assert_eq!(
        check("POST", "/apps/3/events", REFERENCE_QUERY, "{}"),
        Err(ApiError::InvalidBodyMd5 {
            expected: md5_hex("{}"),
            sent: Some("ec365a775a4cd0599faeb73354201b6f".into())
        })
    );
    let query = credentials();
    let query = signed(&query, &format!("POST\n/apps/3/events\n{query}"));
    assert_eq!(
        check("POST", "/apps/3/events", &query, "{}"),
        Err(ApiError::InvalidBodyMd5 {
            expected: md5_hex("{}"),
            sent: None
        })
    );
}

#[test]
fn a_timestamp_counts_for_less_than_600_seconds_both_ways() {
    let at = |now_s| check_at(now_s, "POST", "/apps/3/events", REFERENCE_QUERY, BODY);
    for now_s in [SIGNED_AT_S - 599, SIGNED_AT_S + 599] {
        assert_eq!(at(now_s), Ok(()));
    }
    for now_s in [SIGNED_AT_S - 600, SIGNED_AT_S + 600] {
        assert_eq!(
            at(now_s),
            Err(ApiError::TimestampExpired {
                given: SIGNED_AT_S as i64,
                now: now_s as i64
            })
        );
    }
}

#[test]
fn what_a_signed_request_lacks_is_named() {
    for (query, error) in [
        ("", ApiError::MissingAuthParameter("auth_key")),
        ("auth_key=other", ApiError::UnknownAuthKey),
        ("auth_key=278d425bdf160c739803", ApiError::VersionRequired),
        (
            "auth_key=278d425bdf160c739803&auth_version=2.0",
            ApiError::VersionNotSupported,
        ),
        (
            "auth_key=278d425bdf160c739803&auth_version=1.0",
            ApiError::TimestampRequired,
        ),
        (
            "auth_key=278d425bdf160c739803&auth_version=1.0&auth_timestamp=soon",
            ApiError::TimestampExpired {
                given: 0,
                now: SIGNED_AT_S as i64,
            },
        ),
    ] {
        assert_eq!(check("GET", "/apps/3/channels", query, ""), Err(error));
    }
}

fn master_key() -> [u8; 32] {
    BASE64_STANDARD
        .decode("zyrm8pvV2C9fJcBfhyXzvxbJVN/H7QLmbe0xJi1GhPU=")
        .unwrap()
        .try_into()
        .unwrap()
}

#[test]
fn the_shared_secret_matches_the_sdks() {
    let channel = ChannelName::parse("private-encrypted-bla", &Limits::default()).unwrap();
    assert_eq!(
        BASE64_STANDARD.encode(shared_secret(&channel, &master_key())),
        "nlr49ISQHz91yS3cy/yWmW8wFMNeTnNL5tNHnbPJcLQ="
    );
}

/// The box was made with tweetnacl, the library inside pusher-js and the Node SDK.
#[test]
fn a_secretbox_is_what_tweetnacl_makes() {
    let sealed = secretbox_seal(b"hello", &[2; 24], &[1; 32]);
    assert_eq!(
        BASE64_STANDARD.encode(sealed),
        "aRF4oKbpM89AV5wURjA7xZUAspER"
    );
}

#[test]
fn a_secretbox_opens_with_the_same_nonce_and_key_only() {
    let mut sealed = secretbox_seal(b"hello", &[2; 24], &[1; 32]);
    let opened = secretbox_open(&sealed, &[2; 24], &[1; 32]);
    assert_eq!(opened.as_deref(), Some(&b"hello"[..]));
    assert_eq!(secretbox_open(&sealed, &[2; 24], &[3; 32]), None);
    assert_eq!(secretbox_open(&sealed, &[3; 24], &[1; 32]), None);
    assert_eq!(secretbox_open(&[], &[2; 24], &[1; 32]), None);
    sealed[0] ^= 1;
    assert_eq!(secretbox_open(&sealed, &[2; 24], &[1; 32]), None);
}
