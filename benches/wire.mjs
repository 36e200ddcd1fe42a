/**
 * The gateway on the network, beside soketi and beside the least that a server can do: `npm run bench:wire`.
 *
 * Servers take turns, forwards and backwards, each run with a fresh process; medians count, and what is compared was
 * measured in the same run. Triggers are paced: a server that answers before it delivers would otherwise be asked for
 * more, write it in batches and look cheaper than it is. Nothing is asserted but that everything arrives, in order.
 *
 * With `--brief` everything runs once and small, without soketi: it shows that the benchmark works, not how fast
 * anything is. Words that are not options choose sections by a part of their name. With `--before DIR` the other server is the
 * gateway of that build, and nobody else: see `before.mjs`.
 */

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { freePort } from "../scripts/free-port.mjs";
import { PAIRS, inPairs, otherBuild, report } from "./before.mjs";
import { median } from "./measure.mjs";

const { values: options, positionals: chosen } = parseArgs({
  options: {
    before: { type: "string" },
    brief: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
  },
  allowPositionals: true,
});
const brief = options.brief;
const rounds = brief ? 1 : Number(options.rounds);
const root = fileURLToPath(new URL("..", import.meta.url));
const before = options.before === undefined ? undefined : otherBuild(options.before);
const credentials = { id: "mock-app-id", key: "mock-pusher-key", secret: "mock-pusher-secret" };

// ---- programs

