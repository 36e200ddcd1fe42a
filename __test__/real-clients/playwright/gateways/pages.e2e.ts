// Pages that were made for the real service, and no gateway anywhere.
import { expect, test } from "pushrig/playwright";

for (const text of ["one", "two", "three", "four"]) {
  test(text, async ({ page, pusher }) => {
    await page.goto(process.env.APPLICATION ?? "");
    await expect(pusher.channel("task-1")).toHaveSubscribers(1);
    await pusher.trigger("task-1", "new-message", { text });
    await expect(page.getByRole("listitem")).toHaveText([text]);
  });
}
