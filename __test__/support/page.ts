import type { Entry, Page } from "../../lib/journal/entry.js";

type Rest = Omit<Entry, "seq" | "t">;

/** A page of the journal, written by hand: entries are numbered from `start + 1`, a millisecond apart. */
export function page(entries: readonly Rest[], rest: Partial<Page> = {}): Page {
  const start = rest.start ?? 0;
  return {
    start,
    forgotten: start,
    last: start + entries.length,
    date: 0,
    base: [],
    before: [],
    taken: {},
    entries: entries.map((entry, index) => ({ seq: start + index + 1, t: index, ...entry })),
    ...rest,
  };
}
