// Runs `__test__/matrix` in every supported runner, pool, environment and Node version, on the package as npm would install it.
// `npm test` leaves out the cells that are `rare`: what they combine it has in other combinations.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { must, run } from "./command.mjs";
import { packAll } from "./package.mjs";
import { chromium, installChromium } from "./real-clients.mjs";
import { contentHash, remember, remembered, root } from "./stale.mjs";

const source = "__test__/matrix";
/** Where fixtures are prepared. */
export const place = (...path) => join(root, ".cache", "fixtures", ...path);

/** Where a fixture has its Node: packages named `node22`, or the Node that runs this script. */
export const nodeOf = (fixture, version) =>
  version ? place(fixture, "node_modules", `node${version}`, "bin", "node") : process.execPath;

const VITEST = ["node_modules/vitest/vitest.mjs", "run"];
const JEST = ["node_modules/jest/bin/jest.js"];

const POOLS = ["forks", "threads", "vmThreads"];
const ENVIRONMENTS = ["node", "jsdom", "happy-dom"];

/** `turn` has every version meet other pairs of pool and environment in `npm test`: three versions meet them all. */
function vitest(fixture, nodeVersion, turn) {
  const cell = (pool, environment, isolate, workers, rare) => ({
    name: `${fixture} ${pool} ${environment} ${isolate ? "isolated" : "not isolated"} ${workers === 1 ? "in turn" : "parallel"}`,
    fixture,
    node: nodeVersion,
    args: VITEST,
    env: {
      MATRIX_POOL: pool,
      MATRIX_ENVIRONMENT: environment,
      MATRIX_ISOLATE: String(isolate),
      MATRIX_WORKERS: String(workers),
    },
    meets: workers > 1,
    rare,
  });
  // Without isolation a worker takes several files, so only one worker makes certain which files share it.
  return ENVIRONMENTS.flatMap((environment, row) =>
    POOLS.flatMap((pool, column) => {
      const which = (row + column + turn) % 3;
      return [
        cell(pool, environment, true, 2, which !== 0),
        cell(pool, environment, false, 1, which !== 1),
        ...(environment === "node" ? [cell(pool, environment, true, 1, which !== 2)] : []),
      ];
    }),
  );
}

/** Where a run of wrong tests writes what became of them. */
const REPORT = "wrong.json";

/** `__test__/matrix/wrong` and `contract`, whose tests say in their titles whether they fail. */
function wrong(fixture, nodeVersion, ...args) {
  return {
    name: `${fixture} wrong tests`,
    fixture,
    node: nodeVersion,
    args: [...args, `--outputFile=${REPORT}`],
    env: { MATRIX_ENVIRONMENT: "node", MATRIX_POOL: "forks", MATRIX_WORKERS: "1", MATRIX_WRONG: "true" },
    forgets: [REPORT],
    judge: judgeWrong,
  };
}

/** What is not as the titles say: every failure is something "never" seen, or awaited, and what is late fails its file. */
function judgeWrong(folder) {
  const { testResults: files } = JSON.parse(readFileSync(join(folder, REPORT), "utf8"));
  const surprises = [];
  for (const { name, message, assertionResults: tests } of files) {
    for (const { fullName, title, status, failureMessages } of tests) {
      const isAsSaid = title.startsWith("fails: ")
        ? status === "failed" && failureMessages.every((text) => /never|nobody awaited expect/.test(text))
        : status === "passed";
      if (!isAsSaid) surprises.push(`${fullName}: ${status} ${failureMessages}`);
    }
    const failsItself = message.includes("never this late");
    if (failsItself !== name.endsWith("late.test.ts")) surprises.push(`${name}: ${message}`);
  }
  if (files.length !== 6) surprises.push(`${files.length} files have run`);
  return surprises;
}

/** Where traces of a run go. */
const TRACES = "traces-of-the-matrix";

