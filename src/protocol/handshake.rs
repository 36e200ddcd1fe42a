//! The address a client connects to.

use super::{SocketError, query};

/// What a WebSocket request line asks for: `/[prefix]/app/KEY?protocol=7&client=…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// The app's key, not yet looked up.
    pub key: String,
    /// The protocol version, 5 to 7.
    pub protocol: u8,
}

impl Handshake {
    /// Reads path and query. The errors are those that close a socket: 4005 for another path, and
    /// 4006 to 4008 for a version that is not a number, not known, or not there.
    pub fn parse(target: &str) -> Result<Handshake, SocketError> {
        let (path, parameters) = target.split_once('?').unwrap_or((target, ""));
        let mut segments = path.trim_end_matches('/').rsplit('/');
        let (key, app) = (segments.next(), segments.next());
        let key = match (key, app) {
            (Some(key), Some("app")) if !key.is_empty() => query::percent_decoded(key).into_owned(),
            _ => return Err(SocketError::PathNotFound),
        };

        let parameters = query::parse(parameters);
        let version = match query::value(&parameters, "protocol") {
            None | Some("") => return Err(SocketError::NoVersion),
            Some(text) if text.bytes().all(|b| b.is_ascii_digit()) => text,
            Some(_) => return Err(SocketError::InvalidVersion),
        };
        match version.parse() {
            // 5 double encoded the data, 6 moved error codes to the close frame, 7 added
            // authorization timeouts: this service can talk to all of them.
            Ok(protocol @ 5..=7) => Ok(Handshake { key, protocol }),
            _ => Err(SocketError::UnsupportedVersion),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_of_today_are_understood() {
        for (target, key, protocol) in [
            (
                "/app/KEY?protocol=7&client=js&version=8.6.0&flash=false",
                "KEY",
                7,
            ),
            ("/app/KEY?client=Pysher&version=1.0&protocol=6", "KEY", 6),
            ("/a/prefix/app/KEY?protocol=5", "KEY", 5),
            ("/app/K%20Y/?protocol=7", "K Y", 7),
            ("/app/app?protocol=7", "app", 7),
        ] {
            let key = key.to_owned();
            assert_eq!(
                Handshake::parse(target),
                Ok(Handshake { key, protocol }),
                "{target}"
            );
        }
    }

    #[test]
    fn other_addresses_get_the_code_that_says_why() {
        for (target, code) in [
            ("/", 4005),
            ("", 4005),
            ("/app", 4005),
            ("/app/?protocol=7", 4005),
            ("/apps/KEY?protocol=7", 4005),
            ("/app/KEY/x?protocol=7", 4005),
            ("/app/KEY?protocol=seven", 4006),
            ("/app/KEY?protocol=-7", 4006),
            ("/app/KEY?protocol=4", 4007),
            ("/app/KEY?protocol=8", 4007),
            ("/app/KEY?protocol=99999999999", 4007),
            ("/app/KEY", 4008),
            ("/app/KEY?protocol=", 4008),
        ] {
            let error = Handshake::parse(target).unwrap_err();
            assert_eq!(error.code(), Some(code), "{target}");
        }
    }
}
