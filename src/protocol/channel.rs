//! Channel names and what their prefixes mean.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::{ApiError, Limits};

/// Before the user id in the name of the channel that reaches one signed-in user.
pub const SERVER_TO_USER: &str = "#server-to-user-";

/// What a channel's name says about who may join and what is known about members
/// (Pusher docs: Channel types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelKind {
    /// Anybody may join.
    Public,
    /// `private-`: joining needs a signature.
    Private,
    /// `private-encrypted-`: private, and the service sees ciphertext only.
    Encrypted,
    /// `presence-`: private, and members know of each other.
    Presence,
    /// `#server-to-user-`: the way to one signed-in user.
    ServerToUser,
}

/// A valid channel name. [`ChannelName::parse`] is the only way to one.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelName(Arc<str>);

impl ChannelName {
    /// Accepts 1 to `limits.channel_name` of the characters `A-Za-z0-9_-=@,.;`, and
    /// `#server-to-user-` followed by the id of somebody who can sign in.
    pub fn parse(name: &str, limits: &Limits) -> Result<ChannelName, ApiError> {
        let checked = name.strip_prefix(SERVER_TO_USER).unwrap_or(name);
        if checked.is_empty() {
            return Err(match name {
                "" => ApiError::EmptyChannelName,
                _ => ApiError::EmptyUserChannelName {
                    prefix: SERVER_TO_USER,
                },
            });
        }
        if let Some(bad) = checked.chars().find(|&c| !is_name_char(c)) {
            return Err(ApiError::BadChannelNameChar {
                name: name.into(),
                bad,
            });
        }
        let length = name.chars().count();
        if length > limits.channel_name {
            return Err(ApiError::ChannelNameTooLong {
                name: name.into(),
                length,
                limit: limits.channel_name,
            });
        }
        Ok(ChannelName(name.into()))
    }

    /// The name, shared.
    pub fn shared(&self) -> &Arc<str> {
        &self.0
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the prefix says.
    pub fn kind(&self) -> ChannelKind {
        let name = self.as_str();
        if name.starts_with("private-encrypted-") {
            ChannelKind::Encrypted
        } else if name.starts_with("private-") {
            ChannelKind::Private
        } else if name.starts_with("presence-") {
            ChannelKind::Presence
        } else if name.starts_with('#') {
            ChannelKind::ServerToUser
        } else {
            ChannelKind::Public
        }
    }

    /// Whether the channel hands its last event to new subscribers (Pusher docs: Cache channels).
    /// Only the prefix counts: `my-cache-x` is no cache channel.
    pub fn is_cache(&self) -> bool {
        [
            "cache-",
            "private-cache-",
            "presence-cache-",
            "private-encrypted-cache-",
        ]
        .iter()
        .any(|prefix| self.0.starts_with(prefix))
    }

    /// Whether members know of each other.
    pub fn is_presence(&self) -> bool {
        self.kind() == ChannelKind::Presence
    }

    /// Whether joining takes a signature. False for `#server-to-user-`: there the sign-in counts.
    pub fn needs_authorization(&self) -> bool {
        matches!(
            self.kind(),
            ChannelKind::Private | ChannelKind::Encrypted | ChannelKind::Presence
        )
    }

    /// The user a `#server-to-user-` channel reaches.
    pub fn user(&self) -> Option<&str> {
        self.0.strip_prefix(SERVER_TO_USER)
    }
}

/// The alphabet of channel names (Pusher docs: Channel naming conventions), and of the ids of users who sign in, because
/// each has a channel of that name (`Invalid user id: e:2 (invalid characters)`, pusher-http-php#360). Ids on presence
/// channels have none.
pub fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '=' | '@' | ',' | '.' | ';')
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl AsRef<str> for ChannelName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Maps keyed by name are looked up with a plain `&str`.
impl Borrow<str> for ChannelName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Serialize for ChannelName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ChannelName {
        ChannelName::parse(text, &Limits::default()).unwrap()
    }

    fn refusal(text: &str) -> String {
        ChannelName::parse(text, &Limits::default())
            .unwrap_err()
            .body()
    }

    #[test]
    fn the_prefix_decides_the_kind() {
        for (text, kind) in [
            ("task-1", ChannelKind::Public),
            ("cache-x", ChannelKind::Public),
            ("my-private-x", ChannelKind::Public),
            ("private-x", ChannelKind::Private),
            ("private-encryptedx", ChannelKind::Private),
            ("private-encrypted-x", ChannelKind::Encrypted),
            ("presence-x", ChannelKind::Presence),
            ("presence", ChannelKind::Public),
            ("#server-to-user-7", ChannelKind::ServerToUser),
        ] {
            assert_eq!(name(text).kind(), kind, "{text}");
        }
    }

    #[test]
    fn only_an_anchored_prefix_makes_a_cache_channel() {
        for text in [
            "cache-x",
            "private-cache-x",
            "presence-cache-x",
            "private-encrypted-cache-x",
        ] {
            assert!(name(text).is_cache(), "{text}");
        }
        for text in [
            "my-cache-x",
            "cache",
            "x-private-cache-x",
            "private-x-cache-",
        ] {
            assert!(!name(text).is_cache(), "{text}");
        }
    }

    #[test]
    fn private_encrypted_and_presence_channels_need_authorization() {
        for text in ["private-x", "private-encrypted-x", "presence-x"] {
            assert!(name(text).needs_authorization(), "{text}");
        }
        for text in ["x", "cache-x", "#server-to-user-1"] {
            assert!(!name(text).needs_authorization(), "{text}");
        }
    }

    #[test]
    fn the_whole_alphabet_is_accepted_up_to_164_characters() {
        name("AZaz09_-=@,.;");
        name(&"x".repeat(164));
        assert_eq!(
            refusal(&"x".repeat(165)),
            format!(
                "Invalid channel name: '{}' has 165 characters, at most 164 are allowed\n",
                "x".repeat(165)
            )
        );
    }

    #[test]
    fn other_characters_are_named_in_the_refusal() {
        assert_eq!(
            refusal("two words"),
            "Invalid channel name: 'two words' contains ' ', only letters, digits and _-=@,.; are allowed\n"
        );
        assert_eq!(
            refusal(""),
            "Invalid channel name: '' is empty, at least one character is needed\n"
        );
        for text in ["a:b", "a/b", "größe", "#other", "a\n", "日"] {
            assert!(refusal(text).starts_with("Invalid channel name"), "{text}");
        }
    }

    #[test]
    fn a_server_to_user_channel_knows_its_user() {
        assert_eq!(name("#server-to-user-a-b@c").user(), Some("a-b@c"));
        assert_eq!(name("task-1").user(), None);
        assert!(refusal("#server-to-user-").contains("is empty"));
        assert!(refusal("#server-to-user-e:2").contains("contains ':'"));
    }
}
