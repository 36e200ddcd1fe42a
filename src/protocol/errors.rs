//! The answers to what is refused: texts and codes of the real service. Where the service has a
//! rule but no known text, the text names the value, the rule and the fix.

use std::fmt;

/// A refused HTTP API request: a status and a plain text body that ends in a newline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status, 4xx.
    pub status: u16,
    /// The whole body.
    pub body: String,
}

impl ApiError {
    /// An answer with this status; `text` goes without its final newline.
    pub fn new(status: u16, text: impl fmt::Display) -> ApiError {
        ApiError {
            status,
            body: format!("{text}\n"),
        }
    }

    /// The body without its final newline, for messages outside of HTTP.
    pub fn text(&self) -> &str {
        self.body.trim_end_matches('\n')
    }

    // ---- who is asking

    pub fn unknown_auth_key() -> ApiError {
        // 400, not 401: that is what the service answers.
        ApiError::new(400, "Unknown auth_key")
    }

    /// `sent` is the request's `auth_signature`, if it had one.
    pub fn invalid_signature(string_to_sign: &str, sent: Option<&str>) -> ApiError {
        let sent = sent.map_or_else(|| "nil".to_owned(), quoted);
        ApiError::new(
            401,
            format_args!(
                "Invalid signature: you should have sent HmacSHA256Hex({}, your_secret_key), but you sent {sent}",
                quoted(string_to_sign)
            ),
        )
    }

    /// Both times in seconds since the epoch.
    pub fn timestamp_expired(given: i64, now: i64) -> ApiError {
        ApiError::new(
            401,
            format_args!(
                "Timestamp expired: Given timestamp ({}) not within 600s of server time ({})",
                utc(given),
                utc(now)
            ),
        )
    }

    pub fn timestamp_required() -> ApiError {
        ApiError::new(401, "Timestamp required")
    }

    pub fn version_required() -> ApiError {
        ApiError::new(401, "Version required")
    }

    pub fn version_not_supported() -> ApiError {
        ApiError::new(401, "Version not supported")
    }

    /// A parameter of the signature is missing.
    pub fn missing_auth_parameter(name: &str) -> ApiError {
        ApiError::new(401, format_args!("Missing parameter: {name}"))
    }

    /// `sent` is the request's `body_md5`, if it had one.
    pub fn invalid_body_md5(expected: &str, sent: Option<&str>) -> ApiError {
        let sent = sent.map_or_else(|| "nil".to_owned(), quoted);
        ApiError::new(
            401,
            format_args!(
                "Invalid body_md5: the MD5 of the request body is \"{expected}\", but you sent {sent}"
            ),
        )
    }

    // ---- publishing

    pub fn name_not_a_string() -> ApiError {
        ApiError::new(400, "Expected name parameter to be a string")
    }

    /// A parameter is there but is no `wanted` ("a string", "an array of strings").
    pub fn wrong_type(name: &str, wanted: &str) -> ApiError {
        ApiError::new(
            400,
            format_args!("Expected {name} parameter to be {wanted}"),
        )
    }

    pub fn missing_required_parameter(name: &str) -> ApiError {
        ApiError::new(400, format_args!("Missing required parameter: {name}"))
    }

    pub fn invalid_json(reason: impl fmt::Display) -> ApiError {
        ApiError::new(
            400,
            format_args!("Invalid request body: not a JSON object ({reason})"),
        )
    }

    pub fn batch_too_large(events: usize, limit: usize) -> ApiError {
        ApiError::new(400, format_args!("Batch too large ({events} > {limit})"))
    }

    pub fn too_many_channels(channels: usize, limit: usize) -> ApiError {
        ApiError::new(
            400,
            format_args!("Too many channels ({channels} > {limit})"),
        )
    }

    pub fn invalid_socket_id(socket_id: &str) -> ApiError {
        ApiError::new(
            400,
            format_args!(
                "Invalid socket id: '{}' is not of the form '123.456'",
                shortened(socket_id)
            ),
        )
    }

    pub fn data_too_large(limit: usize) -> ApiError {
        ApiError::new(
            413,
            format_args!(
                "The data content of this event exceeds the allowed maximum ({limit} bytes). See https://pusher.com/docs/channels/server_api/http-api#publishing-events for more info"
            ),
        )
    }

    pub fn reserved_event_name() -> ApiError {
        ApiError::new(400, "The 'pusher' namespace is reserved for internal usage")
    }

