// `npm test` and `npm run test:quick`: every check, one table, and a closing line with the number of tests.
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { firstLines, lastLines, run, tool } from "./command.mjs";
import { buildBinary } from "./binary.mjs";
import { installRealClients } from "./real-clients.mjs";
import { buildLib, buildNative, install } from "./setup.mjs";
import { contentHash, remember, remembered, root } from "./stale.mjs";

const inCI = Boolean(process.env.CI) && process.env.CI !== "false";
const rust = ["src", "tests", "benches/wire", "build.rs", "Cargo.toml", "Cargo.lock", "rustfmt.toml", ".cargo"];
const packages = ["package.json", "package-lock.json"];
const declarations = [
  "index.d.ts",
  "jest.d.ts",
  "next.d.ts",
  "playwright.d.ts",
  "register.d.ts",
  "types.d.ts",
  "vitest.d.ts",
];
const sources = ["lib", "shims", "scripts", "__test__", "benches", "examples", "docs", ...declarations, ...packages];

/** Thrown by a step for its row in the table. `tests` are what is known in spite of the failure: counts, and which `failures`. */
class StepFailed extends Error {
  constructor(message, tests) {
    super(message);
    this.tests = tests;
  }
}

async function check(words, options) {
  const { code, output } = await run(words, options);
  if (code !== 0) throw new StepFailed(`exit code ${code}`, { failures: [lastLines(output)] });
}

