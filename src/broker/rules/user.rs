//! Signed-in users: their connections, and who watches them (Pusher docs: User authentication,
//! Watchlist events).

use std::sync::Arc;

use hashbrown::HashMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::broker::{App, ConnectionId};
use crate::protocol::channel::is_name_char;
use crate::protocol::{SocketError, server_frame, signature};

/// Whom a connection is signed in as.
pub(in crate::broker) struct User {
    pub id: Arc<str>,
    /// The `user_info` of the signed user data, a JSON value.
    pub info: Option<Box<RawValue>>,
    /// Whose coming and going the connection is told.
    watchlist: Vec<Arc<str>>,
}

/// The users somebody is signed in as, and those somebody watches.
#[derive(Default)]
pub(in crate::broker) struct Users(HashMap<Arc<str>, Known>);

#[derive(Default)]
struct Known {
    /// Signed in as this user; the user is online while there is one.
    connections: Vec<ConnectionId>,
    /// Have this user on their watchlist.
    watchers: Vec<ConnectionId>,
}

#[derive(Deserialize)]
struct UserData<'a> {
    id: Option<serde_json::Value>,
    #[serde(borrow)]
    user_info: Option<&'a RawValue>,
    watchlist: Option<Vec<String>>,
}

impl Users {
    /// The connections signed in as `user_id`.
    pub fn connections(&self, user_id: &str) -> &[ConnectionId] {
        self.0
            .get(user_id)
            .map_or(&[], |known| &known.connections[..])
    }

    fn watchers(&self, user_id: &str) -> &[ConnectionId] {
        self.0.get(user_id).map_or(&[], |known| &known.watchers[..])
    }

    fn entry(&mut self, user_id: &Arc<str>) -> &mut Known {
        self.0.entry_ref(user_id).or_default()
    }

    /// True if the user was offline before.
    fn add(&mut self, connection: ConnectionId, user: &User) -> bool {
        for watched in &user.watchlist {
            self.entry(watched).watchers.push(connection);
        }
        let connections = &mut self.entry(&user.id).connections;
        connections.push(connection);
        connections.len() == 1
    }

    /// True if the user is offline now.
    fn remove(&mut self, connection: ConnectionId, user: &User) -> bool {
        for watched in &user.watchlist {
            self.forget(watched, |known| {
                known.watchers.retain(|&watcher| watcher != connection);
            });
        }
        self.forget(&user.id, |known| {
            known.connections.retain(|&own| own != connection);
        });
        self.connections(&user.id).is_empty()
    }

    fn forget(&mut self, user_id: &str, change: impl FnOnce(&mut Known)) {
        if let Some(known) = self.0.get_mut(user_id) {
            change(known);
            if known.connections.is_empty() && known.watchers.is_empty() {
                self.0.remove(user_id);
            }
        }
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

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
        let (key, sent) =
            signature::split_auth(auth).ok_or_else(SocketError::malformed_signin_auth)?;
        let secret = self
            .secret_of(key)
            .ok_or_else(|| SocketError::invalid_signin_key(key))?;
        let signed = signature::user_string(record.socket_id.as_str(), user_data);
        if !signature::verify(secret, &signed, sent) {
            return Err(SocketError::invalid_signin_signature(&signed, sent));
        }
        let (user, over_limit) = self.read_user(user_data)?;
        if let Some(current) = &record.user
            && current.id != user.id
        {
            return Err(SocketError::other_user(&current.id));
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

        self.send(connection, server_frame::signin_success(user_data));
        if over_limit {
            let limit = self.options.limits.watchlist;
            self.send(
                connection,
                server_frame::error(&SocketError::watchlist_limit(limit)),
            );
        }
        if !user.watchlist.is_empty() {
            let (online, offline): (Vec<&str>, Vec<&str>) = user
                .watchlist
                .iter()
                .map(|watched| &**watched)
                .partition(|watched| !self.users.connections(watched).is_empty());
            self.send(
                connection,
                server_frame::watchlist_events(&online, &offline),
            );
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

    /// Reads signed user data; true if its watchlist was over the limit and has been cut.
    fn read_user(&self, user_data: &str) -> Result<(User, bool), SocketError> {
        if !user_data.trim_start().starts_with('{') {
            return Err(SocketError::user_data_not_valid("it is no object"));
        }
        let data: UserData =
            serde_json::from_str(user_data).map_err(SocketError::user_data_not_valid)?;
        let id = match &data.id {
            Some(serde_json::Value::String(id)) if !id.is_empty() => id.as_str(),
            Some(_) => {
                return Err(SocketError::user_data_not_valid(
                    "id is no string or is empty",
                ));
            }
            None => return Err(SocketError::user_data_not_valid("id is missing")),
        };
        // It becomes part of a channel's name.
        if !id.chars().all(is_name_char) {
            return Err(SocketError::invalid_user_id(id));
        }
        let mut watchlist: Vec<Arc<str>> = Vec::new();
        let mut over_limit = false;
        for watched in data.watchlist.unwrap_or_default() {
            if watchlist.iter().any(|known| **known == *watched) {
                continue;
            }
            if watchlist.len() == self.options.limits.watchlist {
                over_limit = true;
                break;
            }
            watchlist.push(watched.into());
        }
        let user = User {
            id: id.into(),
            info: data.user_info.map(RawValue::to_owned),
            watchlist,
        };
        Ok((user, over_limit))
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
        let changed = [user_id];
        let frame = match online {
            true => server_frame::watchlist_events(&changed, &[]),
            false => server_frame::watchlist_events(&[], &changed),
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
        let error = SocketError::unauthorized(format!(
            "Connections of user '{user_id}' were terminated by the app's server"
        ));
        for connection in self.users.connections(user_id).to_vec() {
            self.refuse(connection, &error, now);
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
