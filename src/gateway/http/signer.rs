//! Signing for clients whose application has no server yet: what pusher-js asks of `/pusher/auth`
//! and `/pusher/user-auth` when nobody configured anything else.
//!
//! Only for who is trusted, such as clients of this machine, and only for an app that takes any key anyway: whose secret
//! everybody knows.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::body::Incoming;
use hyper::{Method, Request};
use serde_json::{Map, Value, json};

use crate::broker::{App, ConnectionId};
use crate::gateway::admission::verdict::Admitted;
use crate::gateway::http::answer::{Answered, JSON, collect, post_only, text, whole};
use crate::gateway::server::state::Server;
use crate::protocol::{ApiError, ChannelKind, ChannelName, query, signature};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A subscription to `channel_name`. On presence channels the parameters `user_id` and
    /// `user_info` (JSON) say as whom, without them it is the socket id.
    Channel,
    /// A sign-in as `user_id`, with `user_info` and `watchlist` (JSON).
    User,
}

impl Asked {
    /// Any prefix may come before, as in the other addresses that a client makes of one with a path.
    pub fn parse(path: &str) -> Option<Asked> {
        if path.ends_with("/pusher/auth") {
            Some(Asked::Channel)
        } else if path.ends_with("/pusher/user-auth") {
            Some(Asked::User)
        } else {
            None
        }
    }

    /// What a form has to say.
    fn fields(self) -> &'static [&'static str] {
        match self {
            Asked::Channel => &["socket_id", "channel_name"],
            Asked::User => &["socket_id"],
        }
    }

    /// The option of pusher-js that names another endpoint.
    fn option(self) -> &'static str {
        match self {
            Asked::Channel => "channelAuthorization",
            Asked::User => "userAuthentication",
        }
    }
}

/// Answers a form as an application's own endpoint would.
pub async fn answer(
    server: &Server,
    asked: Asked,
    admitted: &Admitted,
    request: Request<Incoming>,
) -> Answered {
    if request.method() != Method::POST {
        return post_only();
    }
    let what = format!("POST {}", request.uri().path());
    let _answering = server.outlet.requests.begin(None, what);
    let form = match collect(request.into_body(), &server.options).await {
        Ok(body) => query::parse(&String::from_utf8_lossy(&body)),
        Err(refused) => return refused,
    };
    if let Err(doubt) = admitted.require_trust() {
        let why = format!(
            "pushrig: the gateway signs for this machine. As for this request, {doubt}. Or let an endpoint of the application sign, with channelAuthorization and userAuthentication in the options of pusher-js\n"
        );
        return text(403, why);
    }
    for &name in asked.fields() {
        if query::value(&form, name).unwrap_or_default().is_empty() {
            let why = format!(
                "pushrig: the field {name} is missing; this address expects a form (application/x-www-form-urlencoded), as pusher-js sends it\n"
            );
            return text(400, why);
        }
    }
    let socket_id = query::value(&form, "socket_id").unwrap_or_default();
    for app in &server.options.apps {
        let mut app = app.lock();
        let Some(connection) = app.connection_with_socket(socket_id) else {
            continue;
        };
        if !app.options().accepts_any_key {
            let option = asked.option();
            let why = format!(
                "pushrig: the client with the socket id '{socket_id}' is of an app with credentials of its own, and those sign on their own server: set {option} in the options of pusher-js to its endpoint\n"
            );
            return text(403, why);
        }
        let channel = match asked {
            Asked::Channel => query::value(&form, "channel_name").unwrap_or_default(),
            Asked::User => "user",
        };
        if let Some(failure) = app.fail_authorization(channel) {
            return text(failure.status(), format!("{}\n", failure.text()));
        }
        return match sign(&mut app, connection, asked, socket_id, &form) {
            Ok(signed) => whole(200, JSON, signed.to_string()),
            Err(Unsigned::Refused(error)) => text(error.status(), error.body()),
            Err(Unsigned::NoMasterKey) => text(403, NO_MASTER_KEY),
        };
    }
    let why = format!(
        "pushrig: no client of the default app has the socket id '{socket_id}'; apps with credentials of their own sign on their own server\n"
    );
    text(403, why)
}

/// Why nothing was signed.
enum Unsigned {
    Refused(ApiError),
    NoMasterKey,
}

impl From<ApiError> for Unsigned {
    fn from(error: ApiError) -> Unsigned {
        Unsigned::Refused(error)
    }
}

const NO_MASTER_KEY: &str = "pushrig: encrypted channels need a master key, and this gateway's process knows none: give a server there encryptionMasterKeyBase64, as in new MockPusherServer({ encryptionMasterKeyBase64 }), or let the application's own endpoint sign, with channelAuthorization in the options of pusher-js\n";

fn sign(
    app: &mut App,
    connection: ConnectionId,
    asked: Asked,
    socket_id: &str,
    form: &[(String, String)],
) -> Result<Value, Unsigned> {
    let user_id = query::value(form, "user_id").unwrap_or(socket_id);
    if asked == Asked::User {
        let user_data = described("id", user_id, &["user_info", "watchlist"], form)?;
        let auth = app.authenticate_user(connection, &user_data);
        return Ok(json!({ "auth": auth, "user_data": user_data }));
    }
    let channel = query::value(form, "channel_name").unwrap_or_default();
    let name = ChannelName::parse(channel, &app.options().limits)?;
    let channel_data = if name.is_presence() {
        Some(described("user_id", user_id, &["user_info"], form)?)
    } else {
        None
    };
    let mut signed = json!({ "auth": app.authorize(connection, channel, channel_data.as_deref()) });
    if let Some(channel_data) = channel_data {
        signed["channel_data"] = channel_data.into();
    }
    if name.kind() == ChannelKind::Encrypted {
        let master = app.encryption_master_key().ok_or(Unsigned::NoMasterKey)?;
        signed["shared_secret"] = BASE64_STANDARD
            .encode(signature::shared_secret(&name, &master))
            .into();
    }
    Ok(signed)
}

/// A user as JSON: the id and what the form says besides.
fn described(
    id_name: &str,
    id: &str,
    more: &[&'static str],
    form: &[(String, String)],
) -> Result<String, ApiError> {
    let mut user = Map::from_iter([(id_name.to_owned(), id.into())]);
    for &name in more {
        if let Some(text) = query::value(form, name) {
            let value: Value = serde_json::from_str(text).map_err(|_| ApiError::WrongType {
                name,
                wanted: "JSON",
            })?;
            user.insert(name.to_owned(), value);
        }
    }
    Ok(Value::Object(user).to_string())
}