async function cargoTests() {
  const { code, output } = await run(["cargo", "test", "--locked", "--quiet"]);
  const tests = { passed: 0, failed: 0 };
  for (const [, passed, failed] of output.matchAll(/^test result: .*? (\d+) passed; (\d+) failed;/gm)) {
    tests.passed += Number(passed);
    tests.failed += Number(failed);
  }
  if (code !== 0) {
    const failures = output.match(/^error(?:\[|:).*$|^ {4}\w+(?:::\w+)*$/gm) ?? [lastLines(output)];
    throw new StepFailed(`exit code ${code}`, { ...tests, failures });
  }
  return tests;
}

const realClients = "__test__/real-clients";
const nextjs = "__test__/next/application";
const testing = "__test__/examples/testing";

async function vitestTests(args, env = {}) {
  const report = join(root, ".cache", "vitest.json");
  rmSync(report, { force: true });
  const { code } = await run(
    tool("vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...args),
    { env },
  );
  if (!existsSync(report)) throw new StepFailed("no report");
  const { numPassedTests: passed, numFailedTests: failed, testResults } = JSON.parse(readFileSync(report, "utf8"));
  if (code !== 0) throw new StepFailed(`exit code ${code}`, { passed, failed, failures: failuresOf(testResults) });
  return { passed, failed };
}

/** Which files and tests of Vitest's report have failed, and how. */
function failuresOf(files) {
  return files
    .filter(({ status }) => status === "failed")
    .flatMap(({ name, message, assertionResults }) => {
      const file = relative(root, name);
      const failed = assertionResults.filter(({ status }) => status === "failed");
      // A file that cannot be read has no tests.
      if (failed.length === 0) return [`${file}\n${message}`];
      return failed.map(({ fullName, failureMessages }) => `${file} > ${fullName}\n${failureMessages.join("\n")}`);
    });
}

/** What napi generates from the Rust source is committed, so that a reader and a diff can see it. */
async function generatedFilesAreCommitted() {
  if (!existsSync(join(root, ".git"))) return;
  const files = ["binding.js", "binding.d.ts"];
  await check(["git", "ls-files", "--error-unmatch", ...files], { quiet: true });
  await check(["git", "diff", "--exit-code", "--stat", "--", ...files]);
}

async function types() {
  const folder = "__test__/types";
  const ofUsers = readdirSync(join(root, folder)).filter((name) => /^tsconfig.*\.json$/.test(name));
  for (const project of ["__test__/tsconfig.json", ...ofUsers.map((name) => join(folder, name))]) {
    await check(tool("tsc", "--noEmit", "-p", project));
  }
}

async function documentation() {
  const { docs } = await import("./docs.mjs");
  const tests = await docs();
  if (tests.failed > 0) throw new StepFailed(`${tests.failed} failed`, tests);
  return tests;
}

async function mostCells() {
  const { matrix } = await import("./matrix.mjs");
  const tests = await matrix([], { brief: true });
  if (tests.failed > 0) throw new StepFailed(`${tests.failed} failed`, tests);
  return tests;
}

/** The package is installed as a stranger would, from the tarballs that would be published. */
async function installation() {
  // These need what the first step installs.
  const { installFixture } = await import("./matrix.mjs");
  const { packAll, packages: folder } = await import("./package.mjs");
  for (const fixture of ["node", "vitest4"]) await installFixture(fixture);
  await packAll(folder);
  return vitestTests(["--config", "__test__/install/vitest.config.mts"]);
}

/**
 * In order. `inputs`: the step only looks at these files, so a success may be remembered (never in CI); `needs`: pointless if
 * that step failed; `quick`: also part of `npm run test:quick`.
 */
const steps = [
  { name: "packages", quick: true, run: install },
  { name: "addon", quick: true, run: ({ quick }) => buildNative(quick ? "debug" : "release") },
  { name: "lib", quick: true, needs: ["packages", "addon"], run: buildLib },
  { name: "generated files", needs: ["addon"], run: generatedFilesAreCommitted },
  { name: "rustfmt", quick: true, run: () => check(["cargo", "fmt", "--check"]) },
  {
    name: "clippy",
    inputs: rust,
    run: () => check(["cargo", "clippy", "--locked", "--quiet", "--all-targets", "--", "-D", "warnings"]),
  },
  { name: "cargo test", quick: true, run: cargoTests },
  {
    name: "licenses",
    inputs: ["Cargo.toml", "Cargo.lock", "deny.toml", "scripts/deny.mjs"],
    run: async () => (await import("./deny.mjs")).deny("bans", "licenses", "sources"),
  },
  { name: "types", inputs: [...sources, "tsconfig.json"], needs: ["lib"], run: types },
  {
    name: "oxlint",
    quick: true,
    inputs: [...sources, ".oxlintrc.json"],
    needs: ["packages"],
    run: () => check(tool("oxlint", "--deny-warnings")),
  },
  {
    name: "floors",
    quick: true,
    inputs: ["lib", ".dependency-cruiser.mjs", ...packages],
    needs: ["packages"],
    run: () => check(tool("depcruise", "--config", ".dependency-cruiser.mjs", "lib")),
  },
  {
    name: "prettier",
    inputs: [...sources, "README.md", "CONTRIBUTING.md", "CHANGELOG.md", ".prettierrc.json", ".prettierignore"],
    needs: ["packages"],
    run: () => check(tool("prettier", "--check", "--log-level=warn", ".")),
  },
  {
    name: "vitest",
    quick: true,
    needs: ["lib"],
    // Two at a time, also on two cores: much of their time they wait for other processes.
    run: ({ quick }) =>
      vitestTests([`--exclude=${realClients}/**`, "--maxWorkers=2"], quick ? { PUSHRIG_QUICK: "1" } : {}),
  },
  { name: "Chromium, Python", needs: ["packages"], run: installRealClients },
  {
    name: "real clients",
    inputs: [
      ...rust,
      "lib",
      "docs",
      realClients,
      "__test__/support",
      "scripts",
      "index.d.ts",
      "playwright.d.ts",
      "tsconfig.json",
      "rolldown.config.mjs",
      ...packages,
    ],
    needs: ["lib", "Chromium, Python"],
    run: () => vitestTests([realClients, "--maxWorkers=2"]),
  },
  {
    name: "nextjs",
    inputs: [
      ...rust,
      "lib",
      nextjs,
      "__test__/support",
      "examples/nextjs",
      // guide.test.ts runs it.
      "docs/nextjs.md",
      "scripts",
      "index.d.ts",
      "next.d.ts",
      "playwright.d.ts",
      "tsconfig.json",
      "rolldown.config.mjs",
      ...packages,
    ],
    needs: ["lib", "Chromium, Python"],
    run: () => vitestTests([`--config=${nextjs}/vitest.config.mts`]),
  },
  {
    name: "testing",
    inputs: [
      ...rust,
      "lib",
      testing,
      "examples/testing",
      "scripts",
      ...declarations,
      "tsconfig.json",
      "rolldown.config.mjs",
      ...packages,
    ],
    needs: ["lib"],
    run: () => vitestTests([`--config=${testing}/vitest.config.mts`]),
  },
  {
    name: "binary",
    inputs: [...rust, "scripts/binary.mjs", "scripts/requirements.txt"],
    run: async () => void (await buildBinary()),
  },
  {
    name: "installation",
    inputs: [
      ...rust,
      "lib",
      "scripts",
      "shims",
      "__test__/install",
      "__test__/matrix/fixtures",
      ".github",
      ...declarations,
      "tsconfig.json",
      "rolldown.config.mjs",
      ...packages,
    ],
    needs: ["lib", "binary"],
    run: installation,
  },
  {
    name: "matrix",
    inputs: [
      ...rust,
      "lib",
      "scripts",
      "__test__/matrix",
      "__test__/contract",
      "examples/testing/src",
      "index.d.ts",
      "tsconfig.json",
      "rolldown.config.mjs",
      ...packages,
    ],
    needs: ["lib"],
    run: mostCells,
  },
  {
    name: "documentation",
    inputs: [...rust, ...sources, "README.md", "tsconfig.json", "rolldown.config.mjs", ".ci"],
    needs: ["lib", "Chromium, Python"],
    run: documentation,
  },
  {
    name: "benches, briefly",
    inputs: [...rust, "lib", "benches", "scripts", "tsconfig.json", "rolldown.config.mjs", ...packages],
    // The page is measured in Chromium.
    needs: ["lib", "Chromium, Python"],
    run: async () => {
      for (const bench of ["bench", "wire"]) {
        await check([process.execPath, "scripts/run.mjs", bench, "--brief"]);
        // Beside itself.
        await check([process.execPath, "scripts/run.mjs", bench, "--brief", "--before", "."]);
      }
    },
  },
];

async function perform(step, options) {
  const inputs = step.inputs && `${process.version} ${contentHash(step.inputs)}`;
  const before = inputs && !inCI && remembered(step.name, inputs);
  if (before) return { result: "unchanged", tests: before.tests };
  try {
    const tests = await step.run(options);
    if (inputs) remember(step.name, inputs, { tests });
    return { result: "ok", tests };
  } catch (error) {
    if (!(error instanceof StepFailed)) console.error(error);
    // A step without failed tests of its own still is a failure, and must show in the closing line.
    const { passed = 0, failed = 0, failures = [error.message] } = error.tests ?? {};
    return { result: "FAILED", tests: { passed, failed: Math.max(failed, 1), failures } };
  }
}

export async function test({ quick }) {
  const rows = [];
  const lost = new Set();
  for (const step of steps.filter((step) => step.quick || !quick)) {
    const start = performance.now();
    const blocked = step.needs?.some((name) => lost.has(name));
    if (!blocked) console.log(`\n── ${step.name}`);
    const { result, tests } = blocked ? { result: "not run" } : await perform(step, { quick });
    if (result === "FAILED" || blocked) lost.add(step.name);
    rows.push({ name: step.name, result, tests, seconds: (performance.now() - start) / 1000 });
  }

  console.log(`\n${"step".padEnd(18)}${"result".padEnd(11)}${"tests".padStart(12)}${"time".padStart(10)}`);
  const total = { passed: 0, failed: 0 };
  for (const { name, result, tests, seconds } of rows) {
    const count = tests ? `${tests.passed}/${tests.passed + tests.failed}` : "";
    console.log(`${name.padEnd(18)}${result.padEnd(11)}${count.padStart(12)}${`${seconds.toFixed(1)} s`.padStart(10)}`);
    total.passed += tests?.passed ?? 0;
    total.failed += tests?.failed ?? 0;
  }
  // Once more at the end: of a long run somebody may have kept no more.
  for (const { name, tests } of rows) {
    for (const failure of (tests?.failures ?? []).slice(0, 10)) console.log(`\nFAILED ${name}: ${firstLines(failure)}`);
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  if (lost.size > 0) process.exitCode = 1;
}
