/**
 * In process, this build beside another: `npm run bench -- --before DIR`. Each pair is two fresh processes, one of each
 * build, that take turns in short rounds. Words that are not options choose by a part of the name.
 */

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { PAIRS, otherBuild, report } from "./before.mjs";
import { median } from "./measure.mjs";

const { values: options, positionals: chosen } = parseArgs({
  options: { before: { type: "string" }, brief: { type: "boolean", default: false } },
  allowPositionals: true,
});
const pairs = options.brief ? 2 : PAIRS;
const roundMs = options.brief ? 2 : 25;
const rounds = options.brief ? 1 : 9;
const roots = { now: fileURLToPath(new URL("..", import.meta.url)), before: otherBuild(options.before ?? "") };

/** What is held to more than "no slower". */
const bars = { "createMockPusher, close": 1.1, "createMockPusher, a client, close": 0.35 };
const KIB = { "createMockPusher, a client, close": 24 };

class Worker {
  constructor(root) {
    this.process = fork(fileURLToPath(new URL("work.mjs", import.meta.url)), [root], { execArgv: ["--expose-gc"] });
    this.ended = once(this.process, "exit");
  }

  async ask(...task) {
    this.process.send(task);
    const answered = await Promise.race([once(this.process, "message"), this.ended]);
    if (typeof answered[0] !== "object" || answered[0] === null) throw new Error(`a worker ended with ${answered[0]}`);
    return answered[0].answer;
  }

  async end() {
    this.process.disconnect();
    await this.ended;
  }
}

const wanted = (name) => chosen.length === 0 || chosen.some((word) => name.includes(word));
const times = new Map();
const sizes = new Map();
const note = (map, name, pair) => map.set(name, [...(map.get(name) ?? []), pair]);

for (let pair = 0; pair < pairs; pair += 1) {
  const sides = pair % 2 === 0 ? ["now", "before"] : ["before", "now"];
  const workers = Object.fromEntries(sides.map((side) => [side, new Worker(roots[side])]));
  const names = await workers.now.ask("names");
  await workers.before.ask("names");
  if (wanted("loading")) {
    note(times, "loading, with the addon", [await workers.now.ask("loading"), await workers.before.ask("loading")]);
  }
  for (const name of names.works.filter(wanted)) {
    const spent = { now: [], before: [] };
    for (const side of sides) await workers[side].ask("prepare", name, roundMs);
    for (let round = 0; round < rounds; round += 1) {
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
        spent[side].push(await workers[side].ask("time", roundMs));
      }
    }
    // The median of the rounds: what else the machine did in one of them is not in it.
    note(times, name, [median(spent.now), median(spent.before)]);
  }
  for (const name of names.sizes.filter(wanted)) {
    const [now, before] = [await workers.now.ask("size", name), await workers.before.ask("size", name)];
    note(sizes, name, [now / 1024, before / 1024]);
  }
  for (const side of sides) await workers[side].end();
}

console.log(`${pairs} pairs; now beside ${roots.before}\n`);
for (const [name, all] of times) report(name, all, name.startsWith("loading") ? "ms" : "ns", bars[name]);
for (const [name, all] of sizes) {
  report(`${name}: heap`, all, "KiB");
  const limit = KIB[name];
  if (limit === undefined) continue;
  const most = Math.max(...all.map(([now]) => now));
  console.log(`${"".padEnd(48)}  at most ${most.toFixed(1)} KiB, ≤ ${limit}: ${most <= limit ? "met" : "not met"}`);
}
if (options.brief) console.log("\nA run this brief says nothing about speed.");
