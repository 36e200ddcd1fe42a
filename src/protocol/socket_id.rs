//! The public name of a connection.

use std::fmt;

use rand::Rng;

/// A socket id, `<digits>.<digits>`: what a client tells its own server, so that the server can
/// authorize it or leave it out of an event.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(Box<str>);

impl SocketId {
    /// Accepts what the server SDKs accept, `/^\d+\.\d+$/`.
    pub fn parse(text: &str) -> Option<SocketId> {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let (left, right) = text.split_once('.')?;
        (digits(left) && digits(right)).then(|| SocketId(text.into()))
    }

    /// A new random id. 2^59 of them exist: nobody guesses one and no two are alike.
    pub fn generate() -> SocketId {
        let mut random = rand::rng();
        let left: u32 = random.random_range(100_000..1_000_000_000);
        let right: u32 = random.random_range(100_000..1_000_000_000);
        SocketId(format!("{left}.{right}").into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::borrow::Borrow<str> for SocketId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::SocketId;

    #[test]
    fn two_numbers_with_a_dot_are_a_socket_id() {
        for good in ["1.1", "123.456", "99999999999999999999.0"] {
            assert_eq!(SocketId::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn nothing_else_is_a_socket_id() {
        for bad in [
            "", ".", "1", "1.", ".1", "1.1.1", "1.1\n", " 1.1", "a.1", "-1.1", "١.١", "1.1:x",
        ] {
            assert!(SocketId::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn generated_ids_are_legal_and_differ() {
        let (one, two) = (SocketId::generate(), SocketId::generate());
        assert_eq!(SocketId::parse(one.as_str()), Some(one.clone()));
        assert_ne!(one, two);
    }
}
