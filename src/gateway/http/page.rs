//! What the gateway tells people and scripts about itself.

use std::fmt::Write;

use serde_json::json;

use crate::gateway::admission::verdict::Admitted;
use crate::gateway::server::state::Server;

/// The version of what processes of one project say to each other.
const PROTOCOL: u32 = 1;

/// Whether it is up, as JSON. `name` tells a gateway from whatever else may have the port, `project` the
/// gateways of one project from others. Where that is, and in which process, is nobody's business who is not
/// trusted, and no page's.
pub fn health(server: &Server, admitted: &Admitted) -> String {
    let project = server.options.project.as_ref();
    let mut health = json!({
        "status": "ok",
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "protocol": PROTOCOL,
        "project": project.map(|project| &project.hash),
        "connections": server.outlet.connection_count(),
    });
    if admitted.origin.is_none() && admitted.require_trust().is_ok() {
        health["pid"] = json!(std::process::id());
        health["folder"] = json!(project.map(|project| &project.folder));
    }
    format!("{health}\n")
}

/// A page that says what this is and how to connect.
pub fn page(server: &Server) -> String {
    let mut apps = String::new();
    for app in &server.options.apps {
        let app = app.lock();
        let options = app.options();
        let (id, key, cluster) = (
            escaped(&options.id),
            escaped(&options.key),
            escaped(&options.cluster),
        );
        let _ = write!(apps, "<tr><td>{id}<td><code>{key}</code><td>{cluster}");
    }
    let prefix = escaped(server.options.prefix());
    let below = match prefix.as_str() {
        "" => String::new(),
        prefix => format!("\n  wsPath: {prefix:?}, httpPath: \"{prefix}/pusher\","),
    };
    format!(
        r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>pushrig</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem }}
  pre {{ background: #8881; padding: 1rem; overflow: auto }}
  td, th {{ text-align: left; padding-right: 2rem }}
</style>
<h1>pushrig</h1>
<p>A Pusher Channels mock for local development. This is its gateway: clients connect by WebSocket to
<code>{prefix}/app/KEY</code>, servers publish over HTTP to <code>/apps/ID/events</code>.
<table><tr><th>App id<th>Key<th>Cluster{apps}</table>
<h2>Connect a browser</h2>
<pre>new Pusher(KEY, {{
  cluster: CLUSTER, forceTLS: false,
  wsHost: location.hostname, wsPort: location.port,
  httpHost: location.hostname, httpPort: location.port,{below}
  enabledTransports: ["ws", "xhr_streaming", "xhr_polling"],
}})</pre>
<h2>Publish from a server</h2>
<pre>new Pusher({{ appId, key, secret, host: HOST, port: PORT, useTLS: false }})
  .trigger("my-channel", "my-event", {{ message: "hello" }})</pre>
<p><a href="{prefix}/health">{prefix}/health</a> tells scripts that it is up.
"#
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn names_cannot_be_markup() {
        assert_eq!(escaped("<b>&"), "&lt;b>&amp;");
    }
}
