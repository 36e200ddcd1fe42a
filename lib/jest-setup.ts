// Runs before each test file when the settings of jest.ts are used. It evaluates no mock: that is for the files which use one.
import { AsyncLocalStorage } from "node:async_hooks";
import { relative, resolve } from "node:path";
import { allChecked, resetUsed, setTestContract, setTestRoutes, setTestRunner } from "./events/test-runner";
import { evaluated } from "./runners/evaluated";
import { exported, FROM_ROOT, type NamedRoute } from "./runners/routes";
import type { Integration } from "./runners/options";
import type * as Matchers from "./matchers";
import { amend } from "./runners/amend";
import { matchersFrom } from "./runners/matchers/registered";
import { RunningTests } from "./runners/running-tests";
import type * as TraceFiling from "./runners/trace-files";
import type { TracedTest } from "./runners/trace-files";

type Hook = (hook: () => unknown) => void;
type Declare = (...args: unknown[]) => unknown;

/** The part of Jest's functions that is used here; Jest is no dependency. */
interface Jest {
  beforeAll: Hook;
  beforeEach: Hook;
  afterEach: Hook;
  afterAll: Hook;
  test: { concurrent?: Declare };
  it: { concurrent?: Declare };
  expect: { extend(matchers: object): void; getState(): { currentTestName?: string; testPath?: string } };
  jest: { getSeed?(): number };
}

// Jest answers this by itself, installed or not, also where a configuration says `injectGlobals: false`.
const { beforeAll, beforeEach, afterEach, afterAll, test, it, expect, jest: own } = require("@jest/globals") as Jest;
const {
  reset: policy,
  routes,
  contract,
  strict,
  hints,
  trace,
  dir,
} = (globalThis as unknown as { __PUSHRIG__: Integration & { routes: NamedRoute[]; contract?: string } }).__PUSHRIG__;

const tests = new RunningTests({
  strict,
  hints,
  failureOf,
  Storage: AsyncLocalStorage,
  ...(trace !== false && {
    traces: () => {
      const { TraceFiles } = require("./runners/trace-files") as typeof TraceFiling;
      return new TraceFiles({ policy: trace, dir: resolve(dir), about, alone: () => tests.alone() });
    },
    tell,
  }),
});
setTestRunner(tests);
expect.extend(matchersFrom(() => require("./matchers") as typeof Matchers));
setTestRoutes(
  routes.map((route) => ({ endpoint: route.endpoint, load: async () => exported(route, await ofProject(route.file)) })),
);
if (contract !== undefined) setTestContract({ file: contract, load: () => ofProject(contract) });

/** What jest-circus keeps of the test that is running, and of hooks. */
interface Circus {
  currentlyRunningTest?: { errors: unknown[]; invocations?: number; failing?: boolean } | null;
  rootDescribeBlock?: { hooks: Array<{ type: string; fn: unknown }> };
}

/** None with another runner than jest-circus. */
function circus(): Circus[] {
  const all = globalThis as unknown as Record<symbol, Circus | undefined>;
  const symbols = Object.getOwnPropertySymbols(globalThis);
  return symbols.flatMap((symbol) => (symbol.description === "JEST_STATE_SYMBOL" ? (all[symbol] ?? []) : []));
}

/** What a test has failed with, as far as Jest knows. */
function failureOf(test: object): string | undefined {
  if (test !== current) return undefined;
  const errors = circus().flatMap((state) => state.currentlyRunningTest?.errors ?? []);
  // Each with where it was noticed.
  return errors.length === 0
    ? undefined
    : errors.map((error) => String(Array.isArray(error) ? error[0] : error)).join("\n");
}

/** Names of concurrent tests. */
const names = new WeakMap<object, string>();

/** What a trace says of its test. */
function about(test: object): TracedTest {
  const { currentTestName = "", testPath = "" } = expect.getState();
  const running = test === current ? circus()[0]?.currentlyRunningTest : undefined;
  let seed: number | undefined;
  try {
    seed = own.getSeed?.();
  } catch {
    // Jest 29 has it since 29.2.
  }
  return {
    test: names.get(test) ?? currentTestName,
    file: relative(process.cwd(), testPath),
    runner: "jest",
    seed,
    retry: (running?.invocations ?? 1) - 1 || undefined,
    isToFail: running?.failing === true,
  };
}

/** In the failure itself: the first of a test's errors. */
function tell(test: object, text: string, errors: unknown[]): void {
  const own = test === current ? circus().flatMap((state) => state.currentlyRunningTest?.errors ?? []) : [];
  const [first] = [...own, ...errors];
  // What was thrown, and where that was noticed.
  if (Array.isArray(first) && typeof first[0] === "string") first[0] = `${first[0]}\n\n${text}`;
  else amend(Array.isArray(first) ? (first[0] ?? first[1]) : first, text);
}

/** A module of the project's. Only the resolver knows the folder that the path counts from. */
function ofProject(file: string): Promise<unknown> {
  return evaluated(`${FROM_ROOT}${file}`, {
    require: (name) => require(name) as unknown,
    import: (name) => import(name),
  });
}

// Jest starts all concurrent tests of a file ahead of its hooks, and none of them says when it ends. So the mere use of
// `test.concurrent` is noted, and such a file is reset at its end only.
let concurrent = false;
for (const declare of new Set([test, it])) {
  const original = declare.concurrent;
  if (original === undefined) continue;
  const guarded = guard(original);
  Object.defineProperty(declare, "concurrent", {
    configurable: true,
    get() {
      concurrent = true;
      return guarded;
    },
  });
}

/** `test.concurrent` and what hangs on it (`only`, `each`, …), with tests that fail with what their callbacks threw. */
function guard(declare: Declare): Declare {
  return new Proxy(declare, {
    apply(target, self, args: unknown[]) {
      const own = args.map((value) => (typeof value === "function" ? guardTest(value as Declare, args[0]) : value));
      return Reflect.apply(target, self, own);
    },
    get(target, name, receiver) {
      const value = Reflect.get(target, name, receiver) as unknown;
      if (typeof value !== "function") return value;
      // The table of `each` may have functions in it.
      if (name === "each") return (...table: unknown[]) => guard(Reflect.apply(value, target, table) as Declare);
      return guard(value as Declare);
    },
  });
}

function guardTest(run: Declare, name: unknown): Declare {
  return async function (this: unknown, ...args: unknown[]) {
    const test = {};
    names.set(test, String(name));
    tests.begin(test, true);
    let result: unknown;
    try {
      result = await tests.inside(test, () => Reflect.apply(run, this, args));
    } catch (error) {
      tests.fail(error, test);
    }
    await allChecked();
    tests.end(test);
    return result;
  };
}

/** The test between the hooks. It is begun anew for a retry. */
let current: object = {};
beforeEach(() => {
  current = {};
  tests.begin(current);
});
function endTest(): unknown {
  const end = () => tests.end(current, policy === "test" && !concurrent ? resetUsed : undefined);
  return allChecked()?.then(end) ?? end();
}
afterEach(endTest);
// What a test file has to clean up (as Testing Library does when it is imported) comes first: Jest calls hooks in the order in which they
// were made.
beforeAll(() => {
  for (const { rootDescribeBlock: { hooks } = { hooks: [] } } of circus()) {
    const own = hooks.findIndex(({ type, fn }) => type === "afterEach" && fn === endTest);
    if (own >= 0) hooks.push(...hooks.splice(own, 1));
  }
});
afterAll(() => {
  const end = () => tests.endFile(policy !== false ? resetUsed : undefined);
  return allChecked()?.then(end) ?? end();
});
