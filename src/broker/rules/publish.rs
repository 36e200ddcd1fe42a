//! Publishing: the way of an event from a server or a client to the subscribers.

use std::cell::LazyCell;
use std::sync::Arc;

use hashbrown::HashMap;
use serde_json::value::RawValue;

use crate::broker::call::Publish;
use crate::broker::journal::entry::More;
use crate::broker::journal::{Entry, Journal, Kind, Texts};
use crate::broker::records::cache::Caches;
use crate::broker::records::connection::Connection;
use crate::broker::records::fault::Faults;
use crate::broker::rules::fault;
use crate::broker::rules::rejection::Rejected;
use crate::broker::{
    App, AppClock, Channel, ChannelId, ConnectionId, Door, Event, Message, Moment, OutletId,
    Receipt,
};
use crate::protocol::{ApiError, ChannelKind, ChannelName, SocketError, SocketId, event};

/// Why [`App::publish_to`] did nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotPublished {
    /// The channel's number does not hold any more: ask [`App::channel_id`] again.
    StaleChannel,
    /// The event breaks a rule.
    Api(ApiError),
}

impl From<ApiError> for NotPublished {
    fn from(error: ApiError) -> NotPublished {
        NotPublished::Api(error)
    }
}

impl App {
    /// Publishes to one channel whose number is known: the shortest way.
    ///
    /// `from` is the outlet of the publisher, if it delivers to its own connections while nothing
    /// waits in that outlet's queue (see [`Receipt::local`]).
    pub fn publish_to(
        &mut self,
        channel: ChannelId,
        name: &str,
        data: impl Into<Arc<str>>,
        except: Option<ConnectionId>,
        from: Option<OutletId>,
        at: impl Into<Moment>,
    ) -> Result<Receipt, NotPublished> {
        let Moment { now, date } = at.into();
        self.publish_when(channel, name, data.into(), except, from, date, |_| now)
    }

    /// The same for who would have to look at a clock: the time counts on cache channels only.
    #[allow(
        clippy::too_many_arguments,
        reason = "an event, and who publishes it when"
    )]
    pub fn publish_when(
        &mut self,
        channel: ChannelId,
        name: &str,
        data: Arc<str>,
        except: Option<ConnectionId>,
        from: Option<OutletId>,
        date: u64,
        now: impl FnOnce(&mut AppClock) -> u64,
    ) -> Result<Receipt, NotPublished> {
        let limits = &self.options.limits;
        let record = self
            .channels
            .get_mut(&channel)
            .ok_or(NotPublished::StaleChannel)?;
        let check = match data.len() > limits.data_bytes {
            true => Err(ApiError::DataTooLarge {
                limit: limits.data_bytes,
            }),
            false => Ok(()),
        };
        let name = match &record.last_name {
            Some(last) if **last == *name && check.is_ok() => last.clone(),
            _ => {
                if let Err(error) = check.and_then(|()| event::check_published(name, limits)) {
                    let rejected = Rejected {
                        who: None,
                        channel: record.name.as_str(),
                        event: name,
                        bytes: data.len(),
                        code: Some(error.status()),
                    };
                    rejected.note(&mut self.journal, &error);
                    return Err(error.into());
                }
                let name: Arc<str> = name.into();
                record.last_name = Some(name.clone());
                name
            }
        };
        let message = Message {
            name,
            data,
            timestamp: date,
        };
        let now = if record.is_cache {
            now(&mut self.clock)
        } else {
            0
        };
        if let Some(faults) = &mut self.faults
            && let Some(failure) = faults.fail_trigger([(&record.name, &message.name)].into_iter())
        {
            let error = ApiError::Fault(failure);
            let rejected = Rejected {
                who: None,
                channel: record.name.as_str(),
                event: &message.name,
                bytes: message.data.len(),
                code: Some(error.status()),
            };
            rejected.note(&mut self.journal, &error);
            return Err(error.into());
        }
        let reach = Reach {
            caches: &mut self.caches,
            faults: self.faults.as_deref_mut(),
            connections: &self.connections,
            journal: &mut self.journal,
        };
        let receipt = reach.deliver(record, &message, except, None, from, now);
        for channel in self.history.push(channel, message) {
            self.forget_if_unused(channel);
        }
        Ok(receipt)
    }

    /// The failure that a call which publishes these events meets with: then nothing of it happens.
    pub(super) fn fail_trigger<'a>(
        &mut self,
        events: impl Iterator<Item = &'a Publish>,
    ) -> Result<(), ApiError> {
        let Some(faults) = &mut self.faults else {
            return Ok(());
        };
        let each = |event: &'a Publish| {
            let channels = event.channels.iter();
            channels.map(move |channel| (channel, &event.name))
        };
        let failure = faults.fail_trigger(events.flat_map(each));
        failure.map_or(Ok(()), |failure| Err(ApiError::Fault(failure)))
    }

    /// Publishes an event that has passed the checks.
    pub(super) fn publish(&mut self, event: &Publish, at: Moment) {
        let named = event.except.as_ref().map(SocketId::as_str);
        let except = named.and_then(|id| self.connection_with_socket(id));
        for channel in &event.channels {
            let id = self.record(channel.clone());
            let Some(record) = self.channels.get(&id) else {
                continue;
            };
            let message = Message {
                name: event.name.clone(),
                data: event.data.clone(),
                timestamp: at.date,
            };
            let reach = Reach {
                caches: &mut self.caches,
                faults: self.faults.as_deref_mut(),
                connections: &self.connections,
                journal: &mut self.journal,
            };
            reach.deliver(record, &message, except, named, None, at.now);
            for channel in self.history.push(id, message) {
                self.forget_if_unused(channel);
            }
        }
    }

    /// A client event: to everybody else on the channel (Pusher docs: Triggering client events).
    /// It is neither cached nor in any history.
    pub(in crate::broker) fn relay(
        &mut self,
        connection: ConnectionId,
        name: &str,
        channel: &str,
        data: Box<RawValue>,
        now: u64,
    ) -> Result<(), SocketError> {
        let limits = &self.options.limits;
        if !self.options.client_events {
            return Err(SocketError::ClientEventsDisabled);
        }
        event::check_client_event(name, limits)?;
        if data.get().len() > limits.data_bytes {
            return Err(ApiError::DataTooLarge {
                limit: limits.data_bytes,
            }
            .into());
        }
        if matches!(
            ChannelName::parse(channel, limits)?.kind(),
            ChannelKind::Public | ChannelKind::ServerToUser
        ) {
            return Err(SocketError::ClientEventOnPublicChannel);
        }
        let limit = limits.client_events_per_second;
        let (Some(id), Some(record)) = (
            self.known_channel(channel),
            self.connections.get_mut(&connection),
        ) else {
            return Err(SocketError::NotSubscribed(channel.into()));
        };
        if !record.channels.contains(&id) {
            return Err(SocketError::NotSubscribed(channel.into()));
        }
        if !record.client_events.admit(limit, now) {
            return Err(SocketError::ClientEventRate);
        }
        let socket_id = record.socket_id.clone();
        let who = record.who.clone();
        let is_socket = record.outlet.door() == Door::Socket;
        if let Some(record) = self.channels.get(&id) {
            let sender = record
                .presence
                .as_ref()
                .and_then(|presence| presence.user_of(connection))
                .cloned();
            let mut entry = Entry::new(Kind::ClientEvent).about(&who);
            entry.subscribers = record.subscription_count() as u32;
            entry.sockets = (record.socket_count() - usize::from(is_socket)) as u32;
            if let Some(sender) = &sender {
                entry = entry.with(|more| more.user = Some(sender.clone()));
            }
            let texts = Texts {
                channel: record.name.as_str(),
                event: name,
                data: data.get(),
            };
            let seq = self.journal.write_with(entry, texts);
            self.webhooks.because(seq);
            self.webhooks.client_event(
                &record.name,
                name,
                data.get(),
                socket_id.as_str(),
                sender.as_deref(),
                now,
            );
            let event = Event::from_client(record.name.clone(), name.into(), data, sender, seq);
            let event = Arc::new(event);
            let struck = self.faults.as_mut().and_then(|faults| {
                fault::deliver(
                    faults,
                    &mut self.journal,
                    &self.connections,
                    record,
                    &event,
                    Some(connection),
                )
            });
            if struck.is_none() {
                record.deliver(&&event, seq, Some(connection), None);
            }
        }
        Ok(())
    }
}

