//! Which event names may be published.

use super::{ApiError, Limits, SocketError};

/// Checks the name of an event that a server publishes: 1 to `limits.event_name` characters, not
/// beginning with `pusher`, which the service keeps for itself.
pub fn check_published(name: &str, limits: &Limits) -> Result<(), ApiError> {
    if name.is_empty() {
        return Err(ApiError::EmptyEventName);
    }
    // Bytes bound characters: the count is only needed for long names.
    if name.len() > limits.event_name {
        let length = name.chars().count();
        if length > limits.event_name {
            return Err(ApiError::EventNameTooLong {
                name: name.into(),
                length,
                limit: limits.event_name,
            });
        }
    }
    if name.starts_with("pusher") {
        return Err(ApiError::ReservedEventName);
    }
    Ok(())
}

/// Checks the name of an event that a client sends to other clients: it begins with `client-`.
pub fn check_client_event(name: &str, limits: &Limits) -> Result<(), SocketError> {
    if !is_client_event(name) {
        return Err(SocketError::UnsupportedEvent(name.into()));
    }
    check_published(name, limits).map_err(SocketError::from)
}

/// Whether a client may send an event of this name at all (Pusher docs: Triggering client events).
pub fn is_client_event(name: &str) -> bool {
    name.starts_with("client-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(name: &str) -> String {
        check_published(name, &Limits::default())
            .unwrap_err()
            .body()
    }

    #[test]
    fn up_to_200_characters_are_accepted_whatever_their_bytes() {
        for name in [
            "x".repeat(200),
            "ü".repeat(200),
            "client-x".into(),
            " ".into(),
        ] {
            assert!(check_published(&name, &Limits::default()).is_ok());
        }
        assert!(
            refusal(&"x".repeat(201)).ends_with("…' has 201 characters, at most 200 are allowed\n")
        );
    }

    #[test]
    fn an_empty_name_is_refused() {
        assert_eq!(
            refusal(""),
            "Invalid event name: '' is empty, at least one character is needed\n"
        );
    }

    #[test]
    fn every_name_beginning_with_pusher_is_reserved() {
        for name in ["pusher", "pusher:x", "pusher_internal:x", "pusher-note"] {
            assert_eq!(
                refusal(name),
                "The 'pusher' namespace is reserved for internal usage\n"
            );
        }
        assert!(check_published("my-pusher", &Limits::default()).is_ok());
    }

    #[test]
    fn clients_send_only_client_events() {
        assert!(check_client_event("client-typing", &Limits::default()).is_ok());
        assert_eq!(
            check_client_event("typing", &Limits::default())
                .unwrap_err()
                .to_string(),
            "Unsupported event received on socket:'typing'"
        );
    }
}
