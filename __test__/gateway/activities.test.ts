import { execFileSync } from "node:child_process";
import { createMockPusher, type Activity } from "pushrig";
import { expect, it, onTestFinished, vi } from "vitest";

vi.setConfig({ testTimeout: 60_000 });

/** Publishes from a process of its own: `node -e PUBLISHER port id key secret batches`. Each batch is eleven activities. */
const PUBLISHER = `
  const Pusher = require("pusher");
  const [port, appId, key, secret, batches] = process.argv.slice(1);
  const server = new Pusher({ appId, key, secret, host: "127.0.0.1", port, useTLS: false });
  const batch = Array.from({ length: 10 }, (_, n) => ({ channel: "c-" + n, name: "e", data: "{}" }));
  (async () => {
    for (let sent = 0; sent < Number(batches); sent += 20)
      await Promise.all(Array.from({ length: 20 }, () => server.triggerBatch(batch)));
  })();
`;

it("says how many activities were lost while the thread was too busy to hear of them, behind those that were not", async () => {
  const rig = createMockPusher();
  onTestFinished(() => rig.close());
  const activities: Activity[] = [];
  const gateway = await rig.listen({ port: 0, onActivity: (activity) => void activities.push(activity) });
  const publish = (batches: number): void => {
    const { id, key, secret } = rig.app;
    execFileSync(process.execPath, ["-e", PUBLISHER, String(gateway.port), id, key, secret, String(batches)]);
  };
  // This thread hears of nothing meanwhile.
  publish(1_000);
  await vi.waitFor(() => expect(activities.length).toBeGreaterThan(0));
  expect(activities).toHaveLength(10_001);
  expect(activities.at(-1)).toEqual({ v: 1, time: expect.any(Number), type: "lost", count: 1_000 });
  activities.length = 0;
  publish(20);
  await vi.waitFor(() => expect(activities).toHaveLength(220));
  expect(activities.map(({ type }) => type)).not.toContain("lost");
});

it("a watcher that fails on one activity hears of the others all the same", async () => {
  const rig = createMockPusher();
  onTestFinished(() => rig.close());
  const uncaught: unknown[] = [];
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => uncaught.push(error));
  onTestFinished(() => {
    process.removeAllListeners("uncaughtException");
    for (const listener of listeners) process.on("uncaughtException", listener);
  });
  const heard: string[] = [];
  const mistake = new Error("a mistake");
  const gateway = await rig.listen({
    port: 0,
    onActivity({ path = "" }) {
      heard.push(path);
      if (path === "/1") throw mistake;
    },
  });
  await Promise.all(["/1", "/2", "/3"].map((path) => fetch(gateway.url + path)));
  await vi.waitFor(() => expect([heard.toSorted(), uncaught]).toEqual([["/1", "/2", "/3"], [mistake]]));
});
