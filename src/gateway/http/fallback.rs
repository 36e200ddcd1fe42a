//! The addresses of clients without WebSocket, see [`xhr`].

use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response};
use parking_lot::Mutex;

use crate::broker::NO_APP;
use crate::gateway::http::answer::{
    Answer, Answered, SCRIPT, collect, no_answer, post_only, text, unkept,
};
use crate::gateway::http::xhr::{self, Mode, Sent};
use crate::gateway::server::state::{Peer, Server};
use crate::gateway::wire::connection::GatewayConnection;
use crate::protocol::Breakage;

/// A request of a client without WebSocket: `…/app/KEY/<number>/<session>/<what>?…`.
pub struct Fallback {
    session: String,
    /// What a WebSocket would have asked for.
    target: String,
    what: Option<Mode>,
}

impl Fallback {
    pub fn parse(target: &str) -> Option<Fallback> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut segments = path.rsplit('/');
        let what = match segments.next()? {
            "xhr_streaming" => Some(Mode::Streaming),
            "xhr" => Some(Mode::Polling),
            "xhr_send" => None,
            _ => return None,
        };
        let (session, server, key, app) = (
            segments.next()?,
            segments.next()?,
            segments.next()?,
            segments.next()?,
        );
        if app != "app" || session.is_empty() {
            return None;
        }
        Some(Fallback {
            session: format!("{key}/{server}/{session}"),
            target: format!("/app/{key}?{query}"),
            what,
        })
    }

    pub async fn answer(
        self,
        server: &Arc<Server>,
        mut peer: Peer,
        current: &Arc<Mutex<Option<Arc<GatewayConnection>>>>,
        request: Request<Incoming>,
    ) -> Answered {
        if request.method() != Method::POST {
            return post_only();
        }
        peer.agent = Peer::agent(|name| Some(request.headers().get(name)?.as_bytes()));
        if server.has_obstacles(&self.target) {
            let is_known = self.what.is_none() || server.sessions.get(&self.session).is_some();
            if let Some(error) = Box::pin(server.clear_way(&self.target, peer, is_known)).await {
                let refusal = xhr::refusal(server, NO_APP, &self.target, &error);
                return match error.is_cut() {
                    true => no_answer(Breakage::Reset),
                    false => Response::new(Answer::Whole(refusal)),
                };
            }
        }
        let body = match collect(request.into_body(), &server.options).await {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let Some(mode) = self.what else {
            return self.send(server, &body).await;
        };
        let body = match xhr::receive(server, peer, &self.session, &self.target, mode) {
            Ok(receiving) => {
                *current.lock() = Some(receiving.connection().clone());
                Answer::Stream(receiving, current.clone())
            }
            Err(refusal) => Answer::Whole(refusal),
        };
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(SCRIPT));
        unkept(response)
    }

    async fn send(&self, server: &Server, body: &[u8]) -> Answered {
        let Some(connection) = server.sessions.get(&self.session) else {
            return text(404, OVER);
        };
        match xhr::send(server, &connection, body).await {
            Sent::Taken => {
                let mut response = text(204, Bytes::new());
                response.headers_mut().remove(header::CONTENT_TYPE);
                response
            }
            Sent::Malformed => text(400, "pushrig: the body has to be a JSON array of strings\n"),
            Sent::TooLong => {
                let most = server.options.max_message_bytes;
                let why =
                    format!("pushrig: a message may have {most} bytes; the session is over\n");
                text(413, why)
            }
            Sent::Over => text(404, OVER),
        }
    }
}

const OVER: &str = "pushrig: this session is over\n";
