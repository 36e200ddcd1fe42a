//! Listening: from a port to connections, and back to nothing.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak, mpsc};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

use crate::broker::journal::Selection;
use crate::broker::{self, Outlet};
use crate::clock::{Clock, reading};
use crate::gateway::http::replay::Replay;
use crate::gateway::http::routes;
use crate::gateway::liveness::{self, Did};
use crate::gateway::server::control::{Control, ControlAnswer, Controller};
use crate::gateway::server::journal::{OwnJournal, Wake};
use crate::gateway::server::options::ListenOptions;
use crate::gateway::server::outlet::SocketOutlet;
use crate::gateway::server::state::{Peer, Server, spawn};
use crate::gateway::tls;
use crate::gateway::websocket::opening::{self, Opening};
use crate::gateway::websocket::{task, upgrade};
use crate::protocol::SocketError;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 4_096;
/// How long the first request may take to arrive.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// Turns of the thread until what a client has sent before is read: its socket is looked at in one, and read in the next.
const TURNS_TO_READ: u32 = 4;

/// A listening server on a thread of its own, and the means to end it. Dropped, it has the thread close, and waits for nothing.
pub struct Gateway {
    address: SocketAddr,
    is_public: bool,
    number: u32,
    journal: Arc<OwnJournal>,
    /// Its thread's, and freed with it: descriptors of a closed gateway wait for nobody to drop this.
    server: Weak<Server>,
    /// Tells the thread to close, with a code for its clients. Taken by the first [`Gateway::stop`].
    stop: Mutex<Option<oneshot::Sender<u16>>>,
    waiters: Arc<Waiters>,
}

/// Told when it is dropped, if it was not before.
struct Answer<F: FnOnce(Option<Did>)>(Option<F>);

impl<F: FnOnce(Option<Did>)> Drop for Answer<F> {
    fn drop(&mut self) {
        if let Some(on_done) = self.0.take() {
            on_done(None);
        }
    }
}

/// Who waits for the end of a gateway's thread; `None` when it has come.
struct Waiters(Mutex<Option<Vec<Waiter>>>);

type Waiter = Box<dyn FnOnce() + Send>;

impl Waiters {
    fn add(&self, waiter: Waiter) {
        if let Some(waiters) = &mut *self.0.lock() {
            waiters.push(waiter);
            return;
        }
        waiter();
    }

    fn tell(&self) {
        // Told without the lock.
        let waiters = self.0.lock().take();
        for waiter in waiters.into_iter().flatten() {
            waiter();
        }
    }
}

