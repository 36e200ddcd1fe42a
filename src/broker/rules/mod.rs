//! What happens in an app, a subject per file. All of it are methods of [`App`](super::App).
//!
//! | file | what it is |
//! | --- | --- |
//! | [`connection`] | a client: opening, its frames, ending |
//! | [`subscription`] | joining and leaving channels |
//! | [`user`] | signed-in users and who watches them |
//! | [`publish`] | the way of an event from a server or a client to the subscribers |
//! | [`rejection`] | what of that is refused, as the journal has it |
//! | [`api`] | the HTTP API below `/apps/{id}` |
//! | [`fault`] | what a test does to all of it |
//! | [`inspect`] | looking inside |
//! | [`reset`] | starting over |

pub mod api;
pub mod connection;
pub mod fault;
pub mod inspect;
pub mod publish;
pub mod rejection;
pub mod reset;
pub mod subscription;
pub mod user;
