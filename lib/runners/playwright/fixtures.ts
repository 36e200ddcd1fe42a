/** The fixtures of `pushrig/playwright`. */

import { dirname } from "node:path";
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
import { AppOfWorker, type Listen, type PushrigUse } from "./app-of-worker.js";
import { leave } from "./left.js";
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
    async ({ pushrigApp, pushrig, baseURL }, use, testInfo) => {
      const { app, pusher } = await pushrigApp.begin(async (worker) => {
        const one = new TestPusher(worker, baseURL);
        await one.begin();
        return { app: worker, pusher: one };
      });
      const contexts: BrowserContext[] = [];
      current = { pusher, contexts };
      await use(pusher as TestPusher & Pusher);
      current = undefined;
      await pusher.endFaults();
      const floating = pusher.end(endMatchers());
      for (const description of pusher.notes) testInfo.annotations.push({ type: "pushrig", description });
      const failed = hasFailed(testInfo);
      if (failed || floating !== undefined) {
        const failure = failed ? failureOf(testInfo) : String(floating?.message);
        if (pushrig.hints !== false) await pusher.readBindings();
        const bound = pushrig.hints === false ? undefined : pusher.boundInPages;
        await leave(app, testInfo, failure, { notes: pusher.notes, bound });
      }
      // Their pages would be clients of the next test, too.
      await Promise.all(contexts.map((context) => context.close()));
      if (!failed && floating !== undefined) throw floating;
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

  context: async ({ context, pusher, pushrig }, use, testInfo) => {
    await pusher.attach(context);
    await use(context);
    // Its pages are closed before the test is over.
    if (hasFailed(testInfo) && pushrig.hints !== false) await current?.pusher.readBindings();
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

function hasFailed({ status, expectedStatus }: TestInfo): boolean {
  return status !== expectedStatus;
}

function failureOf({ error, status }: TestInfo): string {
  return error?.message ?? error?.value ?? `the test ${status}`;
}
