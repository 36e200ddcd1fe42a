//! Every number the service enforces.

use serde::Deserialize;

/// The limits of one app. The defaults are those of the real service where it documents them
/// (Pusher docs: Channels limits); the others keep a mock from eating the machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Limits {
    /// Characters in a channel name.
    pub channel_name: usize,
    /// Characters in an event name.
    pub event_name: usize,
    /// Bytes (UTF-8) in the data of one event, ciphertext included.
    pub data_bytes: usize,
    /// Channels in one publish request.
    pub channels_per_event: usize,
    /// Events in one batch.
    pub batch: usize,
    /// Distinct users on one presence channel.
    pub presence_members: usize,
    /// Characters in the user id of a presence member.
    pub presence_user_id: usize,
    /// Bytes (UTF-8 JSON) in the `user_info` of a presence member.
    pub presence_info_bytes: usize,
    /// Client events a connection may send per second.
    pub client_events_per_second: u32,
    /// User ids in one watchlist.
    pub watchlist: usize,
    /// Messages kept per channel for looking back.
    pub history: usize,
    /// Channels whose messages are kept; the least recently used goes first.
    pub history_channels: usize,
    /// How long a cache channel remembers its last event, in milliseconds.
    pub cache_ttl_ms: u64,
    /// Connections to the app at one time; `None` is no limit.
    pub connections: Option<usize>,
    /// How long a connection may be without authorization where the app demands one, in milliseconds.
    pub authorization_timeout_ms: u64,
    /// Seconds without traffic after which a client pings, told in the handshake.
    pub activity_timeout_s: u32,
    /// Subscribers above which `subscription_count` is sent only every five seconds.
    pub subscription_count_throttled_above: usize,
    /// How long `channel_vacated` and `member_removed` webhooks wait for the client to come back,
    /// in milliseconds.
    pub webhook_hold_ms: u64,
    /// Webhook events kept for a receiver that does not keep up; newer ones are dropped.
    pub webhook_queue: usize,
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
            cache_ttl_ms: 1_800_000,
            connections: None,
            authorization_timeout_ms: 30_000,
            activity_timeout_s: 120,
            subscription_count_throttled_above: 100,
            webhook_hold_ms: 3_000,
            webhook_queue: 10_000,
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
