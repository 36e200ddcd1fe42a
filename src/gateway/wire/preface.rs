//! How TLS connections are told from others, when they come and when they come back from the front.

/// The first byte of a TLS handshake (RFC 8446, 5.1).
pub const HANDSHAKE: u8 = 0x16;

/// What a connection of the front begins with: no HTTP and no TLS, and always of this form and length.
#[derive(Debug, PartialEq, Eq)]
pub struct Preface {
    pub secret: [u8; 32],
    /// Where the connection that was handed over came from.
    pub port: u16,
}

const START: &[u8] = b"\0pushrig-tls ";
/// The start, a secret of 32 characters, a blank, a port of five digits, and the end of the line.
const LENGTH: usize = START.len() + 32 + 1 + 5 + 1;

impl Preface {
    /// Reads it from the beginning of `bytes`, and says where the rest begins. `Ok(None)` while it is
    /// incomplete.
    pub fn parse(bytes: &[u8]) -> Result<Option<(Preface, usize)>, ()> {
        let known = bytes.len().min(START.len());
        if bytes[..known] != START[..known] {
            return Err(());
        }
        let Some(line) = bytes.get(START.len()..LENGTH) else {
            return Ok(None);
        };
        let (secret, rest) = line.split_first_chunk().ok_or(())?;
        let digits = rest
            .strip_prefix(b" ")
            .and_then(|rest| rest.strip_suffix(b"\n"))
            .and_then(|digits| str::from_utf8(digits).ok());
        let port = digits.and_then(|digits| digits.parse().ok()).ok_or(())?;
        let preface = Preface {
            secret: *secret,
            port,
        };
        Ok(Some((preface, LENGTH)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preface_is_read_with_its_last_byte_and_nothing_else_is_one() {
        let whole = b"\0pushrig-tls 0123456789abcdef0123456789abcdef 00443\nGET";
        for end in 1..LENGTH {
            assert_eq!(Preface::parse(&whole[..end]), Ok(None), "{end}");
        }
        let expected = Preface {
            secret: *b"0123456789abcdef0123456789abcdef",
            port: 443,
        };
        assert_eq!(Preface::parse(whole), Ok(Some((expected, LENGTH))));
        for wrong in [
            &b"GET / HTTP/1.1"[..],
            b"\0other",
            b"\0pushrig-tls 0123456789abcdef0123456789abcdef_00443\n",
            b"\0pushrig-tls 0123456789abcdef0123456789abcdef 99999\n",
            b"\0pushrig-tls 0123456789abcdef0123456789abcdef   443\n",
        ] {
            assert_eq!(Preface::parse(wrong), Err(()));
        }
    }
}
