//! What an event carries: its publisher, its number there, and when it was sent.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// All times are since the first use of it.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

const MARK: &[u8] = b"@@";
/// The publisher of events without a number.
const NOBODY: usize = 99;

#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// `None` if it is not numbered.
    pub publisher: Option<usize>,
    pub number: u32,
    pub sent: Duration,
}

/// The time, as stamps have it.
pub fn now() -> Duration {
    START.elapsed()
}

/// The data of an event that is sent now.
pub fn data(publisher: usize, number: usize) -> String {
    format!("@@{publisher:02}{number:08}{:015}", now().as_nanos())
}

/// The data of an event that is only counted.
pub fn unnumbered() -> String {
    data(NOBODY, 0)
}

/// The stamp in a frame. `hint` is where the last one was found: servers build all frames alike.
pub fn find(text: &[u8], hint: &mut usize) -> Option<Stamp> {
    if text.get(*hint..*hint + MARK.len()) != Some(MARK) {
        *hint = text.windows(MARK.len()).position(|part| part == MARK)?;
    }
    let digits = |from: usize, length: usize| {
        let from = *hint + MARK.len() + from;
        let mut number = 0u64;
        for digit in text.get(from..from + length)? {
            number = number * 10 + u64::from(digit.checked_sub(b'0')?);
        }
        Some(number)
    };
    let publisher = digits(0, 2)? as usize;
    Some(Stamp {
        publisher: (publisher != NOBODY).then_some(publisher),
        number: digits(2, 8)? as u32,
        sent: Duration::from_nanos(digits(10, 15)?),
    })
}
