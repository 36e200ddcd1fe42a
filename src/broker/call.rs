//! What servers ask of an app. A request becomes a call before the app is locked: nothing about
//! reading it needs the app but its limits.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::protocol::query::{self, percent_decoded};
use crate::protocol::{ApiError, ChannelName, Limits, SocketId, event};

/// A request to the HTTP API whose signature has been checked.
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

/// What a server asks for, see [`App::perform`](super::App::perform).
#[derive(Clone, Debug)]
pub enum Call {
    /// `POST /events`.
    Publish(Publish),
    /// `POST /batch_events`: all of them in order, or none.
    PublishBatch(Vec<Publish>),
    /// `POST /channels/{name}/events`, deprecated.
    PublishToOne(Publish),
    /// `GET /channels`: the occupied ones whose name begins so.
    Channels { prefix: String, info: Info },
    /// `GET /channels/{name}`, known or not.
    Channel { name: ChannelName, info: Info },
    /// `GET /channels/{name}/users`.
    Users { name: ChannelName },
    /// `GET /channels/{name}/stats`, deprecated.
    Stats { name: ChannelName },
    /// `POST /users/{id}/terminate_connections`.
    TerminateUser { user_id: String },
}

/// An event that may be published as it is.
#[derive(Clone, Debug)]
pub struct Publish {
    /// Where to, each once.
    pub channels: Vec<ChannelName>,
    pub name: Arc<str>,
    /// Shared by all channels.
    pub data: Arc<str>,
    /// The connection that does not get it, if there is such a one.
    pub except: Option<SocketId>,
    /// Attributes of the channels to answer with.
    pub info: Option<Info>,
}

/// Attributes of channels that are asked for with `info=a,b`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Info {
    pub user_count: bool,
    pub subscription_count: bool,
    pub cache: bool,
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

impl Call {
    /// Reads a request.
    pub fn parse(request: &ApiRequest, limits: &Limits) -> Result<Call, ApiError> {
        let segments: Vec<_> = request.path.split('/').map(percent_decoded).collect();
        let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
        let ["", resource @ ..] = segments.as_slice() else {
            return Err(ApiError::NotFound);
        };
        let only = |method| match request.method == method {
            true => Ok(()),
            false => Err(ApiError::MethodNotAllowed),
        };
        match *resource {
            ["events"] => {
                only("POST")?;
                Ok(Call::Publish(publication(request)?.check(limits)?))
            }
            ["batch_events"] => {
                only("POST")?;
                Call::batch(batch(request)?, limits)
            }
            ["channels", name, "events"] => {
                only("POST")?;
                let publication = deprecated_publication(name, request)?;
                Ok(Call::PublishToOne(publication.check(limits)?))
            }
            ["users", user_id, "terminate_connections"] => {
                only("POST")?;
                Ok(Call::TerminateUser {
                    user_id: user_id.to_owned(),
                })
            }
            ["channels"] => {
                only("GET")?;
                channels(request.query)
            }
            ["channels", name] => {
                only("GET")?;
                channel(name, request.query, limits)
            }
            ["channels", name, "users"] => {
                only("GET")?;
                users(name, request.query, limits)
            }
            ["channels", name, "stats"] => {
                only("GET")?;
                let name = ChannelName::parse(name, limits)?;
                Ok(Call::Stats { name })
            }
            _ => Err(ApiError::NotFound),
        }
    }

    /// Checks the events of a batch.
    pub fn batch(items: Vec<BatchItem>, limits: &Limits) -> Result<Call, ApiError> {
        if items.len() > limits.batch {
            return Err(ApiError::BatchTooLarge {
                events: items.len(),
                limit: limits.batch,
            });
        }
        let events = items.into_iter().map(|item| item.check(limits));
        Ok(Call::PublishBatch(events.collect::<Result<_, _>>()?))
    }

    /// What it is to publish, for the journal.
    pub fn attempts(&self) -> Vec<Attempt> {
        let events = match self {
            Call::Publish(event) | Call::PublishToOne(event) => std::slice::from_ref(event),
            Call::PublishBatch(events) => events,
            _ => &[],
        };
        let each = |event: &Publish| -> Vec<Attempt> {
            let channels = event.channels.iter();
            channels
                .map(|channel| Attempt {
                    channel: channel.as_str().to_owned(),
                    event: event.name.to_string(),
                    bytes: event.data.len(),
                })
                .collect()
        };
        events.iter().flat_map(each).collect()
    }
}

/// An event that somebody wants to publish, whatever is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    pub channel: String,
    pub event: String,
    /// The size of its data.
    pub bytes: usize,
}

/// How many of a request are looked at: a legal one has as many channels.
const MAX_ATTEMPTS: usize = 100;

impl ApiRequest<'_> {
    /// What it is to publish, as far as it can be read at all.
    pub fn attempts(&self) -> Vec<Attempt> {
        let path = percent_decoded(self.path);
        if self.method != "POST" || !matches!(&*path, "/events" | "/batch_events") {
            return Vec::new();
        }
        let Ok(body) = serde_json::from_str::<Value>(self.body) else {
            return Vec::new();
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let items = match body["batch"].is_array() {
            true => list(&body["batch"]),
            false => vec![body],
        };
        let each = |item: Value| {
            let mut channels = list(&item["channels"]);
            if channels.is_empty() {
                channels.push(item["channel"].clone());
            }
            channels.into_iter().map(move |channel| Attempt {
                channel: text(&channel),
                event: text(&item["name"]),
                bytes: item["data"].as_str().map_or(0, str::len),
            })
        };
        items
            .into_iter()
            .flat_map(each)
            .take(MAX_ATTEMPTS)
            .collect()
    }
}

