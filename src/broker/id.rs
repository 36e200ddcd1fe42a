//! Numbers.

use std::sync::atomic::{AtomicU32, Ordering};

/// Identifies an app within the process.
pub type AppId = u32;

/// The number that no app has.
pub const NO_APP: AppId = 0;

/// Identifies a channel of one app within the process, until it is forgotten.
pub type ChannelId = u32;

/// Identifies a connection within the process.
pub type ConnectionId = u32;

/// A number for an app, a channel or a connection. Never 0, never given twice.
pub fn next_id() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Identifies an [`Outlet`] within the process.
pub type OutletId = u32;

/// A number for a new outlet, whatever it leads to. Never 0, never given twice.
pub fn next_outlet_id() -> OutletId {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
