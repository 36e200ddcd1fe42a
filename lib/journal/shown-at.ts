/** Where the page of a gateway shows what a failure is about. */

import type { Selection } from "./entry.js";
import type { JournalSource } from "./subject.js";

/** An app whose entries may be looked at on a page. */
export interface ShownApp {
  readonly journal: JournalSource;
  addressOf?(seq: number): string | undefined;
}

/** What counts for the failure. */
export interface Shown {
  readonly channel?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** The text, and a line that leads to the latest row that it is about, where a gateway is open; else the text alone. */
export function shownAt(text: string, app: ShownApp, { channel, from, to = Infinity }: Shown = {}): string {
  // Most apps have no page, and their journals are not read for nothing.
  if (app.addressOf?.(0) === undefined) return text;
  const { journal } = app;
  const selection: Selection = { channel, after: from, data: false, state: false };
  const latest = journal.read(selection).entries.findLast(({ seq }) => seq <= to)?.seq;
  const seq = latest ?? Math.min(to, journal.seq);
  // There is no row before the first.
  return seq === 0 ? text : `${text}\nsee ${app.addressOf(seq)}`;
}
