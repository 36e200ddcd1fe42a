//! The clients of `benches/wire.mjs`, which starts the servers and says what is asked here. Each
//! command drives one server in another process and prints one line of JSON.
//!
//! | file | what it is |
//! | --- | --- |
//! | `crowd` | thousands of subscribers on one thread, which count what they get |
//! | `publisher` | who triggers, each at its own pace |
//! | `request` | signed requests, and the end of a response |
//! | `stamp` | what an event carries: who sent it as which, and when |
//! | `process` | the CPU time and memory of the server |
//! | `floor` | the least that a server can do: one write per subscriber |

mod crowd;
mod floor;
mod process;
mod publisher;
mod request;
mod stamp;

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use mio::event::Source;
use mio::net::TcpStream;
use mio::{Interest, Token};
use serde_json::{Value, json};

use crowd::{Crowd, Tally};
use process::Process;
use publisher::{Pace, Publisher};
use request::Complete;

/// How long what was published may take to arrive, once nothing more is published.
const PATIENCE: Duration = Duration::from_secs(20);
/// Connections that open at the same time.
const AT_ONCE: usize = 64;

fn main() -> io::Result<()> {
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let command = words.next().unwrap_or_default();
    let options = Options(words.map(parse_option).collect());
    let result = match command.as_str() {
        "floor" => return floor::serve(),
        "fanout" => fanout(&options)?,
        "idle" => idle(&options)?,
        "triggers" => triggers(&options)?,
        // `cargo bench` and `cargo test --benches` come here.
        _ => {
            println!("The measurements are started by `npm run bench:wire`.");
            return Ok(());
        }
    };
    println!("{result}");
    Ok(())
}

/// `name=value` words.
struct Options(HashMap<String, String>);

fn parse_option(word: String) -> (String, String) {
    let (name, value) = word
        .split_once('=')
        .unwrap_or_else(|| panic!("expected name=value, got {word}"));
    (name.to_owned(), value.to_owned())
}

impl Options {
    fn text(&self, name: &str) -> &str {
        let found = self.0.get(name);
        found.unwrap_or_else(|| panic!("{name}=… is missing"))
    }

    fn number(&self, name: &str) -> usize {
        let text = self.text(name);
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text} is no number"))
    }

    fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.number("port") as u16))
    }

    fn server(&self) -> Process {
        Process(self.number("pid"))
    }
}

/// `publishers` trigger `events` each, `rate` a second together; `probe=1` asks for a page that is
/// not there meanwhile, on a connection of its own.
fn fanout(options: &Options) -> io::Result<Value> {
    let (address, server) = (options.address(), options.server());
    let (events, publishers) = (options.number("events"), options.number("publishers"));
    let interval = Duration::from_secs_f64(publishers as f64 / options.number("rate") as f64);
    let mut crowd = Crowd::connect(address, options.number("subscribers"), AT_ONCE)?;
    crowd.settle(&server)?;

    let cpu = server.cpu();
    let start = Instant::now();
    let probe = (options.number("probe") == 1).then(|| publisher::Probe::start(address));
    let threads: Vec<_> = (0..publishers)
        .map(|number| {
            let pace = Pace {
                // Publishers take turns.
                first: start + interval * number as u32 / publishers as u32,
                interval,
                events,
            };
            let publisher = Publisher::new(number, address);
            thread::spawn(move || publisher?.run(&pace))
        })
        .collect();
    let tally = crowd.receive((publishers * events) as u64, || {
        threads.iter().all(|thread| thread.is_finished())
    })?;
    for thread in threads {
        thread.join().expect("a publisher panicked")?;
    }
    let cpu = server.cpu() - cpu;
    let probe = probe.map(|probe| probe.stop()).transpose()?;
    Ok(json!({
        "lost": tally.missing,
        "misplaced": tally.misplaced,
        "cpuUs": micros(cpu) / tally.delivered as f64,
        "p50Ms": tally.quantile(0.5),
        "p99Ms": tally.quantile(0.99),
        "perSecond": tally.delivered as f64 / (tally.last - start).as_secs_f64(),
        "probeMs": probe.as_ref().map(|times| times.last().copied()),
        "probeP99Ms": probe.as_ref().map(|times| times[(times.len() - 1) * 99 / 100]),
    }))
}

