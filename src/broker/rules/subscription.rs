//! Joining and leaving channels.

use crate::broker::journal::{By, Entry, Kind, Texts};
use crate::broker::outcome::Done;
use crate::broker::records::fault::AuthorizationFailure;
use crate::broker::records::presence::Member;
use crate::broker::records::webhook::Webhooks;
use crate::broker::{App, Channel, ChannelId, ConnectionId, Notification, OutletId};
use crate::protocol::{ApiError, ChannelKind, ChannelName, ServerFrame, SocketError, signature};

/// How long `subscription_count` is held back on channels with many subscribers, in milliseconds
/// (Pusher docs: Subscription count events).
const COUNT_INTERVAL_MS: u64 = 5_000;

impl App {
    /// `pusher:subscribe`: what the channel's kind demands is checked first.
    pub(in crate::broker) fn subscribe(
        &mut self,
        connection: ConnectionId,
        channel: &str,
        auth: Option<&str>,
        channel_data: Option<&str>,
        now: u64,
    ) -> Result<(), SocketError> {
        let name = ChannelName::parse(channel, &self.options.limits)?;
        let Some(record) = self.connections.get(&connection) else {
            return Ok(());
        };
        if self
            .known_channel(channel)
            .is_some_and(|id| record.channels.contains(&id))
        {
            return Err(SocketError::ExistingSubscription(channel.to_owned()));
        }

        if let Some(owner) = name.user() {
            // Only the sign-in counts here; clients send an empty `auth`.
            if record.user.as_ref().is_none_or(|user| *user.id != *owner) {
                return Err(SocketError::NotYourChannel {
                    channel: channel.to_owned(),
                });
            }
        }
        if name.needs_authorization() {
            let socket_id = record.socket_id.as_str();
            self.verify_subscription(socket_id, channel, auth.unwrap_or(""), channel_data)?;
            if let Some(failure) = self.fail_authorization(channel) {
                self.refuse_signed(connection, name, &failure);
                return Ok(());
            }
        }
        let Some(record) = self.connections.get(&connection) else {
            return Ok(());
        };
        let limits = &self.options.limits;
        let member = match (name.kind(), channel_data, &record.user) {
            (ChannelKind::Presence, Some(data), _) => {
                Some(Member::from_channel_data(data, limits)?)
            }
            (ChannelKind::Presence, None, Some(user)) => Some(Member::from_user(user, limits)?),
            (ChannelKind::Presence, None, None) => {
                return Err(SocketError::ChannelDataNotValid {
                    reason: "it is missing and the connection is not signed in".into(),
                });
            }
            _ => None,
        };
        self.join(connection, name, member, now)?;
        Ok(())
    }

    /// The application has signed what a test wants refused: the client is told what it would have heard from its endpoint.
    fn refuse_signed(
        &mut self,
        connection: ConnectionId,
        channel: ChannelName,
        failure: &AuthorizationFailure,
    ) {
        let (status, error) = (failure.status(), failure.text().to_owned());
        let who = self.connections.get(&connection);
        let who = who.map(|record| record.who.clone());
        self.journal
            .refused(who.as_ref(), Some(channel.as_str()), Some(status), &error);
        let frame = ServerFrame::SubscriptionError {
            channel,
            error,
            status,
        };
        self.send(connection, frame);
    }

    fn verify_subscription(
        &self,
        socket_id: &str,
        channel: &str,
        auth: &str,
        channel_data: Option<&str>,
    ) -> Result<(), SocketError> {
        let (key, sent) =
            signature::split_auth(auth).ok_or_else(|| SocketError::MalformedAuth {
                channel: channel.to_owned(),
            })?;
        let secret = self
            .secret_of(key)
            .ok_or_else(|| SocketError::InvalidAuthKey(key.into()))?;
        let signed = signature::channel_string(socket_id, channel, channel_data);
        match signature::verify(secret, &signed, sent) {
            true => Ok(()),
            false => Err(SocketError::InvalidSignature {
                signed,
                got: sent.into(),
            }),
        }
    }

    /// Subscribes without a signature, for code that runs in the app's own process. On a presence
    /// channel the connection's name becomes the member. Harmless when it is subscribed.
    pub fn subscribe_trusted(
        &mut self,
        connection: ConnectionId,
        channel: &str,
        now: u64,
    ) -> Result<ChannelId, ApiError> {
        let name = ChannelName::parse(channel, &self.options.limits)?;
        let Some(record) = self.connections.get(&connection) else {
            return Err(ApiError::ConnectionClosed);
        };
        let who = record.who.clone();
        if let Some(id) = self.known_channel(channel)
            && record.channels.contains(&id)
        {
            return Ok(id);
        }
        let member = name.is_presence().then(|| Member::named(&record.name));
        self.join(connection, name, member, now).map_err(|error| {
            let (code, text) = (error.code(), error.to_string());
            self.journal.refused(Some(&who), Some(channel), code, &text);
            ApiError::SubscriptionRefused(Box::new(error))
        })
    }

