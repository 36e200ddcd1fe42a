/** The fixtures of `pushrig/playwright`. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type {
  Browser,
  BrowserContext,
  Fixtures,
  PlaywrightTestArgs,
  PlaywrightTestOptions,
  PlaywrightWorkerArgs,
  PlaywrightWorkerOptions,
  TestInfo,
} from "@playwright/test";
import { traceOf } from "../../journal/trace.js";
import { AppOfWorker, type Listen, type PushrigUse, type WorkerApp } from "./app-of-worker.js";
import { endMatchers } from "./matchers.js";
import { type Pusher, TestPusher } from "./pusher.js";

export interface PusherFixture {
  pusher: Pusher;
}

export interface PusherWorkerFixture {
  /** `use: { pushrig: … }` of the configuration. */
  pushrig: PushrigUse;
  /** @internal */
  pushrigApp: AppOfWorker;
}

/** The file of a test's trace, and the name of its attachment. */
const TRACE = "pushrig.jsonl";

/** Of the test that runs: a worker runs one after the other. */
let current: { pusher: TestPusher; contexts: BrowserContext[] } | undefined;

export type PusherFixtures = Fixtures<
  PusherFixture,
  PusherWorkerFixture,
  PlaywrightTestArgs & PlaywrightTestOptions,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions
>;

/** @param listen opens a gateway where none runs */
export const fixturesWith = (listen: Listen): PusherFixtures => ({
  pushrig: [{}, { option: true, scope: "worker" }],

  pushrigApp: [
    async ({ pushrig }, use, { parallelIndex, config }) => {
      const folder = config.configFile === undefined ? config.rootDir : dirname(config.configFile);
      const app = new AppOfWorker(pushrig, { folder, parallelIndex }, listen);
      await use(app);
      await app.close();
    },
    { scope: "worker" },
  ],

  pusher: [
    async ({ pushrigApp, baseURL }, use, testInfo) => {
      const { app, pusher } = await pushrigApp.begin(async (worker) => {
        const one = new TestPusher(worker, baseURL);
        await one.begin();
        return { app: worker, pusher: one };
      });
      const contexts: BrowserContext[] = [];
      current = { pusher, contexts };
      await use(pusher as TestPusher & Pusher);
      current = undefined;
      const floating = pusher.end(endMatchers());
      for (const description of pusher.notes) testInfo.annotations.push({ type: "pushrig", description });
      const hasFailed = testInfo.status !== testInfo.expectedStatus;
      if (hasFailed || floating !== undefined) {
        const failure = hasFailed ? failureOf(testInfo) : String(floating?.message);
        await leaveTrace(app, testInfo, [failure, ...pusher.notes.map((note) => `pushrig: ${note}`)]);
      }
      // Their pages would be clients of the next test, too.
      await Promise.all(contexts.map((context) => context.close()));
      if (!hasFailed && floating !== undefined) throw floating;
    },
    { auto: true },
  ],

  browser: [
    async ({ browser }, use) => {
      const undo = attachNewContexts(browser);
      await use(browser);
      undo();
    },
    { scope: "worker" },
  ],

  context: async ({ context, pusher }, use) => {
    await pusher.attach(context);
    await use(context);
  },
});

/** Contexts that a test opens for further people are clients of its app, too, as long as it runs. */
function attachNewContexts(browser: Browser): () => void {
  const { newContext } = browser;
  browser.newContext = async (...options) => {
    const context = await newContext.apply(browser, options);
    current?.contexts.push(context);
    await current?.pusher.attach(context);
    return context;
  };
  return () => {
    browser.newContext = newContext;
  };
}

function failureOf({ error, status }: TestInfo): string {
  return error?.message ?? error?.value ?? `the test ${status}`;
}

/** Leaves a file among the results of the test, as Playwright does for its own trace, and says where it is. */
async function leaveTrace({ remote, key }: WorkerApp, testInfo: TestInfo, why: readonly string[]): Promise<void> {
  const text = stripVTControlCharacters(why.join("\n\n"));
  const { version } = JSON.parse(readFileSync(`${__dirname}/../package.json`, "utf8")) as { version: string };
  let body: string;
  try {
    const page = await remote.journal();
    const { titlePath, file, retry, repeatEachIndex: repeat } = testInfo;
    const test = titlePath.slice(1).join(" > ");
    body = traceOf(page, { test, file, runner: "playwright", version, app: key, retry, repeat }, text);
  } catch (error) {
    const none = `pushrig: there is no trace of this test: ${(error as Error).message}`;
    await testInfo.attach("pushrig", { body: none, contentType: "text/plain" });
    return;
  }
  const path = testInfo.outputPath(TRACE);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, body);
  // Where attach() would make a copy of another name.
  testInfo.attachments.push({ name: TRACE, path, contentType: "application/jsonl" });
}
