// The gateway ends while a test waits, and is not there for the next one.
import { expect, test } from "pushrig/playwright";

test.describe.serial("the gateway ends", () => {
  test("in the middle of a test", async ({ pusher }) => {
    test.fail();
    const waiting = pusher.channel("task-1").subscribed({ timeout: 30_000 });
    process.kill(Number(process.env.GATEWAY_PID), "SIGKILL");
    await waiting;
  });

  test("and the next one has one of its own", async ({ pusher }) => {
    const { gateway } = await pusher.state();
    expect(gateway.pid).toBe(process.pid);
  });
});
