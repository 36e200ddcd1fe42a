//! Users somebody is signed in as.

use std::sync::Arc;

use hashbrown::HashMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::broker::ConnectionId;
use crate::protocol::SocketError;
use crate::protocol::channel::is_name_char;

/// Whom a connection is signed in as.
pub struct User {
    pub id: Arc<str>,
    /// The `user_info` of the signed user data, a JSON value.
    pub info: Option<Box<RawValue>>,
    /// Whose coming and going the connection is told.
    pub watchlist: Vec<Arc<str>>,
}

/// The users somebody is signed in as, and those somebody watches.
#[derive(Default)]
pub struct Users(HashMap<Arc<str>, Known>);

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

    /// The connections that watch `user_id`.
    pub fn watchers(&self, user_id: &str) -> &[ConnectionId] {
        self.0.get(user_id).map_or(&[], |known| &known.watchers[..])
    }

    fn entry(&mut self, user_id: &Arc<str>) -> &mut Known {
        self.0.entry_ref(user_id).or_default()
    }

    /// `connection` is signed in as `user`. True if the user was offline before.
    pub fn add(&mut self, connection: ConnectionId, user: &User) -> bool {
        for watched in &user.watchlist {
            self.entry(watched).watchers.push(connection);
        }
        let connections = &mut self.entry(&user.id).connections;
        connections.push(connection);
        connections.len() == 1
    }

    /// `connection` is signed in as `user` no more. True if the user is offline now.
    pub fn remove(&mut self, connection: ConnectionId, user: &User) -> bool {
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

    /// Forgets everybody.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl User {
    /// Reads signed user data; true if its watchlist was over the limit and has been cut.
    pub fn parse(user_data: &str, watchlist_limit: usize) -> Result<(User, bool), SocketError> {
        if !user_data.trim_start().starts_with('{') {
            return Err(SocketError::UserDataNotValid {
                reason: "it is no object".into(),
            });
        }
        let data: UserData =
            serde_json::from_str(user_data).map_err(|error| SocketError::UserDataNotValid {
                reason: error.to_string(),
            })?;
        let id = match &data.id {
            Some(serde_json::Value::String(id)) if !id.is_empty() => id.as_str(),
            Some(_) => {
                return Err(SocketError::UserDataNotValid {
                    reason: "id is no string or is empty".into(),
                });
            }
            None => {
                return Err(SocketError::UserDataNotValid {
                    reason: "id is missing".into(),
                });
            }
        };
        // It becomes part of a channel's name.
        if !id.chars().all(is_name_char) {
            return Err(SocketError::InvalidUserId(id.into()));
        }
        let mut watchlist: Vec<Arc<str>> = Vec::new();
        let mut over_limit = false;
        for watched in data.watchlist.unwrap_or_default() {
            if watchlist.iter().any(|known| **known == *watched) {
                continue;
            }
            if watchlist.len() == watchlist_limit {
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
}
