// Runs before each test file when the plugin of vitest.ts is used. It evaluates no mock: that is for the files which use one.
import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as vitest from "vitest";
import type * as Suite from "vitest/suite";
import { allChecked, copies, resetUsed, setTestRunner } from "./events/test-runner.js";
import type * as Matchers from "./matchers.js";
import { CodeCache } from "./runners/code-cache.js";
import { matchersFrom } from "./runners/matchers/registered.js";
import { RunningTests } from "./runners/running-tests.js";
import type * as TraceFiling from "./runners/trace-files.js";
import { installHooks } from "./runners/hooks.js";
import type { Integration } from "./runners/options.js";
import { about, beginAttempt, failureOf, tellTraces } from "./runners/vitest-tests.mjs";

declare module "vitest" {
  interface ProvidedContext {
    pushrig: Integration;
    /** The folder for compiled code; undefined before Vitest 3.1. */
    "pushrig:code"?: string;
  }
}

const { afterAll, afterEach, beforeEach, expect, inject } = vitest;

// Required, because Node looks for the names in a CommonJS module that is imported, which takes longer than to run this one.
const require = createRequire(import.meta.url);

/** The folder of this package's files. */
const dist = dirname(fileURLToPath(import.meta.url));
// What imports the SDKs by itself is Vite's where Node's hooks are dear (vitest.ts).
installHooks(dist, { quick: true });

const folderOfCode = inject("pushrig:code");
const codeCache = folderOfCode === undefined ? undefined : new CodeCache(dist, folderOfCode);
codeCache?.install();

const { reset: policy, strict, hints, trace, dir } = inject("pushrig");
const tests = new RunningTests({
  strict,
  hints,
  Storage: AsyncLocalStorage,
  failureOf,
  ...(trace !== false && {
    traces: () => {
      const { TraceFiles } = require("./runners/trace-files.js") as typeof TraceFiling;
      return new TraceFiles({ policy: trace, dir, about, alone: () => tests.alone() });
    },
    tell,
  }),
});
setTestRunner(tests);

expect.extend(matchersFrom(() => require("./matchers.js") as typeof Matchers));

/** Artifacts that are on their way to Vitest. */
const recorded = new Set<Promise<unknown>>();

function tell(test: object, text: string, errors: unknown[]): void {
  const recording = tellTraces(test, text, errors);
  if (recording === undefined) return;
  recorded.add(recording);
  void recording.finally(() => recorded.delete(recording));
}

// Without isolation they, and the application's modules, have seen files before.
for (const copy of copies()) copy.beginFile();

/** Test functions that make themselves known in what they start. */
const known = new WeakSet<object>();

// Newer versions can put something around a test and its hooks.
const hasAround = "aroundEach" in vitest;
if (hasAround) {
  vitest.aroundEach((run, { task }) => (task.concurrent ? tests.inside(task, run) : run()));
}

beforeEach(async ({ task }) => {
  if (trace !== false) beginAttempt(task);
  tests.begin(task, task.concurrent);
  if (hasAround || !task.concurrent || known.has(task)) return;
  known.add(task);
  // Put together, because Vite refuses at once what newer versions do not have.
  const suite = ["vitest", "suite"].join("/");
  const { getFn, setFn } = (await import(/* @vite-ignore */ suite)) as typeof Suite;
  const run = getFn(task);
  setFn(task, () => tests.inside(task, run));
});
afterEach(({ task }) => {
  // Concurrent tests share the default app, so it is reset when the last one that runs is done.
  const end = (): unknown => {
    try {
      tests.end(task, policy === "test" ? resetUsed : undefined);
    } catch (error) {
      if (recorded.size === 0) throw error;
      return Promise.all(recorded).then(() => Promise.reject(error));
    }
    return recorded.size === 0 ? undefined : Promise.all(recorded);
  };
  return allChecked()?.then(end) ?? end();
});
afterAll(() => {
  const end = () => tests.endFile(policy === false ? undefined : resetUsed);
  // What uses no app runs too little of it to be worth keeping.
  if (copies().some((copy) => copy.isUsed())) codeCache?.keep();
  return allChecked()?.then(end) ?? end();
});
