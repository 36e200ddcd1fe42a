//! Strings on the hot path.

use std::borrow::Cow;
use std::mem::MaybeUninit;
use std::slice;

use napi::bindgen_prelude::FromNapiValue;
use napi::{Result, sys};

/// Bytes of most names, and of most data.
pub const NAME: usize = 64;
pub const DATA: usize = 1024;

/// A JavaScript string, read with one call where there is room for it: no memory is taken then. napi-rs asks for the length,
/// takes memory and then reads, which for small payloads is most of the cost of the border.
///
/// # Safety
///
/// `env` is the environment of this thread, and `value` one of its values.
pub unsafe fn read(
    env: sys::napi_env,
    value: sys::napi_value,
    room: &mut [MaybeUninit<u8>],
) -> Result<Cow<'_, str>> {
    let mut length = 0;
    // SAFETY: the caller's promise; at most as many bytes are written as there is room for, a NUL included.
    let status = unsafe {
        sys::napi_get_value_string_utf8(
            env,
            value,
            room.as_mut_ptr().cast(),
            room.len(),
            &mut length,
        )
    };
    // A character has at most four bytes: a text that was cut off fills all but the last three.
    if status == sys::Status::napi_ok && length + 4 < room.len() {
        // SAFETY: so many bytes have been written.
        let bytes = unsafe { slice::from_raw_parts(room.as_ptr().cast(), length) };
        // Node writes valid UTF-8; checking it is cheap next to the call.
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Ok(Cow::Borrowed(text));
        }
    }
    // SAFETY: the caller's promise.
    unsafe { String::from_napi_value(env, value) }.map(Cow::Owned)
}