    pub fn empty_event_name() -> ApiError {
        ApiError::new(
            400,
            "Invalid event name: '' is empty, at least one character is needed",
        )
    }

    pub fn event_name_too_long(name: &str, length: usize, limit: usize) -> ApiError {
        ApiError::new(
            400,
            format_args!(
                "Invalid event name: '{}' has {length} characters, at most {limit} are allowed",
                shortened(name)
            ),
        )
    }

    pub fn empty_channel_name(name: &str) -> ApiError {
        let what = if name.is_empty() {
            "is empty, at least one character is needed"
        } else {
            "is empty after the prefix, a user id is needed"
        };
        ApiError::new(400, format_args!("Invalid channel name: '{name}' {what}"))
    }

    pub fn bad_channel_name_char(name: &str, bad: char) -> ApiError {
        ApiError::new(
            400,
            format_args!(
                "Invalid channel name: '{}' contains {bad:?}, only letters, digits and _-=@,.; are allowed",
                shortened(name)
            ),
        )
    }

    pub fn channel_name_too_long(name: &str, length: usize, limit: usize) -> ApiError {
        ApiError::new(
            400,
            format_args!(
                "Invalid channel name: '{}' has {length} characters, at most {limit} are allowed",
                shortened(name)
            ),
        )
    }

    // ---- asking about channels

    pub fn user_count_needs_presence_prefix() -> ApiError {
        // "begining" is the service's spelling.
        ApiError::new(
            400,
            "user_count may only be requested for presence channels - please supply filter_by_prefix begining with presence-",
        )
    }

    pub fn user_count_needs_presence_channel() -> ApiError {
        ApiError::new(
            400,
            "Cannot retrieve the user count unless the channel is a presence channel",
        )
    }

    pub fn subscription_count_disabled() -> ApiError {
        ApiError::new(
            400,
            "Cannot retrieve the subscription count because subscription counting is not enabled",
        )
    }

    pub fn cache_needs_cache_channel() -> ApiError {
        ApiError::new(
            400,
            "Cannot retrieve the cached event unless the channel is a cache channel",
        )
    }

    /// An info attribute that does not exist, or not for this question.
    pub fn unknown_info(attribute: &str, known: &str) -> ApiError {
        ApiError::new(
            400,
            format_args!(
                "Invalid info attribute: '{}', possible here: {known}",
                shortened(attribute)
            ),
        )
    }

    pub fn users_need_presence_channel() -> ApiError {
        ApiError::new(400, "Users can only be retrieved for presence channels")
    }

    /// `names` joined with `, `.
    pub fn extraneous_parameters(names: &str) -> ApiError {
        ApiError::new(
            400,
            format_args!("The following query string parameters are extraneous: {names}"),
        )
    }

    // ---- where it was asked

    pub fn app_disabled() -> ApiError {
        ApiError::new(403, "Application disabled")
    }

    pub fn quota_exceeded() -> ApiError {
        ApiError::new(403, "API call failed since (daily) message quota exceeded")
    }

    pub fn not_found() -> ApiError {
        ApiError::new(404, "404 NOT FOUND")
    }

    pub fn unknown_app() -> ApiError {
        ApiError::new(404, "Unknown app")
    }

    pub fn method_not_allowed() -> ApiError {
        ApiError::new(405, "405 METHOD NOT ALLOWED")
    }
}

/// What `pusher:error` says, and what closes a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketError {
    /// 4000 to 4399 (Pusher docs: Error codes); most refusals have none.
    pub code: Option<u16>,
    /// For humans.
    pub message: String,
}

impl SocketError {
    /// Ends the connection, unless the code only informs: see [`SocketError::closes`].
    pub fn coded(code: u16, message: impl Into<String>) -> SocketError {
        SocketError {
            code: Some(code),
            message: message.into(),
        }
    }

    /// A refusal that leaves the connection open.
    pub fn refused(message: impl Into<String>) -> SocketError {
        SocketError {
            code: None,
            message: message.into(),
        }
    }

    /// Whether the connection ends with this. The close frame then carries the same code.
    pub fn closes(&self) -> bool {
        self.code.is_some_and(|code| !matches!(code, 4301 | 4302))
    }

