//! Every number the service enforces.

use serde::Deserialize;

/// The longest message a client may send, in bytes, and why a longer one ends its connection: with close code 1009, for it
/// is the WebSocket that has no room (RFC 6455, 7.4.1).
pub const MAX_MESSAGE_BYTES: usize = 128 * 1024;
pub const MESSAGE_TOO_LONG: &str = "message too long";

/// The limits of one app. The defaults are those of the real service where it documents them: each says where. The others
/// keep a mock from eating the machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Limits {
    /// Characters in a channel name (Pusher docs: Channel naming conventions; the SDKs let 200 pass).
    pub channel_name: usize,
    /// Characters in an event name (Pusher docs: HTTP API, publishing events).
    pub event_name: usize,
    /// Bytes (UTF-8) in the data of one event, ciphertext included (Pusher docs: HTTP API, publishing events: 10 KB).
    pub data_bytes: usize,
    /// Channels in one publish request (Pusher docs: HTTP API, publishing events).
    pub channels_per_event: usize,
    /// Events in one batch (Pusher docs: HTTP API, batch events).
    pub batch: usize,
    /// Distinct users on one presence channel (Pusher docs: Presence channels, limits).
    pub presence_members: usize,
    /// Characters in the user id of a presence member, whichever they are (Pusher docs: Presence channels, limits).
    pub presence_user_id: usize,
    /// Bytes (UTF-8 JSON) in the `user_info` of a presence member (Pusher docs: Presence channels, limits: 1 KB).
    pub presence_info_bytes: usize,
    /// Client events a connection may send per second (Pusher docs: Events, triggering client events).
    pub client_events_per_second: u32,
    /// User ids in one watchlist (Pusher docs: Watchlist events; error 4302).
    pub watchlist: usize,
    /// Messages kept per channel for looking back.
    pub history: usize,
    /// Channels whose messages are kept; the least recently used goes first.
    pub history_channels: usize,
    /// Bytes that the messages of all channels may take; the least recently used channel loses its
    /// oldest ones first.
    pub history_bytes: usize,
    /// How long a cache channel remembers its last event, in milliseconds (Pusher docs: Cache channels: 30 minutes).
    pub cache_ttl_ms: u64,
    /// Bytes that these events of all cache channels may take; the oldest goes first.
    pub cache_bytes: usize,
    /// Connections to the app at one time; `None` is no limit.
    pub connections: Option<usize>,
    /// How long a connection may be without authorization where the app demands one, in milliseconds.
    pub authorization_timeout_ms: u64,
    /// Seconds without traffic after which a client pings, told in the handshake (Pusher docs: Channels protocol).
    pub activity_timeout_s: u32,
    /// Subscribers above which `subscription_count` is sent only every five seconds (Pusher docs: Subscription count).
    pub subscription_count_throttled_above: usize,
    /// How long `channel_vacated` and `member_removed` webhooks wait for the client to come back,
    /// in milliseconds (Pusher docs: Webhooks, delay: up to 3 seconds).
    pub webhook_hold_ms: u64,
    /// Webhook events kept for a receiver that does not keep up; newer ones are dropped.
    pub webhook_queue: usize,
    /// Bytes that they may take.
    pub webhook_queue_bytes: usize,
    /// Entries of the journal; the oldest go first. 0 turns it off, for benchmarks that compare.
    pub journal: usize,
    /// Bytes that they may take, with what was published.
    pub journal_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            channel_name: 164,
            event_name: 200,
            data_bytes: 10_240,
            channels_per_event: 100,
            batch: 10,
            presence_members: 100,
            presence_user_id: 128,
            presence_info_bytes: 1024,
            client_events_per_second: 10,
            watchlist: 100,
            history: 100,
            history_channels: 10_000,
            history_bytes: 64 * 1024 * 1024,
            cache_ttl_ms: 1_800_000,
            cache_bytes: 64 * 1024 * 1024,
            connections: None,
            authorization_timeout_ms: 30_000,
            activity_timeout_s: 120,
            subscription_count_throttled_above: 100,
            webhook_hold_ms: 3_000,
            webhook_queue: 10_000,
            webhook_queue_bytes: 16 * 1024 * 1024,
            journal: 10_000,
            journal_bytes: 8 * 1024 * 1024,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Limits;

    #[test]
    fn options_override_single_limits_and_leave_the_rest() {
        let limits: Limits =
            serde_json::from_str(r#"{"dataBytes":20000,"connections":2,"cacheTtlMs":1}"#).unwrap();
        let expected = Limits {
            data_bytes: 20_000,
            connections: Some(2),
            cache_ttl_ms: 1,
            ..Limits::default()
        };
        assert_eq!(limits, expected);
    }
}
