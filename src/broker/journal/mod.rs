//! The journal of an app: what happened, in the order in which it happened, written down once by whoever decides it.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`entry`] | one thing that happened |
//! | [`ring`] | the latest entries, within bounds |
//! | [`state`] | who is there, subscribed and bound to what: what entries come to |
//! | [`writer`] | the journal itself: pages, causes, who wants to hear of new entries |
//! | [`line`] | lines of the application's own code |
//! | [`note`] | what JavaScript writes into it |
//! | [`page`] | how it is read: JSON, as `lib/journal/entry.ts` has it |
//! | [`columns`] | many events at once |

mod columns;
pub mod entry;
pub mod line;
mod note;
mod page;
mod ring;
mod state;
mod writer;

#[cfg(test)]
mod tests;

pub use entry::{By, Entry, Kind, Notice, Party};
pub use note::{BindingNote, Note};
pub use page::{Parts, Selection};
pub use ring::Texts;
pub use writer::{Coming, Journal, Timepiece};
