//! What Linux counts for the server.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

const PAGE: u64 = 4096;

/// A process, by its id.
pub struct Process(pub usize);

impl Process {
    /// The CPU time of all its threads, to the nanosecond: `stat` counts in ticks of 10 ms.
    pub fn cpu(&self) -> Duration {
        let threads = fs::read_dir(self.path("task")).expect("the server has gone");
        let times = threads.flatten().filter_map(|thread| {
            // A thread may end meanwhile.
            let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
            let nanos = text.split(' ').next()?.parse().ok()?;
            Some(Duration::from_nanos(nanos))
        });
        times.sum()
    }

    /// How much of it is in memory.
    pub fn resident_bytes(&self) -> u64 {
        let statm = fs::read_to_string(self.path("statm")).expect("the server has gone");
        let pages = statm.split(' ').nth(1);
        PAGE * pages
            .and_then(|pages| pages.parse::<u64>().ok())
            .expect("a number of pages")
    }

    fn path(&self, name: &str) -> PathBuf {
        format!("/proc/{}/{name}", self.0).into()
    }
}
