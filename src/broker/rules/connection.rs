//! Connections: opening, frames from the client, ending.

use std::sync::Arc;

use parking_lot::MutexGuard;

use crate::broker::id::next_id;
use crate::broker::journal::By;
use crate::broker::outcome::Done;
use crate::broker::records::connection::Connection;
use crate::broker::records::rate::Rate;
use crate::broker::rules::rejection::Rejected;
use crate::broker::{
    App, Coming, ConnectionId, Notification, Outlet, OutletId, Reading, SharedApp,
};
use crate::protocol::{ClientFrame, ServerFrame, SocketError, SocketId};

/// Channels that are left before others have their turn at the app: less than a millisecond.
const PART: usize = 256;
/// Connections that are ended before others have their turn: each is written to, which takes some thirty microseconds.
const DROPPED: usize = 32;

/// The client has left, as with [`App::close`], in parts; or it is ended with the code and reason of a close frame.
pub fn leave(
    app: &SharedApp,
    connection: ConnectionId,
    ending: Option<(u16, &str)>,
    reading: impl Fn() -> Reading,
) {
    if let Some((code, reason)) = ending {
        let now = reading();
        let mut app = app.lock();
        app.now(&now);
        app.begin_closing(connection, By::Service, Some(code), reason);
    }
    close_in_parts(app, &[connection], reading);
}

/// The outlet is gone: its connections are found no more at once, and leave in parts.
pub fn detach(app: &SharedApp, outlet: OutletId, reading: impl Fn() -> Reading) {
    let now = reading();
    let connections = app.lock().begin_detaching(outlet, &now);
    close_in_parts(app, &connections, reading);
}

/// Ends every connection that there is now, as [`App::drop_all`] does, in parts.
pub fn drop_all(app: &SharedApp, code: u16, reason: &str, reading: impl Fn() -> Reading) {
    let goodbye = goodbye(code, reason);
    let connections = app.lock().connection_ids();
    for part in connections.chunks(DROPPED) {
        let reading = reading();
        let mut app = app.lock();
        let now = app.now(&reading);
        for &connection in part {
            app.drop_saying(connection, code, &goodbye, now);
        }
        MutexGuard::unlock_fair(app);
    }
}

/// What everybody is told, in the service's words where there is no `reason`.
fn goodbye(code: u16, reason: &str) -> SocketError {
    match reason {
        "" if code >= 4000 => SocketError::with_code(code),
        _ => SocketError::Ended {
            code,
            message: reason.to_owned(),
        },
    }
}

fn close_in_parts(app: &SharedApp, connections: &[ConnectionId], reading: impl Fn() -> Reading) {
    let mut left = connections.iter().peekable();
    while left.peek().is_some() {
        let reading = reading();
        let mut app = app.lock();
        let now = app.now(&reading);
        let mut channels = PART;
        while channels > 0
            && let Some(&&connection) = left.peek()
        {
            if app.close_some(connection, &mut channels, now) {
                left.next();
            }
        }
        // Who waits for the app, such as a publisher on a JavaScript thread, is next.
        MutexGuard::unlock_fair(app);
    }
}

impl App {
    /// Opens a connection behind `outlet` and sends it `pusher:connection_established`. It is called
    /// `name`; without one a mock client gets the next free `mock-connection-N`, and a socket its
    /// socket id, which is all that its client knows of itself.
    ///
    /// Refused with 4003 when the app is out of service, with 4004 when it has all the connections
    /// it may have, and when the name is taken.
    pub fn open(
        &mut self,
        outlet: &Arc<dyn Outlet>,
        name: Option<&str>,
        now: u64,
    ) -> Result<ConnectionId, SocketError> {
        let how = Coming {
            door: outlet.door(),
            client: 0,
            label: None,
            transport: None,
            gateway: 0,
        };
        self.open_as(outlet, name, &how, now)
    }

    /// The same for who knows more about it than its outlet.
    pub fn open_as(
        &mut self,
        outlet: &Arc<dyn Outlet>,
        name: Option<&str>,
        how: &Coming<'_>,
        now: u64,
    ) -> Result<ConnectionId, SocketError> {
        self.try_open(outlet, name, how, now).inspect_err(|error| {
            let who = (how.client != 0).then(|| self.journal.client(how.client));
            self.journal
                .refused(who.as_ref(), None, error.code(), &error.to_string());
        })
    }

