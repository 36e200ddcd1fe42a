/** Pages of the journal as they come from the broker: events in columns of numbers, where there are many. */

import type { JournalPage } from "../../binding.js";
import type { Entry, Page } from "../journal/entry.js";

/** What the numbers mean. */
interface Columns {
  names?: string[];
  lines?: string[];
  data?: Array<string | null>;
}

/** Numbers of one event, as `src/broker/journal/columns.rs` writes them. */
const WIDTH = 9;

/** The page with all its entries, in their order. */
export function readPage({ page: text, events }: JournalPage): Page {
  const { names = [], lines = [], data, ...page } = JSON.parse(text) as Page & Columns;
  if (events === undefined) return page;
  const others = page.entries;
  const entries: Entry[] = [];
  let next = 0;
  for (let at = 0, index = 0; at < events.length; at += WIDTH, index += 1) {
    const seq = events[at];
    while (next < others.length && others[next].seq < seq) entries.push(others[next++]);
    const entry: Entry = {
      seq,
      t: events[at + 1],
      kind: "triggered",
      channel: names[events[at + 2]],
      event: names[events[at + 3]],
      bytes: events[at + 4],
      subscribers: events[at + 5],
      sockets: events[at + 6],
    };
    if (data !== undefined) {
      const text = data[index];
      if (text !== null) entry.data = text;
    }
    if (events[at + 7] !== 0) entry.cause = events[at + 7];
    if (events[at + 8] !== 0) entry.at = lines[events[at + 8] - 1];
    entries.push(entry);
  }
  while (next < others.length) entries.push(others[next++]);
  page.entries = entries;
  return page;
}
