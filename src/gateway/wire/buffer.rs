//! One buffer to read into.

use std::cell::RefCell;

/// One buffer per thread serves all its connections: a frame is handled where it was read.
pub const READ_BUFFER: usize = 16 * 1024;

thread_local! {
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BUFFER].into());
}

/// Runs `read` with this thread's buffer.
pub fn with_read_buffer<T>(read: impl FnOnce(&mut [u8]) -> T) -> T {
    BUFFER.with_borrow_mut(|buffer| read(buffer))
}
