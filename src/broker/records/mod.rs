//! What an app keeps, each with the rules that need nothing else.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`channel`] | who listens behind which outlet |
//! | [`presence`] | who is on a presence channel |
//! | [`history`] | the last messages of each channel |
//! | [`webhook`] | what an app's server is told, and when |

pub mod channel;
pub mod history;
pub mod presence;
pub mod webhook;
