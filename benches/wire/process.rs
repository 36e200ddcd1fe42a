//! What Linux counts for the server.

use std::fs;
use std::time::Duration;

/// `USER_HZ`, the same on every Linux that Node runs on.
const TICK: Duration = Duration::from_millis(10);
const PAGE: u64 = 4096;

/// A process, by its id.
pub struct Process(pub usize);

impl Process {
    /// The CPU time of all its threads, in ticks of 10 ms.
    pub fn cpu(&self) -> Duration {
        // The name, in parentheses, may contain anything.
        let stat = self.read("stat");
        let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
        let ticks = fields.split(' ').skip(11).take(2);
        TICK * ticks
            .map(|ticks| ticks.parse::<u32>().expect("a number of ticks"))
            .sum::<u32>()
    }

    /// How much of it is in memory.
    pub fn resident_bytes(&self) -> u64 {
        let statm = self.read("statm");
        let pages = statm.split(' ').nth(1);
        PAGE * pages
            .and_then(|pages| pages.parse::<u64>().ok())
            .expect("a number of pages")
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{name}", self.0))
            .unwrap_or_else(|error| panic!("the server has gone: {error}"))
    }
}
