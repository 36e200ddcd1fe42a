//! Lines of the application's own code, each kept once for the whole process.

use std::sync::{Arc, LazyLock};

use hashbrown::HashMap;
use parking_lot::RwLock;

/// More lines than a test suite has; beyond them none is told.
const MAX_LINES: usize = 100_000;

#[derive(Default)]
struct Lines {
    texts: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

static LINES: LazyLock<RwLock<Lines>> = LazyLock::new(RwLock::default);

/// The number of a line such as `src/chat.ts:12:5`; 0 where there are too many, and for `""`.
pub fn number(text: &str) -> u32 {
    let mut lines = LINES.write();
    if let Some(&known) = lines.numbers.get(text) {
        return known;
    }
    if text.is_empty() || lines.texts.len() >= MAX_LINES {
        return 0;
    }
    let text: Arc<str> = super::entry::shortened(text).into();
    lines.texts.push(text.clone());
    let number = lines.texts.len() as u32;
    lines.numbers.insert(text, number);
    number
}

/// Gives the line of this number another text, in all journals.
pub fn rename(number: u32, text: &str) {
    let Some(index) = number.checked_sub(1) else {
        return;
    };
    if let Some(known) = LINES.write().texts.get_mut(index as usize) {
        *known = super::entry::shortened(text).into();
    }
}

/// The line of this number.
pub fn text(number: u32) -> Option<Arc<str>> {
    let index = number.checked_sub(1)?;
    LINES.read().texts.get(index as usize).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_shown_as_it_was_renamed_and_found_as_it_was_numbered() {
        let number = number("/tmp/renamed.js:1:2");
        rename(number, "src/renamed.ts:3:4");
        assert_eq!(text(number).as_deref(), Some("src/renamed.ts:3:4"));
        assert_eq!(super::number("/tmp/renamed.js:1:2"), number);
    }

    #[test]
    fn a_line_that_does_not_exist_is_not_renamed() {
        rename(0, "src/nowhere.ts:1:1");
        rename(u32::MAX, "src/nowhere.ts:1:1");
        assert_eq!(text(0), None);
        assert_eq!(text(u32::MAX), None);
    }
}