/** `__test__/matrix/traced`, whose tests leave traces where they fail. */
function traced(fixture, nodeVersion, ...args) {
  return {
    ...wrong(fixture, nodeVersion, ...args),
    name: `${fixture} traces`,
    env: {
      MATRIX_ENVIRONMENT: "node",
      MATRIX_POOL: "forks",
      MATRIX_WORKERS: "1",
      MATRIX_WRONG: "true",
      MATRIX_TRACES: TRACES,
    },
    forgets: [REPORT, TRACES],
    judge: judgeTraced,
  };
}

/** The apps of which there is a trace, by test, and what was triggered there at last. */
const TRACED = {
  "a room: of <all> fails: on the default app": ["mock-app-id", "hello"],
  "fails: in a callback": ["mock-app-id", "in a callback"],
  "fails: with an app of its own, which is closed by then": ["4711", "[blanked]"],
  "fails: one, beside another": ["of-one", "one"],
  "fails: two, beside another": ["of-two", "two"],
};

/** The traces that a run has left. */
function tracesIn(folder) {
  const dir = join(folder, TRACES);
  const names = existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith(".jsonl")) : [];
  return names.map((name) => {
    const text = readFileSync(join(dir, name), "utf8");
    const [header, ...lines] = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const event = lines.findLast(({ kind }) => kind === "triggered");
    return { name, text, header, failure: lines.at(-1).failure, said: event && JSON.parse(event.data).text };
  });
}

/** What is not as the titles say: a trace for each test that fails, named in its failure, without secrets, and no other. */
function judgeTraced(folder) {
  const { testResults: files } = JSON.parse(readFileSync(join(folder, REPORT), "utf8"));
  const failures = files
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "failed");
  const traces = tracesIn(folder);
  const surprises = [];
  for (const [test, [app, said]] of Object.entries(TRACED)) {
    const trace = traces.find(({ header }) => header.test.replace(" > ", " ") === test);
    const failed = failures.find(({ fullName }) => fullName === test);
    const isAsSaid =
      trace?.header.app === app &&
      trace.said === said &&
      /never/.test(trace.failure) &&
      !/hunter22|secret-of/.test(trace.text) &&
      failed?.failureMessages.some((text) => text.includes(join(TRACES, trace.name)));
    if (!isAsSaid) surprises.push(`${test}: ${JSON.stringify(trace)} ${failed?.failureMessages}`);
  }
  if (traces.length !== 5 || failures.length !== 5) {
    surprises.push(`${failures.length} tests have failed: ${traces.map(({ name }) => name)}`);
  }
  const shared = failures.filter(({ failureMessages }) => /no trace of the default app/.test(failureMessages.join()));
  if (shared.length !== 2) surprises.push(`${shared.length} tests were told of the app that they share`);
  return surprises;
}

/** Vitest's browser mode: `__test__/matrix/pages` in Chromium. */
function pages(fixture, nodeVersion) {
  const cell = (name, env, more) => ({
    name: `${fixture} chromium ${name}`,
    fixture,
    node: nodeVersion,
    browser: true,
    args: [...VITEST, "--config", "vitest.pages.config.mjs"],
    env,
    ...more,
  });
  const report = { MATRIX_WRONG: "true", MATRIX_TRACES: TRACES };
  // Vitest 3 has another provider than the guide shows.
  const guide = { ...cell("guide", {}), args: [...VITEST, "--root", "guide"] };
  return [
    ...(fixture === "vitest3-browser" ? [] : [guide]),
    cell("isolated parallel", {}),
    { ...cell("watching", {}), args: ["pages/watch.mjs"] },
    cell(
      "not isolated in turn",
      { MATRIX_ISOLATE: "false", MATRIX_WORKERS: "1" },
      { rare: fixture !== "vitest4-browser" },
    ),
    {
      ...cell("wrong tests", report, { forgets: [REPORT, TRACES], judge: judgePages }),
      args: [...VITEST, "--config", "vitest.pages.config.mjs", "--reporter=json", `--outputFile=${REPORT}`],
    },
  ];
}

