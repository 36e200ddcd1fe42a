// What is done around a test file of Vitest and around its tests. No mock is evaluated for it: that is for the files which use one.
import { AsyncLocalStorage } from "node:async_hooks";
import type * as Vitest from "vitest" with { "resolution-mode": "import" };
import type * as Suite from "vitest/suite" with { "resolution-mode": "import" };
import { allChecked, copies, resetUsed, setTestRunner } from "./events/test-runner";
import type * as Matchers from "./matchers";
import { CodeCache } from "./runners/code-cache";
import { installHooks } from "./runners/hooks";
import { matchersFrom } from "./runners/matchers/registered";
import { RunningTests } from "./runners/running-tests";
import type * as TraceFiling from "./runners/trace-files";
import { about, beginAttempt, failureOf, tellTraces } from "./runners/vitest-tests";

/** The folder of this package's files. */
const DIST = __dirname;

/**
 * Sets up the test file that Vitest evaluates next.
 *
 * @param vitest what a setup file imports of it
 * @param loadSuite imports `vitest/suite`, which newer versions do not have
 */
export function setUpFile(vitest: typeof Vitest, loadSuite: () => Promise<typeof Suite>): void {
  const { afterAll, afterEach, beforeEach, expect, inject } = vitest;

  // What imports the SDKs by itself is Vite's where Node's hooks are dear (vitest.ts).
  installHooks(DIST, { quick: true });

  const folderOfCode = inject("pushrig:code");
  const codeCache = folderOfCode === undefined ? undefined : new CodeCache(DIST, folderOfCode);
  codeCache?.install();

  const { reset: policy, strict, hints, trace, dir } = inject("pushrig");
  const tests = new RunningTests({
    strict,
    hints,
    Storage: AsyncLocalStorage,
    failureOf,
    ...(trace !== false && {
      traces: () => {
        const { TraceFiles } = require("./runners/trace-files") as typeof TraceFiling;
        return new TraceFiles({ policy: trace, dir, about, alone: () => tests.alone() });
      },
      tell,
    }),
  });
  setTestRunner(tests);

  expect.extend(matchersFrom(() => require("./matchers") as typeof Matchers));

  /** Artifacts that are on their way to Vitest. */
  const recorded = new Set<Promise<unknown>>();

  function tell(test: object, text: string, errors: unknown[]): void {
    const recording = tellTraces(vitest, test, text, errors);
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
    const { getFn, setFn } = await loadSuite();
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
}
