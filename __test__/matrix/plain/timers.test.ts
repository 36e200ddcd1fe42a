// Delays use the realm's own timers, so the runner's fake ones steer them.
import { createMockPusher } from "pushrig";

describe("fake timers", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("steer the delay of a trigger and the ticks of polling mode", async () => {
    const rig = createMockPusher({ delivery: "polling", pollInterval: 1000, latency: 500 });
    const received = vi.fn();
    rig.client().subscribe("channel").bind("event", received);
    const sent = rig.server.trigger("channel", "event", { n: 1 });
    await vi.advanceTimersByTimeAsync(999);
    await sent;
    expect(received).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(received).toHaveBeenCalledWith({ n: 1 });
    rig.close();
  });
});