/** Stories as tests, `__test__/matrix/stories`, and `storybook dev`, `__test__/matrix/storybook`, in Chromium. */
function stories(fixture) {
  const cell = (name, ...args) => ({
    name: `${fixture} chromium ${name}`,
    fixture,
    browser: true,
    args,
    env: { STORYBOOK_DISABLE_TELEMETRY: "1" },
  });
  return [
    cell("stories", ...VITEST, "--config", "vitest.stories.config.mjs"),
    cell("storybook dev", "storybook/dev.mjs"),
  ];
}

/** As the titles say: what is written as in Node fails, each with a sentence that says so. */
function judgePages(folder) {
  const { testResults: files } = JSON.parse(readFileSync(join(folder, REPORT), "utf8"));
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const surprises = tests
    .filter(({ title, status, failureMessages }) =>
      title.startsWith("fails: ")
        ? status !== "failed" ||
          !failureMessages.some((text) =>
            /pushrig: .*(in a page|does not get there|nobody (was subscribed|has bound|awaited)|contract|is no event of|was still subscribed)/.test(
              text,
            ),
          )
        : status !== "passed",
    )
    .map(({ title, status, failureMessages }) => `${title}: ${status} ${failureMessages}`);
  if (tests.length < 30) surprises.push(`${tests.length} tests have run`);
  return [...surprises, ...judgeTracedPages(tests, tracesIn(folder))];
}

/** Tests in a page, and what was triggered in them at last. */
const TRACED_PAGES = {
  "a room: of <all> fails: in a page, and leaves a trace": "hello",
  "fails: in a page, by what is found when the test is over": "not awaited",
};

function judgeTracedPages(tests, traces) {
  const surprises = [];
  for (const [test, said] of Object.entries(TRACED_PAGES)) {
    const trace = traces.find(({ header }) => header.test.replace(" > ", " ") === test);
    const failed = tests.find(({ fullName }) => fullName === test);
    const isAsSaid =
      trace?.said === said &&
      /pushrig: /.test(trace.failure) &&
      !/hunter22|secret-of/.test(trace.text) &&
      trace.header.runner === "vitest" &&
      failed?.failureMessages.some((text) => text.includes(join(TRACES, trace.name)));
    if (!isAsSaid) surprises.push(`${test}: ${JSON.stringify(trace)} ${failed?.failureMessages}`);
  }
  if (traces.some(({ header }) => header.test.includes("passes"))) surprises.push("a test that passes left a trace");
  const shared = tests.filter(({ failureMessages }) => /no trace of the default app/.test(failureMessages.join()));
  if (shared.length !== 2) surprises.push(`${shared.length} tests were told of the app that they share`);
  return surprises;
}

function jest(fixture) {
  const cell = (environment, how, ...options) => ({
    name: `${fixture} ${environment} ${how}`,
    fixture,
    args: [...JEST, ...options],
    env: { MATRIX_ENVIRONMENT: environment },
    meets: how !== "in turn",
    // Jest runs quick files in one process once it remembers that they were quick.
    forgets: ["jest-cache"],
  });
  return ["node", "jsdom"].flatMap((environment) => [
    cell(environment, "parallel", "--maxWorkers=2", "--cacheDirectory=jest-cache"),
    cell(environment, "in turn", "--runInBand", "--cacheDirectory=jest-cache"),
    ...(environment === "node"
      ? [cell(environment, "threads", "--maxWorkers=2", "--workerThreads", "--cacheDirectory=jest-cache")]
      : []),
  ]);
}

function node(version) {
  const name = `node${version || process.versions.node.split(".")[0]}`;
  const cell = (title, ...args) => ({ name: `${name} ${title}`, fixture: "node", node: version, args, env: {} });
  return [
    ...["named-exports", "terminate"].map((script) => cell(script, `node/${script}.mjs`)),
    cell("register", "--import", "pushrig/register", "--test", "node/room.test.mjs"),
    cell("mocha", "node_modules/mocha/bin/mocha.js", "--import=pushrig/register", "node/room.test.mjs"),
  ];
}

