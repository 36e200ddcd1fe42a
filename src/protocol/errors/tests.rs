use super::*;

#[test]
fn http_texts_are_those_of_the_service() {
    for (error, status, text) in [
        (ApiError::UnknownAuthKey, 400, "Unknown auth_key"),
        (ApiError::TimestampRequired, 401, "Timestamp required"),
        (ApiError::VersionRequired, 401, "Version required"),
        (ApiError::VersionNotSupported, 401, "Version not supported"),
        (
            ApiError::MissingAuthParameter("auth_key"),
            401,
            "Missing parameter: auth_key",
        ),
        (
            ApiError::NameNotAString,
            400,
            "Expected name parameter to be a string",
        ),
        (
            ApiError::MissingRequiredParameter("channel"),
            400,
            "Missing required parameter: channel",
        ),
        (
            ApiError::BatchTooLarge {
                events: 11,
                limit: 10,
            },
            400,
            "Batch too large (11 > 10)",
        ),
        (
            ApiError::ReservedEventName,
            400,
            "The 'pusher' namespace is reserved for internal usage",
        ),
        (
            ApiError::UserCountNeedsPresencePrefix,
            400,
            "user_count may only be requested for presence channels - please supply filter_by_prefix begining with presence-",
        ),
        (
            ApiError::UserCountNeedsPresenceChannel,
            400,
            "Cannot retrieve the user count unless the channel is a presence channel",
        ),
        (
            ApiError::SubscriptionCountDisabled,
            400,
            "Cannot retrieve the subscription count because subscription counting is not enabled",
        ),
        (
            ApiError::UsersNeedPresenceChannel,
            400,
            "Users can only be retrieved for presence channels",
        ),
        (
            ApiError::ExtraneousParameters("info".into()),
            400,
            "The following query string parameters are extraneous: info",
        ),
        (ApiError::NotFound, 404, "404 NOT FOUND"),
        (ApiError::UnknownApp, 404, "Unknown app"),
        (
            ApiError::DataTooLarge { limit: 10_240 },
            413,
            "The data content of this event exceeds the allowed maximum (10240 bytes). See https://pusher.com/docs/channels/server_api/http-api#publishing-events for more info",
        ),
    ] {
        assert_eq!(error.status(), status, "{text}");
        assert_eq!(error.body(), format!("{text}\n"));
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn a_wrong_signature_shows_what_should_have_been_signed() {
    let error = ApiError::InvalidSignature {
        string_to_sign: "POST\n/apps/3/events\nauth_key=k".into(),
        sent: Some("beef".into()),
    };
    assert_eq!(error.status(), 401);
    assert_eq!(
        error.body(),
        "Invalid signature: you should have sent HmacSHA256Hex(\"POST\\n/apps/3/events\\nauth_key=k\", your_secret_key), but you sent \"beef\"\n"
    );
    assert!(
        ApiError::InvalidSignature {
            string_to_sign: "".into(),
            sent: None
        }
        .body()
        .ends_with("but you sent nil\n")
    );
}

#[test]
fn an_expired_timestamp_shows_both_times_in_utc() {
    assert_eq!(
        ApiError::TimestampExpired {
            given: 1_380_444_393,
            now: 1_380_443_792
        }
        .body(),
        "Timestamp expired: Given timestamp (2013-09-29T08:46:33Z) not within 600s of server time (2013-09-29T08:36:32Z)\n"
    );
}

#[test]
fn utc_knows_the_calendar() {
    for (seconds, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_709_251_199, "2024-02-29T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
    ] {
        assert_eq!(utc(seconds), text);
    }
    // Whatever a client sends, formatting does not overflow.
    utc(i64::MAX);
    utc(i64::MIN);
}

#[test]
fn socket_texts_are_those_of_the_service() {
    for (error, code, message) in [
        (
            SocketError::NeedsTls,
            Some(4000),
            "Application only accepts SSL connections, reconnect using wss://",
        ),
        (
            SocketError::UnknownKey("K".into()),
            Some(4001),
            "App key K not in this cluster. Did you forget to specify the cluster?",
        ),
        (SocketError::AppDisabled, Some(4003), "Application disabled"),
        (SocketError::OverQuota, Some(4004), "Account over quota"),
        (SocketError::PathNotFound, Some(4005), "Path not found"),
        (
            SocketError::InvalidVersion,
            Some(4006),
            "Invalid version string format",
        ),
        (
            SocketError::UnsupportedVersion,
            Some(4007),
            "Unsupported protocol version",
        ),
        (
            SocketError::NoVersion,
            Some(4008),
            "No protocol version supplied",
        ),
        (
            SocketError::NotAuthorizedInTime,
            Some(4009),
            "Connection not authorized within timeout",
        ),
        (SocketError::OverCapacity, Some(4100), "Over capacity"),
        (
            SocketError::WatchlistLimit { limit: 100 },
            Some(4302),
            "Watchlist limit exceeded. Only the first 100 user IDs are accepted.",
        ),
        (
            SocketError::ExistingSubscription("X".into()),
            None,
            "Existing subscription to channel X",
        ),
        (
            SocketError::NoSubscription("X".into()),
            None,
            "No current subscription to channel X, or subscription in progress",
        ),
        (
            SocketError::InvalidSignature {
                signed: "1.1:private-x".into(),
                got: "k:bad".into(),
            },
            None,
            "Invalid signature: Expected HMAC SHA256 hex digest of 1.1:private-x, but got k:bad",
        ),
        (
            SocketError::InvalidAuthKey("k".into()),
            None,
            "Invalid key in subscription auth data: 'k'",
        ),
        (
            SocketError::MalformedAuth {
                channel: "X".into(),
            },
            None,
            "Auth value for subscription to X is invalid: should be of format 'key:signature'",
        ),
        (
            SocketError::UserInfoNotAnObject,
            None,
            "user_info supplied to presence subscription is invalid - if supplied it must be a type of hash",
        ),
        (
            SocketError::ClientEventsDisabled,
            None,
            "To send client events, you must enable this feature in the Settings page of your dashboard.",
        ),
        (
            SocketError::NotSubscribed("X".into()),
            None,
            "Cannot broadcast client event (connection not subscribed to channel X)",
        ),
        (
            SocketError::InvalidClientEvent,
            None,
            "Invalid client event (must contain channel and data)",
        ),
        (
            SocketError::UnsupportedEvent("X".into()),
            None,
            "Unsupported event received on socket:'X'",
        ),
    ] {
        assert_eq!((error.code(), error.to_string().as_str()), (code, message));
    }
}

#[test]
fn every_code_to_close_with_has_a_text_of_its_kind() {
    for (code, text) in [
        (4000, "Application only accepts SSL connections"),
        (4001, "Application does not exist"),
        (4003, "Application disabled"),
        (4004, "Account over quota"),
        (4005, "Path not found"),
        (4006, "Invalid version string format"),
        (4007, "Unsupported protocol version"),
        (4008, "No protocol version supplied"),
        (4009, "Connection not authorized within timeout"),
        (4100, "Over capacity"),
        (4150, "Over capacity"),
        (4200, "Generic reconnect immediately"),
        (4201, "Pong reply not received"),
        (4202, "Closed after inactivity"),
        (4999, "Generic reconnect immediately"),
    ] {
        let error = SocketError::with_code(code);
        assert_eq!(error.code(), Some(code));
        assert!(error.to_string().starts_with(text), "{code}: {}", error);
    }
}

#[test]
fn only_a_code_that_does_not_merely_inform_closes() {
    assert!(SocketError::OverQuota.closes());
    assert!(SocketError::Reconnect.closes());
    assert!(!SocketError::ClientEventRate.closes());
    assert!(!SocketError::WatchlistLimit { limit: 100 }.closes());
    assert!(!SocketError::InvalidClientEvent.closes());
}

#[test]
fn a_rule_of_the_http_api_is_said_on_the_socket_without_the_newline() {
    let error = SocketError::from(ApiError::ReservedEventName);
    assert_eq!(error.code(), None);
    assert_eq!(
        error.to_string(),
        "The 'pusher' namespace is reserved for internal usage"
    );
}

#[test]
fn a_very_long_value_is_shortened_in_the_text() {
    let error = SocketError::UnsupportedEvent("ü".repeat(100_000).as_str().into());
    assert_eq!(error.to_string().chars().filter(|&c| c == 'ü').count(), 200);
    assert!(error.to_string().ends_with("…'"));
}
