import { createMockPusher, type MockPusher, type SettingsInput } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

let worlds: MockPusher[] = [];

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  for (const world of worlds) world.close();
  worlds = [];
  vi.useRealTimers();
});

function rig(settings: SettingsInput): MockPusher {
  const world = createMockPusher(settings);
  worlds.push(world);
  return world;
}

/** Whether a promise has settled by now. */
function watch(promise: Promise<unknown>): () => boolean {
  let settled = false;
  void promise.finally(() => (settled = true));
  return () => settled;
}

describe("immediate", () => {
  it("needs no timer from the trigger to its promise", async () => {
    const { client, server } = parts(rig({}));
    const callback = vi.fn();
    client.subscribe("task-1").bind("e", callback);
    const { status } = await server.trigger("task-1", "e", 1);
    expect(status).toBe(200);
    expect(callback.mock.calls).toEqual([[1]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps only the promise back when a latency is set", async () => {
    const { client, server } = parts(rig({ latency: 30 }));
    const callback = vi.fn();
    client.subscribe("task-1").bind("e", callback);
    const isSettled = watch(server.trigger("task-1", "e", 1));
    expect(callback).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(29);
    expect(isSettled()).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(isSettled()).toBe(true);
  });
});

describe("network", () => {
  it("connects on a later turn, after the latency", async () => {
    const { client } = parts(rig({ delivery: "network" }));
    expect(client.connection.state).toBe("connecting");
    await vi.advanceTimersByTimeAsync(200);
    expect(client.connection.state).toBe("connected");
  });

  it("delivers after the latency, with pusher-js's two arguments", async () => {
    const { client, server } = parts(rig({ delivery: "network", latency: 40 }));
    const callback = vi.fn();
    client.subscribe("task-1").bind("e", callback);
    await vi.advanceTimersByTimeAsync(1000);
    void server.trigger("task-1", "e", 1);
    await vi.advanceTimersByTimeAsync(39);
    expect(callback).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(callback.mock.calls).toEqual([[1, {}]]);
  });

  it("keeps the order of events whatever delays they draw", async () => {
    const { client, server } = parts(rig({ delivery: "network", latency: { min: 0, max: 500, seed: 7 } }));
    const received: number[] = [];
    client.subscribe("task-1").bind("e", (n: number) => received.push(n));
    await vi.advanceTimersByTimeAsync(5000);
    for (let n = 0; n < 50; n++) void server.trigger("task-1", "e", n);
    await vi.advanceTimersByTimeAsync(5000);
    expect(received).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });
});

describe("polling", () => {
  it("delivers on the tick everything since the last one, in order, beyond the history limit", () => {
    const world = rig({ delivery: "polling", historyLimit: 5 });
    const received: number[] = [];
    world
      .client()
      .subscribe("task-1")
      .bind("e", (n: number) => received.push(n));
    for (let n = 0; n < 20; n++) world.state.trigger("task-1", "e", n);
    vi.advanceTimersByTime(99);
    expect(received).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(received).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(world.state.getChannelMessages("task-1")).toHaveLength(5);
  });

  it("resolves a trigger after 50 ms, and an event takes under 200 ms in all", async () => {
    const { client, server } = parts(rig({ delivery: "polling" }));
    const callback = vi.fn();
    client.subscribe("task-1").bind("e", callback);
    const isSettled = watch(server.trigger("task-1", "e", 1));
    await vi.advanceTimersByTimeAsync(49);
    expect(isSettled()).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(isSettled()).toBe(true);
    await vi.advanceTimersByTimeAsync(149);
    expect(callback.mock.calls).toEqual([[1]]);
  });

  it("ticks as often as pollInterval says", () => {
    const world = rig({ delivery: "polling", pollInterval: 10 });
    const callback = vi.fn();
    world.client().subscribe("task-1").bind("e", callback);
    world.state.trigger("task-1", "e", 1);
    vi.advanceTimersByTime(10);
    expect(callback).toHaveBeenCalledOnce();
  });
});

describe("worlds of createMockPusher()", () => {
  it("never see each other", () => {
    const [one, two] = [rig({}), rig({})];
    const callback = vi.fn();
    one.client().subscribe("task-1").bind("e", callback);
    two.state.trigger("task-1", "e", 1);
    expect(callback).not.toHaveBeenCalled();
    expect(one.state.getChannelMessages("task-1")).toEqual([]);
    expect(one.app.key).not.toBe(two.app.key);
  });
});

function parts(world: MockPusher) {
  return { client: world.client(), server: world.server };
}
