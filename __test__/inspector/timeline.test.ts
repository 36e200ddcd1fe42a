import { describe, expect, it } from "vitest";
import { isBreak, KEPT, EntryTimeline } from "../../lib/inspector/timeline";
import type { Entry } from "../../lib/journal/entry";

const entries = (from: number, to: number): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, at) => ({
    seq: from + at,
    t: at,
    kind: "triggered",
    channel: (from + at) % 2 === 0 ? "even" : "odd",
    event: "e",
  }));
const seqs = (timeline: EntryTimeline) => timeline.shown.map((row) => (isBreak(row) ? row.after : row.seq));

describe("the timeline", () => {
  it("takes an entry once, wherever a stream begins anew", () => {
    const timeline = new EntryTimeline();
    timeline.begin(entries(1, 3), 0, 0);
    timeline.add(entries(2, 5));
    expect(seqs(timeline)).toEqual([1, 2, 3, 4, 5]);
    expect(timeline.last).toBe(5);
  });

  it("keeps the latest 10,000 and counts those that are gone", () => {
    const timeline = new EntryTimeline();
    for (let from = 1; from <= 25_000; from += 500) timeline.add(entries(from, from + 499));
    expect(timeline.older + timeline.size).toBe(25_000);
    expect(timeline.size).toBeGreaterThanOrEqual(KEPT);
    expect(timeline.size).toBeLessThan(KEPT + 1_500);
    expect(seqs(timeline)[0]).toBe(timeline.older + 1);
    expect(seqs(timeline).at(-1)).toBe(25_000);
  });

  it("forgets filtered rows with the others", () => {
    const timeline = new EntryTimeline();
    timeline.filterBy("channel:even");
    for (let from = 1; from <= 25_000; from += 500) timeline.add(entries(from, from + 499));
    expect(seqs(timeline)[0]).toBeGreaterThan(timeline.older);
    expect(seqs(timeline)).toHaveLength(timeline.size / 2);
    timeline.filterBy("channel:nobody");
    timeline.add(entries(25_001, 40_000));
    expect(timeline.shown).toEqual([]);
  });

  it("goes on receiving while it is paused, and shows it afterwards", () => {
    const timeline = new EntryTimeline();
    timeline.add(entries(1, 2));
    timeline.pause();
    timeline.add(entries(3, 7));
    expect(seqs(timeline)).toEqual([1, 2]);
    expect(timeline.arrived).toBe(5);
    timeline.resume();
    expect(seqs(timeline)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it("says where something is missing, whatever the filter", () => {
    const timeline = new EntryTimeline();
    timeline.filterBy("channel:even");
    timeline.add([...entries(1, 2), { kind: "missed", after: 2, text: "…" }, ...entries(9, 10)]);
    expect(timeline.shown.map((row) => (isBreak(row) ? row.kind : row.seq))).toEqual([2, "missed", 10]);
  });

  it("begins anew where the journal's memory does", () => {
    const timeline = new EntryTimeline();
    timeline.add(entries(1, 9));
    timeline.begin(entries(31, 32), 30, 20);
    expect(seqs(timeline)).toEqual([31, 32]);
    expect(timeline.older).toBe(10);
  });
});