impl Publication {
    /// What it is to publish.
    pub fn attempts(&self) -> Vec<Attempt> {
        let channels = self.channels.iter().take(MAX_ATTEMPTS);
        channels
            .map(|channel| Attempt {
                channel: channel.clone(),
                event: self.name.clone(),
                bytes: self.data.len(),
            })
            .collect()
    }

    /// Checks everything about it that needs nothing but the limits.
    pub fn check(self, limits: &Limits) -> Result<Publish, ApiError> {
        if self.channels.len() > limits.channels_per_event {
            return Err(ApiError::TooManyChannels {
                channels: self.channels.len(),
                limit: limits.channels_per_event,
            });
        }
        check_event(&self.name, &self.data, limits)?;
        let except = excepted(self.socket_id.as_deref())?;
        let mut channels: Vec<ChannelName> = Vec::with_capacity(self.channels.len());
        for channel in &self.channels {
            let name = ChannelName::parse(channel, limits)?;
            if !channels.contains(&name) {
                channels.push(name);
            }
        }
        Ok(Publish {
            channels,
            name: self.name.into(),
            data: self.data.into(),
            except,
            info: self.info.as_deref().map(Info::that_apply),
        })
    }
}

impl BatchItem {
    fn check(self, limits: &Limits) -> Result<Publish, ApiError> {
        let channel = ChannelName::parse(&self.channel, limits)?;
        check_event(&self.name, &self.data, limits)?;
        Ok(Publish {
            channels: vec![channel],
            except: excepted(self.socket_id.as_deref())?,
            name: self.name.into(),
            data: self.data.into(),
            info: self.info.as_deref().map(Info::that_apply),
        })
    }
}

fn check_event(name: &str, data: &str, limits: &Limits) -> Result<(), ApiError> {
    event::check_published(name, limits)?;
    match data.len() > limits.data_bytes {
        true => Err(ApiError::DataTooLarge {
            limit: limits.data_bytes,
        }),
        false => Ok(()),
    }
}

/// The connection that a `socket_id` parameter leaves out. Servers pass on what their clients told
/// them: an id that is empty leaves out nobody.
fn excepted(socket_id: Option<&str>) -> Result<Option<SocketId>, ApiError> {
    match socket_id.filter(|id| !id.is_empty()) {
        None => Ok(None),
        Some(id) => match SocketId::parse(id) {
            Some(socket_id) => Ok(Some(socket_id)),
            None => Err(ApiError::InvalidSocketId(id.into())),
        },
    }
}

impl Info {
    /// The attributes that a GET may ask for; `known` is for the text of the refusal.
    fn of(query: &[(String, String)], known: &'static str) -> Result<Info, ApiError> {
        let mut info = Info::default();
        let asked = query::value(query, "info").unwrap_or_default();
        match info.add(asked) {
            None => Ok(info),
            Some(unknown) => Err(ApiError::UnknownInfo {
                attribute: unknown.into(),
                known,
            }),
        }
    }

    /// Those that an event may ask for; what does not exist is left out.
    fn that_apply(asked: &str) -> Info {
        let mut info = Info::default();
        for attribute in asked.split(',') {
            info.add(attribute);
        }
        info
    }

    /// Gives the first that does not exist.
    fn add<'a>(&mut self, asked: &'a str) -> Option<&'a str> {
        for attribute in asked.split(',').map(str::trim) {
            match attribute {
                "user_count" => self.user_count = true,
                "subscription_count" => self.subscription_count = true,
                "cache" => self.cache = true,
                "" => {}
                unknown => return Some(unknown),
            }
        }
        None
    }
}

// ---- asking

fn channels(query: &[(String, String)]) -> Result<Call, ApiError> {
    const KNOWN: &str = "user_count, subscription_count";
    let prefix = query::value(query, "filter_by_prefix").unwrap_or_default();
    let info = Info::of(query, KNOWN)?;
    if info.cache {
        return Err(ApiError::UnknownInfo {
            attribute: "cache".into(),
            known: KNOWN,
        });
    }
    if info.user_count && !prefix.starts_with("presence-") {
        return Err(ApiError::UserCountNeedsPresencePrefix);
    }
    Ok(Call::Channels {
        prefix: prefix.to_owned(),
        info,
    })
}

fn channel(name: &str, query: &[(String, String)], limits: &Limits) -> Result<Call, ApiError> {
    let name = ChannelName::parse(name, limits)?;
    let info = Info::of(query, "user_count, subscription_count, cache")?;
    if info.user_count && !name.is_presence() {
        return Err(ApiError::UserCountNeedsPresenceChannel);
    }
    if info.cache && !name.is_cache() {
        return Err(ApiError::CacheNeedsCacheChannel);
    }
    Ok(Call::Channel { name, info })
}

fn users(name: &str, query: &[(String, String)], limits: &Limits) -> Result<Call, ApiError> {
    let name = ChannelName::parse(name, limits)?;
    if !name.is_presence() {
        return Err(ApiError::UsersNeedPresenceChannel);
    }
    let extraneous: Vec<&str> = query
        .iter()
        .map(|(parameter, _)| parameter.as_str())
        .filter(|parameter| !parameter.starts_with("auth_") && *parameter != "body_md5")
        .collect();
    match extraneous.is_empty() {
        true => Ok(Call::Users { name }),
        false => Err(ApiError::ExtraneousParameters(extraneous.join(", "))),
    }
}

// ---- publishing

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
