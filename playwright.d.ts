/**
 * Playwright's `test` and `expect`, with the fixture `pusher`: an app at the application's gateway, which the pages of the test connect to.
 *
 * ```ts
 * import { expect, test } from "pushrig/playwright";
 *
 * test("a message appears", async ({ page, pusher }) => {
 *   await page.goto("/");
 *   await pusher.channel("task-1").subscribed();
 *   await pusher.trigger("task-1", "new-message", { text: "hello" });
 *   await expect(page.getByRole("listitem")).toHaveText(["hello"]);
 * });
 * ```
 *
 * A project with a `test` of its own extends it: `base.extend<PusherFixture, PusherWorkerFixture>(pusherFixtures)`, or `mergeTests(base, test)`;
 * one with an `expect` of its own: `expect.extend(pusherMatchers)`, or `mergeExpects(own, expect)`.
 */
export { expect, pusherFixtures, pusherMatchers, test } from "./dist/playwright.js";
export type { PushrigUse } from "./dist/runners/playwright/app-of-worker.js";
export type { PusherFixture, PusherWorkerFixture } from "./dist/runners/playwright/fixtures.js";
export type { PlaywrightMatchers } from "./dist/runners/playwright/matchers.js";
export type { Pusher } from "./dist/runners/playwright/pusher.js";
