import { createMockPusher } from "pushrig";
import { afterEach, describe, expect, it, vi } from "vitest";
import { next } from "../support/next";

afterEach(() => void vi.useRealTimers());

const subscribed = (channel: Parameters<typeof next>[0]) => next(channel, "pusher:subscription_succeeded");

// A fake `performance.now()` starts at 0, long before the times that real traffic was due at.
describe("fake timers that are installed after real traffic in `network` mode", () => {
  it("delay an event as long as the latency says", async () => {
    const rig = createMockPusher({ delivery: "network", latency: 10 });
    const channel = rig.client().subscribe("room");
    await subscribed(channel);
    vi.useFakeTimers();
    const received = vi.fn();
    channel.bind("event", received);
    rig.state.trigger("room", "event", 1);
    await vi.advanceTimersByTimeAsync(9);
    expect(received).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(received.mock.calls).toEqual([[1, {}]]);
  });

  it("delay a member as long, for those who count and those who look late", async () => {
    const rig = createMockPusher({ delivery: "network", latency: 10 });
    const [counting, late] = ["1", "2"].map((id) => rig.client({ user: { id } }).subscribe("presence-room") as any);
    await Promise.all([subscribed(counting), subscribed(late)]);
    const added = vi.fn();
    counting.bind("pusher:member_added", added);
    const third = rig.client({ user: { id: "3" } });
    await subscribed(third.subscribe("presence-room"));
    await vi.waitFor(() => expect([counting.members.count, late.members.count]).toEqual([3, 3]));
    vi.useFakeTimers();
    third.unsubscribe("presence-room");
    await vi.advanceTimersByTimeAsync(50);
    expect([counting.members.count, late.members.count]).toEqual([2, 2]);
  });
});

describe("fake timers that are taken away", () => {
  it("take no deadline of the app along", async () => {
    const rig = createMockPusher({ authorizedConnections: true, limits: { authorizationTimeoutMs: 20 } });
    vi.useFakeTimers();
    rig.client();
    vi.useRealTimers();
    // Used to the end: a client that nobody holds and that listens to nothing may go.
    const client = rig.client();
    const refusal = await next(client.connection, "error");
    expect(refusal.data.code).toBe(4009);
    client.disconnect();
  });
});
