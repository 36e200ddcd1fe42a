import { describe, expect, it } from "vitest";
import { interval, judge, otherBuild } from "../../benches/before.mjs";

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe("a benchmark beside the build before", () => {
  it("knows the median of twenty values to lie between the sixth and the fifteenth", () => {
    expect(interval(upTo(20).toReversed())).toEqual([6, 15]);
  });

  it("knows nothing of fewer than six", () => {
    expect(interval(upTo(5))).toBeUndefined();
    expect(interval(upTo(6))).toEqual([1, 6]);
  });

  it("has met its bar, or not, where the interval is narrow", () => {
    const pairs = (ratio: number) => upTo(20).map((before) => [before * (ratio + before / 1000), before]);
    expect(judge(pairs(0.99), 1.03)).toMatchObject({ bar: 1.03, verdict: "met" });
    expect(judge(pairs(1.03), 1.03)).toMatchObject({ verdict: "not met" });
    expect(judge(pairs(0.3), 0.35).ratio).toBeCloseTo(0.311);
  });

  it("is no measurement where the interval is wide, whatever the median", () => {
    const pairs = upTo(20).map((i) => [0.9 + i / 50, 1]);
    expect(judge(pairs, 1.03)).toMatchObject({ verdict: "no measurement" });
    expect(judge(pairs, 0.35)).toMatchObject({ verdict: "no measurement" });
  });

  it("says something in spite of a wide interval where the bar leaves room and is not inside", () => {
    // From 1.02 to 1.20.
    const pairs = upTo(20).map((i) => [0.9 + i / 50, 1]);
    expect(judge(pairs, 1.2)).toMatchObject({ verdict: "met" });
    expect(judge(pairs, 1.15)).toMatchObject({ verdict: "no measurement" });
    expect(
      judge(
        pairs.map(([now]) => [now * 2, 1]),
        1.2,
      ),
    ).toMatchObject({ verdict: "not met" });
  });

  it("refuses a folder that is not built, and says how to build it", () => {
    expect(() => otherBuild("docs")).toThrow(
      "--before docs is not a checkout that is built; run npm ci && npm run build there",
    );
  });
});
