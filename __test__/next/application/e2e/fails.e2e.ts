// Added to the example for one run: what nobody does.
import { test } from "pushrig/playwright";

test("fails on purpose", async ({ page, pusher }) => {
  await page.goto("/?as=Ada");
  await pusher.channel("task-1").subscribed();
  await pusher.channel("task-1").received("new-message", undefined, { timeout: 300 });
});
