/**
 * What it costs to join a presence channel that is filling up; `npm run bench`, nothing is asserted. Linear means that
 * the time of one join stays where it is while the channel grows. It is the processor's time: that of the clock depends on
 * who else uses the machine.
 */

import { createRequire } from "node:module";
import { createMockPusher } from "../dist/index.js";
import { median, table } from "./measure.mjs";

const native = createRequire(import.meta.url)("../binding.js");
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const ROOM = "presence-room";

/** Milliseconds of processor time since then. */
function spent(start) {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** The broker and its border, without the classes on this side of it. */
function broker(members) {
  const limits = JSON.stringify({ limits: { presenceMembers: members } });
  const [app, , token] = native.createApp("", "1", "k", "s", undefined, false, limits);
  const seat = native.openSeat(() => false);
  const start = process.cpuUsage();
  for (let i = 0; i < members; i += 1) {
    const [connection] = native.connect(app, seat.handle, undefined, Date.now());
    native.subscribeTrusted(app, seat.handle, connection, ROOM, Date.now());
    native.takeMail(seat.handle, 2000);
  }
  const ms = spent(start);
  token.close(false);
  return ms;
}

/** Clients in this process that have bound nothing to members. */
async function clients(members) {
  const rig = createMockPusher({ limits: { presenceMembers: members } });
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  const start = process.cpuUsage();
  const joined = [];
  for (let i = 0; i < members; i += 1) {
    const client = rig.client({ user: { id: i, info: { name: `Member ${i}` } } });
    client.subscribe(ROOM);
    joined.push(client);
    await Promise.resolve();
  }
  const ms = spent(start);
  globalThis.gc();
  const heap = process.memoryUsage().heapUsed - before;
  const { count } = joined[0].channel(ROOM).members;
  if (count !== members) throw new Error(`the first client sees ${count} of ${members} members`);
  rig.close();
  return { ms, heap };
}

const rows = async (sizes, run) => {
  const rows = [];
  for (const members of sizes) {
    const samples = [];
    for (let round = 0; round < ROUNDS; round += 1) samples.push(await run(members));
    const ms = median(samples.map((sample) => sample.ms));
    const row = { members, ms: Math.round(ms), "µs per join": ((ms * 1000) / members).toFixed(1) };
    if (samples[0].heap !== undefined) row["KiB per client"] = (samples[0].heap / 1024 / members).toFixed(1);
    rows.push(row);
  }
  return rows;
};

await rows([2_500], (members) => ({ ms: broker(members) })); // warm-up
table(
  "joining a presence channel: the broker",
  await rows([2_500, 5_000, 10_000, 20_000], (members) => ({ ms: broker(members) })),
);
await clients(1_000); // warm-up
table("joining a presence channel: clients of this process", await rows([1_000, 2_000, 5_000, 10_000], clients));
