// Delays use the realm's own timers, so the runner's fake ones steer them.
import { createMockPusher } from "pushrig";

describe("fake timers", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("steer delivery in polling mode", async () => {
    const rig = createMockPusher({ delivery: "polling", pollInterval: 1000, latency: 0 });
    const received = vi.fn();
    rig.client().subscribe("channel").bind("event", received);
    await rig.server.trigger("channel", "event", { n: 1 });
    expect(received).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1000);
    expect(received).toHaveBeenCalledWith({ n: 1 });
    rig.close();
  });
});
