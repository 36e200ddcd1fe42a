// Waiters that nobody awaits, or that wait for what does not come; see callbacks.test.ts.
import { channel, createMockPusher, during, idle, pusherMockState } from "pushrig";

it("fails: a waiter that nobody awaits, although it is true", () => {
  void channel("never-awaited").vacated();
});

it("fails: one that still waits when its test is over", () => {
  void channel("never-subscribed").subscribed();
});

it("fails: one that nobody awaits, of a world", () => {
  void createMockPusher().channel("never-awaited").triggered("e");
});

it("fails: one that has failed before its test is over", async () => {
  void channel("never-subscribed").subscribed({ timeout: 0 });
  await new Promise((resolve) => setTimeout(resolve, 5));
});

it("passes: those that somebody takes", async () => {
  pusherMockState.subscribe("one", "room");
  const early = channel("room").subscribed();
  await during(() => pusherMockState.trigger("room", "event", 1));
  await Promise.all([early, channel("room").triggered("event"), idle()]);
  await channel("nobody").vacated();
});

it("fails: one that is awaited, and does not come true", async () => {
  await channel("never-subscribed").subscribed({ timeout: 5 });
});

describe("at one time", () => {
  it.concurrent("fails: the one that awaits nothing", async () => {
    const world = createMockPusher();
    void world.channel("never-awaited").vacated();
    await world.idle();
  });

  it.concurrent("passes: the one beside it", async () => {
    await createMockPusher().channel("room").vacated();
  });
});