    fn try_open(
        &mut self,
        outlet: &Arc<dyn Outlet>,
        name: Option<&str>,
        how: &Coming<'_>,
        now: u64,
    ) -> Result<ConnectionId, SocketError> {
        if self.ended {
            return Err(SocketError::AppClosed);
        }
        if !self.options.enabled {
            return Err(SocketError::AppDisabled);
        }
        if let Some(limit) = self.options.limits.connections
            && self.connections.len() >= limit
        {
            return Err(SocketError::OverQuota);
        }
        let socket_id = SocketId::generate();
        let name: Arc<str> = match name {
            Some(name) if self.connection_names.contains_key(name) => {
                return Err(SocketError::NameInUse {
                    name: name.to_owned(),
                });
            }
            Some(name) => name.into(),
            None if outlet.survives_reset() => socket_id.as_str().into(),
            None => self.next_connection_name().into(),
        };
        self.attach(outlet);

        let id = next_id();
        let greeting = ServerFrame::ConnectionEstablished {
            socket_id: socket_id.clone(),
            activity_timeout_s: self.options.limits.activity_timeout_s,
        };
        let who = self.journal.connected(id, &name, socket_id.as_str(), how);
        self.connection_names.insert(name.clone(), id);
        self.socket_ids.insert(socket_id.clone(), id);
        self.connections.insert(
            id,
            Connection {
                name,
                socket_id,
                outlet: outlet.clone(),
                channels: Vec::new(),
                user: None,
                authorized: false,
                is_leaving: false,
                taken: None,
                waiting: 0,
                who,
                closed: 0,
                client_events: Rate::default(),
            },
        );
        outlet.notify(Notification::Sent {
            to: id,
            about: None,
            frame: greeting,
        });
        if self.options.authorized_connections {
            let due = now.saturating_add(self.options.limits.authorization_timeout_ms);
            self.authorizations_due.push_back((due, id));
        }
        Ok(id)
    }

    /// Handles what a client sent, read already. Answers, refusals included, go through its outlet.
    pub fn receive(
        &mut self,
        connection: ConnectionId,
        message: Result<ClientFrame, SocketError>,
        now: u64,
    ) {
        let record = self.connections.get(&connection);
        if record.is_none_or(|record| record.is_leaving) {
            return;
        }
        let handled = match message {
            Ok(frame) => self.handle(connection, frame, now),
            Err(error) => Err((self.note_refused(connection, None, &error), error)),
        };
        if let Err((seq, error)) = handled {
            let before = self.journal.because(seq);
            self.refuse(connection, &error, now);
            self.journal.so(before);
        }
    }

    /// A refusal comes with the journal's entry of it.
    fn handle(
        &mut self,
        connection: ConnectionId,
        frame: ClientFrame,
        now: u64,
    ) -> Result<(), (u64, SocketError)> {
        let handled = match frame {
            ClientFrame::Subscribe {
                channel,
                auth,
                channel_data,
            } => {
                let (auth, data) = (auth.as_deref(), channel_data.as_deref());
                return self
                    .subscribe(connection, &channel, auth, data, now)
                    .map_err(|error| {
                        (self.note_refused(connection, Some(&channel), &error), error)
                    });
            }
            ClientFrame::ClientEvent {
                event,
                channel,
                data,
            } => {
                let bytes = data.get().len();
                return self
                    .relay(connection, &event, &channel, data, now)
                    .map_err(|error| {
                        let who = self.connections.get(&connection).map(|record| &record.who);
                        let refused = Rejected {
                            who,
                            channel: &channel,
                            event: &event,
                            bytes,
                            code: error.code(),
                        };
                        (refused.note(&mut self.journal, &error), error)
                    });
            }
            ClientFrame::Unsubscribe { channel } => {
                match self.unsubscribe_trusted(connection, &channel, now) {
                    true => Ok(()),
                    false => Err(SocketError::NoSubscription(channel.as_str().into())),
                }
            }
            ClientFrame::Ping => {
                self.send(connection, ServerFrame::Pong);
                Ok(())
            }
            ClientFrame::Pong => Ok(()),
            ClientFrame::Signin { auth, user_data } => self.sign_in(connection, &auth, &user_data),
            ClientFrame::Unknown { event } => {
                Err(SocketError::UnsupportedEvent(event.as_str().into()))
            }
        };
        handled.map_err(|error| (self.note_refused(connection, None, &error), error))
    }

    /// Writes down that what a client asked for was refused: a subscription, where there is a channel. Gives the entry's
    /// number.
    fn note_refused(
        &mut self,
        connection: ConnectionId,
        channel: Option<&str>,
        error: &SocketError,
    ) -> u64 {
        let who = self.connections.get(&connection);
        let who = who.map(|record| record.who.clone());
        self.journal
            .refused(who.as_ref(), channel, error.code(), &error.to_string())
    }