impl Gateway {
    /// Binds and starts to serve; the port is open when this returns. `wake` is called when
    /// there is something new in [its own journal](Gateway::journal); `controller` hears of requests that it
    /// [answers](Gateway::answer).
    ///
    /// Fails with the system's error, its message naming the address: the port is taken, the name
    /// is unknown (kind `NotFound`), the thread could not be started.
    pub fn listen(
        options: ListenOptions,
        wake: Option<Wake>,
        controller: Option<Controller>,
    ) -> io::Result<Gateway> {
        // One thread does it all: a second would not make a fan-out faster.
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()?;
        let listener = {
            let _inside = runtime.enter();
            bind(&options)?
        };
        let address = listener.local_addr()?;
        let admission = options.admission(address.ip())?;
        let clock = Clock::start();
        let journal = Arc::new(OwnJournal::new(wake, &options.apps));
        let outlet = SocketOutlet::new(
            runtime.handle().clone(),
            clock.clone(),
            journal.clone(),
            options.is_watched,
        );
        let number = outlet.id();
        let name = options.thread_name.clone();
        let server = Arc::new(Server::new(
            options,
            admission,
            outlet,
            clock,
            journal.clone(),
            Control::new(controller),
        ));
        let (stop, stopped) = oneshot::channel();
        let waiters = Arc::new(Waiters(Mutex::new(Some(Vec::new()))));
        let gateway = Gateway {
            address,
            is_public: server.admission.is_public,
            number,
            journal,
            server: Arc::downgrade(&server),
            stop: Mutex::new(Some(stop)),
            waiters: waiters.clone(),
        };
        thread::Builder::new()
            .name(name)
            .spawn(move || run(runtime, server, listener, stopped, &waiters))?;
        Ok(gateway)
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Whether other machines can reach it.
    pub fn is_public(&self) -> bool {
        self.is_public
    }

    /// The number by which journals of apps know it.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// What happened that is about no app, or was too early to be, as a page in JSON. Whoever reads is woken anew.
    pub fn journal(&self, selection: &Selection) -> String {
        self.journal.page(selection)
    }

    /// Answers a request that the controller has heard of. `false` when nobody waits for it any more.
    pub fn answer(&self, id: u32, answer: ControlAnswer) -> bool {
        let server = self.server.upgrade();
        server.is_some_and(|server| server.control.answer(id, answer))
    }

    /// How many clients are connected.
    pub fn connection_count(&self) -> usize {
        let server = self.server.upgrade();
        server.map_or(0, |server| server.outlet.connection_count())
    }

    /// The socket ids of the clients that are connected, if anybody is told what happens.
    pub fn socket_ids(&self) -> Vec<String> {
        let Some(server) = self.server.upgrade() else {
            return Vec::new();
        };
        let connections = server.outlet.connections();
        let here = connections.iter().filter(|one| !one.has_departed());
        here.map(|one| one.name().to_owned()).collect()
    }

    /// How many channels they are subscribed to.
    pub fn channel_count(&self) -> usize {
        let server = self.server.upgrade();
        server.map_or(0, |server| server.outlet.channel_count())
    }

    /// Whether nothing that was published still waits for its turn.
    pub fn is_idle(&self) -> bool {
        let server = self.server.upgrade();
        server.is_none_or(|server| server.outlet.is_idle())
    }

    /// Skips at most so many milliseconds of this gateway's time and of its apps', see [`liveness::advance`]. `on_done` is called on the
    /// gateway's thread, or without an answer when the gateway has ended.
    pub fn advance(&self, most: u64, on_done: impl FnOnce(Option<Did>) + Send + 'static) {
        let Some(server) = self.server.upgrade() else {
            return on_done(None);
        };
        let done = Answer(Some(on_done));
        let outlet = server.outlet.clone();
        outlet.spawn(async move {
            let mut done = done;
            let did = liveness::advance(&server, most).await;
            if let Some(on_done) = done.0.take() {
                on_done(Some(did));
            }
        });
    }

    /// Has the thread close: it accepts no more, says goodbye to every client with `code` (4200: come back at
    /// once, 4100: come back in a while), lets them and requests under way finish, for at most
    /// [`drain`](ListenOptions::drain), and ends. `on_closed` is called when nothing is left, on that thread;
    /// also when this is called again, which changes nothing else.
    pub fn stop(&self, code: u16, on_closed: impl FnOnce() + Send + 'static) {
        self.waiters.add(Box::new(on_closed));
        if let Some(stop) = self.stop.lock().take() {
            // Fails only when the thread has ended already.
            let _ = stop.send(code);
        }
    }

    /// [`stop`](Gateway::stop) for whoever may wait: blocks until nothing is left. Not to be called on the
    /// gateway's own thread, nor where others wait for the caller.
    pub fn close(&self, code: u16) {
        let (tell, told) = mpsc::channel();
        self.stop(code, move || {
            let _ = tell.send(());
        });
        let _ = told.recv();
    }
}

/// The life of the gateway's thread.
fn run(
    runtime: Runtime,
    server: Arc<Server>,
    listener: TcpListener,
    stopped: oneshot::Receiver<u16>,
    waiters: &Waiters,
) {
    // Apps ask it what is under way, also before their first connection.
    let outlet: Arc<dyn Outlet> = server.outlet.clone();
    for app in &server.options.apps {
        app.lock().attach(&outlet);
    }
    drop(outlet);
    let serving = serve(server.clone(), listener, stopped);
    // A panic has printed its message; the broker and those who wait hear of the end all the same.
    let ended = catch_unwind(AssertUnwindSafe(move || {
        runtime.block_on(serving);
        // Sockets close, and tasks that are left let go of the server.
        drop(runtime);
    }));
    let left = catch_unwind(AssertUnwindSafe(move || {
        for app in &server.options.apps {
            broker::detach(app, server.outlet.id(), reading);
        }
    }));
    for payload in [ended.err(), left.err()].into_iter().flatten() {
        // Dropping it may run anything, panics included.
        std::mem::forget(payload);
    }
    waiters.tell();
}

/// All that the gateway does. What is not finished when this ends is dropped.
async fn serve(server: Arc<Server>, listener: TcpListener, stopped: oneshot::Receiver<u16>) {
    let listener = Arc::new(listener);
    let accepting = spawn(accept(server.clone(), listener.clone()));
    spawn(liveness::watch(server.clone()));
    let code = stopped.await.unwrap_or(4200);
    // First the port: a client that is told to come back must not find it open.
    accepting.abort();
    let _ = accepting.await;
    server.is_ending.store(true, Ordering::Relaxed);
    // Those that have come are heard; the system would cut them with the port.
    for _ in 0..BACKLOG {
        let Ok(Ok((stream, peer))) = timeout(Duration::ZERO, listener.accept()).await else {
            break;
        };
        spawn(greet(server.clone(), stream, peer.ip()));
    }
    drop(listener);
    for _ in 0..TURNS_TO_READ {
        yield_now().await;
    }
    let error = SocketError::with_code(code);
    server.drop_all(&error);
    server.closing.send_replace(true);
    // Those that were on their way in meanwhile.
    server.drop_all(&error);
    let _ = timeout(server.options.drain, server.no_tasks()).await;
}

fn bind(options: &ListenOptions) -> io::Result<TcpListener> {
    let (host, port) = (options.host.as_str(), options.port);
    let named = |error: io::Error| {
        let why = match error.kind() {
            io::ErrorKind::AddrInUse => {
                format!("port {port} on {host} is in use, choose another or 0 for any free one")
            }
            io::ErrorKind::PermissionDenied => {
                format!(
                    "port {port} on {host} may not be opened by this user, choose one above 1023"
                )
            }
            io::ErrorKind::AddrNotAvailable => {
                format!("{host} is not an address of this machine, choose 127.0.0.1 or 0.0.0.0")
            }
            io::ErrorKind::NotFound => {
                format!("the host {host} has no address, choose 127.0.0.1 or 0.0.0.0 ({error})")
            }
            _ => format!("cannot listen on {host}, port {port}: {error}"),
        };
        io::Error::new(error.kind(), why)
    };
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    let unknown = |error| named(io::Error::new(io::ErrorKind::NotFound, error));
    for address in (host, port).to_socket_addrs().map_err(unknown)? {
        match bind_to(address, options.send_buffer) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(named(last))
}

fn bind_to(address: SocketAddr, send_buffer: Option<u32>) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // On Windows this would let two servers share the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    if let Some(bytes) = send_buffer {
        // Accepted sockets inherit it.
        socket.set_send_buffer_size(bytes)?;
    }
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn accept(server: Arc<Server>, listener: Arc<TcpListener>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // A frame waits for no other.
                let _ = stream.set_nodelay(true);
                spawn(greet(server.clone(), stream, peer.ip()));
            }
            // Out of file descriptors, most likely: some will be free later.
            Err(error) if error.kind() != io::ErrorKind::ConnectionAborted => {
                sleep(Duration::from_millis(20)).await
            }
            Err(_) => {}
        }
    }
}

