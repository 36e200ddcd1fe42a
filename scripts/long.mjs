// `npm run test:long`: today's checkers and fuzzers, for long. `npm test` runs the same ones briefly; what they read to know is PUSHRIG_LONG.
import { run, tool } from "./command.mjs";

/** No part may take longer, in milliseconds. */
const LONGEST = 60 * 60_000;

const cargo = (...words) => ["cargo", "test", "--locked", ...words];
const vitest = (...files) => tool("vitest", "run", ...files);

/** What runs, by name; each is one command line. */
const parts = {
  // A million WebSocket frames, beside tungstenite.
  frames: cargo("--test", "fuzz_websocket"),
  // Parsers and signatures under made-up input.
  protocol: cargo("--test", "fuzz_protocol"),
  // A gateway under made-up traffic.
  traffic: cargo("--test", "gateway", "fuzz"),
  // Every order in which threads may see each other's writes.
  wakes: cargo("--lib", "addon::"),
  // 2,000 worker threads that are terminated under traffic.
  workers: vitest("__test__/lifetimes/threads.test.ts"),
  // Ten million triggers, and clients that come and go.
  memory: vitest("__test__/lifetimes/memory.slow.test.ts", "__test__/lifetimes/flood.slow.test.ts"),
  // 10,000 sockets that come and go, again and again.
  sockets: vitest("__test__/gateway/idle.slow.test.ts"),
  // A million made-up histories beside a model that forgets nothing, and 60,000 of real clients.
  why: vitest("__test__/journal/histories.test.ts", "__test__/mock/real-histories.test.ts"),
  // Made-up programs of faults beside a model: 100,000 at the broker,
  "broker-faults": cargo("--lib", "fault::programs"),
  // and 16,500 through the classes of tests and sockets of gateways.
  faults: vitest(
    ...["fault-programs", "webhook-fault-programs", "simulation-programs"].map(
      (name) => `__test__/app/${name}.test.ts`,
    ),
  ),
  // Two workers of Playwright on one application, twenty times.
  playwright: vitest("__test__/real-clients/playwright.test.ts"),
  // The example's own end-to-end tests, ten times in development and ten times as it was built.
  "end-to-end": vitest("--config=__test__/next/application/vitest.config.mts", "end-to-end"),
  // The tests of examples/testing, fifty times in each pool of Vitest.
  testing: vitest("--config=__test__/examples/testing/vitest.config.mts", "tests.test.ts"),
  // The test in PHP of docs/control.md.
  php: vitest("__test__/command/php.test.ts"),
  // The gateway of four processes, one of them the example under `next dev`, taken over 216 times under traffic.
  takeover: vitest("__test__/gateway/takeover/checker.test.ts", "__test__/gateway/takeover.test.ts"),
  // All runners, pools, environments and Node versions.
  matrix: [process.execPath, "scripts/run.mjs", "matrix"],
};

/** Runs the parts of these names, or all; answers how many failed. */
export async function long(names) {
  const unknown = names.filter((name) => !Object.hasOwn(parts, name));
  if (unknown.length > 0) throw new Error(`no part ${unknown.join(", ")}; there are ${Object.keys(parts).join(", ")}`);
  const rows = [];
  for (const name of names.length > 0 ? names : Object.keys(parts)) {
    console.log(`\n── ${name}`);
    const start = performance.now();
    const { code } = await run(parts[name], { env: { PUSHRIG_LONG: "1" }, timeout: LONGEST });
    rows.push({ name, code, minutes: (performance.now() - start) / 60_000 });
  }
  console.log(`\n${"part".padEnd(12)}${"result".padEnd(10)}${"minutes".padStart(8)}`);
  for (const { name, code, minutes } of rows) {
    console.log(`${name.padEnd(12)}${(code === 0 ? "ok" : "FAILED").padEnd(10)}${minutes.toFixed(1).padStart(8)}`);
  }
  return rows.filter(({ code }) => code !== 0).length;
}
