import { createMockPusher, type MockPusher } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

let rig: MockPusher;
const megabyte = "x".repeat(1_000_000);

beforeEach(() => {
  rig = createMockPusher({ limits: { dataBytes: 2_000_000 } });
  vi.spyOn(console, "warn").mockReturnValue();
});

afterEach(() => {
  rig.close();
  vi.restoreAllMocks();
});

const warnings = (): unknown[] => vi.mocked(console.warn).mock.calls.flat();
/** How many messages the history has of a channel, without reading megabytes of them. */
const count = (channel: string): number | undefined =>
  rig.state.getState().channels.find(({ name }) => name === channel)?.messageCount;

/** Publishes a megabyte to each. */
function publish(...channels: string[]): void {
  for (const channel of channels) rig.state.trigger(channel, "large", megabyte);
}

describe("history", () => {
  it("takes 64 MiB over all channels; the least recently used one loses its oldest messages first", () => {
    for (const channel of ["old", "recent", "new"]) rig.state.subscribe("somebody", channel);
    publish(...Array.from({ length: 30 }, () => "old"), ...Array.from({ length: 30 }, () => "recent"));
    expect([count("old"), count("recent")]).toEqual([30, 30]);
    publish(...Array.from({ length: 17 }, () => "new"));
    expect([count("old"), count("recent"), count("new")]).toEqual([20, 30, 17]);
  });

  it("counts what the budget has cost, and says it once to who looks", () => {
    publish(...Array.from({ length: 70 }, () => "room"));
    expect(warnings()).toEqual([]);
    rig.state.getChannelMessages("other");
    rig.state.getMessagesSince("other", 0);
    rig.state.getState();
    expect(warnings()).toEqual([
      "pushrig: 3 messages are no longer in the history, which takes 64 MiB over all channels: the least recently " +
        "used ones have lost their oldest. reset() starts anew. This is said once.",
    ]);
    rig.reset();
    publish(...Array.from({ length: 68 }, () => "room"));
    count("room");
    expect(warnings()).toHaveLength(2);
  });

  it("says nothing of what a channel's own limit costs", () => {
    rig.state.subscribe("somebody", "room");
    for (let message = 0; message < 150; message++) rig.state.trigger("room", "small", message);
    expect(count("room")).toBe(100);
    expect(warnings()).toEqual([]);
  });
});

describe("the last events of cache channels", () => {
  it("take 64 MiB of their own; the oldest goes first, which newcomers are told and who looks as well", async () => {
    rig.configure({ historyLimit: 0 });
    publish(...Array.from({ length: 69 }, (_, number) => `cache-${number}`));
    const client = rig.client();
    const outcome = (channel: string): Promise<string> =>
      new Promise((resolve) => {
        const subscription = client.subscribe(channel);
        subscription.bind("pusher:cache_miss", () => resolve("nothing"));
        subscription.bind("large", () => resolve("the event"));
      });
    expect([await outcome("cache-0"), await outcome("cache-1"), await outcome("cache-2")]).toEqual([
      "nothing",
      "nothing",
      "the event",
    ]);
    count("cache-0");
    expect(warnings()).toEqual([
      "pushrig: 2 cache channels have forgotten their event, of which 64 MiB are kept over all channels: the oldest have gone. " +
        "reset() starts anew. This is said once.",
    ]);
  });
});
