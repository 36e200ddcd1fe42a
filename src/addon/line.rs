//! The application's own line that has called, for the journal.

use std::cell::Cell;

use napi_derive::napi;

use crate::broker::journal::line;

thread_local! {
    /// The application's line that has called, by its number, for the next call that writes into a journal.
    static LINE: Cell<u32> = const { Cell::new(0) };
}

/// The line that the call under way comes from, 0 where it is not known.
pub fn take_line() -> u32 {
    LINE.try_with(|line| line.replace(0)).unwrap_or(0)
}

/// The next call that writes into a journal comes from this line of the application, by its number.
#[napi(catch_unwind)]
pub fn set_line(line: u32) {
    let _ = LINE.try_with(|known| known.set(line));
}

/// The number of a line such as `src/chat.ts:12:5`.
#[napi(catch_unwind)]
pub fn line_number(text: String) -> u32 {
    line::number(&text)
}

/// How journals show the line of this number from now on: as it is in its source.
#[napi(catch_unwind)]
pub fn name_line(number: u32, text: String) {
    line::rename(number, &text);
}
