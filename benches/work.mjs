// One build at work in a process of its own: `benches/compare.mjs` tells it what to do, and for how long. Its folder is the argument.
import { createRequire } from "node:module";
import { join } from "node:path";

const root = process.argv[2];
const start = performance.now();
const pushrig = createRequire(join(root, "package.json"))(join(root, "dist/index.js"));
// The first use loads the addon.
pushrig.pusherMockState.getActiveChannels();
const loadingMs = performance.now() - start;

const { MockPusherClient, MockPusherServer, createMockPusher, pusherMockState } = pushrig;
const credentials = { appId: "1", key: "mock-pusher-key", secret: "mock-pusher-secret", cluster: "mock-cluster" };
const options = { cluster: "mock-cluster" };
const turn = () => new Promise((resolve) => setImmediate(resolve));

function subscribed(bytes, clients) {
  const channel = `bench-${bytes}-${clients}`;
  for (let i = 0; i < clients; i += 1) {
    new MockPusherClient(credentials.key, options).subscribe(channel).bind("event", () => {});
  }
  return { channel, data: { id: "x".repeat(Math.max(1, bytes - 9)) } };
}

function trigger(bytes, clients) {
  const { channel, data } = subscribed(bytes, clients);
  return () => pusherMockState.trigger(channel, "event", data);
}

/** What a test does that has a world of its own. */
function world() {
  const rig = createMockPusher();
  rig.client();
  rig.close();
}

/** What is measured: each prepares, and answers what is then called over and over. */
const works = {
  "trigger, 30 bytes, 1 client": () => trigger(30, 1),
  "trigger, 300 bytes, 1 client": () => trigger(300, 1),
  "trigger, 30 bytes, 100 clients": () => trigger(30, 100),
  "trigger, 300 bytes, 100 clients": () => trigger(300, 100),
  "await server.trigger, 30 bytes": () => {
    const { channel, data } = subscribed(30, 1);
    const server = new MockPusherServer(credentials);
    return () => server.trigger(channel, "event", data);
  },
  "a client that subscribes and disconnects": () => {
    return () => {
      const client = new MockPusherClient(credentials.key, options);
      client.subscribe("room").bind("event", () => {});
      client.disconnect();
    };
  },
  "1,000 events on 100 channels, reset": () => {
    return () => {
      for (let i = 0; i < 1000; i += 1) pusherMockState.trigger(`reset-${i % 100}`, "event", { i });
      pusherMockState.reset();
    };
  },
  "createMockPusher, close": () => () => createMockPusher().close(),
  "createMockPusher, a client, close": () => world,
};

/** Nanoseconds per call, over about so many milliseconds. */
async function timed(call, ms) {
  const begin = process.hrtime.bigint();
  const end = begin + BigInt(Math.round(ms * 1e6));
  let now = begin;
  let calls = 0;
  // As many calls between two looks at the clock as take about a fiftieth of the time.
  let portion = 1;
  while (now < end) {
    for (let i = 0; i < portion; i += 1) {
      const called = call();
      if (called instanceof Promise) await called;
    }
    calls += portion;
    now = process.hrtime.bigint();
    const each = Number(now - begin) / calls;
    portion = Math.max(1, Math.min(1000, Math.round((ms * 1e6) / 50 / each)));
    // What waits for a later turn, such as finalizers, belongs to it.
    if (portion === 1 || calls % 16 === 0) await turn();
  }
  return Number(now - begin) / calls;
}

async function settled() {
  for (let i = 0; i < 5; i += 1) {
    globalThis.gc();
    await turn();
  }
  return process.memoryUsage().heapUsed;
}

const sizes = {
  /** Bytes of JavaScript's heap that one world takes until it is collected, and while it is open. */
  async "createMockPusher, a client, close"() {
    const times = 200;
    for (let i = 0; i < times; i += 1) world();
    await settled();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < times; i += 1) world();
    const bytes = (process.memoryUsage().heapUsed - before) / times;
    return bytes;
  },
  async "an open world with a client"() {
    const times = 200;
    const before = await settled();
    const worlds = [];
    for (let i = 0; i < times; i += 1) {
      const rig = createMockPusher();
      worlds.push([rig, rig.client()]);
    }
    const bytes = ((await settled()) - before) / times;
    for (const [rig] of worlds) rig.close();
    return bytes;
  },
};

let call;
const tasks = {
  loading: () => loadingMs,
  names: () => ({ works: Object.keys(works), sizes: Object.keys(sizes) }),
  async prepare(name, ms) {
    pusherMockState.reset();
    call = works[name]();
    await turn();
    await timed(call, ms);
  },
  time: (ms) => timed(call, ms),
  size: (name) => sizes[name](),
};

process.on("message", async ([task, ...args]) => {
  process.send({ answer: await tasks[task](...args) });
});
process.on("disconnect", () => process.exit());
