/** Of one event: who got it and who did not, each with the sentence of `why()`; and what led to an entry. */

import type { Entry, Page } from "../journal/entry.js";
import type { Reason, Why } from "../journal/question.js";
import { Clients } from "../journal/who.js";
import { why } from "../journal/why.js";

export interface Verdict {
  /** How the client is called. None where nobody was there. */
  who?: string;
  /** Its latest connection. */
  connection?: string;
  received: boolean;
  reason: Reason;
  text: string;
}

const PUBLISHED: ReadonlySet<string> = new Set(["triggered", "client-event", "rejected"]);

/** Who got it first, then who did not. Empty for what is no event. */
export function verdictsOn(page: Page, { seq, kind, event, channel }: Entry): Verdict[] {
  if (!PUBLISHED.has(kind) || event === undefined) return [];
  // `why()` speaks of the latest event that is as asked: so that there is one.
  const entries = page.entries.filter((entry) => entry.seq === seq || !PUBLISHED.has(entry.kind));
  const answer = why({ ...page, entries }, { event, channel });
  const clients = new Clients(page);
  const connections = new Map(clients.all.map((client) => [clients.label(client), client.connections.at(-1)]));
  const all = [answer, ...answer.others].map((one) => verdictOf(one, connections));
  return [...all.filter(({ received }) => received), ...all.filter(({ received }) => !received)];
}

function verdictOf({ client, received, reason, text }: Why, connections: Map<string, string | undefined>): Verdict {
  if (client === undefined) return { received, reason, text };
  return { who: client, connection: connections.get(client), received, reason, text };
}

/** What led to an entry, the first cause first, and then what it led to itself. */
export function chainOf(entries: readonly Entry[], entry: Entry): Entry[] {
  const bySeq = new Map(entries.map((one) => [one.seq, one]));
  const causes: Entry[] = [];
  for (let cause = entry.cause; cause !== undefined && causes.length < MOST;) {
    const found: Entry | undefined = bySeq.get(cause);
    // A cause is earlier: a trace that says otherwise would go round for ever.
    if (found === undefined || found.seq >= (causes[0] ?? entry).seq) break;
    causes.unshift(found);
    cause = found.cause;
  }
  const effects = entries.filter((one) => one.cause === entry.seq && one.seq > entry.seq).slice(0, MOST);
  return causes.length + effects.length === 0 ? [] : [...causes, entry, ...effects];
}

/** Steps of a chain that are shown. */
const MOST = 20;
