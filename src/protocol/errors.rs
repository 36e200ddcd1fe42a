//! What is refused, and how that is said: texts and codes of the real service. Where the service has
//! a rule but no known text, the text names the value, the rule and the fix.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::limits::MESSAGE_TOO_LONG;

/// Something that somebody sent, as a text shows it: its first 200 characters. It may be a megabyte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown(Box<str>);

impl From<&str> for Shown {
    fn from(text: &str) -> Shown {
        Shown(match text.char_indices().nth(200) {
            Some((end, _)) => format!("{}…", &text[..end]).into(),
            None => text.into(),
        })
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a call fails on the order of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The HTTP status; of a broken connection what a server would see that cannot tell.
    pub status: u16,
    /// No answer comes.
    #[serde(default)]
    pub error: Option<Breakage>,
    /// In this process `trigger` throws instead of rejecting.
    #[serde(default)]
    pub throws: bool,
}

/// What keeps an answer from coming.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Breakage {
    /// The connection is cut.
    #[serde(rename = "ECONNRESET")]
    Reset,
    /// Nothing comes.
    #[serde(rename = "timeout")]
    Timeout,
}

/// A refused HTTP API request. Its text is the answer's body, with a newline behind it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ApiError {
    // ---- who is asking
    #[error("Unknown auth_key")]
    UnknownAuthKey,
    /// `sent` is the request's `auth_signature`, if it had one.
    #[error(
        "Invalid signature: you should have sent HmacSHA256Hex({}, your_secret_key), but you sent {}",
        quoted(.string_to_sign), quoted_or_nil(.sent)
    )]
    InvalidSignature {
        string_to_sign: String,
        sent: Option<String>,
    },
    /// Both times in seconds since the epoch.
    #[error(
        "Timestamp expired: Given timestamp ({}) not within 600s of server time ({})",
        utc(*.given), utc(*.now)
    )]
    TimestampExpired { given: i64, now: i64 },
    #[error("Timestamp required")]
    TimestampRequired,
    #[error("Version required")]
    VersionRequired,
    #[error("Version not supported")]
    VersionNotSupported,
    /// A parameter of the signature is missing.
    #[error("Missing parameter: {0}")]
    MissingAuthParameter(&'static str),
    /// `sent` is the request's `body_md5`, if it had one.
    #[error(
        "Invalid body_md5: the MD5 of the request body is \"{expected}\", but you sent {}",
        quoted_or_nil(.sent)
    )]
    InvalidBodyMd5 {
        expected: String,
        sent: Option<String>,
    },

    // ---- publishing
    #[error("Expected name parameter to be a string")]
    NameNotAString,
    /// A parameter is there but is no `wanted` ("a string", "an array of strings").
    #[error("Expected {name} parameter to be {wanted}")]
    WrongType {
        name: &'static str,
        wanted: &'static str,
    },
    #[error("Missing required parameter: {0}")]
    MissingRequiredParameter(&'static str),
    #[error("Invalid request body: not a JSON object ({0})")]
    InvalidJson(String),
    #[error("Batch too large ({events} > {limit})")]
    BatchTooLarge { events: usize, limit: usize },
    #[error("Too many channels ({channels} > {limit})")]
    TooManyChannels { channels: usize, limit: usize },
    #[error("Invalid socket id: '{0}' is not of the form '123.456'")]
    InvalidSocketId(Shown),
    #[error(
        "The data content of this event exceeds the allowed maximum ({limit} bytes). See https://pusher.com/docs/channels/server_api/http-api#publishing-events for more info"
    )]
    DataTooLarge { limit: usize },
    #[error("The 'pusher' namespace is reserved for internal usage")]
    ReservedEventName,
    #[error("Invalid event name: '' is empty, at least one character is needed")]
    EmptyEventName,
    #[error("Invalid event name: '{name}' has {length} characters, at most {limit} are allowed")]
    EventNameTooLong {
        name: Shown,
        length: usize,
        limit: usize,
    },
    #[error("Invalid channel name: '' is empty, at least one character is needed")]
    EmptyChannelName,
    /// `#server-to-user-` and nothing behind it.
    #[error("Invalid channel name: '{prefix}' is empty after the prefix, a user id is needed")]
    EmptyUserChannelName { prefix: &'static str },
    #[error(
        "Invalid channel name: '{name}' contains {bad:?}, only letters, digits and _-=@,.; are allowed"
    )]
    BadChannelNameChar { name: Shown, bad: char },
    #[error("Invalid channel name: '{name}' has {length} characters, at most {limit} are allowed")]
    ChannelNameTooLong {
        name: Shown,
        length: usize,
        limit: usize,
    },

    // ---- asking about channels
    // "begining" is the service's spelling.
    #[error(
        "user_count may only be requested for presence channels - please supply filter_by_prefix begining with presence-"
    )]
    UserCountNeedsPresencePrefix,
    #[error("Cannot retrieve the user count unless the channel is a presence channel")]
    UserCountNeedsPresenceChannel,
    #[error("Cannot retrieve the subscription count because subscription counting is not enabled")]
    SubscriptionCountDisabled,
    #[error("Cannot retrieve the cached event unless the channel is a cache channel")]
    CacheNeedsCacheChannel,
    /// An info attribute that does not exist, or not for this question.
    #[error("Invalid info attribute: '{attribute}', possible here: {known}")]
    UnknownInfo {
        attribute: Shown,
        known: &'static str,
    },
    #[error("Users can only be retrieved for presence channels")]
    UsersNeedPresenceChannel,
    /// The names joined with `, `.
    #[error("The following query string parameters are extraneous: {0}")]
    ExtraneousParameters(String),

    // ---- where it was asked
    #[error("Application disabled")]
    AppDisabled,
    #[error("404 NOT FOUND")]
    NotFound,
    #[error("Unknown app")]
    UnknownApp,
    #[error("405 METHOD NOT ALLOWED")]
    MethodNotAllowed,

    // ---- what the service has no words for
    #[error("pushrig: network().failTrigger() has refused this")]
    Fault(Failure),
    /// An app's options: `id`, `key` or `secret`.
    #[error("Invalid app: its {what} is empty, leave it out for the default")]
    EmptyAppOption { what: &'static str },
    /// The reason is the parser's.
    #[error("{0}")]
    InvalidAppOptions(String),
    /// A subscription that a program makes for itself, from a connection that is gone.
    #[error("Connection is closed")]
    ConnectionClosed,
    /// Such a subscription to a channel that takes it not.
    #[error("{0}")]
    SubscriptionRefused(Box<SocketError>),
}

