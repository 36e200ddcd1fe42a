//! Connections: opening, frames from the client, ending.

use std::sync::Arc;

use crate::broker::id::next_id;
use crate::broker::records::connection::Connection;
use crate::broker::records::rate::Rate;
use crate::broker::{App, ConnectionId, Notification, Outlet};
use crate::protocol::{ClientFrame, ServerFrame, SocketError, SocketId};

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
        let handled = message.and_then(|frame| self.handle(connection, frame, now));
        if let Err(error) = handled {
            self.refuse(connection, &error, now);
        }
    }

    fn handle(
        &mut self,
        connection: ConnectionId,
        frame: ClientFrame,
        now: u64,
    ) -> Result<(), SocketError> {
        match frame {
            ClientFrame::Subscribe {
                channel,
                auth,
                channel_data,
            } => self.subscribe(
                connection,
                &channel,
                auth.as_deref(),
                channel_data.as_deref(),
                now,
            ),
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
            ClientFrame::ClientEvent {
                event,
                channel,
                data,
            } => self.relay(connection, &event, &channel, data, now),
            ClientFrame::Unknown { event } => {
                Err(SocketError::UnsupportedEvent(event.as_str().into()))
            }
        }
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
    pub(in crate::broker) fn drop_unauthorized(&mut self, now: u64) {
        while let Some(&(due, connection)) = self.authorizations_due.front()
            && due <= now
        {
            self.authorizations_due.pop_front();
            let record = self.connections.get(&connection);
            if record.is_some_and(|record| !record.authorized) {
                self.refuse(connection, &SocketError::NotAuthorizedInTime, now);
            }
        }
    }

    /// The client has left: its subscriptions and its sign-in end. Harmless when it has before.
    pub fn close(&mut self, connection: ConnectionId, now: u64) {
        self.close_some(connection, usize::MAX, now);
    }

    /// The same for at most so many of its channels: a client may be on very many, and nobody else
    /// has a turn meanwhile. True when it is gone, else this has to be called again. The client is
    /// found no more and can do nothing in between.
    pub fn close_some(&mut self, connection: ConnectionId, channels: usize, now: u64) -> bool {
        let Some(record) = self.connections.get_mut(&connection) else {
            return true;
        };
        if !record.is_leaving {
            record.is_leaving = true;
            self.connection_names.remove(&record.name);
            self.socket_ids.remove(&record.socket_id);
            // The first one is left first.
            record.channels.reverse();
        }
        let outlet = record.outlet.id();
        let rest = record.channels.len().saturating_sub(channels);
        let leaving = record.channels.split_off(rest);
        for channel in leaving.into_iter().rev() {
            self.leave(connection, outlet, channel, now);
        }
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

    /// Ends a connection from this side, with a close code and a reason (Pusher docs: Error codes).
    pub fn drop_connection(&mut self, connection: ConnectionId, code: u16, reason: &str, now: u64) {
        if let Some(record) = self.connections.get(&connection) {
            record.outlet.notify(Notification::Closed {
                connection,
                code,
                reason,
                is_told: true,
            });
            self.close(connection, now);
        }
    }

    /// Ends every connection, as the service does: clients are told in every way they may
    /// understand.
    pub fn drop_all(&mut self, code: u16, reason: &str, now: u64) {
        for connection in self.connection_ids() {
            if let Some(record) = self.connections.get(&connection) {
                record.outlet.notify(Notification::Closed {
                    connection,
                    code,
                    reason,
                    is_told: false,
                });
                self.close(connection, now);
            }
        }
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
