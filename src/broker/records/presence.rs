//! Presence channels: who is there (Pusher docs: Presence channels).

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::user::User;
use crate::broker::ConnectionId;
use crate::protocol::{ChannelName, Limits, ServerFrame, SocketError};

/// A user as they introduce themselves when one of their connections joins.
pub(in crate::broker) struct Member {
    /// The user id as text; the key in `hash`, where numbers cannot be keys.
    pub id: Arc<str>,
    /// The user id as JSON in the sender's type: what members coming and going are called.
    pub id_json: Box<RawValue>,
    /// The JSON object the user is described with.
    pub info: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct ChannelData<'a> {
    #[serde(borrow)]
    user_id: Option<&'a RawValue>,
    #[serde(borrow)]
    user_info: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum UserId {
    Text(String),
    Number(serde_json::Number),
}

impl Member {
    /// Reads the `channel_data` that the app's server signed.
    pub fn from_channel_data(text: &str, limits: &Limits) -> Result<Member, SocketError> {
        if !text.trim_start().starts_with('{') {
            return Err(SocketError::ChannelDataNotValid {
                reason: "it is no object".into(),
            });
        }
        let data: ChannelData =
            serde_json::from_str(text).map_err(|error| SocketError::ChannelDataNotValid {
                reason: error.to_string(),
            })?;
        let Some(id_json) = data.user_id else {
            return Err(SocketError::ChannelDataNotValid {
                reason: "user_id is missing".into(),
            });
        };
        let id = match serde_json::from_str(id_json.get()) {
            Ok(UserId::Text(id)) => id,
            Ok(UserId::Number(id)) => id.to_string(),
            Err(_) => {
                return Err(SocketError::ChannelDataNotValid {
                    reason: "user_id is neither a string nor a number".into(),
                });
            }
        };
        check_id(&id, limits)?;
        Ok(Member {
            id: id.into(),
            id_json: id_json.to_owned(),
            info: checked_info(data.user_info, limits)?,
        })
    }

    /// A signed-in user, who needs no `channel_data`.
    pub fn from_user(user: &User, limits: &Limits) -> Result<Member, SocketError> {
        check_id(&user.id, limits)?;
        Ok(Member {
            id: user.id.clone(),
            id_json: json_string(&user.id),
            info: checked_info(user.info.as_deref(), limits)?,
        })
    }

    /// A member about whom nothing but a name is known.
    pub fn named(name: &str) -> Member {
        Member {
            id: name.into(),
            id_json: json_string(name),
            info: None,
        }
    }
}

/// Of whichever characters: only who signs in is held to an alphabet (pusher-http-php#360).
fn check_id(id: &str, limits: &Limits) -> Result<(), SocketError> {
    let length = id.chars().count();
    match (1..=limits.presence_user_id).contains(&length) {
        true => Ok(()),
        false => Err(SocketError::PresenceUserIdLength {
            user_id: id.into(),
            length,
            limit: limits.presence_user_id,
        }),
    }
}

fn checked_info(
    info: Option<&RawValue>,
    limits: &Limits,
) -> Result<Option<Box<RawValue>>, SocketError> {
    let Some(info) = info else { return Ok(None) };
    let bytes = info.get().len();
    if !info.get().starts_with('{') {
        return Err(SocketError::UserInfoNotAnObject);
    }
    if bytes > limits.presence_info_bytes {
        return Err(SocketError::UserInfoTooLarge {
            bytes,
            limit: limits.presence_info_bytes,
        });
    }
    Ok(Some(info.to_owned()))
}

/// The members of one channel: distinct users, each with one connection or more.
#[derive(Default)]
pub(in crate::broker) struct Presence {
    /// In the order in which they came.
    members: BTreeMap<u64, Known>,
    /// The place of each user in that order.
    places: HashMap<Arc<str>, u64>,
    /// Whose connection it is.
    users: HashMap<ConnectionId, Arc<str>>,
    roster: Roster,
    /// Members so far.
    joined: u64,
}

struct Known {
    id: Arc<str>,
    id_json: Box<RawValue>,
    connections: u32,
    /// The member in the roster's `hash`, see [`Roster`].
    entry: Box<str>,
    /// How much of `entry` is the key.
    key_len: usize,
}

/// `ids` and `hash` of everybody present, without brackets, as they stand in a frame: JSON inside
/// of a JSON string. Appended to when a member comes, so that nobody's description is encoded
/// again for each newcomer; put together anew after members have gone.
#[derive(Default)]
struct Roster {
    ids: String,
    hash: String,
    stale: bool,
}

impl Roster {
    fn append(&mut self, known: &Known) {
        if !self.ids.is_empty() {
            self.ids.push(',');
            self.hash.push(',');
        }
        self.ids.push_str(&known.entry[..known.key_len]);
        self.hash.push_str(&known.entry);
    }
}

impl Presence {
    /// Distinct users present.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether the user is present, with whichever connection.
    pub fn contains(&self, user_id: &str) -> bool {
        self.places.contains_key(user_id)
    }

