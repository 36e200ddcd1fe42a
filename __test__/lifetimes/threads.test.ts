import { describe, expect, it } from "vitest";
import { results } from "../support/child";

const base = import.meta.url;
const WORKERS = process.env.PUSHRIG_LONG ? 2000 : 20;
const PATIENCE = Math.max(60_000, WORKERS * 1500);

describe("worker threads", () => {
  it("hear the main thread and are heard there, in order", { timeout: 30_000 }, async () => {
    const [{ inOrder, left }] = await results("threads.cjs", base);
    const numbers = Array.from({ length: 100 }, (_, i) => i);
    expect(inOrder).toEqual([numbers, numbers, numbers]);
    expect(left).toBe(0);
  });

  it("write into one journal, and wake those who watch it on another thread without keeping them alive", async () => {
    const [{ kinds, calls, subscribers }] = await results("journal.cjs", base);
    expect(kinds).toEqual(["connected worker", "subscribing", "subscribed", "bound", "triggered", "closed", "left"]);
    expect([calls, subscribers]).toEqual([true, 1]);
  });

  it("say to why() on another thread how far a client came that the service has closed", async () => {
    const [{ before, after }] = await results("asked-elsewhere.cjs", base);
    expect(before).toEqual(["received", "under-way"]);
    expect(after).toEqual(["received", "not-connected"]);
  });

  it("are told of an app that was closed on another thread, and find the next one of its key", async () => {
    const [{ open, closed, client, again, heard }] = await results("closed-elsewhere.cjs", base);
    expect(open).toEqual([200, 200, 200, 200]);
    const message = "pushrig: this app was closed; make a new one with createMockPusher()";
    expect(closed).toEqual([{ message }, { message }, { message }, { message }]);
    const data = { code: 4001, message: "The mock app was closed" };
    expect(client).toMatchObject({ state: "disconnected", error: { error: { data } } });
    expect(again).toEqual([200, 200, 200, 200]);
    expect(heard).toEqual([1, 1, 1, 3, 3, 3]);
  });

  it(
    "leave the broker and their presence channels when they are terminated under traffic",
    { timeout: PATIENCE },
    async () => {
      const options = { args: [String(WORKERS)], patience: PATIENCE };
      const [ended] = await results("terminated.cjs", base, options);
      expect(ended).toEqual({ removed: WORKERS, members: 1, subscribers: 1, heard: true });
    },
  );
});
