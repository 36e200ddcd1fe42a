//! The N-API door: handles in, numbers and strings out.
//!
//! JavaScript does the calling: a native call decides and returns, and the loop over callbacks runs
//! in JavaScript. Objects and errors are made there too, because values made here belong to another
//! realm wherever a test runner uses `vm` contexts.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `environment` | one wake-up function per JavaScript environment, and who gets mail there |
//! | `wake` | when it is called: once, and never one time too few |
//! | `seat` | the mailbox of one copy of the JavaScript wrapper: its [`crate::broker::Outlet`] |
//! | `mailbox`, `mail` | what waits for one copy of the wrapper, and how it crosses the border |
//! | `text`, `refusal`, `line` | strings in on the hot path, reasons of refusals out, where in the application a call comes from |
//! | `apps`, `pace`, `connections`, `publishing`, `webhooks`, `inspection`, `journal`, `secretbox` | the functions the wrapper calls |
//! | `gateway` | opening the broker to the network |
//! | `panics` | where panics end that no call can throw |
//! | `binary`, `ticks`, `prefetch` | which binary this is, its clock for those who look at it often, memory that it will write soon |
//! | `server`, `client` | `MockPusherServer` and `MockPusherClient`, which work without the wrapper |

mod apps;
mod binary;
mod client;
mod connections;
mod environment;
mod faults;
mod gateway;
mod inspection;
mod journal;
mod line;
mod mail;
mod mailbox;
mod pace;
mod panics;
mod prefetch;
mod publishing;
mod refusal;
mod seat;
mod secretbox;
mod server;
mod text;
mod ticks;
mod wake;
mod webhooks;
