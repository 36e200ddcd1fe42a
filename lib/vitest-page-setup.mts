// Runs before each test file in a page of Vitest's browser mode, in place of vitest-setup.mts.
import { afterAll, afterEach, beforeEach, expect, inject } from "vitest";
import { setTestRunner } from "./events/test-runner.js";
import { AWAITED } from "./runners/matchers/awaited.js";
import { RunningTests } from "./runners/running-tests.js";
import { ask, type Opened, setGateway } from "./tab/gateway.js";
import { resetAll } from "./tab/state.js";

const { reset: policy } = inject("pushrig");

// Taken before a test can put something in its place.
const fetch = globalThis.fetch.bind(globalThis);

const response = await fetch(new URL("/__pushrig__/apps", location.href), { method: "POST" });
const opened = (await response.json()) as Opened & { error?: { message: string } };
if (opened.error !== undefined) throw new Error(opened.error.message);
setGateway(opened);

const tests = new RunningTests();
setTestRunner(tests);

expect.extend(AWAITED);

beforeEach(({ task }) => {
  tests.begin(task, task.concurrent);
});
afterEach(async ({ task }) => {
  // Of tests that run at one time the last one empties the app they share.
  if (policy === "test" && tests.isLast(task)) await resetAll();
  tests.end(task);
});
afterAll(async () => {
  if (policy === "file") await resetAll();
  tests.endFile();
  await ask("close");
});
