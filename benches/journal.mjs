/**
 * What the journal costs: each app beside one whose journal is off, in one process. Only here it can be off. `npm run bench`; nothing is
 * asserted.
 */

import { createRequire } from "node:module";
import { PAIRS, report } from "./before.mjs";
import { measure, median, quickest, table } from "./measure.mjs";

const load = createRequire(new URL("../dist/index.js", import.meta.url));
const { MockPusherClient, MockPusherServer, createMockPusher } = load("./index.js");
// What the package keeps to itself, of the copy that is shipped: parts of other copies do not go with it.
const { PusherMockState, defaultRig, native } = load("./everyday.js");
const Rig = defaultRig().constructor;
const RIG = Symbol.for("pushrig.rig");
const { defaultSettings } = load("./options/settings.js");

let made = 0;

/** An app, its journal with so many entries; 0 is none at all. */
function world(journal) {
  made += 1;
  const app = { id: `bench-${made}`, key: `key-${made}`, secret: "secret", cluster: "mock-cluster" };
  const { id, key, secret, cluster } = app;
  const limits = JSON.stringify({ limits: { journal } });
  const [number, appId, token] = native.createApp("", id, key, secret, cluster, false, limits);
  const rig = new Rig(number, { ...app, token, appId, anyKey: false, settings: defaultSettings() });
  const options = { cluster: app.cluster, [RIG]: rig };
  return {
    rig,
    state: new PusherMockState(() => rig),
    server: new MockPusherServer({ ...app, appId: app.id, [RIG]: rig }),
    client: () => new MockPusherClient(app.key, options),
  };
}

const ENTRIES = 10_000;
/** What triggering may cost with the journal, by what it costs without. */
const BAR = 1.05;
/** Short rounds of either side in a pair. */
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 20);
const COUNT = Number(process.env.BENCH_PAIRS ?? (ROUNDS < 20 ? 2 : PAIRS));

/** A pair of fresh apps, so that nothing lies in memory as it did before. The rings are full before anything counts. */
async function pairOf({ call, bytes, clients, number }) {
  const data = { id: "x".repeat(bytes - 9) };
  const sides = number % 2 === 0 ? ["on", "off"] : ["off", "on"];
  const worlds = Object.fromEntries(sides.map((side) => [side, world(side === "on" ? ENTRIES : 0)]));
  const runs = {};
  for (const [side, { state, server, client }] of Object.entries(worlds)) {
    for (let i = 0; i < ENTRIES; i += 1) state.trigger("bench", "event", data);
    for (let i = 0; i < clients; i += 1) {
      client()
        .subscribe("bench")
        .bind("event", () => {});
    }
    const publisher = call === "server.trigger" ? server : state;
    runs[side] = () => publisher.trigger("bench", "event", data);
  }
  await Promise.resolve();
  const calls = clients === 1 ? 400 : 20;
  const { on, off } = await quickest(runs, { calls, rounds: ROUNDS });
  for (const { rig } of Object.values(worlds)) rig.close();
  return [on, off];
}

async function events() {
  console.log(`\ntriggering, with the journal on and off, ${COUNT} pairs`);
  for (const call of ["pusherMockState.trigger", "server.trigger"]) {
    for (const bytes of [30, 300]) {
      for (const clients of [1, 100]) {
        const pairs = [];
        for (let number = 0; number < COUNT; number += 1) pairs.push(await pairOf({ call, bytes, clients, number }));
        const what = `${call}, ${bytes} B, ${clients === 1 ? "1 client" : `${clients} clients`}`;
        report(what, pairs, "ns", BAR, ["on", "off"]);
      }
    }
  }
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
