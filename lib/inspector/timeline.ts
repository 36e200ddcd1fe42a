/** The rows of the timeline: what has come of an app's journal, the latest 10,000, and which of them the filter shows. */

import type { Entry } from "../journal/entry.js";
import { filterOf, type Filter, type Known } from "./filter.js";
import type { SeenEntry } from "./reach.js";

/** Entries that are kept of what runs. */
export const KEPT = 10_000;
/** How many more there may be before the oldest go: moving all of them for each new one is dear. */
const SLACK = 1_000;

/** Something between entries that a person should know. */
export interface Break {
  kind: "missed" | "forgotten" | "reset" | "away" | "back";
  /** It stands behind this entry. */
  after: number;
  text: string;
}

export type Row = SeenEntry | Break;

export function isBreak(row: Row): row is Break {
  return "after" in row;
}

export class EntryTimeline {
  #rows: Row[] = [];
  #shown: Row[] = [];
  #filter: Filter = filterOf("");
  #older = 0;
  #last = 0;
  /** Rows that were there when it was paused; undefined while it runs. */
  #frozen: readonly Row[] | undefined;
  #arrived = 0;
  #trimmed = 0;
  readonly #known: Known | undefined;
  readonly #kept: number;

  /**
   * @param known who is behind the entries
   * @param kept how many of them are kept
   */
  constructor(known?: Known, kept = KEPT) {
    this.#known = known;
    this.#kept = kept;
  }

  /** Rows that the filter admits, the oldest first. While paused: those that were there. */
  get shown(): readonly Row[] {
    return this.#frozen ?? this.#shown;
  }

  /** How many were there and are gone. */
  get older(): number {
    return this.#older;
  }

  /** Entries that are kept, shown or not. */
  get size(): number {
    return this.#rows.length;
  }

  /** `seq` of the latest entry: where to go on. */
  get last(): number {
    return this.#last;
  }

  get filter(): Filter {
    return this.#filter;
  }

  get isPaused(): boolean {
    return this.#frozen !== undefined;
  }

  /** How many of the shown rows have gone at the top, in all: so much has the rest moved up. */
  get trimmed(): number {
    return this.#trimmed;
  }

  /** Rows that came since it was paused. */
  get arrived(): number {
    return this.#arrived;
  }

  /** What was there before it was opened. */
  begin(entries: readonly Entry[], forgotten: number, start: number): void {
    this.clear(Math.max(start, forgotten));
    if (forgotten > start) this.#older = forgotten - start;
    this.add(entries);
  }

  /** In order; one that is known already is left out, so that a stream may begin anew anywhere. */
  add(rows: readonly Row[]): void {
    for (const row of rows) {
      if (!isBreak(row)) {
        if (row.seq <= this.#last) continue;
        this.#last = row.seq;
        this.#loseFrom(row);
      }
      this.#rows.push(row);
      if (this.#admits(row)) {
        this.#shown.push(row);
        if (this.isPaused) this.#arrived += 1;
      }
    }
    if (this.#rows.length > this.#kept + SLACK) this.#forget();
  }

  /** A new page, which begins behind `start`: after a reset, or at a gateway that was started anew. */
  clear(start = 0): void {
    this.#rows = [];
    this.#shown = [];
    this.#older = 0;
    this.#last = start;
    this.#arrived = 0;
    if (this.#frozen !== undefined) this.#frozen = [];
  }

  filterBy(text: string): void {
    this.#filter = filterOf(text, this.#known);
    this.#shown = this.#rows.filter((row) => this.#admits(row));
    if (this.#frozen !== undefined) this.#frozen = [...this.#shown];
  }

  /** Rows have changed that it was asked about before. */
  filterAgain(): void {
    if (this.#filter.text !== "" && !this.isPaused) this.filterBy(this.#filter.text);
  }

  /** Goes on receiving. */
  pause(): void {
    this.#frozen ??= [...this.#shown];
    this.#arrived = 0;
  }

  resume(): void {
    this.#frozen = undefined;
    this.#arrived = 0;
  }

  entry(seq: number): SeenEntry | undefined {
    return this.#rows.findLast((row): row is SeenEntry => !isBreak(row) && row.seq === seq);
  }

  /** An event that a fault has lost on its way to a client went to one fewer. */
  #loseFrom({ kind, method, cause }: Entry): void {
    if (kind !== "fault" || method !== "lose" || cause === undefined) return;
    const event = this.entry(cause);
    if (event?.subscribers !== undefined) event.reached = Math.max(0, (event.reached ?? event.subscribers) - 1);
  }

  #admits(row: Row): boolean {
    return isBreak(row) || this.#filter.admits(row);
  }

  #forget(): void {
    const gone = this.#rows.splice(0, this.#rows.length - this.#kept);
    this.#older += gone.filter((row) => !isBreak(row)).length;
    const first = this.#rows[0];
    const from = first === undefined ? 0 : this.#shown.indexOf(this.#firstShown());
    if (from > 0) this.#shown.splice(0, from);
    else if (from < 0) this.#shown = [];
    if (!this.isPaused) this.#trimmed += Math.max(0, from);
  }

  #firstShown(): Row {
    return this.#rows.find((row) => this.#admits(row)) as Row;
  }
}
