import { describe, expect, it } from "vitest";
import { results } from "../support/child";

const base = import.meta.url;

describe("a mailbox that another thread floods", () => {
  it("drops the newest over 100,000 events or 64 MiB and says so once", { timeout: 30_000 }, async () => {
    const [{ short, many, large, warnings }] = await results("flooded.cjs", base);
    expect(short).toEqual({ heard: 99_000, first: 0, last: 98_999 });
    expect(many).toEqual({ heard: 100_000, first: 0, last: 99_999 });
    expect(large.first).toBe(0);
    expect(large.last).toBe(large.heard - 1);
    expect(large.heard * 10_000).toBeLessThanOrEqual(64 * 2 ** 20);
    expect(large.heard * 10_100).toBeGreaterThan(63 * 2 ** 20);
    expect(warnings).toEqual([expect.stringMatching(/dropped .*100,000 events or 64 MiB/)]);
  });

  it("that lost members tells the next newcomer who is really there", { timeout: 30_000 }, async () => {
    expect(await results("gap.cjs", base)).toEqual([{ members: ["ann", "guest", "bob"], warnings: 1 }]);
  });

  it("leaves the thread its turns and its own triggers", { timeout: 30_000 }, async () => {
    expect(await results("relentless.cjs", base)).toEqual([{ turns: 5, own: 5 }]);
  });

  it("may be answered event by event, which is no runaway", { timeout: 60_000 }, async () => {
    expect(await results("answering.cjs", base)).toEqual([{ errors: [], isAnswered: true, hadTurns: true }]);
  });
});
