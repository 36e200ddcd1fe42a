//! Events that were to be published and were not, as the journal has them.

use std::sync::Arc;

use crate::broker::journal::entry::shortened;
use crate::broker::journal::{Entry, Journal, Kind, Party};

/// What was to be published and was not.
pub(in crate::broker) struct Rejected<'a> {
    /// The client that sent it, if one did.
    pub who: Option<&'a Arc<Party>>,
    pub channel: &'a str,
    pub event: &'a str,
    /// The size of its data.
    pub bytes: usize,
    pub code: Option<u16>,
}

impl Rejected<'_> {
    /// Writes it down, and gives the entry's number.
    pub fn note(&self, journal: &mut Journal, reason: &impl std::fmt::Display) -> u64 {
        let text = |text: &str| (!text.is_empty()).then(|| shortened(text).into());
        let mut entry = Entry::new(Kind::Rejected)
            .saying(&reason.to_string())
            .with(|more| {
                more.who = self.who.cloned();
                more.channel = text(self.channel);
                more.event = text(self.event);
                more.code = self.code;
            });
        entry.has_data = true;
        entry.bytes = self.bytes.try_into().unwrap_or(u32::MAX);
        journal.write(entry)
    }
}
