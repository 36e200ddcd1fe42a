// What docs/playwright.md shows.
import { expect, test } from "pushrig/playwright";

test("two people, and what they see", async ({ page, browser, baseURL, request, pusher }) => {
  await page.goto("/?as=ada");
  const grace = await browser.newPage({ baseURL });
  await grace.goto("/?as=grace");
  await expect(pusher.channel("presence-room")).toHaveMembers(["ada", "grace"]);
  await pusher.channel("task-1").subscribed({ count: 2 });
  await request.post("/say", { headers: pusher.headers, data: "text=hello" });
  await pusher.channel("task-1").triggered("new-message", { text: "hello" });
  await expect(pusher.channel("task-1")).toHaveTriggered("new-message", { text: "hello" });
  await expect(pusher.client("grace")).toReceive("task-1", "new-message");
  await expect(pusher).not.toHaveTriggered("task-deleted");
  await expect(grace.getByRole("listitem")).toHaveText(["hello"]);
});

test("a refusal, and a gateway that was away", async ({ page, pusher }) => {
  await pusher.network.failAuthorization({ channel: "presence-*", status: 403, times: 1 });
  await page.goto("/");
  await expect(page.locator("#error")).toHaveText("403");

  await pusher.restart();
  await pusher.channel("task-1").subscribed();
});
