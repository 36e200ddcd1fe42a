//! What an app keeps, each with the rules that need nothing else.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`connection`] | a client |
//! | [`cache`] | what cache channels hand to newcomers |
//! | [`channel`] | who listens behind which outlet |
//! | [`presence`] | who is on a presence channel |
//! | [`user`] | who is signed in, and who watches them |
//! | [`history`] | the last messages of each channel |
//! | [`webhook`] | what an app's server is told, and when |
//! | [`clock`] | its time |
//! | [`fault`], [`pattern`] | what a test does to it, and to which of its events |
//! | [`rate`] | how often something happens |

pub mod cache;
pub mod channel;
pub mod clock;
pub mod connection;
pub mod fault;
pub mod history;
pub mod pattern;
pub mod presence;
pub mod rate;
pub mod user;
pub mod webhook;
