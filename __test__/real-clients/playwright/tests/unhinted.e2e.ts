// In a project with hints: false.
import { expect, test } from "pushrig/playwright";

test.skip(process.env.FAILS !== "true", "what it leaves is what another run is about");

test("fails without a hint", async ({ page, pusher }) => {
  await page.goto("/");
  await pusher.channel("task-1").subscribed();
  await pusher.trigger("task-1", "new_message", { text: "hello" });
  await expect(page.getByRole("listitem")).toHaveText(["hello"], { timeout: 300 });
});