/// Where an event of an app goes.
struct Reach<'a> {
    caches: &'a mut Caches,
    faults: Option<&'a mut Faults>,
    connections: &'a HashMap<ConnectionId, Connection>,
    journal: &'a mut Journal,
}

impl Reach<'_> {
    /// To the journal, the cache and the subscribers. `named` is the socket id that the publisher gave, whether or not anybody has
    /// it.
    fn deliver(
        self,
        channel: &Channel,
        message: &Message,
        except: Option<ConnectionId>,
        named: Option<&str>,
        from: Option<OutletId>,
        now: u64,
    ) -> Receipt {
        let mut entry = Entry::new(Kind::Triggered);
        entry.subscribers = channel.subscription_count() as u32;
        entry.sockets = channel.socket_count() as u32;
        if except.is_some() || named.is_some() {
            let excepted = except.and_then(|id| self.connections.get(&id));
            let (more, is_socket) = left_out(channel, excepted, named);
            entry.more = more;
            entry.sockets -= u32::from(is_socket);
        }
        let texts = Texts {
            channel: channel.name.as_str(),
            event: &message.name,
            data: &message.data,
        };
        let seq = self.journal.published(entry, texts);
        if channel.is_cache {
            self.caches.put(channel.id, message.clone(), seq, now);
        }
        let event = LazyCell::new(|| {
            let (name, data) = (message.name.clone(), message.data.clone());
            Arc::new(Event::published(channel.name.clone(), name, data, seq))
        });
        let struck = match self.faults {
            Some(faults) => fault::deliver(
                faults,
                self.journal,
                self.connections,
                channel,
                &event,
                except,
            ),
            None => None,
        };
        let receipt = struck.unwrap_or_else(|| channel.deliver(&event, seq, except, from));
        // Mail that says so comes behind the event, or this thread would not deliver it by itself.
        self.journal.tell();
        receipt
    }
}

/// What an entry says of who does not get the event, by the socket id that the publisher gave where nobody has it; and whether that
/// is one of the channel's sockets.
#[cold]
fn left_out(
    channel: &Channel,
    excepted: Option<&Connection>,
    named: Option<&str>,
) -> (Option<Box<More>>, bool) {
    let name = excepted.map(|excepted| excepted.name.clone());
    let except = name.or_else(|| named.map(Into::into));
    let more = except.map(|except| {
        Box::new(More {
            except: Some(except),
            ..More::default()
        })
    });
    let is_socket = excepted.is_some_and(|excepted| {
        excepted.outlet.door() == Door::Socket && excepted.channels.contains(&channel.id)
    });
    (more, is_socket)
}

#[cfg(test)]
mod tests;
