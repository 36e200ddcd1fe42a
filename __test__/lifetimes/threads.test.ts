import { describe, expect, it } from "vitest";
import { results } from "../support/child";

const base = import.meta.url;

describe("worker threads", () => {
  it("hear the main thread and are heard there, in order", { timeout: 30_000 }, async () => {
    const [{ inOrder, left }] = await results("threads.cjs", base);
    const numbers = Array.from({ length: 100 }, (_, i) => i);
    expect(inOrder).toEqual([numbers, numbers, numbers]);
    expect(left).toBe(0);
  });

  it(
    "leave the broker and their presence channels when they are terminated under traffic",
    { timeout: 60_000 },
    async () => {
      const [ended] = await results("terminated.cjs", base);
      expect(ended).toEqual({ removed: 20, members: 1, subscribers: 1, heard: true });
    },
  );
});