/** Builds the clients of this benchmark; answers the path of the program. */
function buildClients() {
  const words = ["build", "--locked", "--quiet", "--bench", "wire", "--message-format=json"];
  if (!brief) words.push("--release");
  const output = execFileSync("cargo", words, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const artifacts = output
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return artifacts.find(({ target, executable }) => target?.name === "wire" && executable).executable;
}

/** Builds the addon as it would be without the gateway; answers its size. */
function buildWithoutGateway() {
  const folder = join(root, ".cache", "without-gateway");
  for (const path of ["src", "benches/wire", "build.rs", "Cargo.toml", "Cargo.lock"]) {
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  for (const file of ["src/lib.rs", "src/addon/mod.rs"]) {
    const lines = readFileSync(join(folder, file), "utf8").split("\n");
    writeFileSync(join(folder, file), lines.filter((line) => !/^(pub )?mod gateway;$/.test(line)).join("\n"));
  }
  // What only the gateway used is unused now; that is no news.
  const env = { ...process.env, RUSTFLAGS: "-A warnings" };
  execFileSync("cargo", ["build", "--locked", "--quiet", "--release", "--lib"], { cwd: folder, env });
  return statSync(join(folder, "target/release/libpushrig.so")).size;
}

/** The peer. Its own dependency on uWebSockets.js is on GitHub; this is the same, on npm, and runs on current Node. */
function installSoketi() {
  const folder = join(root, ".cache", "soketi");
  const program = join(folder, "node_modules/@soketi/soketi/bin/server.js");
  if (existsSync(program)) return program;
  console.log("installing soketi");
  mkdirSync(folder, { recursive: true });
  const manifest = {
    private: true,
    dependencies: { "@soketi/soketi": "1.6.1" },
    overrides: { "uWebSockets.js": "npm:@trufflesuite/uws-js-unofficial@20.30.0-unofficial.0" },
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  execFileSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder, stdio: "inherit" });
  return program;
}

const clients = buildClients();
const soketi = brief || before ? undefined : installSoketi();

/**
 * The cores of servers and clients. Under load each side gets its own, where there are two: what a delivery costs depends
 * on who shares the core, and that must not be left to chance. A single client that waits for every answer shares one
 * with its server: only one of them ever works, and on two cores most of the time goes into waking the other core.
 */
const placements = {
  apart: { server: "0", clients: `${Math.min(1, availableParallelism() - 1)}-${availableParallelism() - 1}` },
  together: { server: "0", clients: "0" },
  // Wherever the system puts them.
  anywhere: undefined,
};
let cores;

function start(who, words, options) {
  const [program, ...args] = cores ? ["taskset", "-c", cores[who], ...words] : words;
  return spawn(program, args, options);
}

async function startGateway(build) {
  const words = [process.execPath, join(root, "benches/wire/gateway.mjs"), build];
  const child = start("server", words, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const [{ port, listenMs, furtherMs }] = await once(child, "message");
  return { child, port, listenMs, furtherMs };
}

/** How each server is started: answers its process and port. */
const servers = {
  gateway: () => startGateway(root),
  before: () => startGateway(before),
  async floor() {
    const child = start("server", [clients, "floor"], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(createInterface(child.stdout), "line");
    return { child, port: JSON.parse(line).port };
  },
  async soketi() {
    const port = await freePort();
    const env = {
      ...process.env,
      SOKETI_HOST: "127.0.0.1",
      SOKETI_PORT: String(port),
      SOKETI_DEFAULT_APP_ID: credentials.id,
      SOKETI_DEFAULT_APP_KEY: credentials.key,
      SOKETI_DEFAULT_APP_SECRET: credentials.secret,
    };
    const child = start("server", [process.execPath, soketi, "start"], { env, stdio: "ignore" });
    for (;;) {
      const ready = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
      if (ready?.ok) return { child, port };
      if (child.exitCode !== null) throw new Error(`soketi ended with ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },
};

/** Runs `measure` with a fresh server. */
async function withServer(name, measure) {
  const server = await servers[name]();
  const ended = once(server.child, "exit");
  try {
    return await measure(server);
  } finally {
    server.child.kill("SIGKILL");
    await ended;
  }
}

/** Starts a command of the clients; `next()` answers the next line of its output. */
function command(name, server, words) {
  const all = { port: server.port, pid: server.child.pid, ...words };
  const args = Object.entries(all).map(([name, value]) => `${name}=${value}`);
  const child = start("clients", [clients, name, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${name} ${args.join(" ")} has failed`);
    const result = JSON.parse(value);
    if (result.lost || result.misplaced) throw new Error(`not everything arrived in order: ${value}`);
    return result;
  };
  return { child, next };
}

const ask = (name, server, words) => command(name, server, words).next();

// ---- comparing

/** Runs each server `rounds` times, in turn; answers the medians of what `measure` answers, by server. */
async function compare(names, measure, placement = "anywhere") {
  cores = placements[placement];
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      samples[name].push(await withServer(name, measure));
    }
  }
  const medians = (results) =>
    Object.fromEntries(Object.keys(results[0]).map((key) => [key, median(results.map((result) => result[key]))]));
  cores = undefined;
  return Object.fromEntries(names.map((name) => [name, medians(samples[name])]));
}

const everybody = brief ? ["gateway", "floor"] : ["gateway", "floor", "soketi"];
let missed = 0;

/** Notes a figure and prints it beside its bar, `{ atMost }` or `{ atLeast }`, if it has one. */
function note(what, value, unit, { atMost, atLeast } = {}, comparison = "") {
  const text = (number) => (number >= 1000 ? Math.round(number).toLocaleString("en") : Number(number.toPrecision(3)));
  let verdict = "";
  if (!brief && (atMost ?? atLeast) !== undefined) {
    const holds = atMost === undefined ? value >= atLeast : value <= atMost;
    if (!holds) missed += 1;
    verdict = `${atMost === undefined ? `≥ ${text(atLeast)}` : `≤ ${text(atMost)}`} ${holds ? "holds" : "MISSED"}`;
  }
  const cells = [what.padEnd(52), `${text(value)} ${unit}`.padStart(14), verdict.padEnd(16), comparison];
  console.log(cells.join("  ").trimEnd());
}

/** The figures of all servers for one key. */
function beside(results, key, digits = 1) {
  return Object.entries(results)
    .map(([name, result]) => `${name} ${result[key].toFixed(digits)}`)
    .join(", ");
}

/** Notes how the gateway's figure relates to that of a peer, if that was measured. */
function ratio(what, results, peer, key, bar) {
  if (results[peer] === undefined) return;
  note(`${what}, × ${peer}`, results.gateway[key] / results[peer][key], "", bar, beside(results, key));
}

// ---- sections

const sections = {
  async "fan-out"() {
    const bars = {
      100: { floor: 1.25 },
      1000: { floor: 1.15, soketi: 0.58, p99: 0.7 },
      5000: { floor: 1.15, soketi: 0.58, p99: 0.7 },
      10_000: { floor: 1.25 },
    };
    for (const subscribers of brief ? [100, 500] : [100, 1000, 5000, 10_000]) {
      const perSecond = brief ? 10_000 : 40_000;
      const rate = perSecond / subscribers;
      // Long enough that the first fan-outs, for which the kernel takes its memory, weigh little.
      const events = rate * (brief ? 0.5 : 8);
      const words = { subscribers, rate, events, publishers: 1, probe: 0 };
      const results = await compare(everybody, (server) => ask("fanout", server, words), "apart");
      const at = `${subscribers.toLocaleString("en")} subscribers`;
      const bar = bars[subscribers] ?? {};
      note(`CPU per delivery, ${at}`, results.gateway.cpuUs, "µs");
      ratio(`CPU per delivery, ${at}`, results, "floor", "cpuUs", { atMost: bar.floor });
      ratio(`CPU per delivery, ${at}`, results, "soketi", "cpuUs", { atMost: bar.soketi });
      ratio(`p99, ${at}`, results, "soketi", "p99Ms", { atMost: bar.p99 });
    }
  },

  async "another request"() {
    const words = brief ? { subscribers: 500, rate: 20, events: 10 } : { subscribers: 5000, rate: 8, events: 24 };
    const measure = (server) => ask("fanout", server, { ...words, publishers: 1, probe: 1 });
    const results = await compare(everybody, measure, "apart");
    const at = `a fan-out to ${words.subscribers.toLocaleString("en")}`;
    note(
      `another request during ${at}, longest`,
      results.gateway.probeMs,
      "ms",
      { atMost: 15 },
      beside(results, "probeMs"),
    );
    note(
      `another request during ${at}, p99`,
      results.gateway.probeP99Ms,
      "ms",
      undefined,
      beside(results, "probeP99Ms"),
    );
  },

  async overload() {
    // The issue's 200 a second, and what is too much for every server here that writes event by event.
    for (const rate of brief ? [80] : [200, 600]) {
      const subscribers = brief ? 200 : 1000;
      const words = { subscribers, rate, events: brief ? 5 : (rate / 8) * 3, publishers: 8, probe: 0 };
      const results = await compare(everybody, (server) => ask("fanout", server, words), "apart");
      const at = `${rate} events/s × ${subscribers.toLocaleString("en")}`;
      const least = Math.min(0.98 * rate * subscribers, results.floor.perSecond);
      note(`deliveries, ${at}`, results.gateway.perSecond, "/s", { atLeast: least }, beside(results, "perSecond", 0));
      if (rate > 200) ratio(`deliveries, ${at}`, results, "soketi", "perSecond", { atLeast: 2.5 });
      note(
        `p99, ${at}`,
        results.gateway.p99Ms,
        "ms",
        { atMost: rate > 200 ? undefined : 50 },
        beside(results, "p99Ms"),
      );
      note(`CPU per delivery, ${at}`, results.gateway.cpuUs, "µs", undefined, beside(results, "cpuUs"));
    }
  },

  async "a reader of what happens"() {
    const [subscribers, rate] = brief ? [200, 80] : [1000, 200];
    const words = { subscribers, rate, events: brief ? 5 : (rate / 8) * 3, publishers: 8, probe: 0 };
    cores = placements.apart;
    // A reader that takes everything, and none. What it does itself happens on the clients' side, as that of a page would.
    const pairs = await inPairs(brief ? 2 : PAIRS, (side) =>
      withServer("gateway", async (server) => {
        if (side === "before") return ask("fanout", server, words);
        const reader = start(
          "clients",
          [process.execPath, join(root, "benches/wire/reader.mjs"), String(server.port)],
          {
            stdio: ["pipe", "pipe", "inherit"],
          },
        );
        const lines = createInterface(reader.stdout)[Symbol.asyncIterator]();
        await lines.next();
        const measured = await ask("fanout", server, words);
        const published = words.events * words.publishers;
        reader.stdin.end(String(published));
        const { triggered, gaps } = JSON.parse((await lines.next()).value);
        if (triggered < published || gaps > 0) throw new Error(`the reader got ${triggered} of ${published} triggers`);
        return measured;
      }),
    );
    cores = undefined;
    const at = `${rate} events/s × ${subscribers.toLocaleString("en")}`;
    const figure = (read) => pairs.map((pair) => pair.map(read));
    const names = ["a reader", "without"];
    report(
      `p99, ${at}`,
      figure(({ p99Ms }) => p99Ms),
      "ms",
      1.2,
      names,
    );
    report(
      `CPU per delivery, ${at}`,
      figure(({ cpuUs }) => cpuUs),
      "µs",
      1.2,
      names,
    );
  },

  async connections() {
    const subscribers = brief ? 200 : 5000;
    const results = await compare(everybody, (server) => ask("idle", server, { subscribers, hold: 0 }), "apart");
    note(
      "memory per idle subscribed connection",
      results.gateway.kibEach,
      "KiB",
      { atMost: 3 },
      beside(results, "kibEach", 2),
    );
    ratio("memory per idle subscribed connection", results, "soketi", "kibEach", { atMost: 0.5 });
    note("connects", results.gateway.perSecond, "/s", { atLeast: 10_000 }, beside(results, "perSecond", 0));
    ratio("connects", results, "soketi", "perSecond", { atLeast: 4 });
    note("CPU per connect", results.gateway.cpuUs, "µs", { atMost: 80 }, beside(results, "cpuUs", 0));
  },

  async triggers() {
    for (const [connections, placement, least, times] of [
      [1, "together", 8000, 2.5],
      // No bars: where one side wakes the other on another core, even the floor is only twice as fast as soketi.
      [1, "apart"],
      [1, "anywhere"],
      [16, "anywhere", 35_000, 6],
    ]) {
      const events = brief ? 200 : connections === 1 ? 12_000 : 48_000;
      const results = await compare(everybody, (server) => ask("triggers", server, { connections, events }), placement);
      const over = connections === 1 ? `1 connection, ${placement}` : `${connections} connections`;
      note(
        `HTTP triggers, ${over}`,
        results.gateway.perSecond,
        "/s",
        { atLeast: least },
        beside(results, "perSecond", 0),
      );
      ratio(`HTTP triggers, ${over}`, results, "soketi", "perSecond", { atLeast: times });
      note(`CPU per HTTP trigger, ${over}`, results.gateway.cpuUs, "µs", undefined, beside(results, "cpuUs"));
    }
  },

  async "publishing from JavaScript"() {
    for (const subscribers of brief ? [200] : [1, 1000, 10_000]) {
      const times = brief ? 4 : 24;
      const results = await compare(["gateway"], async (server) => {
        const idle = command("idle", server, { subscribers, hold: 1 });
        await idle.next();
        server.child.send({ publish: { times, intervalMs: Math.max(10, subscribers / 40) } });
        const [{ calls }] = await once(server.child, "message");
        // What is under way arrives before the connections end.
        await new Promise((resolve) => setTimeout(resolve, 1000));
        idle.child.stdin.end();
        const { delivered } = await idle.next();
        if (delivered !== 2 * times * subscribers)
          throw new Error(`${delivered} of ${2 * times * subscribers} arrived`);
        return Object.fromEntries(Object.entries(calls).map(([name, values]) => [name, median(values)]));
      });
      const { awake, asleep, unheard } = results.gateway;
      const cold = `${asleep.toFixed(0)} after a pause, where a trigger that nobody hears takes ${unheard.toFixed(0)}`;
      const at = subscribers === 1 ? "1 subscriber" : `${subscribers.toLocaleString("en")} subscribers`;
      note(`trigger() on the JavaScript thread, ${at}`, awake, "µs", { atMost: 50 }, cold);
    }
  },

  async starting() {
    const first = [];
    const further = [];
    for (let i = 0; i < (brief ? 1 : 15); i += 1) {
      await withServer("gateway", async ({ listenMs, furtherMs }) => {
        first.push(listenMs);
        further.push(furtherMs);
      });
    }
    const more = `a further one in the same process ${median(further).toFixed(2)} ms`;
    note("the first listen() of a process, ready", median(first), "ms", { atMost: 2 }, more);
    const programs = { command: ["dist/cli.js", "--port", "0", "--json"], node: ["-e", "console.log()"] };
    const ready = { command: [], node: [] };
    for (let i = 0; i < (brief ? 1 : 11); i += 1) {
      for (const [name, args] of Object.entries(programs)) {
        const start = performance.now();
        const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
        const ended = once(child, "exit");
        await once(createInterface(child.stdout), "line");
        ready[name].push(performance.now() - start);
        child.kill("SIGKILL");
        await ended;
      }
    }
    const bare = `node alone ${median(ready.node).toFixed(0)} ms`;
    note("the pushrig command, listening", median(ready.command), "ms", { atMost: 250 }, bare);
  },

  async size() {
    const addon = readdirSync(root).find((name) => name.endsWith(".node"));
    const bytes = statSync(join(root, addon)).size;
    note("the addon", bytes / 1e6, "MB", { atMost: 3 });
    if (brief) return;
    note("what the gateway adds to it", (bytes - buildWithoutGateway()) / 1e3, "kB", { atMost: 700 });
  },
};

// ---- beside the build before

/** Pairs of runs; reports each figure of `figures`, `[what, unit, how it is read from a result]`, less being better. */
async function besideBefore(what, placement, measure, figures) {
  cores = placements[placement];
  const pairs = await inPairs(brief ? 2 : PAIRS, (side) => withServer(side === "now" ? "gateway" : "before", measure));
  cores = undefined;
  for (const [name, unit, read] of figures)
    report(
      `${name}, ${what}`,
      pairs.map((pair) => pair.map(read)),
      unit,
    );
}

const sectionsBefore = {
  async "fan-out"() {
    for (const subscribers of brief ? [100] : [100, 1000, 5000]) {
      const rate = (brief ? 10_000 : 40_000) / subscribers;
      const words = { subscribers, rate, events: rate * (brief ? 0.5 : 3), publishers: 1, probe: 0 };
      await besideBefore(
        `${subscribers.toLocaleString("en")} subscribers`,
        "apart",
        (server) => ask("fanout", server, words),
        [
          ["CPU per delivery", "µs", ({ cpuUs }) => cpuUs],
          ["p99", "ms", ({ p99Ms }) => p99Ms],
        ],
      );
    }
  },

  async connections() {
    const subscribers = brief ? 200 : 5000;
    await besideBefore(
      `${subscribers.toLocaleString("en")} connections`,
      "apart",
      (server) => ask("idle", server, { subscribers, hold: 0 }),
      [
        ["memory per idle connection", "KiB", ({ kibEach }) => kibEach],
        ["CPU per connect", "µs", ({ cpuUs }) => cpuUs],
        ["time per connect", "µs", ({ perSecond }) => 1e6 / perSecond],
      ],
    );
  },

  async triggers() {
    for (const [connections, placement] of [
      [1, "together"],
      [16, "anywhere"],
    ]) {
      const events = brief ? 200 : connections === 1 ? 12_000 : 48_000;
      await besideBefore(
        connections === 1 ? "1 connection" : `${connections} connections`,
        placement,
        (server) => ask("triggers", server, { connections, events }),
        [
          ["CPU per HTTP trigger", "µs", ({ cpuUs }) => cpuUs],
          ["time per HTTP trigger", "µs", ({ perSecond }) => 1e6 / perSecond],
        ],
      );
    }
  },

  async starting() {
    await besideBefore("listen()", "anywhere", async ({ listenMs, furtherMs }) => ({ listenMs, furtherMs }), [
      ["the first", "ms", ({ listenMs }) => listenMs],
      ["a further", "ms", ({ furtherMs }) => furtherMs],
    ]);
  },
};

const chosenSections = before ? sectionsBefore : sections;
const wanted = Object.keys(chosenSections).filter(
  (name) => chosen.length === 0 || chosen.some((word) => name.includes(word)),
);
const model = /^model name\s*: (.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? cpus()[0].model;
console.log(
  `${availableParallelism()} × ${model}, Linux ${release()}, Node ${process.version}, ${before ? `pairs with ${before}` : `medians of ${rounds}`}\n`,
);
for (const name of wanted) await chosenSections[name]();
if (before && !brief) process.exit();
console.log(brief ? "\nEverything arrived. A run this brief says nothing about speed." : `\n${missed} missed`);