    /// What a client is told when its connection is ended with `code` for no reason of its own.
    pub fn with_code(code: u16) -> SocketError {
        let usual = match code {
            4000 => SocketError::needs_tls(),
            4003 => SocketError::app_disabled(),
            4004 => SocketError::over_quota(),
            4005 => SocketError::path_not_found(),
            4006 => SocketError::invalid_version(),
            4007 => SocketError::unsupported_version(),
            4008 => SocketError::no_version(),
            4009 => SocketError::not_authorized_in_time(),
            4100..=4199 => SocketError::over_capacity(),
            4201 => SocketError::no_pong(),
            4202 => SocketError::inactive(),
            4001 | 4002 | 4010..=4099 => SocketError::coded(code, "Application does not exist"),
            _ => SocketError::reconnect(),
        };
        SocketError {
            code: Some(code),
            ..usual
        }
    }

    // ---- codes

    pub fn needs_tls() -> SocketError {
        SocketError::coded(
            4000,
            "Application only accepts SSL connections, reconnect using wss://",
        )
    }

    pub fn unknown_key(key: &str) -> SocketError {
        SocketError::coded(
            4001,
            format!(
                "App key {} not in this cluster. Did you forget to specify the cluster?",
                shortened(key)
            ),
        )
    }

    pub fn app_disabled() -> SocketError {
        SocketError::coded(4003, "Application disabled")
    }

    pub fn over_quota() -> SocketError {
        SocketError::coded(4004, "Account over quota")
    }

    pub fn path_not_found() -> SocketError {
        SocketError::coded(4005, "Path not found")
    }

    pub fn invalid_version() -> SocketError {
        SocketError::coded(4006, "Invalid version string format")
    }

    pub fn unsupported_version() -> SocketError {
        SocketError::coded(4007, "Unsupported protocol version")
    }

    pub fn no_version() -> SocketError {
        SocketError::coded(4008, "No protocol version supplied")
    }

    /// `message` says why: a failed sign-in, terminated by the app's server.
    pub fn unauthorized(message: impl Into<String>) -> SocketError {
        SocketError::coded(4009, message)
    }

    pub fn not_authorized_in_time() -> SocketError {
        SocketError::unauthorized("Connection not authorized within timeout")
    }

    pub fn over_capacity() -> SocketError {
        SocketError::coded(4100, "Over capacity")
    }

    pub fn reconnect() -> SocketError {
        SocketError::coded(4200, "Generic reconnect immediately")
    }

    pub fn no_pong() -> SocketError {
        SocketError::coded(
            4201,
            "Pong reply not received: ping was sent to the client, but no reply was received",
        )
    }

    pub fn inactive() -> SocketError {
        SocketError::coded(
            4202,
            "Closed after inactivity: client has been inactive for a long time and client does not support ping",
        )
    }

    pub fn client_event_rate() -> SocketError {
        SocketError::coded(4301, "Client event rejected due to rate limit")
    }

    pub fn watchlist_limit(limit: usize) -> SocketError {
        SocketError::coded(
            4302,
            format!("Watchlist limit exceeded. Only the first {limit} user IDs are accepted."),
        )
    }

    // ---- frames

    pub fn invalid_json(reason: impl fmt::Display) -> SocketError {
        SocketError::refused(format!(
            "Invalid frame: not a JSON object with an event ({reason})"
        ))
    }

    pub fn unsupported_event(event: &str) -> SocketError {
        SocketError::refused(format!(
            "Unsupported event received on socket:'{}'",
            shortened(event)
        ))
    }

    /// `event` needs `parameter` in its data, `wanted` says of which type.
    pub fn missing_parameter(event: &str, parameter: &str, wanted: &str) -> SocketError {
        SocketError::refused(format!(
            "Invalid {event} event: its data needs {parameter}, {wanted}"
        ))
    }

    // ---- subscriptions

    pub fn existing_subscription(channel: &str) -> SocketError {
        SocketError::refused(format!("Existing subscription to channel {channel}"))
    }

    pub fn no_subscription(channel: &str) -> SocketError {
        SocketError::refused(format!(
            "No current subscription to channel {}, or subscription in progress",
            shortened(channel)
        ))
    }

    /// `signed` is the string that should have been signed, without the secret's result.
    pub fn invalid_signature(signed: &str, got: &str) -> SocketError {
        SocketError::refused(format!(
            "Invalid signature: Expected HMAC SHA256 hex digest of {signed}, but got {}",
            shortened(got)
        ))
    }

    pub fn invalid_auth_key(key: &str) -> SocketError {
        SocketError::refused(format!(
            "Invalid key in subscription auth data: '{}'",
            shortened(key)
        ))
    }

