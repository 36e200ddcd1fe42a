use serde_json::{Value, json};

use super::*;
use crate::broker::test_outlet::World;
use crate::protocol::query;

/// The HTTP API as its users see it.
impl World {
    /// An app that counts subscriptions.
    fn counting() -> World {
        World::with(|options| options.subscription_count = true)
    }

    fn ask(&mut self, method: &str, target: &str, body: &str) -> ApiResponse {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let request = ApiRequest {
            method,
            path,
            query: &query::parse(query),
            body,
        };
        self.respond(&request)
    }

    /// The body of a GET that is answered with 200.
    fn get(&mut self, target: &str) -> Value {
        let response = self.ask("GET", target, "");
        assert_eq!(response.status, 200, "{response:?}");
        serde_json::from_str(&response.body).unwrap()
    }

    /// Status and text of a refused GET.
    fn get_refused(&mut self, target: &str) -> (u16, String) {
        let ApiResponse { status, body, .. } = self.ask("GET", target, "");
        (status, body)
    }

    fn post(&mut self, target: &str, body: &Value) -> ApiResponse {
        self.ask("POST", target, &body.to_string())
    }

    fn messages(&self, channel: &str) -> usize {
        self.app.messages(channel).len()
    }
}

fn ok(body: &str) -> ApiResponse {
    ApiResponse {
        status: 200,
        body: body.to_owned(),
        failure: None,
    }
}

fn refused(error: ApiError) -> ApiResponse {
    error.into()
}

// ---- POST /events

