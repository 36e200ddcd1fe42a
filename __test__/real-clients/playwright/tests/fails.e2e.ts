import { expect, test } from "pushrig/playwright";

test.skip(process.env.FAILS !== "true", "what they leave is what another run is about");

test("fails on purpose", async ({ page, pusher }) => {
  await page.goto("/");
  await pusher.channel("task-1").received("never", undefined, { timeout: 300 });
});

test("awaits no matcher", async ({ pusher }) => {
  void expect(pusher.channel("task-1")).toHaveTriggered("never");
});

test("expects what a misspelt event was to bring", async ({ page, pusher }) => {
  await page.goto("/");
  await pusher.channel("task-1").subscribed();
  await pusher.trigger("task-1", "new_message", { text: "hello" });
  await pusher.trigger("tasks-1", "new-message", { text: "hello" });
  await expect(page.getByRole("listitem")).toHaveText(["hello"], { timeout: 300 });
});

test("expects it in a page of its own", async ({ browser, baseURL, pusher }) => {
  const grace = await browser.newPage({ baseURL });
  await grace.goto("/?as=grace");
  await pusher.channel("presence-room").members("grace");
  await pusher.trigger("task-1", "new-mesage", { text: "hello" });
  await expect(grace.getByRole("listitem")).toHaveText(["hello"], { timeout: 300 });
});
