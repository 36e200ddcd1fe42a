//! What the gateway tells people and scripts about itself.

use std::fs;

use serde_json::json;

use crate::gateway::admission::verdict::Admitted;
use crate::gateway::http::answer::{Answered, HTML, text, whole};
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

/// The page on which one sees what happens here. It is read each time: few open it, and nobody has to
/// keep it who does not.
pub fn page(server: &Server) -> Answered {
    let Some(file) = &server.options.page_file else {
        return text(404, "pushrig: this gateway has no page.\n");
    };
    match fs::read(file) {
        Ok(page) => whole(200, HTML, page),
        Err(error) => text(
            500,
            format!(
                "pushrig: the page is not where it was built, {}: {error}. Install pushrig anew, or in its repository: npm run build\n",
                file.display()
            ),
        ),
    }
}
