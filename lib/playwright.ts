/** `pushrig/playwright`: Playwright's `test` and `expect`, with the fixture `pusher`: the app of the test at the application's gateway. */

import { expect as plainExpect, test as plain } from "@playwright/test";
import type { Gateway } from "./gateway/gateway.js";
import type * as Pushrig from "./index.js";
import { fixturesWith, type PusherFixture, type PusherWorkerFixture } from "./runners/playwright/fixtures.js";
import { PLAYWRIGHT_MATCHERS } from "./runners/playwright/matchers.js";

/** With matchers for what `pusher`, `pusher.channel()`, `pusher.client()` and `pusher.during()` answer. */
export const expect = plainExpect.extend(PLAYWRIGHT_MATCHERS);

/** For `test.extend` of a project's own. */
export const pusherFixtures = fixturesWith(async () => {
  // The addon is loaded where no gateway runs, and nowhere else.
  const { listen } = require("./index") as typeof Pushrig;
  const gateway = (await listen({ port: 0, attach: false })) as Gateway;
  // Another worker would take it for the application's.
  gateway.keepToItself();
  return gateway;
});

/** For `expect.extend` of a project's own. */
export const pusherMatchers = PLAYWRIGHT_MATCHERS;

export const test = plain.extend<PusherFixture, PusherWorkerFixture>(pusherFixtures);