impl ApiError {
    /// The HTTP status: 4xx, unless a test wants another.
    pub fn status(&self) -> u16 {
        match self {
            ApiError::InvalidSignature { .. }
            | ApiError::TimestampExpired { .. }
            | ApiError::TimestampRequired
            | ApiError::VersionRequired
            | ApiError::VersionNotSupported
            | ApiError::MissingAuthParameter(_)
            | ApiError::InvalidBodyMd5 { .. } => 401,
            ApiError::AppDisabled => 403,
            ApiError::NotFound | ApiError::UnknownApp => 404,
            ApiError::MethodNotAllowed => 405,
            ApiError::DataTooLarge { .. } => 413,
            ApiError::Fault(failure) => failure.status,
            // An unknown key is 400 and not 401: that is what the service answers.
            _ => 400,
        }
    }

    /// The whole body of the answer.
    pub fn body(&self) -> String {
        format!("{self}\n")
    }
}

/// What `pusher:error` says, and what closes a socket (Pusher docs: Error codes).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SocketError {
    // ---- these end the connection
    #[error("Application only accepts SSL connections, reconnect using wss://")]
    NeedsTls,
    #[error("App key {0} not in this cluster. Did you forget to specify the cluster?")]
    UnknownKey(Shown),
    /// For clients of an app of this process that was closed.
    #[error("The mock app was closed")]
    AppClosed,
    #[error("Application disabled")]
    AppDisabled,
    #[error("Account over quota")]
    OverQuota,
    #[error("Path not found")]
    PathNotFound,
    #[error("Invalid version string format")]
    InvalidVersion,
    #[error("Unsupported protocol version")]
    UnsupportedVersion,
    #[error("No protocol version supplied")]
    NoVersion,
    #[error("Connection not authorized within timeout")]
    NotAuthorizedInTime,
    /// By the gateway, before anything else was asked.
    #[error("pushrig: {why}")]
    TurnedAway { why: String },
    #[error("Connections of user '{user}' were terminated by the app's server")]
    UserTerminated { user: String },
    #[error("Over capacity")]
    OverCapacity,
    #[error("Generic reconnect immediately")]
    Reconnect,
    #[error("Pong reply not received: ping was sent to the client, but no reply was received")]
    NoPong,
    #[error(
        "Closed after inactivity: client has been inactive for a long time and client does not support ping"
    )]
    Inactive,
    /// The words of whoever ends a connection with a code of their own.
    #[error("{message}")]
    Ended { code: u16, message: String },

    // ---- so do these: a failed sign-in
    #[error("Auth value for signin is invalid: should be of format 'key:signature'")]
    MalformedSigninAuth,
    #[error("Invalid key in signin auth data: '{0}'")]
    InvalidSigninKey(Shown),
    #[error("Invalid signature: Expected HMAC SHA256 hex digest of {signed}, but got {got}")]
    InvalidSigninSignature { signed: String, got: Shown },
    #[error(
        "Invalid user_data for signin: {reason}, it must be a JSON object with a non-empty string id"
    )]
    UserDataNotValid { reason: String },
    /// The service's own text (pusher-http-php#360).
    #[error("Invalid user id: {0} (invalid characters)")]
    InvalidUserId(Shown),
    #[error("Connection is already signed in as user '{0}'")]
    OtherUser(Shown),

    // ---- these only inform
    #[error("Client event rejected due to rate limit")]
    ClientEventRate,
    #[error("Watchlist limit exceeded. Only the first {limit} user IDs are accepted.")]
    WatchlistLimit { limit: usize },

    // ---- frames
    #[error("{}", MESSAGE_TOO_LONG)]
    MessageTooLong,
    #[error("Invalid frame: not a JSON object with an event ({0})")]
    InvalidJson(String),
    #[error("Unsupported event received on socket:'{0}'")]
    UnsupportedEvent(Shown),
    /// `event` needs `parameter` in its data, `wanted` says of which type.
    #[error("Invalid {event} event: its data needs {parameter}, {wanted}")]
    MissingParameter {
        event: &'static str,
        parameter: &'static str,
        wanted: &'static str,
    },

    // ---- subscriptions
    #[error("Existing subscription to channel {0}")]
    ExistingSubscription(String),
    #[error("No current subscription to channel {0}, or subscription in progress")]
    NoSubscription(Shown),
    /// `signed` is the string that should have been signed, without the secret's result.
    #[error("Invalid signature: Expected HMAC SHA256 hex digest of {signed}, but got {got}")]
    InvalidSignature { signed: String, got: Shown },
    #[error("Invalid key in subscription auth data: '{0}'")]
    InvalidAuthKey(Shown),
    #[error(
        "Auth value for subscription to {channel} is invalid: should be of format 'key:signature'"
    )]
    MalformedAuth { channel: String },
    #[error(
        "user_info supplied to presence subscription is invalid - if supplied it must be a type of hash"
    )]
    UserInfoNotAnObject,
    #[error(
        "Invalid channel_data for a presence subscription: {reason}, it must be a JSON object with a user_id"
    )]
    ChannelDataNotValid { reason: String },
    #[error(
        "Invalid user_id for a presence subscription: '{user_id}' has {length} characters, 1 to {limit} are allowed"
    )]
    PresenceUserIdLength {
        user_id: Shown,
        length: usize,
        limit: usize,
    },
    #[error("user_info supplied to presence subscription is too large ({bytes} > {limit} bytes)")]
    UserInfoTooLarge { bytes: usize, limit: usize },
    #[error("Presence channel {channel} is full, it has the maximum of {limit} members")]
    PresenceChannelFull { channel: String, limit: usize },
    /// Somebody else's `#server-to-user-` channel, or no sign-in yet.
    #[error("Not allowed to subscribe to {channel}: only the user it names can, after signing in")]
    NotYourChannel { channel: String },

    // ---- client events
    #[error(
        "To send client events, you must enable this feature in the Settings page of your dashboard."
    )]
    ClientEventsDisabled,
    #[error("Cannot broadcast client event (connection not subscribed to channel {0})")]
    NotSubscribed(Shown),
    #[error("Invalid client event (must contain channel and data)")]
    InvalidClientEvent,
    #[error("Client event rejected - only supported on private and presence channels")]
    ClientEventOnPublicChannel,

    // ---- what the service has no words for
    /// A test wants authorization to fail, and the application has signed nevertheless.
    #[error("{message}")]
    AuthorizationFailed { message: String },
    /// A name that a program gives to a connection.
    #[error("Connection id '{name}' is in use, disconnect it first or choose another")]
    NameInUse { name: String },
    /// A rule that holds on HTTP too, said on the socket.
    #[error("{0}")]
    Rule(#[from] ApiError),
}

