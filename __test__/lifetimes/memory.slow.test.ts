import { describe, expect, it } from "vitest";
import { results } from "../support/child";

/** How many times as long it takes when it runs for long. */
const TIMES = process.env.PUSHRIG_LONG ? 10 : 1;
const PATIENCE = 60_000;

/** Growth in MB that a garbage collector's mood explains. Two hundred bytes for each client or trigger are more. */
const HEAP_NOISE = 2;
const RSS_NOISE = 40;

describe("memory stays flat", () => {
  it.each([
    ["a million triggers", "triggers", 1_000_000],
    ["10,000 clients that disconnect", "disconnected", 10_000],
    ["10,000 clients that are just dropped", "dropped", 10_000],
    ["10,000 clients that a reset leaves behind", "reset", 10_000],
  ])("over %s", { timeout: 2 * TIMES * PATIENCE }, async (_, job, times) => {
    const options = { flags: ["--expose-gc"], args: [job, String(times * TIMES)], patience: TIMES * PATIENCE };
    const [{ rss, heap }] = await results("memory.cjs", import.meta.url, options);
    expect(heap).toBeLessThan(HEAP_NOISE);
    expect(rss).toBeLessThan(RSS_NOISE);
  });
});