    /// Ends a subscription. False if there was none.
    pub fn unsubscribe_trusted(
        &mut self,
        connection: ConnectionId,
        channel: &str,
        now: u64,
    ) -> bool {
        let Some(id) = self.known_channel(channel) else {
            return false;
        };
        let Some(record) = self.connections.get_mut(&connection) else {
            return false;
        };
        let Some(at) = record.channels.iter().position(|&joined| joined == id) else {
            return false;
        };
        record.channels.remove(at);
        let outlet = record.outlet.clone();
        outlet.notify(Notification::Left {
            connection,
            channel: id,
        });
        self.leave(connection, outlet.id(), id, By::Unsubscribe, now);
        true
    }

    /// The connection is on the channel from here on, and is told what a newcomer is told, in this
    /// order: success with the members, the cached event or that there is none, the count.
    fn join(
        &mut self,
        connection: ConnectionId,
        name: ChannelName,
        member: Option<Member>,
        now: u64,
    ) -> Result<ChannelId, SocketError> {
        let id = self.record(name);
        let limit = self.options.limits.presence_members;
        let (Some(channel), Some(record)) = (
            self.channels.get_mut(&id),
            self.connections.get_mut(&connection),
        ) else {
            return Ok(id);
        };
        if let (Some(presence), Some(member)) = (&channel.presence, &member)
            && presence.len() >= limit
            && !presence.contains(&member.id)
        {
            let full = SocketError::PresenceChannelFull {
                channel: channel.name.as_str().to_owned(),
                limit,
            };
            self.forget_if_unused(id);
            return Err(full);
        }

        let is_occupied = channel.is_occupied();
        if !is_occupied {
            self.occupations += 1;
            channel.occupied_since = self.occupations;
        }
        let asked = self
            .journal
            .answered(record.who.client, channel.name.shared());
        let before = self.journal.because(asked);
        let mut entry = Entry::new(Kind::Subscribed)
            .about(&record.who)
            .on(channel.name.shared());
        if let Some(member) = &member {
            entry = entry.with(|more| more.user = Some(member.id.clone()));
        }
        if channel.is_cache
            && let Some(seq) = self.caches.seq(id, now)
        {
            entry = entry.with(|more| more.cached = Some(seq));
        }
        let subscribed = self.journal.write(entry);
        self.journal.because(subscribed);
        self.webhooks.because(subscribed);
        if !is_occupied && channel.is_public_knowledge() {
            self.webhooks.occupied(&channel.name, now);
        }
        record.channels.push(id);
        record.authorized |= channel.name.needs_authorization();
        let is_first = channel.add_subscriber(&record.outlet);
        let outlet = &record.outlet;
        outlet.notify(Notification::Joined {
            connection,
            channel: id,
            name: &channel.name,
        });

        if let (Some(presence), Some(member)) = (&mut channel.presence, member) {
            let is_new = presence.join(connection, &member);
            // The list is as long as the channel is full: copied only for outlets that do not have it.
            let succeeded = (is_first || !outlet.keeps_roster(id))
                .then(|| presence.subscription_succeeded(&channel.name));
            // Announced first: an outlet that keeps the list then has the newcomer on it.
            if is_new {
                let mut entry = Entry::new(Kind::MemberAdded)
                    .about(&record.who)
                    .with(|more| more.user = Some(member.id.clone()));
                // The line that has subscribed.
                entry.line = self.journal.line_of(asked);
                let added = match &member.info {
                    Some(info) => {
                        let texts = Texts {
                            channel: channel.name.as_str(),
                            event: "",
                            data: info.get(),
                        };
                        self.journal.write_with(entry, texts)
                    }
                    None => self.journal.write(entry.on(channel.name.shared())),
                };
                self.webhooks.because(added);
                self.webhooks.member_added(&channel.name, &member.id, now);
                self.webhooks.because(subscribed);
                let frame = ServerFrame::MemberAdded {
                    channel: channel.name.clone(),
                    user_id: member.id_json,
                    user_info: member.info,
                };
                channel.broadcast(frame, Some(connection));
            }
            outlet.notify(Notification::Welcome {
                to: connection,
                channel: id,
                succeeded,
            });
        } else {
            outlet.notify(Notification::Sent {
                to: connection,
                about: Some(id),
                frame: ServerFrame::SubscriptionSucceeded {
                    channel: channel.name.clone(),
                },
            });
        }
        if channel.is_cache {
            let frame = match self.caches.get(id, now) {
                Some((event, _)) => ServerFrame::Cached {
                    channel: channel.name.clone(),
                    name: event.name.clone(),
                    data: event.data.clone(),
                    seq: subscribed,
                },
                None => {
                    self.webhooks.cache_miss(&channel.name, now);
                    ServerFrame::CacheMiss {
                        channel: channel.name.clone(),
                    }
                }
            };
            outlet.notify(Notification::Sent {
                to: connection,
                about: Some(id),
                frame,
            });
        }
        self.journal.so(before);
        self.subscription_count_changed(id, now);
        Ok(id)
    }

