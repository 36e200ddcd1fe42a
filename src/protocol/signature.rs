//! Who may do what: HMACs over requests and subscriptions, and the keys of encrypted channels
//! (Pusher docs: Authenticating requests, Authorizing users).

use std::borrow::Cow;

use crypto_secretbox::aead::{Aead, KeyInit as _};
use crypto_secretbox::{Key, Nonce, XSalsa20Poly1305};
use hmac::{Hmac, KeyInit as _, Mac};
use md5::Md5;
use sha2::{Digest, Sha256};

use super::query::{self, percent_decoded};
use super::{ApiError, ChannelName};

/// Seconds between a request's timestamp and the clock from which on it is too old, or too new.
const TIMESTAMP_WINDOW_S: u64 = 600;

// ---- digests

/// Lower-case hex of HMAC-SHA256.
pub fn hmac_sha256_hex(secret: &str, message: &str) -> String {
    hex(&mac(secret, message).finalize().into_bytes())
}

/// Lower-case hex of MD5.
pub fn md5_hex(bytes: impl AsRef<[u8]>) -> String {
    hex(&Md5::digest(bytes))
}

/// Whether `signature` is the lower-case hex HMAC-SHA256 of `message`, in constant time.
pub fn verify(secret: &str, message: &str, signature: &str) -> bool {
    let Some(bytes) = unhex(signature) else {
        return false;
    };
    mac(secret, message).verify_slice(&bytes).is_ok()
}

fn mac(secret: &str, message: &str) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("an HMAC key may have any length");
    mac.update(message.as_bytes());
    mac
}

// ---- what is signed

/// What authorizes a subscription. `channel_data` goes in byte for byte, on presence channels
/// and wherever else a client sends it.
pub fn channel_string(socket_id: &str, channel: &str, channel_data: Option<&str>) -> String {
    match channel_data {
        Some(data) => format!("{socket_id}:{channel}:{data}"),
        None => format!("{socket_id}:{channel}"),
    }
}

/// What authenticates a user.
pub fn user_string(socket_id: &str, user_data: &str) -> String {
    format!("{socket_id}::user::{user_data}")
}

/// Splits `key:signature`, the `auth` of a subscription or sign-in.
pub fn split_auth(auth: &str) -> Option<(&str, &str)> {
    let (key, signature) = auth.split_once(':')?;
    (!key.is_empty() && !signature.is_empty()).then_some((key, signature))
}

// ---- requests to the HTTP API

/// The parts of a request that its signature covers.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// The path as it came, still percent-encoded, without the query.
    pub path: &'a str,
    /// All decoded parameters, see [`query::parse`].
    pub query: &'a [(String, String)],
    /// The raw body, empty for a GET.
    pub body: &'a [u8],
}

impl<'a> SignedRequest<'a> {
    /// What the service signs: method, path, and the decoded parameters sorted by lower-cased name.
    pub fn string_to_sign(&self) -> String {
        self.string_of(self.path, true)
    }

