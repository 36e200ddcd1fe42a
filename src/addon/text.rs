//! Strings on the hot path.

use napi::bindgen_prelude::{FromNapiValue, TypeName, ValidateNapiValue};
use napi::{Result, ValueType, sys};

/// Bytes that are read without asking for the length first.
const SHORT: usize = 1024;

/// A JavaScript string, read with one call where it is short. napi-rs asks for the length and then
/// reads, which for small payloads is most of the cost of the border.
pub struct Text(String);

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
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
        let mut buffer = [0_u8; SHORT];
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
            // Node writes valid UTF-8; checking it is cheap next to the call.
            if let Ok(text) = std::str::from_utf8(&buffer[..length]) {
                return Ok(Text(text.to_owned()));
            }
        }
        // SAFETY: passed on as it came.
        unsafe { String::from_napi_value(env, value) }.map(Text)
    }
}