/** What TypeScript says of the types that `expect` has. */
function types(fixture, ...programs) {
  return programs.map((program) => ({
    name: `${fixture} types ${program}`,
    fixture,
    args: [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", `types/tsconfig.${program}.json`],
    env: {},
  }));
}

/** Another runtime, out of its npm package. */
function runtime(name, ...options) {
  const program = join("node_modules", ".bin", name);
  return {
    name: `${name} named-exports`,
    fixture: "node",
    program,
    args: [...options, "node/named-exports.mjs"],
    env: {},
  };
}

const cells = [
  ...node(""),
  ...node("22"),
  ...node("24"),
  ...node("26"),
  runtime("bun"),
  runtime("deno", "run", "--allow-all", "--node-modules-dir=manual"),
  ...vitest("vitest3", "", 0),
  ...vitest("vitest4", "", 1),
  ...vitest("vitest5", "22", 2),
  ...["vitest3", "vitest4"].map((fixture) => wrong(fixture, "", ...VITEST, "--reporter=json")),
  wrong("vitest5", "22", ...VITEST, "--reporter=json"),
  ...["vitest3", "vitest4"].map((fixture) => traced(fixture, "", ...VITEST, "--reporter=json")),
  traced("vitest5", "22", ...VITEST, "--reporter=json"),
  ...["jest29", "jest30"].map((fixture) => traced(fixture, "", ...JEST, "--json")),
  ...pages("vitest3-browser", ""),
  ...pages("vitest4-browser", ""),
  ...pages("vitest5-browser", "22"),
  ...stories("storybook"),
  ...jest("jest29"),
  ...jest("jest30"),
  ...["vitest3", "vitest4", "vitest5"].flatMap((fixture) => types(fixture, "vitest")),
  ...["jest29", "jest30"].flatMap((fixture) => types(fixture, "jest", "jest-globals")),
  ...["jest29", "jest30"].map((fixture) => wrong(fixture, "", ...JEST, "--json")),
];

/** What npm would install here, with the binary that was built in place: `[{ name, tarball }]`. */
export function pack() {
  const addons = readdirSync(root).filter((name) => name.endsWith(".node"));
  return packAll(
    place("packages"),
    addons.map((name) => join(root, name)),
  );
}

/** Makes the folder of a fixture with its locked packages. */
export async function installFixture(fixture) {
  const locked = [`${source}/fixtures/${fixture}/package.json`, `${source}/fixtures/${fixture}/package-lock.json`];
  const inputs = contentHash(locked);
  const folder = place(fixture);
  mkdirSync(folder, { recursive: true });
  for (const file of locked) cpSync(join(root, file), join(folder, file.split("/").pop()));
  if (remembered(`fixture ${fixture}`, inputs) && existsSync(join(folder, "node_modules"))) return;
  await must(["npm", "ci", "--silent", "--no-audit", "--no-fund"], { cwd: folder, quiet: true });
  remember(`fixture ${fixture}`, inputs, true);
}

/** A project with its locked packages, the packed mock, and the tests of the matrix. */
export async function prepare(fixture, packed) {
  await installFixture(fixture);
  const folder = place(fixture);
  for (const name of readdirSync(join(root, source))) {
    if (name === "fixtures") continue;
    rmSync(join(folder, name), { recursive: true, force: true });
    cpSync(join(root, source, name), join(folder, name), { recursive: true });
  }
  if (fixture.endsWith("-browser")) {
    // The example's hooks, which browsers run too.
    cpSync(join(root, "examples/testing/src"), join(folder, "chat"), { recursive: true });
    writeGuide(folder);
  }
  cpSync(join(root, source, "dependencies"), join(folder, "node_modules"), { recursive: true });
  await unpack(packed, folder);
}

/** What the guide to browser mode shows, as a project; where the browser is, this machine says. */
function writeGuide(folder) {
  const document = readFileSync(join(root, "docs/vitest.md"), "utf8");
  const launch = "launchOptions: { executablePath: process.env.MATRIX_CHROMIUM, args: ['--no-sandbox'] }";
  const blocks = document.matchAll(/<!-- run by scripts\/matrix\.mjs -->\n+```ts\n\/\/ (\S+)\n(.*?)^```$/gms);
  for (const [, path, code] of blocks) {
    const file = join(folder, "guide", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, code.replace("playwright()", `playwright({ ${launch} })`));
  }
}

/** Puts what `pack` has packed where npm would install it in a project. */
export async function unpack(packed, folder) {
  for (const { name, tarball } of packed) {
    const installed = join(folder, "node_modules", name);
    rmSync(installed, { recursive: true, force: true });
    mkdirSync(installed, { recursive: true });
    await must(["tar", "-xzf", tarball, "--strip-components=1", "-C", installed], { quiet: true });
  }
}

/**
 * Node 20 can abort while a worker that ran `vm` contexts ends: a FinalizationRegistry of Node or jsdom
 * is cleaned up in a context that is gone. Nothing of ours is on that stack, so such a run is repeated.
 */
const NODE_ABORT = /illegal access[^]*FinalizationRegistryCleanupTask/;

async function runCell(cell, attempts = 3) {
  const { passed, output } = await runOnce(cell);
  if (passed || attempts === 1 || !NODE_ABORT.test(output)) return passed;
  console.log(`repeated ${cell.name}: Node aborted in its own clean-up`);
  return runCell(cell, attempts - 1);
}

async function runOnce({ fixture, node, program, args, env, meets, forgets = [], judge, browser }) {
  const cwd = place(fixture);
  for (const name of forgets) rmSync(join(cwd, name), { recursive: true, force: true });
  const meetingPoint = meets ? mkdtempSync(join(tmpdir(), "pushrig-matrix-")) : undefined;
  try {
    const { code, output } = await run([program ? join(cwd, program) : nodeOf(fixture, node), ...args], {
      cwd,
      env: {
        NO_COLOR: "1",
        ...env,
        ...(browser && { MATRIX_CHROMIUM: chromium() }),
        ...(meetingPoint && { MATRIX_MEETING_POINT: meetingPoint }),
      },
      quiet: true,
      timeout: 300_000,
    });
    if (judge === undefined || !existsSync(join(cwd, REPORT))) return { passed: code === 0, output };
    const surprises = judge(cwd);
    for (const surprise of surprises) console.log(surprise);
    return { passed: code !== 0 && surprises.length === 0, output };
  } finally {
    if (meetingPoint) rmSync(meetingPoint, { recursive: true });
  }
}

/** Runs the cells whose names contain all of the words; counts each cell as one test. `brief` leaves out those that are `rare`. */
export async function matrix(words = [], { brief = false } = {}) {
  const chosen = cells.filter(({ name, rare }) => words.every((word) => name.includes(word)) && !(brief && rare));
  if (chosen.length === 0) throw new Error(`no cell has all of these words in its name: ${words.join(" ")}`);
  const packed = await pack();
  for (const fixture of new Set(chosen.map(({ fixture }) => fixture))) await prepare(fixture, packed);

  if (chosen.some(({ browser }) => browser)) await installChromium();

  const tests = { passed: 0, failed: 0, failures: [] };
  for (const cell of chosen) {
    if (cell.node && !existsSync(nodeOf(cell.fixture, cell.node))) {
      console.log(`not run  ${cell.name}: Node ${cell.node} has no package for this platform`);
      continue;
    }
    const start = performance.now();
    const passed = await runCell(cell);
    tests[passed ? "passed" : "failed"] += 1;
    if (!passed) tests.failures.push(cell.name);
    console.log(
      `${passed ? "ok      " : "FAILED  "} ${cell.name} (${((performance.now() - start) / 1000).toFixed(1)} s)`,
    );
  }
  return tests;
}
