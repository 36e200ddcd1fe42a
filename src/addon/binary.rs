//! Which binary this is: the wrapper compares it with the package around it and with other copies.

use std::ptr;

use napi::{Env, Result};
use napi_derive::napi;

use crate::broker;

/// The version this binary was built from.
#[napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Where this binary was loaded from, as a `file:` URL.
#[napi(catch_unwind)]
pub fn module_url(env: Env) -> Result<String> {
    env.get_module_file_name()
}

/// What all who share this binary's broker have in common: the same for every thread and link to
/// one file, another for a copy of it.
#[napi(catch_unwind)]
pub fn broker_identity() -> String {
    format!("{:p}", ptr::from_ref(broker::registry()))
}
