/** The verbose log, a reader of the journal: what was triggered, who got it, and why others did not. */

import { log } from "../base/log.js";
import type { Entry, Page, Selection } from "../journal/entry.js";
import { sentence } from "../journal/sentences.js";
import { Clients } from "../journal/who.js";
import { why } from "../journal/why.js";
import type { ApiAnswer } from "../native/rejection.js";

/** Clients of one event that get a line each. */
const MOST_LINES = 20;

/** What is read. */
export interface LoggedJournal {
  read(selection?: Selection): Page;
}

/** A stretch of the journal: what a call has written into it. */
export interface Written {
  /** The number of the entry before it. */
  after: number;
  /** The number of its last entry. */
  last: number;
}

/**
 * Logs what a call to the HTTP API has published, or was not allowed to. It is over, and what it published is delivered, as
 * far as the mode goes.
 */
export function logCall(journal: LoggedJournal, path: string, { after, last }: Written, answer: ApiAnswer): void {
  const selection: Selection = { after, kinds: ["triggered", "rejected"], state: false };
  const published = journal.read(selection).entries.filter(({ seq }) => seq <= last);
  for (const entry of published) logPublished(journal, entry);
  if (answer.status >= 400 && published.length === 0) {
    log(`POST ${path}: refused with ${answer.status}: ${answer.body.trim()}`);
  }
}

function logPublished(journal: LoggedJournal, entry: Entry): void {
  const { seq, channel = "", event = "", subscribers, at } = entry;
  // Where nobody is subscribed, the other channels say which one may have been meant.
  const page = journal.read({ data: false, ...(subscribers ? { channel } : {}) });
  const what = `#${seq} trigger ${sentence(entry, new Clients(page))}`;
  log(at === undefined ? what : `${what}   ${at}`);
  if (entry.kind === "rejected") return;
  // Of all that was published, this alone is asked about.
  const others = new Set(["triggered", "client-event", "rejected"]);
  const entries = page.entries.filter((one) => one.seq === seq || !others.has(one.kind));
  const answer = why({ ...page, entries }, { channel, event, since: { seq: seq - 1, app: 0 } });
  const all = [answer, ...answer.others];
  for (const { text } of all.slice(0, MOST_LINES)) for (const line of text.split("\n")) log(`  ${line}`);
  if (all.length > MOST_LINES) log(`  and ${(all.length - MOST_LINES).toLocaleString("en")} more clients`);
}
