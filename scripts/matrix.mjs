// Runs `__test__/matrix` in every supported runner, pool, environment and Node version, on the package as npm would install it.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must, run } from "./command.mjs";
import { packAll } from "./package.mjs";
import { contentHash, remember, remembered, root } from "./stale.mjs";

const source = "__test__/matrix";
/** Where fixtures are prepared. */
export const place = (...path) => join(root, ".cache", "fixtures", ...path);

/** Where a fixture has its Node: packages named `node22`, or the Node that runs this script. */
export const nodeOf = (fixture, version) =>
  version ? place(fixture, "node_modules", `node${version}`, "bin", "node") : process.execPath;

function vitest(fixture, nodeVersion) {
  const cell = (pool, environment, isolate, workers) => ({
    name: `${fixture} ${pool} ${environment} ${isolate ? "isolated" : "not isolated"} ${workers === 1 ? "in turn" : "parallel"}`,
    fixture,
    node: nodeVersion,
    args: ["node_modules/vitest/vitest.mjs", "run"],
    env: {
      MATRIX_POOL: pool,
      MATRIX_ENVIRONMENT: environment,
      MATRIX_ISOLATE: String(isolate),
      MATRIX_WORKERS: String(workers),
    },
    meets: workers > 1,
  });
  // Without isolation a worker takes several files, so only one worker makes certain which files share it.
  return ["node", "jsdom", "happy-dom"].flatMap((environment) =>
    ["forks", "threads", "vmThreads"].flatMap((pool) => [
      cell(pool, environment, true, 2),
      cell(pool, environment, false, 1),
      ...(environment === "node" ? [cell(pool, environment, true, 1)] : []),
    ]),
  );
}

function jest(fixture) {
  const cell = (environment, how, ...options) => ({
    name: `${fixture} ${environment} ${how}`,
    fixture,
    args: ["node_modules/jest/bin/jest.js", ...options],
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
  return ["named-exports", "terminate"].map((script) => ({
    name: `${name} ${script}`,
    fixture: "node",
    node: version,
    args: [`node/${script}.mjs`],
    env: {},
  }));
}

const cells = [
  ...node(""),
  ...node("22"),
  ...node("24"),
  ...node("26"),
  ...vitest("vitest3", ""),
  ...vitest("vitest4", ""),
  ...vitest("vitest5", "22"),
  ...jest("jest29"),
  ...jest("jest30"),
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
  cpSync(join(root, source, "dependencies"), join(folder, "node_modules"), { recursive: true });
  await unpack(packed, folder);
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

async function runOnce({ fixture, node, args, env, meets, forgets = [] }) {
  const cwd = place(fixture);
  for (const name of forgets) rmSync(join(cwd, name), { recursive: true, force: true });
  const meetingPoint = meets ? mkdtempSync(join(tmpdir(), "pushrig-matrix-")) : undefined;
  try {
    const { code, output } = await run([nodeOf(fixture, node), ...args], {
      cwd,
      env: { NO_COLOR: "1", ...env, ...(meetingPoint && { MATRIX_MEETING_POINT: meetingPoint }) },
      quiet: true,
      timeout: 300_000,
    });
    return { passed: code === 0, output };
  } finally {
    if (meetingPoint) rmSync(meetingPoint, { recursive: true });
  }
}

/** Runs the cells whose names contain all of the words; counts each cell as one test. */
export async function matrix(words = []) {
  const chosen = cells.filter(({ name }) => words.every((word) => name.includes(word)));
  const packed = await pack();
  for (const fixture of new Set(chosen.map(({ fixture }) => fixture))) await prepare(fixture, packed);

  const tests = { passed: 0, failed: 0 };
  for (const cell of chosen) {
    if (cell.node && !existsSync(nodeOf(cell.fixture, cell.node))) {
      console.log(`not run  ${cell.name}: Node ${cell.node} has no package for this platform`);
      continue;
    }
    const start = performance.now();
    const passed = await runCell(cell);
    tests[passed ? "passed" : "failed"] += 1;
    console.log(
      `${passed ? "ok      " : "FAILED  "} ${cell.name} (${((performance.now() - start) / 1000).toFixed(1)} s)`,
    );
  }
  return tests;
}
