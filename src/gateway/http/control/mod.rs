//! Asking and steering from outside: `/pushrig/…`.

pub mod events;
pub mod following;
pub mod refusal;
pub mod routes;
