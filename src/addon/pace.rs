//! What tests do to `Date` and timers, for the clocks of apps.

use napi::Result;
use napi_derive::napi;

use super::apps::app;
use super::seat::{seat, told};
use crate::broker::{self, Outlet};

/// What moves the time of this seat from here on: 0 nothing is faked, 1 `Date` is, 2 timers are as well.
#[napi(catch_unwind)]
pub fn set_pace(seat: u32, pace: u8, now: f64) {
    if let Some(known) = self::seat(seat) {
        known.set_pace(pace);
        broker::registry().pace_changed(known.id(), &told(seat, now));
    }
}

/// Shows the app this seat's `Date`; later differences count.
#[napi(catch_unwind)]
pub fn show_date(app: u32, seat: u32, now: f64) -> Result<()> {
    self::app(app)?.lock().now(&told(seat, now));
    Ok(())
}
