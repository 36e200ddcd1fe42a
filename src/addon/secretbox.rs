//! XSalsa20-Poly1305 for `private-encrypted-` channels.

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use crate::protocol::signature;

/// Encrypts; `null` unless the nonce has 24 bytes and the key 32.
#[napi(catch_unwind)]
pub fn secretbox_seal(message: &[u8], nonce: &[u8], key: &[u8]) -> Option<Buffer> {
    let sealed = signature::secretbox_seal(message, nonce.try_into().ok()?, key.try_into().ok()?);
    Some(sealed.into())
}

/// Decrypts; `null` when the box was not made with this nonce and key.
#[napi(catch_unwind)]
pub fn secretbox_open(sealed: &[u8], nonce: &[u8], key: &[u8]) -> Option<Buffer> {
    let opened = signature::secretbox_open(sealed, nonce.try_into().ok()?, key.try_into().ok()?)?;
    Some(opened.into())
}
