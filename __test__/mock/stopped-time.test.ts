import { channel, createMockPusher, type MockPusher } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { messageOf } from "../support/rejected.js";

afterEach(() => void vi.useRealTimers());

it("says that fake timers are on where something was never triggered: the application may wait for one", async () => {
  const hint = "Fake timers are on: what waits for a timer of the application's own comes when time is moved";
  vi.useFakeTimers();
  setInterval(() => {}, 60_000);
  expect(await messageOf(channel("task-1").triggered("digest", undefined, { timeout: 1 }))).toContain(
    `\n${hint}, as by  await vi.advanceTimersByTimeAsync(1_000)`,
  );
  vi.useRealTimers();
  expect(await messageOf(channel("task-1").triggered("digest", undefined, { timeout: 1 }))).not.toContain(
    "Fake timers",
  );
});

describe("during(act), while fake timers stand still", () => {
  const { setTimeout: realTimeout } = globalThis;
  let app: MockPusher;

  beforeEach(() => {
    vi.useFakeTimers();
    app = createMockPusher({ delivery: "network", latency: 40 });
  });
  afterEach(() => app.close());

  const forever = () => new Promise<never>(() => {});
  const advice = (time: string) =>
    `Begin it, move time, then await it:  const happening = during(act); await vi.advanceTimersByTimeAsync(${time}); await happening`;

  it("says which timer of the application its act may wait for", async () => {
    const act = () => new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(await messageOf(app.during(act, { timeout: 20 }))).toBe(
      "during() has waited 20 ms for its act to end. Fake timers are on, they stand still, and somebody waits for them:\n" +
        `  the application: a timer is due in 5,000 ms\n${advice("5_000")}`,
    );
  });

  it("says which client waits for one", async () => {
    const act = () => {
      const ada = app.client({ name: "ada" });
      return new Promise((resolve) => ada.connection.bind("connected", resolve));
    };
    expect(await messageOf(app.during(act, { timeout: 20 }))).toBe(
      "during() has waited 20 ms for its act to end. Fake timers are on, they stand still, and somebody waits for them:\n" +
        `  ada: it is connected in 40 ms\n${advice("40")}`,
    );
  });

  it("waits on while time is moved, however long that takes", async () => {
    const happening = app.during(() => new Promise((resolve) => setTimeout(resolve, 5_000)), { timeout: 20 });
    let isOver = false;
    void happening.then(() => (isOver = true));
    for (let moved = 0; moved < 10; moved += 1) {
      await vi.advanceTimersByTimeAsync(1);
      await new Promise((resolve) => realTimeout(resolve, 5));
    }
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(5_000);
    await happening;
  });

  it("leaves an act its time where nothing waits for a fake timer, or where new things happen", async () => {
    const slow = () => new Promise((resolve) => realTimeout(() => resolve("done"), 100));
    expect((await app.during(slow, { timeout: 10 })).result).toBe("done");
    vi.useRealTimers();
    app.close();
    app = createMockPusher();
    vi.useFakeTimers();
    setTimeout(() => {}, 60_000);
    const busy = async () => {
      for (let step = 0; step < 20; step += 1) {
        await app.server.trigger("task-1", "step", step);
        await new Promise((resolve) => realTimeout(resolve, 5));
      }
    };
    expect((await app.during(busy, { timeout: 50 })).triggers()).toHaveLength(20);
  });

  it("rejects at once what is no act, and options that are none, before anything is done", async () => {
    const act = vi.fn(forever);
    await expect(app.during(act, { timeout: -1 })).rejects.toThrow("pushrig: the timeout of during() is milliseconds");
    expect(act).not.toHaveBeenCalled();
  });
});
