//! Strings on the hot path.

use std::mem::MaybeUninit;
use std::slice;
use std::sync::Arc;

use napi::bindgen_prelude::{FromNapiValue, TypeName, ValidateNapiValue};
use napi::{Result, ValueType, sys};

/// Bytes that are read without asking for the length first.
const SHORT: usize = 1024;

/// A JavaScript string, read with one call where it is short. napi-rs asks for the length and then
/// reads, which for small payloads is most of the cost of the border. It is shared from the start:
/// who keeps it makes no copy.
pub struct Text(Arc<str>);

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<Text> for Arc<str> {
    fn from(text: Text) -> Arc<str> {
        text.0
    }
}

impl TypeName for Text {
    fn type_name() -> &'static str {
        "String"
    }

    fn value_type() -> ValueType {
        ValueType::String
    }
}

impl ValidateNapiValue for Text {}

impl FromNapiValue for Text {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        let mut buffer = [MaybeUninit::<u8>::uninit(); SHORT];
        let mut length = 0;
        // SAFETY: the buffer has SHORT bytes, of which at most SHORT - 1 are written, and a NUL.
        let status = unsafe {
            sys::napi_get_value_string_utf8(
                env,
                value,
                buffer.as_mut_ptr().cast(),
                SHORT,
                &mut length,
            )
        };
        // A character has at most four bytes: a text that was cut off fills all but the last three.
        if status == sys::Status::napi_ok && length < SHORT - 4 {
            // SAFETY: so many bytes have been written.
            let bytes = unsafe { slice::from_raw_parts(buffer.as_ptr().cast(), length) };
            // Node writes valid UTF-8; checking it is cheap next to the call.
            if let Ok(text) = std::str::from_utf8(bytes) {
                return Ok(Text(text.into()));
            }
        }
        // SAFETY: passed on as it came.
        unsafe { String::from_napi_value(env, value) }.map(|text| Text(text.into()))
    }
}
