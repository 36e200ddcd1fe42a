//! Publishing: the way of an event from a server or a client to the subscribers.

use std::sync::Arc;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::broker::{App, ChannelId, ConnectionId, Event, Message, OutletId, Receipt};
use crate::protocol::{ApiError, ChannelKind, ChannelName, SocketError, SocketId, event};

/// Why [`App::publish_to`] did nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The channel's number does not hold any more: ask [`App::channel_id`] again.
    StaleChannel,
    /// The event breaks a rule.
    Api(ApiError),
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Refused {
        Refused::Api(error)
    }
}

/// One event for one channel or several, as servers publish it.
#[derive(Clone, Debug, Default)]
pub struct Publication {
    /// Where to; a channel that is listed twice gets it once.
    pub channels: Vec<String>,
    /// The event's name.
    pub name: String,
    /// Its data, passed on as it is.
    pub data: String,
    /// The connection that does not get it. Unknown ids and `""` are nobody.
    pub socket_id: Option<String>,
    /// Attributes of the channels to answer with, separated by commas.
    pub info: Option<String>,
}

/// One event of a batch.
#[derive(Clone, Debug, Default)]
pub struct BatchItem {
    pub channel: String,
    pub name: String,
    pub data: String,
    /// As in [`Publication`].
    pub socket_id: Option<String>,
    /// As in [`Publication`].
    pub info: Option<String>,
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
        now: u64,
    ) -> Result<Receipt, Refused> {
        let data: Arc<str> = data.into();
        let limits = &self.options.limits;
        let record = self
            .channels
            .get_mut(&channel)
            .ok_or(Refused::StaleChannel)?;
        if data.len() > limits.data_bytes {
            return Err(ApiError::DataTooLarge {
                limit: limits.data_bytes,
            }
            .into());
        }
        let name = match &record.last_name {
            Some(last) if **last == *name => last.clone(),
            _ => {
                event::check_published(name, limits)?;
                let name: Arc<str> = name.into();
                record.last_name = Some(name.clone());
                name
            }
        };

        let message = Message {
            name: name.clone(),
            data: data.clone(),
            timestamp: now,
        };
        if record.is_cache {
            self.caches.put(channel, message.clone(), now);
        }
        let event = Arc::new(Event::published(record.name.clone(), name, data));
        let receipt = record.deliver(&event, except, from);
        for evicted in self.history.push(channel, message) {
            self.forget_if_unused(evicted);
        }
        Ok(receipt)
    }

    /// Publishes to any number of channels. Everything is checked first: a refused event has
    /// reached nobody and is in no history.
    ///
    /// Answers as the HTTP API does: `{}`, or `{"channels":{…}}` with the attributes asked for.
    pub fn publish(&mut self, publication: &Publication, now: u64) -> Result<Value, ApiError> {
        self.require_running()?;
        let limit = self.options.limits.channels_per_event;
        if publication.channels.len() > limit {
            return Err(ApiError::TooManyChannels {
                channels: publication.channels.len(),
                limit,
            });
        }
        self.check(&publication.name, &publication.data)?;
        let except = self.excepted(publication.socket_id.as_deref())?;
        let mut names: Vec<ChannelName> = Vec::with_capacity(publication.channels.len());
        for channel in &publication.channels {
            let name = ChannelName::parse(channel, &self.options.limits)?;
            if !names.contains(&name) {
                names.push(name);
            }
        }

        for name in &names {
            self.deliver(
                name.clone(),
                &publication.name,
                &publication.data,
                except,
                now,
            )?;
        }
        let Some(info) = publication.info.as_deref() else {
            return Ok(json!({}));
        };
        let channels: Map<String, Value> = names
            .iter()
            .map(|name| (name.as_str().to_owned(), self.attributes(name, info)))
            .collect();
        Ok(json!({ "channels": channels }))
    }

    /// Publishes several events in order, or none of them if one is refused.
    ///
    /// Answers as the HTTP API does: `{}`, or if any event asked for attributes
    /// `{"batch":[…]}` with an entry for each event.
    pub fn publish_batch(&mut self, batch: &[BatchItem], now: u64) -> Result<Value, ApiError> {
        let limit = self.options.limits.batch;
        if batch.len() > limit {
            return Err(ApiError::BatchTooLarge {
                events: batch.len(),
                limit,
            });
        }
        let mut checked = Vec::with_capacity(batch.len());
        for item in batch {
            let name = ChannelName::parse(&item.channel, &self.options.limits)?;
            self.check(&item.name, &item.data)?;
            let except = self.excepted(item.socket_id.as_deref())?;
            checked.push((item, name, except));
        }

        for (item, name, except) in &checked {
            self.deliver(name.clone(), &item.name, &item.data, *except, now)?;
        }
        if batch.iter().all(|item| item.info.is_none()) {
            return Ok(json!({}));
        }
        let answers: Vec<Value> = checked
            .iter()
            .map(|(item, name, _)| match &item.info {
                Some(info) => self.attributes(name, info),
                None => json!({}),
            })
            .collect();
        Ok(json!({ "batch": answers }))
    }

    fn check(&self, name: &str, data: &str) -> Result<(), ApiError> {
        let limits = &self.options.limits;
        event::check_published(name, limits)?;
        match data.len() > limits.data_bytes {
            true => Err(ApiError::DataTooLarge {
                limit: limits.data_bytes,
            }),
            false => Ok(()),
        }
    }

    /// The connection behind a `socket_id` parameter. Servers pass on what their clients told
    /// them: an id that is empty or long gone excepts nobody.
    fn excepted(&self, socket_id: Option<&str>) -> Result<Option<ConnectionId>, ApiError> {
        let Some(socket_id) = socket_id.filter(|id| !id.is_empty()) else {
            return Ok(None);
        };
        match SocketId::parse(socket_id) {
            Some(_) => Ok(self.connection_with_socket(socket_id)),
            None => Err(ApiError::InvalidSocketId(socket_id.into())),
        }
    }

    fn deliver(
        &mut self,
        channel: ChannelName,
        name: &str,
        data: &str,
        except: Option<ConnectionId>,
        now: u64,
    ) -> Result<(), ApiError> {
        let id = self.record(channel);
        match self.publish_to(id, name, data, except, None, now) {
            // The record was made the line before.
            Ok(_) | Err(Refused::StaleChannel) => Ok(()),
            Err(Refused::Api(error)) => Err(error),
        }
    }

    /// The attributes in `info` that apply to a channel; what does not apply is left out.
    fn attributes(&self, name: &ChannelName, info: &str) -> Value {
        let channel = self.channel(name.as_str());
        let mut attributes = Map::new();
        for attribute in info.split(',').map(str::trim) {
            let count = match attribute {
                "user_count" if name.is_presence() => {
                    channel.and_then(|channel| channel.user_count())
                }
                "subscription_count" if self.options.subscription_count => {
                    channel.map(|channel| channel.subscription_count())
                }
                _ => continue,
            };
            attributes.insert(attribute.to_owned(), count.unwrap_or(0).into());
        }
        attributes.into()
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
        if let Some(record) = self.channels.get(&id) {
            let sender = record
                .presence
                .as_ref()
                .and_then(|presence| presence.user_of(connection))
                .cloned();
            self.webhooks.client_event(
                &record.name,
                name,
                data.get(),
                socket_id.as_str(),
                sender.as_deref(),
                now,
            );
            let event = Arc::new(Event::from_client(record.name.clone(), name, data, sender));
            record.deliver(&event, Some(connection), None);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