    pub fn malformed_auth(channel: &str) -> SocketError {
        SocketError::refused(format!(
            "Auth value for subscription to {channel} is invalid: should be of format 'key:signature'"
        ))
    }

    pub fn user_info_not_an_object() -> SocketError {
        SocketError::refused(
            "user_info supplied to presence subscription is invalid - if supplied it must be a type of hash",
        )
    }

    pub fn channel_data_not_valid(reason: impl fmt::Display) -> SocketError {
        SocketError::refused(format!(
            "Invalid channel_data for a presence subscription: {reason}, it must be a JSON object with a user_id"
        ))
    }

    pub fn presence_user_id_length(user_id: &str, length: usize, limit: usize) -> SocketError {
        SocketError::refused(format!(
            "Invalid user_id for a presence subscription: '{}' has {length} characters, 1 to {limit} are allowed",
            shortened(user_id)
        ))
    }

    pub fn user_info_too_large(bytes: usize, limit: usize) -> SocketError {
        SocketError::refused(format!(
            "user_info supplied to presence subscription is too large ({bytes} > {limit} bytes)"
        ))
    }

    pub fn presence_channel_full(channel: &str, limit: usize) -> SocketError {
        SocketError::refused(format!(
            "Presence channel {channel} is full, it has the maximum of {limit} members"
        ))
    }

    /// Somebody else's `#server-to-user-` channel, or no sign-in yet.
    pub fn not_your_channel(channel: &str) -> SocketError {
        SocketError::refused(format!(
            "Not allowed to subscribe to {channel}: only the user it names can, after signing in"
        ))
    }

    // ---- signing in

    pub fn malformed_signin_auth() -> SocketError {
        SocketError::unauthorized(
            "Auth value for signin is invalid: should be of format 'key:signature'",
        )
    }

    pub fn invalid_signin_key(key: &str) -> SocketError {
        SocketError::unauthorized(format!(
            "Invalid key in signin auth data: '{}'",
            shortened(key)
        ))
    }

    pub fn invalid_signin_signature(signed: &str, got: &str) -> SocketError {
        SocketError::unauthorized(SocketError::invalid_signature(signed, got).message)
    }

    pub fn user_data_not_valid(reason: impl fmt::Display) -> SocketError {
        SocketError::unauthorized(format!(
            "Invalid user_data for signin: {reason}, it must be a JSON object with a non-empty string id"
        ))
    }

    /// The service's own text (pusher-http-php#360).
    pub fn invalid_user_id(user_id: &str) -> SocketError {
        SocketError::unauthorized(format!(
            "Invalid user id: {} (invalid characters)",
            shortened(user_id)
        ))
    }

    pub fn other_user(current: &str) -> SocketError {
        SocketError::unauthorized(format!(
            "Connection is already signed in as user '{}'",
            shortened(current)
        ))
    }

    // ---- client events

    pub fn client_events_disabled() -> SocketError {
        SocketError::refused(
            "To send client events, you must enable this feature in the Settings page of your dashboard.",
        )
    }

    pub fn not_subscribed(channel: &str) -> SocketError {
        SocketError::refused(format!(
            "Cannot broadcast client event (connection not subscribed to channel {})",
            shortened(channel)
        ))
    }

    pub fn invalid_client_event() -> SocketError {
        SocketError::refused("Invalid client event (must contain channel and data)")
    }

    pub fn client_event_on_public_channel() -> SocketError {
        SocketError::refused(
            "Client event rejected - only supported on private and presence channels",
        )
    }
}

/// A rule that holds at both doors, said on the socket.
impl From<ApiError> for SocketError {
    fn from(error: ApiError) -> SocketError {
        SocketError::refused(error.text())
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.text())
    }
}

impl fmt::Display for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "{code} {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for ApiError {}
impl std::error::Error for SocketError {}

/// As a JSON string, the way the service shows values with line breaks.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The first 200 characters: what somebody sent may be a megabyte.
fn shortened(text: &str) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// Seconds since the epoch as `2013-09-29T08:46:33Z`.
fn utc(seconds: i64) -> String {
    let (days, time) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Years that begin in March put the leap day last; 400 of them have 146,097 days.
    let (era, day) = (
        (days + 719_468).div_euclid(146_097),
        (days + 719_468).rem_euclid(146_097),
    );
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = (march_month + 2) % 12 + 1;
    let year = year + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day_of_month:02}T{:02}:{:02}:{:02}Z",
        time / 3_600,
        time / 60 % 60,
        time % 60
    )
}

#[cfg(test)]
mod tests;