    /// Sends a frame to one connection.
    pub(in crate::broker) fn send(&self, to: ConnectionId, frame: ServerFrame) {
        if let Some(record) = self.connections.get(&to) {
            let about = None;
            record
                .outlet
                .notify(Notification::Sent { to, about, frame });
        }
    }

    /// The same as [`App::refuse`] where the client has asked for nothing: that is written down first.
    pub(in crate::broker) fn refuse_noted(
        &mut self,
        connection: ConnectionId,
        error: &SocketError,
        now: u64,
    ) {
        let seq = self.note_refused(connection, None, error);
        let before = self.journal.because(seq);
        self.refuse(connection, error, now);
        self.journal.so(before);
    }

    /// Tells a connection what went wrong, and ends it if the code says so.
    pub(in crate::broker) fn refuse(
        &mut self,
        connection: ConnectionId,
        error: &SocketError,
        now: u64,
    ) {
        if error.has_frame() {
            self.send(connection, ServerFrame::Error(error.clone()));
        }
        if let Some(code) = error.code()
            && error.closes()
        {
            self.drop_connection(connection, code, &error.to_string(), now);
        }
    }

    /// When a connection may have to be authorized next, in milliseconds since the epoch.
    pub(in crate::broker) fn next_authorization(&self) -> Option<u64> {
        self.authorizations_due.front().map(|&(due, _)| due)
    }

    /// Ends the connections that have not been authorized in time.
    pub(in crate::broker) fn drop_unauthorized(&mut self, now: u64, done: &mut Done) {
        while let Some(&(due, connection)) = self.authorizations_due.front()
            && due <= now
        {
            self.authorizations_due.pop_front();
            let record = self.connections.get(&connection);
            if record.is_some_and(|record| !record.authorized) {
                self.refuse_late(connection, &SocketError::NotAuthorizedInTime, now, done);
            }
        }
    }

    /// The same for what is noted.
    pub(in crate::broker) fn refuse_late(
        &mut self,
        connection: ConnectionId,
        error: &SocketError,
        now: u64,
        done: &mut Done,
    ) {
        if let Some(record) = self.connections.get(&connection) {
            let code = error.code().unwrap_or_default();
            done.cut.push((record.name.clone(), code));
        }
        self.refuse_noted(connection, error, now);
    }

    /// The client has left: its subscriptions and its sign-in end. Harmless when it has before.
    pub fn close(&mut self, connection: ConnectionId, now: u64) {
        self.close_by(connection, By::Client, None, "", now);
    }

    /// The same for a client that tells up to which event it has taken what was sent to it.
    pub fn close_having_taken(&mut self, connection: ConnectionId, taken: u64, now: u64) {
        self.has_taken(connection, taken);
        self.close_by(connection, By::Client, None, "", now);
    }

    /// The client will take nothing more, whether or not the broker has ended its connection: it has come up to this event.
    pub fn has_taken(&mut self, connection: ConnectionId, taken: u64) {
        match self.connections.get_mut(&connection) {
            Some(record) if !record.is_leaving => record.taken = Some(taken),
            _ => self.journal.had_taken(connection, taken),
        }
    }

    /// From this event on, 0 for none, what was sent to the client waits where it is: only its thread knows for how long.
    pub fn waits_from(&mut self, connection: ConnectionId, first: u64) {
        if let Some(record) = self.connections.get_mut(&connection) {
            record.waiting = first;
        }
    }

    /// The same for whoever else has ended it, with the code and reason of the close frame.
    pub(in crate::broker) fn close_by(
        &mut self,
        connection: ConnectionId,
        by: By,
        code: Option<u16>,
        reason: &str,
        now: u64,
    ) {
        self.begin_closing(connection, by, code, reason);
        self.close_some(connection, &mut { usize::MAX }, now);
    }

    /// The connection is found no more and can do nothing; [`App::close_some`] takes it from its channels. Harmless
    /// when that has begun.
    fn begin_closing(&mut self, connection: ConnectionId, by: By, code: Option<u16>, reason: &str) {
        let Some(record) = self.connections.get_mut(&connection) else {
            return;
        };
        if record.is_leaving {
            return;
        }
        record.is_leaving = true;
        record.closed = self
            .journal
            .closed(&record.who, by, code, reason, record.taken);
        self.connection_names.remove(&record.name);
        self.socket_ids.remove(&record.socket_id);
        // The first one is left first.
        record.channels.reverse();
    }

