//! What the gateway tells people and scripts about itself.

use std::fmt::Write;

use serde_json::json;

use crate::gateway::server::state::Server;

/// Whether it is up, as JSON. `name` tells a gateway from whatever else may have the port; `pid` and
/// `version` are those of the process that has it.
pub fn health(server: &Server) -> String {
    let health = json!({
        "status": "ok",
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "pid": std::process::id(),
        "connections": server.outlet.connection_count(),
    });
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
