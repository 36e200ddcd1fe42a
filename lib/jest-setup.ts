// Runs before each test file when the settings of jest.ts are used. It evaluates no mock: that is for the files which use one.
import { copies, setTestRunner } from "./events/test-runner";
import type { ResetPolicy } from "./runners/swap";
import { RunningTests } from "./runners/running-tests";

type Hook = (hook: () => void) => void;
type Declare = (...args: unknown[]) => unknown;

/** The part of Jest's functions that is used here; Jest is no dependency. */
interface Jest {
  beforeEach: Hook;
  afterEach: Hook;
  afterAll: Hook;
  test: { concurrent?: Declare };
  it: { concurrent?: Declare };
}

// Jest answers this by itself, installed or not, also where a configuration says `injectGlobals: false`.
const { beforeEach, afterEach, afterAll, test, it } = require("@jest/globals") as Jest;
const policy = (globalThis as unknown as { __PUSHRIG__: { reset: ResetPolicy } }).__PUSHRIG__.reset;

const tests = new RunningTests();
setTestRunner(tests);

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
      const own = args.map((value) => (typeof value === "function" ? guardTest(value as Declare) : value));
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

function guardTest(run: Declare): Declare {
  return async function (this: unknown, ...args: unknown[]) {
    const test = {};
    tests.begin(test, true);
    let result: unknown;
    try {
      result = await tests.inside(test, () => Reflect.apply(run, this, args));
    } catch (error) {
      tests.fail(error, test);
    }
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
afterEach(() => {
  try {
    tests.end(current);
  } finally {
    if (policy === "test" && !concurrent) resetAll();
  }
});
afterAll(() => {
  if (policy !== false) resetAll();
  tests.endFile();
});

function resetAll(): void {
  for (const copy of copies()) copy.resetIfUsed();
}