    /// Closes as [`App::close`] does, but leaves at most so many of its channels, which it takes off: a client may be on
    /// very many, and nobody else has a turn meanwhile. True when it is gone, else this has to be called again.
    pub fn close_some(&mut self, connection: ConnectionId, channels: &mut usize, now: u64) -> bool {
        self.begin_closing(connection, By::Client, None, "");
        let Some(record) = self.connections.get_mut(&connection) else {
            return true;
        };
        let outlet = record.outlet.id();
        let rest = record.channels.len().saturating_sub(*channels);
        let leaving = record.channels.split_off(rest);
        // The connection itself takes a moment as well.
        *channels = channels.saturating_sub(leaving.len().max(1));
        let before = self.journal.because(record.closed);
        for channel in leaving.into_iter().rev() {
            self.leave(connection, outlet, channel, By::Close, now);
        }
        self.journal.so(before);
        if rest > 0 {
            return false;
        }
        if let Some(record) = self.connections.remove(&connection)
            && let Some(user) = record.user
        {
            self.sign_out(connection, &user);
        }
        true
    }

    /// The outlet hears nothing more. Gives its connections, which are found no more.
    fn begin_detaching(&mut self, outlet: OutletId, reading: &Reading) -> Vec<ConnectionId> {
        self.now(reading);
        self.release(outlet);
        let mut connections: Vec<ConnectionId> = self
            .connections
            .iter()
            .filter(|(_, record)| record.outlet.id() == outlet)
            .map(|(&connection, _)| connection)
            .collect();
        connections.sort_unstable();
        for &connection in &connections {
            let why = "its thread or gateway has ended";
            self.begin_closing(connection, By::Collected, None, why);
        }
        connections
    }

    /// Ends a connection from this side, with a close code and a reason (Pusher docs: Error codes).
    pub fn drop_connection(&mut self, connection: ConnectionId, code: u16, reason: &str, now: u64) {
        self.end_connection(connection, By::Service, code, reason, now);
    }

    /// Nobody holds the client any more.
    pub fn collect(&mut self, connection: ConnectionId, now: u64) {
        /// RFC 6455's normal closure.
        const NORMAL: u16 = 1000;
        self.end_connection(connection, By::Collected, NORMAL, "", now);
    }

    fn end_connection(
        &mut self,
        connection: ConnectionId,
        by: By,
        code: u16,
        reason: &str,
        now: u64,
    ) {
        self.begin_closing(connection, by, Some(code), reason);
        if let Some(record) = self.connections.get(&connection) {
            record.outlet.notify(Notification::Closed {
                connection,
                code,
                reason,
            });
            self.close(connection, now);
        }
    }

    /// Ends every connection, as the service does: clients are told in every way they may
    /// understand, in the service's words where there is no `reason`.
    pub fn drop_all(&mut self, code: u16, reason: &str, now: u64) {
        let goodbye = goodbye(code, reason);
        for connection in self.connection_ids() {
            self.drop_saying(connection, code, &goodbye, now);
        }
    }

    fn drop_saying(
        &mut self,
        connection: ConnectionId,
        code: u16,
        goodbye: &SocketError,
        now: u64,
    ) {
        if goodbye.has_frame() {
            self.send(connection, ServerFrame::Error(goodbye.clone()));
        }
        self.drop_connection(connection, code, &goodbye.to_string(), now);
    }

    /// The id by which the protocol knows a connection, `123.456`.
    pub fn socket_id(&self, connection: ConnectionId) -> Option<&str> {
        Some(self.connections.get(&connection)?.socket_id.as_str())
    }

    /// The connection with this socket id.
    pub fn connection_with_socket(&self, socket_id: &str) -> Option<ConnectionId> {
        self.socket_ids.get(socket_id).copied()
    }

    /// The name of a connection, such as `mock-connection-1`.
    pub fn connection_name(&self, connection: ConnectionId) -> Option<&str> {
        Some(&self.connections.get(&connection)?.name)
    }

    /// The connection of this name.
    pub fn connection_named(&self, name: &str) -> Option<ConnectionId> {
        self.connection_names.get(name).copied()
    }

    /// A name nobody has: `mock-connection-1` and so on, from 1 again after a reset.
    pub fn next_connection_name(&mut self) -> String {
        loop {
            self.named_connections += 1;
            let name = format!("mock-connection-{}", self.named_connections);
            if !self.connection_names.contains_key(name.as_str()) {
                return name;
            }
        }
    }
}

#[cfg(test)]
mod tests;
