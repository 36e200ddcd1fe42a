//! The HTTP API (Pusher docs: HTTP API reference): what each call does.

use crate::broker::call::{ApiRequest, Attempt, Call, Info, Publication, Publish};
use crate::broker::outcome::{ApiResponse, Cached, Counts, Outcome};
use crate::broker::rules::rejection::Rejected;
use crate::broker::{App, Channel, Moment, Reading, SharedApp};
use crate::protocol::{ApiError, ChannelName, Limits};

/// Answers a request. A refused one has changed nothing. The app is locked only for what has to be
/// done: not while the request is read, and not while the answer is written.
pub fn respond(app: &SharedApp, request: &ApiRequest, reading: &Reading) -> ApiResponse {
    read(app, request)
        .and_then(|call| perform(app, call, reading))
        .into()
}

/// Reads a request. What is refused is in the journal of the app.
pub fn read(app: &SharedApp, request: &ApiRequest) -> Result<Call, ApiError> {
    let limits = app.lock().calls();
    limits
        .and_then(|limits| Call::parse(request, &limits))
        .inspect_err(|error| app.lock().note_rejected(request.attempts(), error))
}

/// Publishes as a server in this process does. Everything is checked first: a refused event has
/// reached nobody and is in no history.
pub fn publish(
    app: &SharedApp,
    publication: Publication,
    reading: &Reading,
) -> Result<Outcome, ApiError> {
    let limits = app.lock().calls()?;
    let attempts = publication.attempts();
    let event = publication
        .check(&limits)
        .inspect_err(|error| app.lock().note_rejected(attempts, error))?;
    perform(app, Call::Publish(event), reading)
}

/// Does what was read already.
pub fn perform(app: &SharedApp, call: Call, reading: &Reading) -> Result<Outcome, ApiError> {
    let mut app = app.lock();
    let at = app.moment(reading);
    app.perform(call, at)
}

impl App {
    /// The limits by which calls are read; refused while the app takes none.
    pub fn calls(&self) -> Result<Limits, ApiError> {
        self.require_calls()?;
        Ok(self.options.limits.clone())
    }

    /// Refused while the app takes no calls.
    pub(in crate::broker) fn require_calls(&self) -> Result<(), ApiError> {
        if !self.options.enabled {
            return Err(ApiError::AppDisabled);
        }
        self.require_running()
    }

    /// Does what a server asks for. A refused call has changed nothing.
    pub fn perform(&mut self, call: Call, at: impl Into<Moment>) -> Result<Outcome, ApiError> {
        let at: Moment = at.into();
        let now = at.now;
        if !self.options.enabled {
            let error = ApiError::AppDisabled;
            self.note_rejected(call.attempts(), &error);
            return Err(error);
        }
        self.require_running()?;
        match call {
            Call::Publish(event) => {
                self.fail_trigger([&event].into_iter())?;
                self.publish(&event, at);
                let counts = event.info.map(|info| self.counts_of(&event.channels, info));
                Ok(Outcome::Published(counts))
            }
            Call::PublishBatch(events) => {
                self.fail_trigger(events.iter())?;
                for event in &events {
                    self.publish(event, at);
                }
                Ok(Outcome::PublishedBatch(self.counts_of_batch(&events)))
            }
            Call::PublishToOne(event) => {
                self.fail_trigger([&event].into_iter())?;
                self.publish(&event, at);
                Ok(Outcome::PublishedToOne)
            }
            Call::Channels { prefix, info } => {
                self.check_subscription_count(info)?;
                let channels = self
                    .occupied_channels()
                    .into_iter()
                    .filter(|channel| channel.name().as_str().starts_with(&prefix))
                    .map(|channel| (channel.name().clone(), self.counts(Some(channel), info)))
                    .collect();
                Ok(Outcome::Channels(channels))
            }
            Call::Channel { name, info } => {
                self.check_subscription_count(info)?;
                let channel = self.channel(name.as_str());
                let cached = || {
                    let (event, remaining_ms) = self.caches.get(channel?.id, now)?;
                    let data = event.data.clone();
                    Some(Cached { data, remaining_ms })
                };
                Ok(Outcome::Channel {
                    occupied: channel.is_some_and(Channel::is_occupied),
                    counts: self.counts(channel, info),
                    cache: info.cache.then(cached),
                })
            }
            Call::Users { name } => {
                let channel = self.channel(name.as_str());
                Ok(Outcome::Users(
                    channel.map_or_else(Vec::new, Channel::user_ids),
                ))
            }
            Call::Stats { name } => {
                let channel = self.channel(name.as_str());
                Ok(Outcome::Stats {
                    connections: channel.map_or(0, Channel::subscription_count),
                    users: channel.and_then(Channel::user_count).unwrap_or(0),
                })
            }
            Call::TerminateUser { user_id } => {
                self.terminate_user(&user_id, now);
                Ok(Outcome::Terminated)
            }
        }
    }

    /// Writes down what was to be published and was not.
    pub fn note_rejected(&mut self, attempts: Vec<Attempt>, error: &ApiError) {
        for attempt in &attempts {
            let rejected = Rejected {
                who: None,
                channel: &attempt.channel,
                event: &attempt.event,
                bytes: attempt.bytes,
                code: Some(error.status()),
            };
            rejected.note(&mut self.journal, error);
        }
    }

    fn check_subscription_count(&self, info: Info) -> Result<(), ApiError> {
        match info.subscription_count && !self.options.subscription_count {
            true => Err(ApiError::SubscriptionCountDisabled),
            false => Ok(()),
        }
    }

    /// Nobody has ever been on a channel that is `None`.
    fn counts(&self, channel: Option<&Channel>, info: Info) -> Counts {
        let users = || channel.and_then(Channel::user_count).unwrap_or(0);
        let subscriptions = || channel.map_or(0, Channel::subscription_count);
        Counts {
            users: info.user_count.then(users),
            subscriptions: info.subscription_count.then(subscriptions),
        }
    }

    /// The attributes that apply to a channel; what does not is left out.
    fn counts_that_apply(&self, name: &ChannelName, info: Info) -> Counts {
        let info = Info {
            user_count: info.user_count && name.is_presence(),
            subscription_count: info.subscription_count && self.options.subscription_count,
            cache: false,
        };
        self.counts(self.channel(name.as_str()), info)
    }

    fn counts_of(&self, channels: &[ChannelName], info: Info) -> Vec<(ChannelName, Counts)> {
        let each = channels.iter();
        each.map(|name| (name.clone(), self.counts_that_apply(name, info)))
            .collect()
    }

    fn counts_of_batch(&self, events: &[Publish]) -> Option<Vec<Counts>> {
        let counts = events
            .iter()
            .map(|event| match (&event.channels[..], event.info) {
                ([name], Some(info)) => self.counts_that_apply(name, info),
                _ => Counts::default(),
            });
        let any_asked = events.iter().any(|event| event.info.is_some());
        any_asked.then(|| counts.collect())
    }
}

#[cfg(test)]
mod tests;