#[test]
fn an_event_reaches_its_subscribers_with_the_data_as_it_is() {
    let mut world = World::new();
    let client = world.subscriber("a");
    let body = r#"{"name":"e","channels":["a"],"data":"{ \"x\": 1 }"}"#;
    assert_eq!(world.ask("POST", "/events", body), ok("{}"));
    assert_eq!(
        world.got(client),
        [r#"{"event":"e","channel":"a","data":"{ \"x\": 1 }"}"#]
    );
}

#[test]
fn one_channel_may_be_given_as_channel() {
    let mut world = World::new();
    let body = json!({"name": "e", "channel": "a", "data": "d"});
    assert_eq!(world.post("/events", &body), ok("{}"));
    assert_eq!(world.messages("a"), 1);
}

#[test]
fn parameters_may_come_in_the_query() {
    let mut world = World::new();
    let target = "/events?channels%5B%5D=a&channels[]=b&name=e&data=x%20y";
    assert_eq!(world.ask("POST", target, ""), ok("{}"));
    assert_eq!((world.messages("a"), world.messages("b")), (1, 1));
    let target = "/events?channels[]=c";
    let body = json!({"name": "e", "data": "d"});
    assert_eq!(world.post(target, &body), ok("{}"));
    assert_eq!(world.messages("c"), 1);
}

#[test]
fn the_socket_id_is_left_out_and_unknown_or_absent_ones_are_nobody() {
    let mut world = World::new();
    let (one, two) = (world.subscriber("a"), world.subscriber("a"));
    let socket_id = world.app.socket_id(one).unwrap().to_owned();
    for (socket_id, frames_of_one) in [
        (json!(socket_id), 0),
        (json!("1.1"), 1),
        (json!(""), 1),
        (Value::Null, 1),
    ] {
        let body = json!({"name": "e", "channel": "a", "data": "d", "socket_id": socket_id});
        assert_eq!(world.post("/events", &body), ok("{}"));
        assert_eq!(world.got(one).len(), frames_of_one, "{socket_id}");
        assert_eq!(world.got(two).len(), 1);
    }
}

#[test]
fn info_is_answered_for_each_channel_where_it_applies() {
    let mut world = World::counting();
    world.member("presence-a", "1");
    world.member("presence-a", r#""2""#);
    world.member("presence-a", "1");
    world.subscriber("b");
    let body = json!({"name": "e", "channels": ["presence-a", "b", "c", "b"], "data": "d",
        "info": "user_count,subscription_count,nonsense"});
    assert_eq!(
        world.post("/events", &body),
        ok(
            r#"{"channels":{"presence-a":{"user_count":2,"subscription_count":3},"b":{"subscription_count":1},"c":{"subscription_count":0}}}"#
        )
    );
    let body = json!({"name": "e", "channel": "b", "data": "d", "info": "user_count"});
    assert_eq!(world.post("/events", &body), ok(r#"{"channels":{"b":{}}}"#));
}

#[test]
fn an_event_that_breaks_a_rule_is_refused_with_the_text_of_the_service() {
    let mut world = World::new();
    for (change, error) in [
        (json!({"name": null}), ApiError::NameNotAString),
        (json!({"name": 7}), ApiError::NameNotAString),
        (json!({"name": "pusher:x"}), ApiError::ReservedEventName),
        (json!({"name": ""}), ApiError::EmptyEventName),
        (
            json!({"data": null}),
            ApiError::MissingRequiredParameter("data"),
        ),
        (
            json!({"data": {"not": "a string"}}),
            ApiError::WrongType {
                name: "data",
                wanted: "a string",
            },
        ),
        (
            json!({"channels": null}),
            ApiError::MissingRequiredParameter("channels"),
        ),
        (
            json!({"channels": []}),
            ApiError::MissingRequiredParameter("channels"),
        ),
        (
            json!({"channels": "a"}),
            ApiError::WrongType {
                name: "channels",
                wanted: "an array of strings",
            },
        ),
        (
            json!({"channels": ["a", 1]}),
            ApiError::WrongType {
                name: "channels",
                wanted: "an array of strings",
            },
        ),
        (
            json!({"channels": vec!["a"; 101]}),
            ApiError::TooManyChannels {
                channels: 101,
                limit: 100,
            },
        ),
        (
            json!({"channels": ["a", "a b"]}),
            ApiError::BadChannelNameChar {
                name: "a b".into(),
                bad: ' ',
            },
        ),
        (
            json!({"socket_id": "no"}),
            ApiError::InvalidSocketId("no".into()),
        ),
        (
            json!({"socket_id": 1.5}),
            ApiError::WrongType {
                name: "socket_id",
                wanted: "a string",
            },
        ),
        (
            json!({"data": "ü".repeat(5_121)}),
            ApiError::DataTooLarge { limit: 10_240 },
        ),
    ] {
        let mut body = json!({"name": "e", "channels": ["a"], "data": "d"});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        assert_eq!(world.post("/events", &body), refused(error), "{change}");
    }
    assert_eq!(world.messages("a"), 0, "nothing was half delivered");
}

#[test]
fn data_may_have_10240_bytes() {
    let mut world = World::new();
    let body = json!({"name": "e", "channel": "a", "data": "ü".repeat(5_120)});
    assert_eq!(world.post("/events", &body), ok("{}"));
}

#[test]
fn a_body_that_is_no_json_object_is_refused() {
    let mut world = World::new();
    for target in ["/events", "/batch_events"] {
        for body in ["[]", "7", "{", "name=e", "\u{feff}{}"] {
            let response = world.ask("POST", target, body);
            assert_eq!(response.status, 400, "{body}");
            assert!(
                response
                    .body
                    .starts_with("Invalid request body: not a JSON object"),
                "{response:?}"
            );
            assert_eq!(response.content_type(), "text/plain; charset=utf-8");
        }
    }
}

#[test]
fn nesting_without_end_is_refused() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let mut world = World::new();
    for body in [
        deep.clone(),
        format!(r#"{{"name":"e","channel":"a","data":"d","more":{deep}}}"#),
    ] {
        assert_eq!(world.ask("POST", "/events", &body).status, 400);
        assert_eq!(world.ask("POST", "/batch_events", &body).status, 400);
    }
    let data = json!({"name": "e", "channel": "a", "data": deep.split_at(5_000).0});
    assert_eq!(world.post("/events", &data), ok("{}"), "data is only text");
}

#[test]
fn a_user_is_reached_through_their_own_channel() {
    let mut world = World::new();
    let client = world.signed_in(r#"{"id":"u"}"#);
    world.subscribe(client, "#server-to-user-u", None);
    world.got(client);
    let body = json!({"name": "e", "channels": ["#server-to-user-u"], "data": "d"});
    assert_eq!(world.post("/events", &body), ok("{}"));
    assert_eq!(world.got(client).len(), 1);
    assert_eq!(world.get("/channels"), json!({"channels": {}}));
}

// ---- POST /batch_events

#[test]
fn a_batch_is_published_in_order() {
    let mut world = World::new();
    let client = world.subscriber("a");
    world.subscribe(client, "b", None);
    world.got(client);
    let body = json!({"batch": [
        {"channel": "b", "name": "one", "data": "1"},
        {"channel": "a", "name": "two", "data": "2", "socket_id": null},
    ]});
    assert_eq!(world.post("/batch_events", &body), ok("{}"));
    assert_eq!(
        world.got(client),
        [
            r#"{"event":"one","channel":"b","data":"1"}"#,
            r#"{"event":"two","channel":"a","data":"2"}"#,
        ]
    );
}

#[test]
fn info_of_a_batch_is_aligned_with_its_events() {
    let mut world = World::counting();
    world.member("presence-a", "1");
    let body = json!({"batch": [
        {"channel": "b", "name": "e", "data": "d"},
        {"channel": "presence-a", "name": "e", "data": "d", "info": "user_count"},
        {"channel": "b", "name": "e", "data": "d", "info": "subscription_count"},
    ]});
    assert_eq!(
        world.post("/batch_events", &body),
        ok(r#"{"batch":[{},{"user_count":1},{"subscription_count":0}]}"#)
    );
}

#[test]
fn a_batch_with_one_bad_event_delivers_none() {
    let mut world = World::new();
    let good = json!({"channel": "a", "name": "e", "data": "d"});
    for (bad, error) in [
        (
            json!({"channels": ["a"], "name": "e", "data": "d"}),
            ApiError::MissingRequiredParameter("channel"),
        ),
        (
            json!({"channel": "a", "data": "d"}),
            ApiError::NameNotAString,
        ),
        (
            json!({"channel": "a", "name": "e"}),
            ApiError::MissingRequiredParameter("data"),
        ),
        (
            json!({"channel": "a", "name": "e", "data": "x".repeat(10_241)}),
            ApiError::DataTooLarge { limit: 10_240 },
        ),
        (
            json!("event"),
            ApiError::WrongType {
                name: "batch",
                wanted: "an array of events",
            },
        ),
    ] {
        let body = json!({"batch": [good, bad]});
        assert_eq!(world.post("/batch_events", &body), refused(error), "{bad}");
    }
    assert_eq!(world.messages("a"), 0);
}

#[test]
fn a_batch_has_at_most_ten_events() {
    let mut world = World::new();
    let event = json!({"channel": "a", "name": "e", "data": "d"});
    let eleven = json!({"batch": vec![&event; 11]});
    assert_eq!(
        world.post("/batch_events", &eleven),
        refused(ApiError::BatchTooLarge {
            events: 11,
            limit: 10
        })
    );
    let ten = json!({"batch": vec![&event; 10]});
    assert_eq!(world.post("/batch_events", &ten), ok("{}"));
    assert_eq!(world.messages("a"), 10);
}

#[test]
fn a_batch_has_to_be_an_array() {
    let mut world = World::new();
    assert_eq!(
        world.post("/batch_events", &json!({})),
        refused(ApiError::MissingRequiredParameter("batch"))
    );
    assert_eq!(
        world.post("/batch_events", &json!({"batch": {}})),
        refused(ApiError::WrongType {
            name: "batch",
            wanted: "an array of events"
        })
    );
}

// ---- GET /channels

#[test]
fn only_occupied_channels_are_listed() {
    let mut world = World::new();
    world.subscriber("a");
    let client = world.subscriber("b");
    world.app.close(client, world.now);
    world.post(
        "/events",
        &json!({"name": "e", "channel": "c", "data": "d"}),
    );
    assert_eq!(world.get("/channels"), json!({"channels": {"a": {}}}));
}

#[test]
fn channels_are_filtered_by_prefix_and_described() {
    let mut world = World::counting();
    world.member("presence-a", "1");
    world.member("presence-a", "2");
    world.subscriber("b");
    assert_eq!(
        world.get("/channels?filter_by_prefix=presence-&info=user_count&auth_key=k"),
        json!({"channels": {"presence-a": {"user_count": 2}}})
    );
    assert_eq!(
        world.get("/channels?info=subscription_count"),
        json!({"channels": {
            "presence-a": {"subscription_count": 2}, "b": {"subscription_count": 1}}})
    );
}

#[test]
fn a_list_of_channels_knows_only_what_applies_to_all_of_them() {
    let mut world = World::new();
    for target in [
        "/channels?info=user_count",
        "/channels?info=user_count&filter_by_prefix=presence",
    ] {
        assert_eq!(
            world.get_refused(target),
            (
                400,
                "user_count may only be requested for presence channels - please supply filter_by_prefix begining with presence-\n"
                    .to_owned()
            )
        );
    }
    assert_eq!(
        world.get_refused("/channels?info=subscription_count").1,
        ApiError::SubscriptionCountDisabled.body()
    );
    for attribute in ["cache", "color"] {
        assert_eq!(
            world.get_refused(&format!("/channels?info={attribute}")).1,
            format!(
                "Invalid info attribute: '{attribute}', possible here: user_count, subscription_count\n"
            )
        );
    }
}

// ---- GET /channels/{name}

#[test]
fn a_channel_nobody_is_on_is_not_occupied() {
    let mut world = World::new();
    assert_eq!(
        world.get("/channels/never-used"),
        json!({"occupied": false})
    );
    assert_eq!(
        world.get("/channels/presence-x?info=user_count"),
        json!({"occupied": false, "user_count": 0})
    );
}

#[test]
fn a_channel_is_described_by_what_applies_to_it() {
    let mut world = World::counting();
    world.member("presence-a", "1");
    world.subscriber("b");
    assert_eq!(world.get("/channels/b"), json!({"occupied": true}));
    assert_eq!(
        world.get("/channels/presence-a?info=user_count,subscription_count"),
        json!({"occupied": true, "user_count": 1, "subscription_count": 1})
    );
    assert_eq!(
        world.get_refused("/channels/b?info=user_count").1,
        "Cannot retrieve the user count unless the channel is a presence channel\n"
    );
    assert_eq!(
        world.get_refused("/channels/b?info=cache").1,
        ApiError::CacheNeedsCacheChannel.body()
    );
}

#[test]
fn subscription_counts_need_the_setting() {
    let mut world = World::new();
    assert_eq!(
        world.get_refused("/channels/b?info=subscription_count"),
        (
            400,
            "Cannot retrieve the subscription count because subscription counting is not enabled\n"
                .to_owned()
        )
    );
}

#[test]
fn a_cache_channel_shows_its_event_and_the_seconds_it_is_kept() {
    let mut world = World::new();
    assert_eq!(
        world.get("/channels/cache-a?info=cache"),
        json!({"occupied": false, "cache": null})
    );
    let body = json!({"name": "e", "channel": "cache-a", "data": "{\"x\":1}"});
    world.post("/events", &body);
    assert_eq!(
        world.get("/channels/cache-a?info=cache"),
        json!({"occupied": false, "cache": {"data": "{\"x\":1}", "ttl": 1800}})
    );
}

#[test]
fn a_channel_name_may_be_percent_encoded_and_has_to_be_valid() {
    let mut world = World::new();
    world.subscriber("a@b");
    assert_eq!(world.get("/channels/a%40b"), json!({"occupied": true}));
    for target in ["/channels/a%20b", "/channels/a%20b/users", "/channels/"] {
        let (status, body) = world.get_refused(target);
        assert_eq!(status, 400);
        assert!(body.starts_with("Invalid channel name"), "{body}");
    }
}

// ---- GET /channels/{name}/users

#[test]
fn users_of_a_presence_channel_are_listed_once_each() {
    let mut world = World::new();
    assert_eq!(
        world.get("/channels/presence-a/users"),
        json!({"users": []})
    );
    world.member("presence-a", "7");
    world.member("presence-a", r#""ann""#);
    world.member("presence-a", r#""7""#);
    assert_eq!(
        world.get("/channels/presence-a/users?auth_key=k&body_md5=x"),
        json!({"users": [{"id": "7"}, {"id": "ann"}]})
    );
}

#[test]
fn users_are_known_of_presence_channels_only_and_there_is_nothing_to_choose() {
    let mut world = World::new();
    assert_eq!(
        world.get_refused("/channels/a/users"),
        (
            400,
            "Users can only be retrieved for presence channels\n".to_owned()
        )
    );
    assert_eq!(
        world.get_refused("/channels/presence-a/users?info=user_count&auth_key=k&x=1"),
        (
            400,
            "The following query string parameters are extraneous: info, x\n".to_owned()
        )
    );
}

// ---- POST /users/{id}/terminate_connections

#[test]
fn terminating_ends_the_connections_signed_in_as_that_user() {
    let mut world = World::new();
    let signed_in = world.signed_in(r#"{"id":"ann@b"}"#);
    let other = world.signed_in(r#"{"id":"other"}"#);

    let target = "/users/ann%40b/terminate_connections";
    assert_eq!(world.post(target, &json!({})), ok("{}"));
    let closed = world.outlet.closed();
    assert_eq!(closed.len(), 1);
    assert_eq!((closed[0].0, closed[0].1), (signed_in, 4009));
    assert!(world.app.socket_id(other).is_some());
}

#[test]
fn terminating_an_unknown_user_is_fine() {
    let mut world = World::new();
    let target = "/users/nobody/terminate_connections";
    assert_eq!(world.post(target, &json!({})), ok("{}"));
}

// ---- deprecated

#[test]
fn the_stats_of_a_channel_are_three_numbers() {
    let mut world = World::new();
    world.member("presence-a", "1");
    assert_eq!(
        world.get("/channels/presence-a/stats"),
        json!({"occupied": true, "user_count": 1, "connection_count": 1})
    );
    assert_eq!(
        world.get("/channels/b/stats"),
        json!({"occupied": false, "user_count": 0, "connection_count": 0})
    );
}

#[test]
fn an_event_may_be_posted_to_its_channel() {
    let mut world = World::new();
    let client = world.subscriber("a");
    let accepted = ApiResponse {
        status: 202,
        body: String::new(),
        failure: None,
    };
    assert_eq!(
        world.ask("POST", "/channels/a/events?name=e", r#"{"x": 1}"#),
        accepted
    );
    assert_eq!(
        world.got(client),
        [r#"{"event":"e","channel":"a","data":"{\"x\": 1}"}"#]
    );
    assert_eq!(
        world.ask("POST", "/channels/a/events", "x"),
        refused(ApiError::NameNotAString)
    );
}

// ---- routes

#[test]
fn other_paths_and_methods_are_refused() {
    let mut world = World::new();
    for path in [
        "",
        "/",
        "/event",
        "/events/",
        "//events",
        "/channels/a/b",
        "/users/u",
    ] {
        let not_found = refused(ApiError::NotFound);
        assert_eq!(world.ask("POST", path, "{}"), not_found, "{path}");
    }
    for (method, path) in [
        ("GET", "/events"),
        ("POST", "/channels"),
        ("PUT", "/events"),
    ] {
        let refusal = refused(ApiError::MethodNotAllowed);
        assert_eq!(world.ask(method, path, "{}"), refusal, "{method} {path}");
    }
}

#[test]
fn answers_are_json_and_refusals_are_text() {
    let mut world = World::new();
    let answer = world.ask("GET", "/channels", "");
    assert_eq!(answer.content_type(), "application/json");
}
