/** What a journal says about one channel, and about who is there: whose a connection is, other channels may say. */

import type { Page, Selection } from "../journal/entry.js";
import type { Who } from "../journal/question.js";

interface Readable {
  read(selection?: Selection): Page;
}

/**
 * The entries about a channel. Where `who` is a text, with those of presence channels that say which connections are that user's: they
 * may be on another channel as somebody, and on this one without a name.
 */
export function aboutChannel(journal: Readable, channel: string, who?: Who, selection: Selection = {}): Page {
  const page = journal.read({ ...selection, channel });
  if (typeof who !== "string") return page;
  const { entries } = journal.read({ kinds: ["subscribed"], data: false, state: false });
  const naming = entries.filter((entry) => entry.user === who && entry.channel !== channel);
  if (naming.length === 0) return page;
  return { ...page, entries: [...page.entries, ...naming].sort((one, other) => one.seq - other.seq) };
}