/// Opens `subscribers` connections, which then do nothing; with `hold=1` they stay and count until
/// standard input ends.
fn idle(options: &Options) -> io::Result<Value> {
    let (address, server) = (options.address(), options.server());
    // The first ones make the server set up what every one needs.
    drop(Crowd::connect(address, AT_ONCE, AT_ONCE)?);
    thread::sleep(Duration::from_millis(300));
    let subscribers = options.number("subscribers");
    let (cpu, resident, start) = (server.cpu(), server.resident_bytes(), Instant::now());
    let mut crowd = Crowd::connect(address, subscribers, AT_ONCE)?;
    let seconds = start.elapsed().as_secs_f64();
    crowd.settle(&server)?;
    let cpu = server.cpu() - cpu;
    let each = |bytes: u64| bytes as f64 / subscribers as f64;
    let mut result = json!({
        "perSecond": subscribers as f64 / seconds,
        "cpuUs": micros(cpu) / subscribers as f64,
        "baseMib": resident as f64 / (1 << 20) as f64,
        "kibEach": each(server.resident_bytes().saturating_sub(resident)) / 1024.0,
    });
    if options.number("hold") == 1 {
        println!("{result}");
        let ended = thread::spawn(|| io::stdin().read_to_end(&mut Vec::new()));
        let tally = crowd.receive(0, || ended.is_finished())?;
        result = json!({ "delivered": tally.delivered, "misplaced": tally.misplaced });
    }
    Ok(result)
}

/// `connections` keep-alive connections trigger `events` in all, each the next one when the last is
/// answered; one client is subscribed.
fn triggers(options: &Options) -> io::Result<Value> {
    let (address, server) = (options.address(), options.server());
    let events = options.number("events");
    let mut crowd = Crowd::connect(address, 1, 1)?;
    crowd.settle(&server)?;
    // Signed once: signing is not what is measured, and nothing forbids to send it again.
    let request = request::trigger(&stamp::unnumbered());
    let dial = |crowd: &Crowd, number: usize| -> io::Result<TcpStream> {
        let stream = request::dial(address)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        stream.register(crowd.registry(), asker(number), Interest::READABLE)?;
        Ok(stream)
    };
    let mut asking = Vec::new();
    for number in 0..options.number("connections") {
        asking.push((dial(&crowd, number)?, Vec::new()));
    }
    let cpu = server.cpu();
    let start = Instant::now();
    for (stream, _) in &mut asking {
        stream.write_all(&request)?;
    }
    let (mut asked, mut answered) = (asking.len(), 0);
    let mut tally = Tally::new(1);
    let mut last = Instant::now();
    while answered < events || tally.delivered < events as u64 {
        let mut ready = Vec::new();
        crowd.turn(&mut tally, |token| ready.push(token.0 - asker(0).0))?;
        for number in ready {
            let (stream, response) = &mut asking[number];
            let Some(complete) = request::read_some(stream, response)? else {
                continue;
            };
            response.clear();
            if complete == Complete::Close {
                *stream = dial(&crowd, number)?;
            }
            (answered, last) = (answered + 1, Instant::now());
            if asked < events {
                stream.write_all(&request)?;
                asked += 1;
            }
        }
        assert!(last.elapsed() < PATIENCE, "{answered} of {events} answers");
    }
    let cpu = server.cpu() - cpu;
    Ok(json!({
        "lost": 0,
        "cpuUs": micros(cpu) / events as f64,
        "perSecond": events as f64 / (last - start).as_secs_f64(),
    }))
}

/// The token of a connection that is not the crowd's.
fn asker(number: usize) -> Token {
    Token((1 << 20) + number)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
