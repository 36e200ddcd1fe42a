import { createMockPusher } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function world(options: Parameters<typeof createMockPusher>[0] = {}) {
  const rig = createMockPusher(options);
  const channel = rig.client().subscribe("task-1");
  const received = vi.fn();
  return { rig, channel, received };
}

describe("changing settings under a connected client", () => {
  it("starts ticking for what is bound when the mode becomes polling", () => {
    const { rig, channel, received } = world();
    channel.bind("e", received);
    rig.configure({ delivery: "polling" });
    rig.state.trigger("task-1", "e", 1);
    expect(received).not.toHaveBeenCalled();
    vi.advanceTimersByTime(100);
    expect(received.mock.calls).toEqual([[1]]);
  });

  it("ticks at the new interval", () => {
    const { rig, channel, received } = world({ delivery: "polling" });
    channel.bind("e", received);
    rig.configure({ pollInterval: 10 });
    rig.state.trigger("task-1", "e", 1);
    vi.advanceTimersByTime(10);
    expect(received).toHaveBeenCalledTimes(1);
  });

  it("delivers what still waits for a tick when the mode becomes immediate, and stops ticking", () => {
    const { rig, channel, received } = world({ delivery: "polling" });
    channel.bind("e", received);
    rig.state.trigger("task-1", "e", 1);
    rig.configure({ delivery: "immediate" });
    rig.state.trigger("task-1", "e", 2);
    expect(received.mock.calls).toEqual([[1], [2]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps the order of what is under way when the mode becomes immediate", () => {
    const { rig, channel, received } = world();
    channel.bind("e", received);
    rig.configure({ delivery: "network", latency: 30 });
    rig.state.trigger("task-1", "e", 1);
    rig.configure({ delivery: "immediate" });
    rig.state.trigger("task-1", "e", 2);
    vi.advanceTimersByTime(100);
    expect(received.mock.calls.map(([data]) => data)).toEqual([1, 2]);
  });
});

describe("polling with nothing bound", () => {
  it("does not keep events for callbacks that are bound later", () => {
    const { rig, channel, received } = world({ delivery: "polling" });
    rig.state.trigger("task-1", "e", "before");
    channel.bind("e", received);
    rig.state.trigger("task-1", "e", "after");
    vi.advanceTimersByTime(100);
    expect(received.mock.calls).toEqual([["after"]]);
  });

  it("does not keep events between unbinding everything and binding again", () => {
    const { rig, channel, received } = world({ delivery: "polling" });
    channel.bind("e", () => {});
    channel.unbind();
    rig.state.trigger("task-1", "e", "between");
    channel.bind("e", received);
    vi.advanceTimersByTime(100);
    expect(received).not.toHaveBeenCalled();
  });

  it("shows the broker's state at once all the same", () => {
    const { rig } = world({ delivery: "polling" });
    expect(rig.state.getSubscriberCount("task-1")).toBe(1);
  });
});

describe("latency with a seed", () => {
  const delays = async (seed: number) => {
    // Without a client, so that the trigger's own delay is the only timer.
    const rig = createMockPusher({ delivery: "network", latency: { min: 10, max: 500, seed } });
    const drawn: number[] = [];
    for (let n = 0; n < 5; n++) {
      const start = Date.now();
      const triggered = rig.server.trigger("task-1", "e", n);
      await vi.runAllTimersAsync();
      await triggered;
      drawn.push(Date.now() - start);
    }
    return drawn;
  };

  it("draws the same delays again, and others with another seed", async () => {
    const first = await delays(7);
    expect(await delays(7)).toEqual(first);
    expect(await delays(8)).not.toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(1);
    for (const delay of first) expect(delay).toSatisfy((ms: number) => ms >= 10 && ms <= 500);
  });
});
