import { test } from "pushrig/playwright";

test("fails on purpose", async ({ page, pusher }) => {
  test.skip(process.env.FAILS !== "true", "its trace is what another run is about");
  await page.goto("/");
  await pusher.channel("task-1").received("never", undefined, { timeout: 300 });
});