    /// The connection is off the channel; the outlet and the connection know already.
    pub(in crate::broker) fn leave(
        &mut self,
        connection: ConnectionId,
        outlet: OutletId,
        id: ChannelId,
        by: By,
        now: u64,
    ) {
        let Some(channel) = self.channels.get_mut(&id) else {
            return;
        };
        let who = self
            .connections
            .get(&connection)
            .map(|record| record.who.clone());
        let entry = Entry::new(Kind::Left)
            .on(channel.name.shared())
            .with(|more| {
                more.who = who.clone();
                more.by = Some(by);
            });
        let left = self.journal.write(entry);
        self.webhooks.because(left);
        channel.remove_subscriber(outlet);
        if let Some(faults) = &mut self.faults {
            faults.left(connection, id);
        }
        let gone = channel
            .presence
            .as_mut()
            .and_then(|presence| presence.leave(connection));
        if let Some((user_id, id_json)) = gone {
            let entry = Entry::new(Kind::MemberRemoved)
                .on(channel.name.shared())
                .with(|more| {
                    more.who = who;
                    more.user = Some(user_id.clone());
                });
            let before = self.journal.because(left);
            self.webhooks.because(self.journal.write(entry));
            self.journal.so(before);
            self.webhooks.member_removed(&channel.name, &user_id, now);
            self.webhooks.because(left);
            let frame = ServerFrame::MemberRemoved {
                channel: channel.name.clone(),
                user_id: id_json,
            };
            channel.broadcast(frame, Some(connection));
        }
        if !channel.is_occupied() && channel.is_public_knowledge() {
            self.webhooks.vacated(&channel.name, now);
        }
        self.subscription_count_changed(id, now);
        self.forget_if_unused(id);
    }

    /// Announces the number of subscribers, if the app wants that: at once on channels with few
    /// of them, later on the others, see [`App::tick`].
    fn subscription_count_changed(&mut self, id: ChannelId, now: u64) {
        if !self.options.subscription_count {
            return;
        }
        let Some(channel) = self.channels.get_mut(&id) else {
            return;
        };
        let counts = !matches!(
            channel.kind,
            ChannelKind::Presence | ChannelKind::ServerToUser
        );
        if !counts || channel.count_due {
            return;
        }
        if channel.subscription_count() > self.options.limits.subscription_count_throttled_above {
            channel.count_due = true;
            let cause = self.webhooks.cause();
            self.counts_due
                .push_back((now + COUNT_INTERVAL_MS, id, cause));
        } else {
            announce_count(channel, &mut self.webhooks, now);
        }
    }

    /// When [`App::tick`] has something to do next, in milliseconds since the epoch.
    pub fn next_deadline(&self) -> Option<u64> {
        let count = self.counts_due.front().map(|&(due, ..)| due);
        let others = [self.next_authorization(), self.next_silence()];
        count.into_iter().chain(others.into_iter().flatten()).min()
    }

    /// Does what is due at `now`: announces the counts that were held back, ends connections that
    /// have not been authorized in time or are silent for too long.
    pub fn tick(&mut self, now: u64) -> Done {
        let mut done = Done::default();
        self.drop_unauthorized(now, &mut done);
        self.drop_silent(now, &mut done);
        while let Some(&(due, id, cause)) = self.counts_due.front()
            && due <= now
        {
            self.counts_due.pop_front();
            if let Some(channel) = self.channels.get_mut(&id) {
                channel.count_due = false;
                self.webhooks.because(cause);
                announce_count(channel, &mut self.webhooks, now);
                done.counts += 1;
            }
        }
        done
    }

    /// What an app's server answers to an authorization request, signed with the app's own
    /// secret: `key:signature`. Empty when the connection is gone.
    pub fn authorize(
        &self,
        connection: ConnectionId,
        channel: &str,
        channel_data: Option<&str>,
    ) -> String {
        self.connections
            .get(&connection)
            .map_or_else(String::new, |record| {
                self.signed(&signature::channel_string(
                    record.socket_id.as_str(),
                    channel,
                    channel_data,
                ))
            })
    }
}

fn announce_count(channel: &Channel, webhooks: &mut Webhooks, now: u64) {
    let count = channel.subscription_count();
    webhooks.subscription_count(&channel.name, count, now);
    channel.broadcast(
        ServerFrame::SubscriptionCount {
            channel: channel.name.clone(),
            count,
        },
        None,
    );
}

#[cfg(test)]
mod tests;
