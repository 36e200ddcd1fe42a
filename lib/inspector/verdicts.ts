/** Of one event: who got it and who did not, each with the sentence of `why()`; and what led to an entry. */

import type { Entry, Page } from "../journal/entry.js";
import type { Reason, Why } from "../journal/question.js";
import { Clients, type KnownClient } from "../journal/who.js";
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
  const asked = [answer, ...answer.others];
  // Who was not subscribed yet, or not any more, is not among those who were to get it, and wants to know as well.
  const others = clients.all
    .filter(
      (client) => asked.every((one) => one.client !== clients.label(client)) && hasToDoWith(client, page, channel),
    )
    .slice(0, MOST_OTHERS)
    .map((client) =>
      why({ ...page, entries }, { event, channel, client: { connectionId: client.connections.at(-1) ?? "" } }),
    );
  const isNobody = answer.client === undefined && others.length > 0 && answer.reason !== "rejected";
  const all = [...(isNobody ? [] : asked), ...others].map((one) => verdictOf(one, connections));
  return [...all.filter(({ received }) => received), ...all.filter(({ received }) => !received)];
}

/** Clients besides those who were subscribed that are asked about. */
const MOST_OTHERS = 50;

/** Whether it has ever had a subscription to the channel, or wanted one. */
function hasToDoWith({ connections, base }: KnownClient, page: Page, channel: string | undefined): boolean {
  if (channel === undefined || base?.channels.includes(channel)) return channel !== undefined;
  return page.entries.some(
    (entry) => entry.channel === channel && STEPS.has(entry.kind) && connections.includes(entry.connection ?? ""),
  );
}

const STEPS: ReadonlySet<string> = new Set(["subscribing", "subscribed", "refused"]);

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
