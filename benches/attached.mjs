// Processes that meet at one gateway: how long it takes to attach, what a trigger costs from outside beside npm pusher, and how long pages are
// without events when the owner is killed. Fails where a figure is over its bound.
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../scripts/free-port.mjs";

const self = fileURLToPath(import.meta.url);
const require = createRequire(import.meta.url);
const pushrig = () => require("../dist/index.js");

const ATTACHES = 20;
const TRIGGERS = 2_000;
const KILLS = 20;
/** Milliseconds, and a ratio. */
const BOUNDS = { attach: 100, trigger: 1.3, takeover: 2_000 };

const median = (values) => values.toSorted((one, other) => one - other)[values.length >> 1];
const p95 = (values) => values.toSorted((one, other) => one - other)[Math.ceil(values.length * 0.95) - 1];

/** What a process of the project does when it is told to. */
const ACTS = {
  async attach() {
    const { listen } = pushrig();
    const start = performance.now();
    const gateway = await listen({ attach: true });
    return { milliseconds: performance.now() - start, role: gateway.role };
  },
  /** A turn each, so that whatever slows the machine slows both. */
  async trigger() {
    const { MockPusherServer } = pushrig();
    const Pusher = require("pusher");
    const port = process.env.PUSHRIG_PORT;
    const credentials = {
      appId: "mock-app-id",
      key: "mock-pusher-key",
      secret: "mock-pusher-secret",
      cluster: "mock-cluster",
    };
    const attached = new MockPusherServer(credentials);
    const real = new Pusher({ ...credentials, host: "127.0.0.1", port, useTLS: false });
    const times = { attached: [], real: [] };
    for (let turn = 0; turn < TRIGGERS; turn += 1) {
      for (const [name, server] of Object.entries({ attached, real })) {
        const start = performance.now();
        await server.trigger("room", "event", { turn });
        times[name].push(performance.now() - start);
      }
    }
    return { attached: median(times.attached), real: median(times.real) };
  },
  /** Sends events for ever, whether they get anywhere or not. */
  async send() {
    const { MockPusherServer } = pushrig();
    const server = new MockPusherServer({ cluster: "mock-cluster" });
    setInterval(() => void server.trigger("room", "event", Date.now()).catch(() => {}), 20);
  },
};

function start(env) {
  const child = fork(self, ["--act"], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const act = (name) =>
    new Promise((resolve) => {
      child.once("message", resolve);
      child.send(name);
    });
  return { child, act };
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), "pushrig-bench-"));
  const port = String(await freePort());
  const env = { PUSHRIG_PROJECT: folder, PUSHRIG_PORT: port, NODE_ENV: "development" };
  const all = [];
  const member = () => {
    const one = start(env);
    all.push(one.child);
    return one;
  };
  try {
    const owner = member();
    await owner.act("attach");
    const attaches = [];
    for (let count = 0; count < ATTACHES; count += 1) {
      const one = member();
      attaches.push((await one.act("attach")).milliseconds);
      one.child.kill("SIGKILL");
    }
    const other = member();
    await other.act("attach");
    const { attached, real } = await other.act("trigger");
    const gaps = await takeovers({ owner, other, member, port });
    const figures = { attach: p95(attaches), trigger: attached / real, takeover: p95(gaps) };
    console.log(
      `attach                      ${median(attaches).toFixed(1)} ms, p95 ${figures.attach.toFixed(1)} ms (at most ${BOUNDS.attach})`,
    );
    console.log(
      `trigger from outside        ${attached.toFixed(3)} ms, npm pusher ${real.toFixed(3)} ms: × ${figures.trigger.toFixed(2)} (at most ${BOUNDS.trigger})`,
    );
    console.log(
      `SIGKILL to the next event   ${median(gaps).toFixed(0)} ms, p95 ${figures.takeover.toFixed(0)} ms (at most ${BOUNDS.takeover})`,
    );
    for (const [name, figure] of Object.entries(figures)) if (!(figure <= BOUNDS[name])) process.exitCode = 1;
  } finally {
    for (const child of all) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Kills one owner after the other, while a page listens and the other process sends. */
async function takeovers({ owner, other, member, port }) {
  const Pusher = require("pusher-js");
  const page = new Pusher("mock-pusher-key", {
    cluster: "mock-cluster",
    wsHost: "127.0.0.1",
    wsPort: Number(port),
    forceTLS: false,
    enabledTransports: ["ws"],
    enableStats: false,
  });
  let heard = () => {};
  page.subscribe("room").bind("event", (sent) => heard(sent));
  const gaps = [];
  await other.act("send");
  for (let count = 0; count < KILLS; count += 1) {
    const next = member();
    await next.act("attach");
    await next.act("send");
    const killed = Date.now();
    owner.child.kill("SIGKILL");
    // What was sent before may still arrive.
    await new Promise((resolve) => (heard = (sent) => sent > killed && resolve()));
    gaps.push(Date.now() - killed);
    [owner, other] = [other, next];
  }
  page.disconnect();
  return gaps;
}

if (process.argv[2] === "--act") {
  process.on("message", async (name) => process.send((await ACTS[name]()) ?? {}));
  process.on("disconnect", () => process.exit());
} else await main();
