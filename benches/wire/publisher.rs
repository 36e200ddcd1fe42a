//! Who triggers: each a thread with a connection of its own.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::request::{self, Complete};
use super::stamp;

/// When events are sent: on schedule, or as soon as the last one is answered if that is later.
pub struct Pace {
    pub first: Instant,
    pub interval: Duration,
    pub events: usize,
}

pub struct Publisher {
    number: usize,
    address: SocketAddr,
    stream: TcpStream,
}

impl Publisher {
    pub fn new(number: usize, address: SocketAddr) -> io::Result<Publisher> {
        let stream = request::dial(address)?;
        Ok(Publisher {
            number,
            address,
            stream,
        })
    }

    pub fn run(mut self, pace: &Pace) -> io::Result<()> {
        for number in 0..pace.events {
            wait_until(pace.first + pace.interval * number as u32);
            let data = stamp::data(self.number, number);
            self.ask(&request::trigger(&data))?;
        }
        Ok(())
    }

    /// Asks and waits for the answer.
    fn ask(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request)?;
        let mut response = Vec::new();
        loop {
            match request::read_some(&mut self.stream, &mut response)? {
                None => {}
                Some(Complete::KeepAlive) => return Ok(()),
                Some(Complete::Close) => {
                    self.stream = request::dial(self.address)?;
                    return Ok(());
                }
            }
        }
    }
}

fn wait_until(due: Instant) {
    thread::sleep(due.saturating_duration_since(Instant::now()));
}

/// Asks for a page that does not exist, again and again: how long somebody else has to wait.
pub struct Probe {
    over: Arc<AtomicBool>,
    thread: thread::JoinHandle<io::Result<Vec<f64>>>,
}

impl Probe {
    const INTERVAL: Duration = Duration::from_millis(2);

    pub fn start(address: SocketAddr) -> Probe {
        let over = Arc::new(AtomicBool::new(false));
        let asked_to_end = over.clone();
        let thread = thread::spawn(move || {
            let mut asker = Publisher::new(0, address)?;
            let mut times = Vec::new();
            while !asked_to_end.load(Ordering::Relaxed) {
                let start = Instant::now();
                asker.ask(b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
                times.push(start.elapsed().as_secs_f64() * 1e3);
                thread::sleep(Self::INTERVAL);
            }
            times.sort_by(f64::total_cmp);
            Ok(times)
        });
        Probe { over, thread }
    }

    /// How long each answer took, in milliseconds, sorted.
    pub fn stop(self) -> io::Result<Vec<f64>> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().expect("the probe panicked")
    }
}
