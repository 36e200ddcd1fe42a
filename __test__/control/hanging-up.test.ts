import { get } from "node:http";
import { expect, it } from "vitest";
import { untilHungUp, waitFor } from "../../lib/app/waiter.js";
import { open } from "./world.js";

it("ends a wait when the caller hangs up, and lets go of what it watched", async () => {
  let isWatching = false;
  const controller = new AbortController();
  const never = {
    call: "never()",
    look: () => undefined,
    watch: () => {
      isWatching = true;
      return () => void (isWatching = false);
    },
    late: () => "too late",
  };
  const waiting = untilHungUp(controller.signal, () => waitFor(never, 60_000, open));
  expect(isWatching).toBe(true);
  controller.abort();
  await expect(waiting).rejects.toThrow("Nobody waits any more");
  expect(isWatching).toBe(false);
});

it("answers the next request of whoever has hung up on a wait", async () => {
  const { gateway, remote } = await open();
  const address = `${gateway.url}/pushrig/v1/wait`;
  for (let i = 0; i < 20; i += 1) {
    await new Promise<void>((resolve) => {
      const sent = get(address, { method: "POST", agent: false });
      sent.on("error", () => resolve());
      sent.on("socket", (socket) => socket.once("connect", () => setImmediate(() => sent.destroy(new Error("gone")))));
      sent.end(JSON.stringify({ for: "triggered", channel: "task-1", event: "x", timeout: 60_000 }));
    });
  }
  const waiting = remote.channel("task-1").triggered("x", undefined, { timeout: 20_000 });
  await remote.trigger("task-1", "x", 1);
  expect(await waiting).toMatchObject({ data: 1 });
});
