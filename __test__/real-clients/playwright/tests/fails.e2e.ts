import { expect, test } from "pushrig/playwright";

test.skip(process.env.FAILS !== "true", "what they leave is what another run is about");

test("fails on purpose", async ({ page, pusher }) => {
  await page.goto("/");
  await pusher.channel("task-1").received("never", undefined, { timeout: 300 });
});

test("awaits no matcher", async ({ pusher }) => {
  void expect(pusher.channel("task-1")).toHaveTriggered("never");
});
