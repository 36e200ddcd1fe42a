//! The HTTP API below `/apps/{id}` (Pusher docs: HTTP API reference). Here requests are read and
//! answers are written; what they do is done by the other parts of the [`App`].

use serde_json::{Map, Value, json};

use crate::broker::{App, BatchItem, Channel, Publication};
use crate::protocol::query::{self, percent_decoded};
use crate::protocol::{ApiError, ChannelName};

/// A request whose signature has been checked.
#[derive(Clone, Copy, Debug)]
pub struct ApiRequest<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// The path below `/apps/{id}`, such as `/events`, without the query; may be percent-encoded.
    pub path: &'a str,
    /// The decoded parameters. Those of the signature may be among them.
    pub query: &'a [(String, String)],
    /// JSON, or nothing.
    pub body: &'a str,
}

impl ApiRequest<'_> {
    /// The events it publishes, as channel and name; none unless it is well formed.
    pub fn publishes(&self) -> Vec<(String, String)> {
        match self.path {
            "/events" => publication(self).map(|published| {
                let name = published.name;
                let channels = published.channels.into_iter();
                channels.map(|channel| (channel, name.clone())).collect()
            }),
            "/batch_events" => batch(self).map(|items| {
                let items = items.into_iter();
                items.map(|item| (item.channel, item.name)).collect()
            }),
            _ => return Vec::new(),
        }
        .unwrap_or_default()
    }
}

/// The answer: JSON, or plain text when the status is 400 or more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiResponse {
    /// The HTTP status.
    pub status: u16,
    /// The whole body.
    pub body: String,
}

impl ApiResponse {
    /// `application/json` for answers, `text/plain` for refusals.
    pub fn content_type(&self) -> &'static str {
        match self.status {
            ..400 => "application/json",
            _ => "text/plain; charset=utf-8",
        }
    }
}

impl From<ApiError> for ApiResponse {
    fn from(error: ApiError) -> ApiResponse {
        ApiResponse {
            status: error.status(),
            body: error.body(),
        }
    }
}

impl App {
    /// Answers a request. A refused one has changed nothing.
    pub fn respond(&mut self, request: &ApiRequest, now: u64) -> ApiResponse {
        if let Err(gone) = self.require_running() {
            return gone.into();
        }
        if !self.options.enabled {
            return ApiError::AppDisabled.into();
        }
        match self.route(request, now) {
            Ok(None) => ApiResponse {
                status: 202,
                body: String::new(),
            },
            Ok(Some(answer)) => ApiResponse {
                status: 200,
                body: answer.to_string(),
            },
            Err(error) => error.into(),
        }
    }

    /// `None` answers 202 without a body.
    fn route(&mut self, request: &ApiRequest, now: u64) -> Result<Option<Value>, ApiError> {
        let segments: Vec<_> = request.path.split('/').map(percent_decoded).collect();
        let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
        let ["", resource @ ..] = segments.as_slice() else {
            return Err(ApiError::NotFound);
        };
        let method = match resource {
            ["events" | "batch_events"]
            | ["channels", _, "events"]
            | ["users", _, "terminate_connections"] => "POST",
            ["channels"] | ["channels", _] | ["channels", _, "users" | "stats"] => "GET",
            _ => return Err(ApiError::NotFound),
        };
        if request.method != method {
            return Err(ApiError::MethodNotAllowed);
        }
        match resource {
            ["events"] => self.publish(&publication(request)?, now),
            ["batch_events"] => self.publish_batch(&batch(request)?, now),
            ["channels"] => self.channels_answer(request.query),
            ["channels", name] => self.channel_answer(name, request.query, now),
            ["channels", name, "users"] => self.users_answer(name, request.query),
            ["channels", name, "stats"] => self.stats_answer(name),
            ["channels", name, "events"] => {
                self.publish(&deprecated_publication(name, request)?, now)?;
                return Ok(None);
            }
            ["users", user_id, "terminate_connections"] => {
                self.terminate_user(user_id, now);
                Ok(json!({}))
            }
            _ => Err(ApiError::NotFound),
        }
        .map(Some)
    }

