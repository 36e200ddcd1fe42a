import { describe, expect, it } from "vitest";
import { results } from "../support/child";

const base = import.meta.url;

describe("the .node without the package around it", () => {
  it("triggers, subscribes, unsubscribes and disconnects, and calls back on a later turn", async () => {
    const [{ heard, inTime, socketId }] = await results("alone.cjs", base);
    expect(inTime).toBe(true);
    expect(socketId).toMatch(/^\d+\.\d+$/);
    const [established, ...rest] = heard;
    expect(established.slice(0, 2)).toEqual(["", "pusher:connection_established"]);
    expect(JSON.parse(established[2])).toMatchObject({ socket_id: socketId });
    const presence = rest.splice(2, 1)[0];
    expect(presence.slice(0, 2)).toEqual(["presence-room", "pusher:subscription_succeeded"]);
    expect(JSON.parse(presence[2])).toMatchObject({ presence: { count: 1 } });
    expect(rest).toEqual([
      ["room", "pusher:subscription_succeeded", "{}"],
      ["private-room", "pusher:subscription_succeeded", "{}"],
      ["room", "one", '{"n":1}'],
      ["presence-room", "two", '"text"'],
    ]);
  });

  it("reaches a worker thread and the main thread from each other", async () => {
    const lines = await results("from-worker.cjs", base);
    expect(lines).toHaveLength(3);
    expect(lines).toContainEqual(["main", "for-main", '{"from":"worker"}']);
    expect(lines).toContainEqual(["worker", "for-worker", '{"from":"main"}']);
    expect(lines).toContainEqual(["worker", "ended", 0]);
  });

  it("throws what the HTTP API would answer", async () => {
    const messages = await results("errors.cjs", base);
    expect(messages).toEqual([
      expect.stringContaining("Invalid channel name"),
      expect.stringContaining("Invalid channel name"),
      expect.stringContaining("200"),
      expect.stringContaining("10240"),
      expect.stringContaining("100"),
      "pushrig: this client has no connection; pass onEvent to the constructor",
      "pushrig: this client has no connection; pass onEvent to the constructor",
      "nothing",
      "pushrig: this server was made without options",
      "nothing",
      'pushrig: another server signs for the key "key" with another secret, which holds until reset(); give both the same',
    ]);
  });

  it("keeps neither the process nor a worker alive", async () => {
    expect(await results("idle.cjs", base)).toEqual(["said", "said"]);
  });

  it("lets go of onEvent once its client has disconnected or was collected", { timeout: 30_000 }, async () => {
    const released = await results("released.cjs", base, { flags: ["--expose-gc"] });
    expect(released).toEqual(["disconnected", "collected", { heard: "1" }]);
  });

  it("survives every export being called with garbage", { timeout: 60_000 }, async () => {
    const [{ exports, calls, thrown, heard }] = await results("garbage.cjs", base);
    expect(exports).toBeGreaterThan(30);
    expect(calls).toBeGreaterThan(50_000);
    expect(thrown).toContain("Error");
    expect(heard).toEqual(["room", "hello", '{"n":1}']);
  });
});
