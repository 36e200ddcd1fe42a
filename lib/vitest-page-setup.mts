// Runs before each test file in a page of Vitest's browser mode, in place of vitest-setup.mts.
import * as vitest from "vitest";
import { ContractReader, checksDone } from "./app/contract.js";
import { hintsIn } from "./app/hints.js";
import { Strictness } from "./app/strictness.js";
import { addCopy, setTestRunner, testContract } from "./events/test-runner.js";
import { isLenient, LENIENT, withStrict } from "./options/strict.js";
import { AWAITED } from "./runners/matchers/awaited.js";
import type { SaidInPage } from "./runners/page-traces.js";
import { RunningTests } from "./runners/running-tests.js";
import { application } from "./tab/application.js";
import { caughtUp, misspellings } from "./tab/clients.js";
import { about, beginAttempt, failureOf, tellTraces } from "./runners/vitest-tests.js";
import { askPlugin, closeOwnApp, type Opened, setGateway } from "./tab/gateway.js";
import { allPublished, beforePublishingDo, holdTo, secrets } from "./tab/server.js";
import { resetAll } from "./tab/state.js";

const { afterAll, afterEach, beforeEach, expect, inject } = vitest;
type Test = vitest.TestContext["task"];

const { reset: policy, strict: given, hints, trace } = inject("pushrig");
const strict = withStrict(LENIENT, given, "pushrig()");

// Taken before a test can put something in its place.
const fetch = globalThis.fetch.bind(globalThis);

const response = await fetch(new URL("/__pushrig__/apps", location.href), { method: "POST" });
const opened = (await response.json()) as Opened & { error?: { message: string } };
if (opened.error !== undefined) throw new Error(opened.error.message);
setGateway(opened);

const tests = new RunningTests({ hints, failureOf });
setTestRunner(tests);

expect.extend(AWAITED);

/** How many secrets the plugin knows. */
let known = 0;
if (trace === "always") {
  beforePublishingDo(async () => {
    if (secrets.size === known) return;
    known = secrets.size;
    await askPlugin("traced", { secrets: [...secrets] } satisfies SaidInPage);
  });
}

/** The latest entry when the test began. */
let began = 0;

addCopy(tests, {
  beginFile() {},
  isUsed: () => false,
  reset() {},
  begin() {},
  checked: () => Promise.resolve(),
  hints: (_test, isAlone) => (isAlone ? [...hintsIn(application.journal.read(), began), ...misspellings()] : []),
});

/** The app of this file, as whoever looks for mistakes takes it. */
const looked = {
  journal: application.journal,
  owner: undefined,
  anyCredentials: true,
  door: "socket",
  lookIfOpen: () => true,
} as const;
const strictness = new Strictness(looked, strict);
if (!isLenient(strict)) holdTo(strictness);
const looksBack = strict.unheard !== "ignore" || strict.typo !== "ignore";
let contracts: ContractReader | undefined;

beforeEach(async ({ task }) => {
  if (trace !== false) beginAttempt(task);
  tests.begin(task, task.concurrent);
  if (trace === "always" && !task.concurrent) await traced(task, tests.alone() === task);
  // The file that says it is evaluated behind this one.
  const contract = testContract();
  contracts ??= contract && new ContractReader(looked, contract);
  if (policy === "test") return;
  await application.refresh();
  began = application.journal.seq;
});
afterEach(async ({ task }) => {
  const isLast = tests.isLast(task);
  if (contracts !== undefined || !isLenient(strict) || (hints && task.result?.state === "fail")) await look();
  if (contracts !== undefined) await checksDone();
  if (looksBack) strictness.look();
  if (strict.typo !== "ignore") for (const { text } of misspellings()) react(strict.typo, text);
  if (policy === "test" && isLast) strictness.lookBack("at the reset");
  const isAlone = tests.alone() === task;
  try {
    await ended(task, isAlone);
  } finally {
    // Of tests that run at one time the last one empties the app they share.
    if (policy === "test" && isLast) await resetAll();
  }
});
afterAll(async () => {
  if (policy === "file") {
    if (!isLenient(strict)) await look();
    strictness.lookBack("at the reset");
    await resetAll();
  }
  tests.endFile();
  await closeOwnApp();
});

/** Ends a test, with its trace: the app is emptied later. */
async function ended(task: Test, isAlone: boolean): Promise<void> {
  let error: unknown;
  let hasThrown = false;
  try {
    tests.end(task);
  } catch (thrown) {
    error = thrown;
    hasThrown = true;
  }
  const failure = [failureOf(task), ...(hasThrown ? [String(error)] : [])].filter((text) => text !== undefined);
  if (trace === "always" || (trace === "on-failure" && failure.length > 0)) {
    const told = await traced(task, isAlone, failure.length === 0 ? {} : { failure: failure.join("\n") });
    if (told.length > 0) await tellTraces(vitest, task, told.join("\n"), [error]);
  }
  if (hasThrown) throw error;
}

/** Says of a test that it begins, or how it has ended: its app is in Vitest's process, and so are files. Answers what is to be told. */
async function traced(task: Test, isAlone: boolean, end?: { failure?: string }): Promise<string[]> {
  try {
    const said: SaidInPage = { secrets: [...secrets], test: { about: about(task), isAlone, end } };
    return (await askPlugin<{ told: string[] }>("traced", said)).told;
  } catch (error) {
    return [`pushrig: there is no trace of this test: ${(error as Error).message}`];
  }
}

/** Brings up to date what this page knows. */
async function look(): Promise<void> {
  await allPublished();
  await caughtUp();
  await application.refresh();
}

function react(reaction: "warn" | "error", text: string): void {
  if (reaction === "warn") console.warn(`pushrig: ${text}`);
  else tests.fail(new Error(`pushrig: ${text}`), undefined);
}