    /// `GET /channels`: the occupied channels.
    fn channels_answer(&self, query: &[(String, String)]) -> Result<Value, ApiError> {
        let prefix = query::value(query, "filter_by_prefix").unwrap_or_default();
        let info = Info::of(query, "user_count, subscription_count")?;
        if info.cache {
            return Err(ApiError::UnknownInfo {
                attribute: "cache".into(),
                known: "user_count, subscription_count",
            });
        }
        if info.user_count && !prefix.starts_with("presence-") {
            return Err(ApiError::UserCountNeedsPresencePrefix);
        }
        self.check_subscription_count(&info)?;
        let channels: Map<String, Value> = self
            .occupied_channels()
            .into_iter()
            .filter(|channel| channel.name().as_str().starts_with(prefix))
            .map(|channel| {
                let mut attributes = Map::new();
                info.add_counts(&mut attributes, Some(channel));
                (channel.name().as_str().to_owned(), attributes.into())
            })
            .collect();
        Ok(json!({ "channels": channels }))
    }

    /// `GET /channels/{name}`: one channel, known or not.
    fn channel_answer(
        &self,
        name: &str,
        query: &[(String, String)],
        now: u64,
    ) -> Result<Value, ApiError> {
        let name = ChannelName::parse(name, &self.options.limits)?;
        let info = Info::of(query, "user_count, subscription_count, cache")?;
        if info.user_count && !name.is_presence() {
            return Err(ApiError::UserCountNeedsPresenceChannel);
        }
        if info.cache && !name.is_cache() {
            return Err(ApiError::CacheNeedsCacheChannel);
        }
        self.check_subscription_count(&info)?;

        let channel = self.channel(name.as_str());
        let mut answer = Map::new();
        answer.insert(
            "occupied".to_owned(),
            channel.is_some_and(Channel::is_occupied).into(),
        );
        info.add_counts(&mut answer, channel);
        if info.cache {
            let cached = channel.and_then(|channel| self.caches.get(channel.id, now));
            let cached = cached.map_or(Value::Null, |(event, remaining_ms)| {
                json!({ "data": &*event.data, "ttl": remaining_ms.div_ceil(1000) })
            });
            answer.insert("cache".to_owned(), cached);
        }
        Ok(answer.into())
    }

    /// `GET /channels/{name}/users`: who is on a presence channel.
    fn users_answer(&self, name: &str, query: &[(String, String)]) -> Result<Value, ApiError> {
        let name = ChannelName::parse(name, &self.options.limits)?;
        if !name.is_presence() {
            return Err(ApiError::UsersNeedPresenceChannel);
        }
        let extraneous: Vec<&str> = query
            .iter()
            .map(|(parameter, _)| parameter.as_str())
            .filter(|parameter| !parameter.starts_with("auth_") && *parameter != "body_md5")
            .collect();
        if !extraneous.is_empty() {
            return Err(ApiError::ExtraneousParameters(extraneous.join(", ")));
        }
        let users: Vec<Value> = self
            .channel(name.as_str())
            .into_iter()
            .flat_map(Channel::user_ids)
            .map(|id| json!({ "id": &*id }))
            .collect();
        Ok(json!({ "users": users }))
    }

    /// `GET /channels/{name}/stats`, deprecated.
    fn stats_answer(&self, name: &str) -> Result<Value, ApiError> {
        let name = ChannelName::parse(name, &self.options.limits)?;
        let channel = self.channel(name.as_str());
        let connections = channel.map_or(0, Channel::subscription_count);
        Ok(json!({
            "occupied": connections > 0,
            "user_count": channel.and_then(Channel::user_count).unwrap_or(0),
            "connection_count": connections,
        }))
    }

    fn check_subscription_count(&self, info: &Info) -> Result<(), ApiError> {
        match info.subscription_count && !self.options.subscription_count {
            true => Err(ApiError::SubscriptionCountDisabled),
            false => Ok(()),
        }
    }
}

/// The attributes a GET asks for with `info=a,b`.
#[derive(Default)]
struct Info {
    user_count: bool,
    subscription_count: bool,
    cache: bool,
}

impl Info {
    /// `known` is for the text of the refusal.
    fn of(query: &[(String, String)], known: &'static str) -> Result<Info, ApiError> {
        let mut info = Info::default();
        for attribute in query::value(query, "info").unwrap_or_default().split(',') {
            match attribute.trim() {
                "user_count" => info.user_count = true,
                "subscription_count" => info.subscription_count = true,
                "cache" => info.cache = true,
                "" => {}
                unknown => {
                    return Err(ApiError::UnknownInfo {
                        attribute: unknown.into(),
                        known,
                    });
                }
            }
        }
        Ok(info)
    }

    /// Adds the counts asked for; nobody has ever been on a channel that is `None`.
    fn add_counts(&self, attributes: &mut Map<String, Value>, channel: Option<&Channel>) {
        if self.user_count {
            let users = channel.and_then(Channel::user_count).unwrap_or(0);
            attributes.insert("user_count".to_owned(), users.into());
        }
        if self.subscription_count {
            let connections = channel.map_or(0, Channel::subscription_count);
            attributes.insert("subscription_count".to_owned(), connections.into());
        }
    }
}