impl SocketError {
    /// Whether it is none that a client is told: what a client calls an end without a goodbye (RFC 6455, 7.1.5).
    pub fn is_cut(&self) -> bool {
        self.code() == Some(1006)
    }

    /// 4000 to 4399, or a code of RFC 6455; most refusals have none.
    pub fn code(&self) -> Option<u16> {
        Some(match self {
            SocketError::MessageTooLong => 1009,
            SocketError::NeedsTls => 4000,
            SocketError::UnknownKey(_) | SocketError::AppClosed => 4001,
            SocketError::AppDisabled => 4003,
            SocketError::OverQuota => 4004,
            SocketError::PathNotFound => 4005,
            SocketError::InvalidVersion => 4006,
            SocketError::UnsupportedVersion => 4007,
            SocketError::NoVersion => 4008,
            SocketError::NotAuthorizedInTime
            | SocketError::TurnedAway { .. }
            | SocketError::UserTerminated { .. }
            | SocketError::MalformedSigninAuth
            | SocketError::InvalidSigninKey(_)
            | SocketError::InvalidSigninSignature { .. }
            | SocketError::UserDataNotValid { .. }
            | SocketError::InvalidUserId(_)
            | SocketError::OtherUser(_) => 4009,
            SocketError::OverCapacity => 4100,
            SocketError::Reconnect => 4200,
            SocketError::NoPong => 4201,
            SocketError::Inactive => 4202,
            SocketError::ClientEventRate => 4301,
            SocketError::WatchlistLimit { .. } => 4302,
            SocketError::Ended { code, .. } => *code,
            _ => return None,
        })
    }

