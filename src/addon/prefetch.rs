//! Memory that will be written soon.

use std::mem::MaybeUninit;

/// More of it the processor foresees by itself.
#[cfg(target_arch = "x86_64")]
const MOST: usize = 1024;
/// Bytes that are fetched at once.
#[cfg(target_arch = "x86_64")]
const LINE: usize = 64;

/// Has the processor fetch it while it does something else.
#[cfg(target_arch = "x86_64")]
#[inline]
pub fn prefetch(place: &[MaybeUninit<u8>]) {
    use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    let near = &place[..place.len().min(MOST)];
    for line in near.chunks(LINE) {
        // SAFETY: it reads and writes nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
}

/// Other processors are not told.
#[cfg(not(target_arch = "x86_64"))]
pub fn prefetch(_place: &[MaybeUninit<u8>]) {}
