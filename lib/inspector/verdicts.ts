/** Of one event: who got it and who did not, each with the sentence of `why()`; and what led to an entry. */

import type { Entry, Page } from "../journal/entry.js";
import { isSimilar } from "../journal/near.js";
import type { Reason, Why } from "../journal/question.js";
import { Clients } from "../journal/who.js";
import { why } from "../journal/why.js";
import { USER } from "./copies.js";

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
  const rest = clients.all.filter((client) => asked.every((one) => one.client !== clients.label(client)));
  const isOn = (isMeant: (other: string) => boolean) => {
    const on = connectionsOn(page, isMeant);
    return rest.filter((client) => client.connections.some((one) => on.has(one)));
  };
  const near = answer.reason === "rejected" ? undefined : isNear(channel, answer.client === undefined);
  const others = new Set([
    ...isOn((other) => other === channel).slice(0, MOST_OTHERS),
    ...(near === undefined ? [] : isOn(near).slice(0, MOST_NEAR)),
  ]);
  const told = [...others].map((client) =>
    why({ ...page, entries }, { event, channel, client: { connectionId: client.connections.at(-1) ?? "" } }),
  );
  const all = [...asked, ...told].map((one) => verdictOf(one, connections));
  return [...all.filter(({ received }) => received), ...all.filter(({ received }) => !received)];
}

/** Clients besides those who were subscribed that are asked about. */
const MOST_OTHERS = 50;
/** The same of those who are on a channel that is nearly called so. */
const MOST_NEAR = 20;

/** Connections that have ever had a subscription to such a channel, or wanted one. */
function connectionsOn(page: Page, isMeant: (channel: string) => boolean): Set<string | undefined> {
  const isOne = remembered(isMeant);
  return new Set([
    ...page.base.filter(({ channels }) => channels.some(isOne)).map(({ connection }) => connection),
    ...page.entries
      .filter(({ kind, channel }) => STEPS.has(kind) && channel !== undefined && isOne(channel))
      .map(({ connection }) => connection),
  ]);
}

/**
 * Tells a channel that may have been meant instead. Another number is another room, as long as somebody is in the one. None for a
 * user's channel.
 */
function isNear(channel: string | undefined, isEmpty: boolean): ((other: string) => boolean) | undefined {
  if (channel === undefined || channel.startsWith(USER)) return undefined;
  const [name, unnumbered] = [bare(channel), numberless(channel)];
  return (other) =>
    other !== channel &&
    (isSimilar(name, bare(other)) || name === bare(other)) &&
    (isEmpty || numberless(other) !== unnumbered);
}

/** Without what says which kind of channel it is. */
function bare(channel: string): string {
  return channel.replace(/^(private-encrypted-|private-|presence-)?(cache-)?/, "");
}

function numberless(channel: string): string {
  return channel.replace(/\d+/g, "0");
}

/** Asks about each name once. */
function remembered(ask: (name: string) => boolean): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    let answer = known.get(name);
    if (answer === undefined) known.set(name, (answer = ask(name)));
    return answer;
  };
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
