/** What is under way while fake timers stand still: bounded, and told. */

import { createMockPusher, type MockPusher, type MockPusherOptions } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.setConfig({ testTimeout: 60_000 });

const MOST = 100_000;
let rig: MockPusher;
let warned: string[];

beforeEach(() => {
  warned = [];
  vi.spyOn(console, "warn").mockImplementation((line: string) => void warned.push(line));
  vi.useFakeTimers();
});

afterEach(() => {
  rig.close();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function listening(settings: MockPusherOptions, clients = 1): Promise<number[][]> {
  rig = createMockPusher(settings);
  const all = Array.from({ length: clients }, () => [] as number[]);
  for (const heard of all) {
    const channel = rig.client().subscribe("room");
    channel.bind("e", ({ n }: { n: number }) => heard.push(n));
  }
  await vi.advanceTimersByTimeAsync(200);
  return all;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe("events that nothing takes because fake timers stand still", () => {
  it("are dropped beyond 100,000, the newest first, which is said once and counted", async () => {
    const [heard] = await listening({ delivery: "polling", latency: 0 });
    for (let n = 0; n < MOST + 10; n += 1) rig.state.trigger("room", "e", { n });
    expect(warned).toEqual([
      `pushrig: too much is under way to the clients of the app ${rig.app.id} (100,000 events or 64 MiB), so the newest is ` +
        `dropped. Do fake timers stand still? Advance them, or use real ones. This is said once.`,
    ]);
    await vi.advanceTimersByTimeAsync(200);
    expect(heard).toEqual(upTo(MOST));
    expect(warned[1]).toBe(`pushrig: 10 event(s) were dropped on their way to clients of the app ${rig.app.id}`);
    // There is room again, and the sentence was said.
    for (let n = 0; n < MOST + 1; n += 1) rig.state.trigger("room", "e", { n });
    await vi.advanceTimersByTimeAsync(200);
    expect(heard).toHaveLength(2 * MOST);
    expect(warned[2]).toContain("pushrig: 1 event(s) were dropped");
    expect(warned).toHaveLength(3);
  });

  it("are dropped beyond 64 MiB on the simulated network, where clients share what they wait for", async () => {
    const all = await listening({ delivery: "network", latency: 5, limits: { dataBytes: 2_000_000 } }, 3);
    const text = "x".repeat(1024 * 1024 - 1_000);
    for (let n = 0; n < 80; n += 1) rig.state.trigger("room", "e", { n, text });
    await vi.advanceTimersByTimeAsync(20);
    for (const heard of all) expect(heard).toEqual(upTo(64));
    expect(warned[0]).toContain("too much is under way");
    expect(warned[1]).toContain(`pushrig: ${3 * 16} event(s) were dropped`);
  });

  it("count no more once their client has gone", async () => {
    const [heard] = await listening({ delivery: "polling", latency: 0 });
    const second = rig.client();
    second.subscribe("room").bind("e", () => {});
    await vi.advanceTimersByTimeAsync(200);
    for (let n = 0; n < MOST; n += 1) rig.state.trigger("room", "e", { n });
    second.disconnect();
    await vi.advanceTimersByTimeAsync(200);
    for (let n = 0; n < MOST; n += 1) rig.state.trigger("room", "e", { n });
    rig.reset();
    for (let n = 0; n < 10; n += 1) rig.state.trigger("room", "e", { n });
    expect(heard).toHaveLength(MOST);
    expect(warned).toEqual([]);
  });
});