    /// Whether a `pusher:error` says it. What breaks the WebSocket is said by the close frame alone.
    pub fn has_frame(&self) -> bool {
        self.code().is_none_or(|code| code >= 4000)
    }

    /// Whether the connection ends with this. The close frame then carries the same code.
    pub fn closes(&self) -> bool {
        self.code().is_some_and(|code| !matches!(code, 4301 | 4302))
    }

    /// What a client is told when its connection is ended with `code` for no reason of its own.
    pub fn with_code(code: u16) -> SocketError {
        let usual = match code {
            4000 => SocketError::NeedsTls,
            4003 => SocketError::AppDisabled,
            4004 => SocketError::OverQuota,
            4005 => SocketError::PathNotFound,
            4006 => SocketError::InvalidVersion,
            4007 => SocketError::UnsupportedVersion,
            4008 => SocketError::NoVersion,
            4009 => SocketError::NotAuthorizedInTime,
            4100..=4199 => SocketError::OverCapacity,
            4201 => SocketError::NoPong,
            4202 => SocketError::Inactive,
            4001 | 4002 | 4010..=4099 => {
                let message = "Application does not exist".to_owned();
                return SocketError::Ended { code, message };
            }
            _ => SocketError::Reconnect,
        };
        if usual.code() == Some(code) {
            return usual;
        }
        let message = usual.to_string();
        SocketError::Ended { code, message }
    }
}

/// As a JSON string, the way the service shows values with line breaks.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn quoted_or_nil(text: &Option<String>) -> String {
    text.as_deref().map_or_else(|| "nil".to_owned(), quoted)
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
