// Which gateway a worker has.
import { expect, test } from "pushrig/playwright";

for (const name of ["one", "two"]) {
  test(name, async ({ pusher }, testInfo) => {
    await pusher.trigger("task-1", name, {});
    await expect(pusher).toHaveTriggeredTimes(name, 1);
    const { gateway, app } = await pusher.state();
    testInfo.annotations.push({
      type: "asked",
      description: JSON.stringify({ url: pusher.url, key: pusher.key, app, gateway }),
    });
  });
}