    /// The user behind a connection.
    pub fn user_of(&self, connection: ConnectionId) -> Option<&Arc<str>> {
        self.users.get(&connection)
    }

    /// The ids of the users, in the order in which they came.
    pub fn user_ids(&self) -> Vec<Arc<str>> {
        self.members
            .values()
            .map(|known| known.id.clone())
            .collect()
    }

    /// `connection` joins as `member`. True if that is the user's first connection. The
    /// description of a user who is present already stays until their last connection has left.
    pub fn join(&mut self, connection: ConnectionId, member: &Member) -> bool {
        self.users.insert(connection, member.id.clone());
        if let Some(place) = self.places.get(&member.id)
            && let Some(known) = self.members.get_mut(place)
        {
            known.connections += 1;
            return false;
        }
        let mut entry = escaped(json_string(&member.id).get());
        let key_len = entry.len();
        entry.push(':');
        entry.push_str(&escaped(
            member.info.as_ref().map_or("null", |info| info.get()),
        ));
        let known = Known {
            id: member.id.clone(),
            id_json: member.id_json.clone(),
            connections: 1,
            entry: entry.into(),
            key_len,
        };
        if !self.roster.stale {
            self.roster.append(&known);
        }
        self.joined += 1;
        self.places.insert(member.id.clone(), self.joined);
        self.members.insert(self.joined, known);
        true
    }

    /// `connection` leaves. If it was the user's last one: the user's id and its JSON.
    pub fn leave(&mut self, connection: ConnectionId) -> Option<(Arc<str>, Box<RawValue>)> {
        let id = self.users.remove(&connection)?;
        let place = *self.places.get(&id)?;
        let known = self.members.get_mut(&place)?;
        known.connections -= 1;
        if known.connections > 0 {
            return None;
        }
        self.places.remove(&id);
        let known = self.members.remove(&place)?;
        self.roster = Roster {
            stale: !self.members.is_empty(),
            ..Roster::default()
        };
        Some((id, known.id_json))
    }

    /// The answer to a connection that has joined: everybody present, itself included.
    pub fn subscription_succeeded(&mut self, channel: &ChannelName) -> ServerFrame {
        if self.roster.stale {
            let mut roster = Roster::default();
            for known in self.members.values() {
                roster.append(known);
            }
            self.roster = roster;
        }
        ServerFrame::PresenceSucceeded {
            channel: channel.clone(),
            count: self.members.len(),
            ids: self.roster.ids.clone(),
            hash: self.roster.hash.clone(),
        }
    }
}

fn json_string(text: &str) -> Box<RawValue> {
    serde_json::value::to_raw_value(text).unwrap_or_default()
}

/// JSON text as it stands inside of a JSON string.
fn escaped(json: &str) -> String {
    let quoted = serde_json::Value::from(json).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests;
