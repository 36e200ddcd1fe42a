/** Of one event: who got it and who did not, each with the sentence of `why()`; and what led to an entry. */

import { USER_CHANNEL } from "../base/user-channel.js";
import type { Entry, Page } from "../journal/entry.js";
import { Histories } from "../journal/history.js";
import { isSimilar } from "../journal/near.js";
import type { Reason, Who, Why } from "../journal/question.js";
import { Clients } from "../journal/who.js";
import { whyThis } from "../journal/why.js";

export interface ClientVerdict {
  /** How the client is called. None where nobody was there. */
  who: string | undefined;
  /** Its latest connection. */
  connection: string | undefined;
  received: boolean;
  /** Whether it was subscribed when the event went out, or got it later from the channel's cache. */
  wasThere: boolean;
  reason: Reason;
  text: string;
}

const PUBLISHED: ReadonlySet<string> = new Set(["triggered", "client-event", "rejected"]);

/** Who got it first, then who did not, and last who was not subscribed. Empty for what is no event. */
export function verdictsOn(page: Page, of: Entry): ClientVerdict[] {
  const { seq, kind, event, channel = "" } = of;
  if (!PUBLISHED.has(kind) || event === undefined) return [];
  // Without its data, which is shown beside.
  const known = page.entries.find((entry) => entry.seq === seq) ?? of;
  const ask = (client?: Who): Why => whyThis(page, known, client);
  const answer = ask();
  const clients = new Clients(page);
  const histories = new Histories(page, clients);
  const byLabel = new Map(clients.all.map((client) => [clients.label(client), client]));
  const asked = [answer, ...answer.others];
  // Who was not subscribed yet, or not any more, is not among those who were to get it, and wants to know as well.
  const rest = clients.all.filter((client) => asked.every((one) => one.client !== clients.label(client)));
  const isNear = nearTo(channel, answer.client === undefined);
  const others = rest.filter((client) => {
    const history = histories.of(client);
    if (history.missed(of)) return true;
    return answer.reason !== "rejected" && history.isConnectedAt(seq) && history.channels.some(isNear);
  });
  const told = others.slice(0, MOST_OTHERS).map(({ connections }) => ask({ connectionId: connections.at(-1) ?? "" }));
  const all = [...asked, ...told].map(({ client: who, received, reason, text }): ClientVerdict => {
    const client = byLabel.get(who ?? "");
    const wasThere = received || client === undefined || histories.of(client).at(seq, channel).isSubscribed;
    return { who, connection: client?.connections.at(-1), received, wasThere, reason, text };
  });
  return all.sort((one, other) => Number(other.received) - Number(one.received));
}

/** Clients besides those who were subscribed that are asked about. */
const MOST_OTHERS = 50;

/**
 * Tells a channel that may have been meant instead. Another number is another room, as long as somebody is in the one. None for a
 * user's channel.
 */
function nearTo(channel: string, isEmpty: boolean): (other: string) => boolean {
  if (channel.startsWith(USER_CHANNEL)) return () => false;
  const [name, unnumbered] = [bare(channel), numberless(channel)];
  return (other) => other !== channel && isSimilar(name, bare(other)) && (isEmpty || numberless(other) !== unnumbered);
}

/** Without what says which kind of channel it is. */
function bare(channel: string): string {
  return channel.replace(/^(private-encrypted-|private-|presence-)?(cache-)?/, "");
}

function numberless(channel: string): string {
  return channel.replace(/\d+/g, "0");
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
