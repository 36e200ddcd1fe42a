// An application with `register()` of pushrig/next: a page with the real pusher-js, routes, and a job that no request has asked for.
const { readFileSync } = require("node:fs");
const { createServer } = require("node:http");

const { APP_PORT, PUSHRIG_PORT } = process.env;
process.env.USE_MOCKS = "true";

const page = `<!doctype html>
<link rel="icon" href="data:,">
<output id="state"></output><ul></ul><p id="error"></p><p id="who"></p>
<script src="/pusher.js"></script>
<script>
  const query = new URLSearchParams(location.search);
  const find = (selector) => document.querySelector(selector);
  const here = { wsHost: "localhost", wsPort: ${PUSHRIG_PORT}, httpHost: "localhost", httpPort: ${PUSHRIG_PORT} };
  const pusher = new Pusher("mock-pusher-key", {
    ...here,
    cluster: "mock-cluster",
    forceTLS: false,
    enabledTransports: [query.get("transport") ?? "ws"],
    channelAuthorization: { endpoint: "/auth" + location.search },
  });
  pusher.connection.bind("state_change", ({ current }) => (find("#state").value = current));
  pusher.subscribe("task-1").bind("new-message", ({ text }) => {
    find("ul").append(Object.assign(document.createElement("li"), { textContent: text }));
  });
  const room = pusher.subscribe("presence-room");
  room.bind("pusher:subscription_error", ({ status }) => (find("#error").textContent = status));
  const show = () => (find("#who").textContent = Object.keys(room.members.members).sort().join(", "));
  for (const event of ["subscription_succeeded", "member_added", "member_removed"]) room.bind("pusher:" + event, show);
</script>`;

async function main() {
  await require("pushrig/next").register();
  const { MockPusherServer } = require("pushrig");
  const server = new MockPusherServer({
    appId: "mock-app-id",
    key: "mock-pusher-key",
    secret: "mock-pusher-secret",
    cluster: "mock-cluster",
  });
  setInterval(() => void server.trigger("jobs", "tick", {}), 300);
  const routes = {
    "/": () => page,
    "/pusher.js": () => readFileSync(require.resolve("pusher-js/dist/web/pusher.min.js")),
    "/auth": (query, body) =>
      JSON.stringify(
        server.authorizeChannel(body.get("socket_id"), body.get("channel_name"), { user_id: query.get("as") ?? "ada" }),
      ),
    "/say": async (_query, body) => {
      await server.trigger("task-1", "new-message", { text: body.get("text") });
      return "said";
    },
  };
  createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    const body = new URLSearchParams((await request.toArray()).join(""));
    if (pathname === "/") response.setHeader("content-type", "text/html");
    const answer = (await routes[pathname]?.(searchParams, body)) ?? "";
    response.end(answer);
  }).listen(Number(APP_PORT), "127.0.0.1");
}

void main();