/// Reads the first head of a connection and sends it where it belongs.
async fn greet(server: Arc<Server>, stream: TcpStream, ip: IpAddr) {
    let patience = HEAD_TIME.min(server.options.idle_timeout);
    let mut peer = Peer {
        ip,
        is_secure: false,
        agent: 0,
    };
    let opening = opening::read(&stream, Vec::new(), ip, &server.admission);
    let Ok(Ok(mut opening)) = timeout(patience, opening).await else {
        return;
    };
    if let Opening::Decrypted(preface, before) = opening {
        let Some(client) = tls::recognize(&server, &preface) else {
            return;
        };
        peer = client;
        let again = opening::read(&stream, before, peer.ip, &server.admission);
        opening = match timeout(patience, again).await {
            Ok(Ok(opening)) => opening,
            _ => return,
        };
        tls::wait_for(&server, &preface);
    }
    if let Opening::Tls(first) = &opening {
        return Box::pin(tls::hand_over(&server, stream, ip, first)).await;
    }
    // Nobody waits for a client that has not asked for anything yet.
    let guard = server.task();
    match opening {
        Opening::Tls(_) | Opening::Decrypted(..) => {}
        Opening::WebSocket {
            target,
            accept,
            admitted,
            mut early,
            agent,
        } => {
            peer.agent = agent;
            let obstacle = match admitted.is_ok() && server.has_obstacles(&target) {
                true => Box::pin(server.clear_way(&target, peer, false)).await,
                false => None,
            };
            // Nothing answers: the connection ends before it is one.
            if obstacle.as_ref().is_some_and(SocketError::is_cut) {
                return;
            }
            let head = upgrade::switching_protocols(&accept);
            task::start(
                guard,
                stream,
                peer,
                &target,
                admitted,
                obstacle,
                head.into(),
                &mut early,
            );
        }
        // Boxed: a hyper connection is large, and most connections are WebSockets.
        Opening::Http(first) => {
            Box::pin(routes::serve(guard, Replay::new(first, stream), peer)).await
        }
    }
}