    /// Checks the request as the service does, in its order: key, version, timestamp, signature,
    /// then the digest of the body. Gives the key that signed.
    ///
    /// `secret_of` knows the app's keys; `now` is in milliseconds since the epoch.
    pub fn verify<'s>(
        &self,
        secret_of: impl FnOnce(&str) -> Option<&'s str>,
        now: u64,
    ) -> Result<&'a str, ApiError> {
        let parameter = |name| query::value(self.query, name);
        let key = parameter("auth_key").ok_or(ApiError::MissingAuthParameter("auth_key"))?;
        let secret = secret_of(key).ok_or(ApiError::UnknownAuthKey)?;

        match parameter("auth_version") {
            Some("1.0") => {}
            Some(_) => return Err(ApiError::VersionNotSupported),
            None => return Err(ApiError::VersionRequired),
        }

        let timestamp = parameter("auth_timestamp").ok_or(ApiError::TimestampRequired)?;
        // What is no number counts as 1970, as it does for the service's own verifier.
        let timestamp: i64 = timestamp.parse().unwrap_or(0);
        let now_s = i64::try_from(now / 1000).unwrap_or(i64::MAX);
        if now_s.abs_diff(timestamp) >= TIMESTAMP_WINDOW_S {
            return Err(ApiError::TimestampExpired {
                given: timestamp,
                now: now_s,
            });
        }

        let sent = parameter("auth_signature");
        let genuine = sent.is_some_and(|sent| {
            self.strings_to_accept()
                .any(|signed| verify(secret, &signed, sent))
        });
        if !genuine {
            return Err(ApiError::InvalidSignature {
                string_to_sign: self.string_to_sign(),
                sent: sent.map(str::to_owned),
            });
        }

        // Some SDKs send the digest of an empty body too: then it is checked as well.
        let digest = parameter("body_md5");
        if !self.body.is_empty() || digest.is_some() {
            let expected = md5_hex(self.body);
            if digest != Some(expected.as_str()) {
                return Err(ApiError::InvalidBodyMd5 {
                    expected,
                    sent: digest.map(str::to_owned),
                });
            }
        }
        Ok(key)
    }

    /// The official string, and what SDKs sign instead: the Node SDK keeps the case of parameter
    /// names and signs the path before it is percent-encoded.
    fn strings_to_accept(&self) -> impl Iterator<Item = String> {
        let decoded = percent_decoded(self.path);
        let mut paths = vec![Cow::Borrowed(self.path)];
        if decoded != self.path {
            paths.push(decoded);
        }
        let mixed_case = self
            .query
            .iter()
            .any(|(name, _)| name != &name.to_lowercase());
        let cases: &[bool] = if mixed_case { &[true, false] } else { &[true] };
        paths
            .into_iter()
            .flat_map(move |path| cases.iter().map(move |&lower| self.string_of(&path, lower)))
    }

    fn string_of(&self, path: &str, lower: bool) -> String {
        let mut parameters: Vec<(Cow<str>, &str)> = self
            .query
            .iter()
            .filter(|(name, _)| name != "auth_signature")
            .map(|(name, value)| {
                let name = if lower {
                    name.to_lowercase().into()
                } else {
                    name.as_str().into()
                };
                (name, value.as_str())
            })
            .collect();
        // Stable: repeated names, the elements of an array, keep their order.
        parameters.sort_by(|(a, _), (b, _)| a.cmp(b));

        let mut text = format!("{}\n{path}\n", self.method);
        for (position, (name, value)) in parameters.iter().enumerate() {
            if position > 0 {
                text.push('&');
            }
            text.push_str(name);
            text.push('=');
            text.push_str(value);
        }
        text
    }
}

// ---- encrypted channels

/// The key of one encrypted channel: SHA-256 of its name and the app's master key. Clients get it
/// in base64.
pub fn shared_secret(channel: &ChannelName, master: &[u8; 32]) -> [u8; 32] {
    Sha256::new()
        .chain_update(channel.as_str())
        .chain_update(master)
        .finalize()
        .into()
}

/// Encrypts with XSalsa20-Poly1305, as `nacl.secretbox` does. A nonce must be used once only.
pub fn secretbox_seal(message: &[u8], nonce: &[u8; 24], key: &[u8; 32]) -> Vec<u8> {
    XSalsa20Poly1305::new(Key::from_slice(key))
        .encrypt(Nonce::from_slice(nonce), message)
        .expect("a message in memory is short enough")
}

/// Decrypts what [`secretbox_seal`] made with the same nonce and key.
pub fn secretbox_open(sealed: &[u8], nonce: &[u8; 24], key: &[u8; 32]) -> Option<Vec<u8>> {
    XSalsa20Poly1305::new(Key::from_slice(key))
        .decrypt(Nonce::from_slice(nonce), sealed)
        .ok()
}

// ---- hex

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// Lower case only: the service's own signatures are.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    pairs
        .iter()
        .map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?))
        .collect()
}

#[cfg(test)]
mod tests;
