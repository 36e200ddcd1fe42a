import { channel } from "pushrig";
import { afterEach, expect, it, vi } from "vitest";
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
