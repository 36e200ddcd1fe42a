//! Signed-in users: their connections, and who watches them (Pusher docs: User authentication,
//! Watchlist events).

use crate::broker::journal::{Entry, Kind};
use crate::broker::records::user::User;
use crate::broker::{App, ConnectionId};
use crate::protocol::{ServerFrame, SocketError, signature};

impl App {
    /// `pusher:signin`. A failure ends the connection, as an unauthorized one.
    pub(in crate::broker) fn sign_in(
        &mut self,
        connection: ConnectionId,
        auth: &str,
        user_data: &str,
    ) -> Result<(), SocketError> {
        let Some(record) = self.connections.get(&connection) else {
            return Ok(());
        };
        let (key, sent) = signature::split_auth(auth).ok_or(SocketError::MalformedSigninAuth)?;
        let secret = self
            .secret_of(key)
            .ok_or_else(|| SocketError::InvalidSigninKey(key.into()))?;
        let signed = signature::user_string(record.socket_id.as_str(), user_data);
        if !signature::verify(secret, &signed, sent) {
            return Err(SocketError::InvalidSigninSignature {
                signed,
                got: sent.into(),
            });
        }
        if let Some(failure) = self.fail_authorization("user") {
            let message = failure.text().to_owned();
            return Err(SocketError::AuthorizationFailed { message });
        }
        let Some(record) = self.connections.get(&connection) else {
            return Ok(());
        };
        let (user, over_limit) = User::parse(user_data, self.options.limits.watchlist)?;
        if let Some(current) = &record.user
            && current.id != user.id
        {
            return Err(SocketError::OtherUser((&*current.id).into()));
        }

        // Signing in again replaces the user's data and watchlist; the user stays online.
        let before = self
            .connections
            .get_mut(&connection)
            .and_then(|r| r.user.take());
        if let Some(before) = &before {
            self.users.remove(connection, before);
        }
        let came_online = self.users.add(connection, &user) && before.is_none();
        if let Some(record) = self.connections.get(&connection) {
            let entry = Entry::new(Kind::SignedIn)
                .about(&record.who)
                .with(|more| more.user = Some(user.id.clone()));
            self.journal.write(entry);
        }

        self.send(
            connection,
            ServerFrame::SigninSuccess {
                user_data: user_data.to_owned(),
            },
        );
        if over_limit {
            let limit = self.options.limits.watchlist;
            self.send(
                connection,
                ServerFrame::Error(SocketError::WatchlistLimit { limit }),
            );
        }
        if !user.watchlist.is_empty() {
            let (online, offline) = user
                .watchlist
                .iter()
                .cloned()
                .partition(|watched| !self.users.connections(watched).is_empty());
            self.send(connection, ServerFrame::WatchlistEvents { online, offline });
        }
        if came_online {
            self.tell_watchers(&user.id, true, connection);
        }
        if let Some(record) = self.connections.get_mut(&connection) {
            record.user = Some(Box::new(user));
            record.authorized = true;
        }
        Ok(())
    }

    /// The connection ends, and with it its sign-in.
    pub(in crate::broker) fn sign_out(&mut self, connection: ConnectionId, user: &User) {
        if self.users.remove(connection, user) {
            self.tell_watchers(&user.id, false, connection);
        }
    }

    fn tell_watchers(&self, user_id: &str, online: bool, except: ConnectionId) {
        let watchers = self.users.watchers(user_id);
        if watchers.is_empty() {
            return;
        }
        let (mut online_now, mut offline_now) = (Vec::new(), Vec::new());
        match online {
            true => online_now.push(user_id.into()),
            false => offline_now.push(user_id.into()),
        }
        let frame = ServerFrame::WatchlistEvents {
            online: online_now,
            offline: offline_now,
        };
        for &watcher in watchers {
            if watcher != except {
                self.send(watcher, frame.clone());
            }
        }
    }

    /// Ends every connection that is signed in as `user_id`, with 4009. Connections that are only
    /// a member of that name on presence channels stay (Pusher docs: Terminating user connections).
    pub fn terminate_user(&mut self, user_id: &str, now: u64) {
        let error = SocketError::UserTerminated {
            user: user_id.to_owned(),
        };
        for connection in self.users.connections(user_id).to_vec() {
            self.refuse_noted(connection, &error, now);
        }
    }

    /// What an app's server answers to a sign-in, signed with the app's own secret:
    /// `key:signature`. Empty when the connection is gone.
    pub fn authenticate_user(&self, connection: ConnectionId, user_data: &str) -> String {
        self.connections
            .get(&connection)
            .map_or_else(String::new, |record| {
                self.signed(&signature::user_string(
                    record.socket_id.as_str(),
                    user_data,
                ))
            })
    }
}

#[cfg(test)]
mod tests;
