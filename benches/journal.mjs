/**
 * What the journal costs: each app beside one whose journal is off, in one process. Only here it can be off. `npm run bench`; nothing is
 * asserted.
 */

import { createRequire } from "node:module";
import { measure, median, table } from "./measure.mjs";

const load = createRequire(new URL("../dist/index.js", import.meta.url));
const { MockPusherClient, MockPusherServer, createMockPusher } = load("./index.js");
const { native } = load("./native/addon.js");
const { Rig } = load("./app/rig.js");
const { RIG } = load("./app/rigs.js");
const { PusherMockState } = load("./mock/state.js");
const { defaultSettings } = load("./options/settings.js");

const bar = (value, limit) => `${value.toFixed(2)} (bar ${limit})`;

let made = 0;

/** An app, its journal with so many entries; 0 is none at all. */
function world(journal) {
  made += 1;
  const app = { id: `bench-${made}`, key: `key-${made}`, secret: "secret", cluster: "mock-cluster" };
  const token = native.createApp("", JSON.stringify({ ...app, limits: { journal } }));
  const rig = new Rig(token.handle, { ...app, token, appId: token.appId, anyKey: false, settings: defaultSettings() });
  const options = { cluster: app.cluster, [RIG]: rig };
  return {
    rig,
    state: new PusherMockState(() => rig),
    server: new MockPusherServer({ ...app, appId: app.id, [RIG]: rig }),
    client: () => new MockPusherClient(app.key, options),
  };
}

const ENTRIES = 10_000;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 400);

/**
 * Nanoseconds per call of either side of a pair: the quickest of many short rounds, in turns. Writing an entry costs less than what the
 * machine does besides, and that only ever adds.
 */
async function quickest({ on, off }, calls) {
  const best = { on: Infinity, off: Infinity };
  const time = async (run) => {
    const start = process.hrtime.bigint();
    if (run() instanceof Promise) for (let i = 1; i < calls; i += 1) await run();
    else for (let i = 1; i < calls; i += 1) run();
    return Number(process.hrtime.bigint() - start) / calls;
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const side of round % 2 === 0 ? ["on", "off"] : ["off", "on"]) {
      best[side] = Math.min(best[side], await time(side === "on" ? on : off));
    }
  }
  return best;
}

async function events() {
  const rows = [];
  for (const call of ["pusherMockState.trigger", "server.trigger"]) {
    for (const bytes of [30, 300]) {
      for (const clients of [1, 100]) {
        const data = { id: "x".repeat(bytes - 9) };
        const pair = { on: world(ENTRIES), off: world(0) };
        for (const { client } of Object.values(pair)) {
          for (let i = 0; i < clients; i += 1) {
            client()
              .subscribe("bench")
              .bind("event", () => {});
          }
        }
        await Promise.resolve();
        const trigger = ({ state, server }) =>
          call === "server.trigger"
            ? () => server.trigger("bench", "event", data)
            : () => state.trigger("bench", "event", data);
        const runs = { on: trigger(pair.on), off: trigger(pair.off) };
        // The ring is full before anything counts.
        for (let i = 0; i < ENTRIES; i += 1) {
          await runs.on();
          await runs.off();
        }
        const { on, off } = await quickest(runs, clients === 1 ? 400 : 20);
        rows.push({ call, bytes, clients, "ns, on": Math.round(on), off: Math.round(off), "×": bar(on / off, 1.05) });
        for (const { rig } of Object.values(pair)) rig.close();
      }
    }
  }
  table("triggering, with the journal on and off", rows);
}

/** The fullest ring: as many entries as it holds, all of them events of one channel. */
function reading() {
  const { rig, state, client } = world(ENTRIES);
  client()
    .subscribe("bench")
    .bind("event", () => {});
  for (let i = 0; i < ENTRIES; i += 1) state.trigger("bench", "event", { id: `m${i}` });
  const time = (run) => {
    const samples = [];
    for (let i = 0; i < 25; i += 1) {
      const start = performance.now();
      run();
      samples.push(performance.now() - start);
    }
    return median(samples).toFixed(2);
  };
  table("reading a full ring, 10,000 events of one channel", [
    { what: "everything, ms", value: time(() => rig.journal.read()) },
    { what: "the channel, without data, ms", value: time(() => rig.journal.read({ channel: "bench", data: false })) },
    { what: "what is no event, ms", value: time(() => rig.journal.read({ kinds: ["subscribed", "left", "bound"] })) },
    { what: "what came last, ms", value: time(() => rig.journal.read({ after: rig.journal.seq - 1, state: false })) },
  ]);
  rig.close();
}

async function apps() {
  const { one } = await measure({ one: () => createMockPusher().close() });
  table("createMockPusher().close()", [{ ns: Math.round(one) }]);
}

await events();
reading();
await apps();
