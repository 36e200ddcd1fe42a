//! What became of a call, and how that is answered.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::protocol::{ApiError, ChannelName, Failure};

/// What an app has done or found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With the attributes of each channel, if they were asked for.
    Published(Option<Vec<(ChannelName, Counts)>>),
    /// With the attributes for each event, if any asked.
    PublishedBatch(Option<Vec<Counts>>),
    /// In the deprecated way, which answers nothing.
    PublishedToOne,
    Channels(Vec<(ChannelName, Counts)>),
    Channel {
        occupied: bool,
        counts: Counts,
        /// If it was asked for: the event that newcomers get, if there is any.
        cache: Option<Option<Cached>>,
    },
    /// Ids, in the order in which they came.
    Users(Vec<Arc<str>>),
    Stats {
        connections: usize,
        users: usize,
    },
    Terminated,
}

/// The attributes of a channel that were asked for and apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub users: Option<usize>,
    pub subscriptions: Option<usize>,
}

/// What a cache channel remembers, and for how long it still does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cached {
    pub data: Arc<str>,
    pub remaining_ms: u64,
}

/// The answer: JSON, or plain text when the status is 400 or more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiResponse {
    /// The HTTP status.
    pub status: u16,
    /// The whole body.
    pub body: String,
    /// It fails on the order of a test.
    pub failure: Option<Failure>,
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
            failure: match error {
                ApiError::Fault(failure) => Some(failure),
                _ => None,
            },
        }
    }
}

impl From<Outcome> for ApiResponse {
    fn from(outcome: Outcome) -> ApiResponse {
        match outcome {
            Outcome::PublishedToOne => ApiResponse {
                status: 202,
                body: String::new(),
                failure: None,
            },
            outcome => ApiResponse {
                status: 200,
                body: outcome.json().to_string(),
                failure: None,
            },
        }
    }
}

impl From<Result<Outcome, ApiError>> for ApiResponse {
    fn from(performed: Result<Outcome, ApiError>) -> ApiResponse {
        performed.map_or_else(ApiResponse::from, ApiResponse::from)
    }
}

impl Counts {
    fn add_to(self, attributes: &mut Map<String, Value>) {
        let counts = [
            ("user_count", self.users),
            ("subscription_count", self.subscriptions),
        ];
        for (name, count) in counts {
            if let Some(count) = count {
                attributes.insert(name.to_owned(), count.into());
            }
        }
    }

    fn json(self) -> Value {
        let mut attributes = Map::new();
        self.add_to(&mut attributes);
        attributes.into()
    }
}

impl Outcome {
    /// As the HTTP API says it.
    pub fn json(&self) -> Value {
        let by_channel = |channels: &[(ChannelName, Counts)]| -> Value {
            let each = channels.iter();
            let each = each.map(|(name, counts)| (name.as_str().to_owned(), counts.json()));
            json!({ "channels": each.collect::<Map<_, _>>() })
        };
        match self {
            Outcome::Published(Some(channels)) | Outcome::Channels(channels) => {
                by_channel(channels)
            }
            Outcome::PublishedBatch(Some(counts)) => {
                let counts = counts.iter().map(|counts| counts.json());
                json!({ "batch": counts.collect::<Vec<_>>() })
            }
            Outcome::Published(None)
            | Outcome::PublishedBatch(None)
            | Outcome::PublishedToOne
            | Outcome::Terminated => json!({}),
            Outcome::Channel {
                occupied,
                counts,
                cache,
            } => {
                let mut answer = Map::new();
                answer.insert("occupied".to_owned(), (*occupied).into());
                counts.add_to(&mut answer);
                if let Some(cached) = cache {
                    let cached = cached.as_ref().map_or(Value::Null, |cached| {
                        json!({ "data": &*cached.data, "ttl": cached.remaining_ms.div_ceil(1000) })
                    });
                    answer.insert("cache".to_owned(), cached);
                }
                answer.into()
            }
            Outcome::Users(ids) => {
                let users = ids.iter().map(|id| json!({ "id": &**id }));
                json!({ "users": users.collect::<Vec<_>>() })
            }
            Outcome::Stats { connections, users } => json!({
                "occupied": *connections > 0,
                "user_count": users,
                "connection_count": connections,
            }),
        }
    }
}
/// What [`App::tick`](super::App::tick) has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// How many channels have told their subscribers how many they are.
    pub counts: usize,
    /// Connections that were ended, by name, and the codes for it.
    pub cut: Vec<(Arc<str>, u16)>,
}
