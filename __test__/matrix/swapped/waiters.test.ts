// Waiters in every runner, pool and environment; what they are in detail is shown in __test__/mock.
import { channel, createMockPusher, during, idle, mark, onWebhook, pusherMockState, sentWebhook } from "pushrig";
import PusherClient from "pusher-js";
import { pusherServer } from "./app/pusher";

afterEach(() => vi.useRealTimers());

describe("waiters", () => {
  it("see what comes and what has been", async () => {
    const early = channel("task-1").subscribed();
    const client = new PusherClient("mock-pusher-key", { cluster: "mock-cluster" });
    const heard: unknown[] = [];
    client.subscribe("task-1").bind("new-message", (data: unknown) => heard.push(data));
    expect(await early).toHaveLength(1);
    const since = mark();
    const waiting = channel("task-1").received("new-message", { id: "m1" }, { since });
    await pusherServer.trigger("task-1", "new-message", { id: "m1" });
    expect((await waiting).data).toEqual({ id: "m1" });
    expect(await channel("task-1").triggered("new-message")).toMatchObject({ event: "new-message" });
    expect(heard).toEqual([{ id: "m1" }]);
    client.disconnect();
    await channel("task-1").vacated();
    expect(pusherMockState.triggers()).toMatchObject([{ channel: "task-1", data: { id: "m1" } }]);
  });

  it("know nothing of the test before", async () => {
    expect(pusherMockState.triggers()).toEqual([]);
    const failure = channel("task-1").triggered("new-message", undefined, { timeout: 5 });
    await expect(failure).rejects.toThrow('"new-message" was not triggered on "task-1" within 5 ms.');
  });

  it("wait for quiet, and for webhooks", async () => {
    const receiver = onWebhook((request) => new Response(null, { status: request.method === "POST" ? 204 : 400 }));
    const happened = await during(() => pusherMockState.subscribe("one", "room"));
    expect(happened.webhooks()).toMatchObject([{ events: [{ name: "channel_occupied" }], attempts: 1, status: 204 }]);
    expect((await sentWebhook("channel_occupied")).events).toMatchObject([{ channel: "room" }]);
    receiver.remove();
    await idle();
  });

  it("time out on the real clock, and are true when fake timers are moved", async () => {
    vi.useFakeTimers();
    const world = createMockPusher({ delivery: "network", latency: 5_000 });
    const ada = world.client({ name: "ada" });
    ada.subscribe("task-1");
    await expect(world.channel("task-1").subscribed({ by: ada, timeout: 5 })).rejects.toThrow(
      /Fake timers are on, .*advanceTimersByTimeAsync/,
    );
    const waiting = world.channel("task-1").subscribed({ by: ada });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await waiting).toEqual(["ada"]);
    world.close();
  });
});