/// `POST /events`: parameters from the body, or else from the query.
fn publication(request: &ApiRequest) -> Result<Publication, ApiError> {
    let mut parameters = Parameters(match request.body {
        "" => Map::new(),
        body => {
            serde_json::from_str(body).map_err(|error| ApiError::InvalidJson(error.to_string()))?
        }
    });
    for name in ["name", "data", "channel", "socket_id", "info"] {
        if let Some(value) = query::value(request.query, name) {
            parameters.0.entry(name).or_insert_with(|| value.into());
        }
    }
    let listed = request
        .query
        .iter()
        .filter(|(name, _)| name == "channels[]");
    let listed: Vec<Value> = listed.map(|(_, value)| value.as_str().into()).collect();
    if !listed.is_empty() {
        parameters.0.entry("channels").or_insert(listed.into());
    }

    Ok(Publication {
        name: parameters.event_name()?,
        data: parameters.required("data")?,
        channels: parameters.channels()?,
        socket_id: parameters.optional("socket_id")?,
        info: parameters.optional("info")?,
    })
}

/// `POST /batch_events`.
fn batch(request: &ApiRequest) -> Result<Vec<BatchItem>, ApiError> {
    let mut body: Map<String, Value> = serde_json::from_str(request.body)
        .map_err(|error| ApiError::InvalidJson(error.to_string()))?;
    let items = match body.remove("batch") {
        Some(Value::Array(items)) => items,
        None | Some(Value::Null) => return Err(ApiError::MissingRequiredParameter("batch")),
        Some(_) => {
            return Err(ApiError::WrongType {
                name: "batch",
                wanted: "an array of events",
            });
        }
    };
    items
        .into_iter()
        .map(|item| match item {
            Value::Object(item) => batch_item(Parameters(item)),
            _ => Err(ApiError::WrongType {
                name: "batch",
                wanted: "an array of events",
            }),
        })
        .collect()
}

fn batch_item(mut parameters: Parameters) -> Result<BatchItem, ApiError> {
    Ok(BatchItem {
        channel: parameters.required("channel")?,
        name: parameters.event_name()?,
        data: parameters.required("data")?,
        socket_id: parameters.optional("socket_id")?,
        info: parameters.optional("info")?,
    })
}

/// `POST /channels/{name}/events?name=…`, deprecated: the body is the data.
fn deprecated_publication(channel: &str, request: &ApiRequest) -> Result<Publication, ApiError> {
    let name = query::value(request.query, "name").ok_or(ApiError::NameNotAString)?;
    Ok(Publication {
        channels: vec![channel.to_owned()],
        name: name.to_owned(),
        data: request.body.to_owned(),
        socket_id: query::value(request.query, "socket_id").map(str::to_owned),
        info: None,
    })
}

/// The parameters of one event, taken out one by one. `null` is as good as absent.
struct Parameters(Map<String, Value>);

impl Parameters {
    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    fn optional(&mut self, name: &'static str) -> Result<Option<String>, ApiError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(ApiError::WrongType {
                name,
                wanted: "a string",
            }),
        }
    }

    fn required(&mut self, name: &'static str) -> Result<String, ApiError> {
        self.optional(name)?
            .ok_or(ApiError::MissingRequiredParameter(name))
    }

    /// The service says the same of a name that is missing and of one that is no string.
    fn event_name(&mut self) -> Result<String, ApiError> {
        match self.take("name") {
            Some(Value::String(name)) => Ok(name),
            _ => Err(ApiError::NameNotAString),
        }
    }

    /// `channels`, or else `channel`; at least one.
    fn channels(&mut self) -> Result<Vec<String>, ApiError> {
        let wrong_type = || ApiError::WrongType {
            name: "channels",
            wanted: "an array of strings",
        };
        let channels = match self.take("channels") {
            None => self.optional("channel")?.into_iter().collect(),
            Some(Value::Array(channels)) => channels
                .into_iter()
                .map(|channel| match channel {
                    Value::String(channel) => Ok(channel),
                    _ => Err(wrong_type()),
                })
                .collect::<Result<Vec<String>, ApiError>>()?,
            Some(_) => return Err(wrong_type()),
        };
        match channels.is_empty() {
            true => Err(ApiError::MissingRequiredParameter("channels")),
            false => Ok(channels),
        }
    }
}

#[cfg(test)]
mod tests;
