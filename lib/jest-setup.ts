// Runs before each test file when the settings of jest.ts are used.
import { reset } from "./index";
import type { ResetPolicy } from "./runners/swap";

/** The part of Jest's globals that is used here; Jest is no dependency. */
interface JestGlobals {
  __PUSHRIG__: { reset: ResetPolicy };
  afterEach(hook: () => void): void;
  afterAll(hook: () => void): void;
  test: { concurrent?: unknown };
  it: { concurrent?: unknown };
}

const runner = globalThis as unknown as JestGlobals;
const policy = runner.__PUSHRIG__.reset;

// Jest starts all concurrent tests of a file ahead of its hooks, and none of them says when it ends. So the mere use of
// `test.concurrent` is noted, and such a file is reset at its end only.
let concurrent = false;
for (const test of new Set([runner.test, runner.it])) {
  const original = test.concurrent;
  Object.defineProperty(test, "concurrent", {
    configurable: true,
    get() {
      concurrent = true;
      return original;
    },
  });
}

if (policy === "test") {
  runner.afterEach(() => {
    if (!concurrent) reset();
  });
}
if (policy !== false) runner.afterAll(() => reset());
