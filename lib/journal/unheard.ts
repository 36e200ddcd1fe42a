/** Events that nobody heard: what strictness and hints make of them. */

import { nearest } from "../base/nearest.js";
import type { Entry, Page } from "./entry.js";
import { Histories, type ClientHistory } from "./history.js";
import { at, named } from "./reasons/case.js";
import { Clients } from "./who.js";

/** An event that was triggered, or sent by a client, and who was there. */
export interface Unheard {
  entry: Entry;
  /** Whether nobody was subscribed to its channel. */
  isAlone: boolean;
  /** A channel with subscribers that is called nearly the same. */
  channel?: string;
  /** A name, nearly the same, that is bound on the channel, and by whom: nobody has bound the event itself. */
  event?: { name: string; by: string };
}

/** Names that are bound in a page, on a channel or for all of them; undefined where that is not known. */
export type BoundInPages = (socketId: string, channel: string) => readonly string[] | undefined;

/**
 * What nobody heard of the events after `from`, oldest first.
 *
 * @param inPages of sockets: what they have bound no journal knows
 */
export function unheardIn(page: Page, from: number, inPages?: BoundInPages): Unheard[] {
  const events = page.entries.filter(
    ({ kind, seq }) => (kind === "triggered" || kind === "client-event") && seq > from,
  );
  if (events.length === 0) return [];
  const clients = new Clients(page);
  const histories = new Histories(page, clients);
  const all = clients.all.map((client) => ({ client, history: histories.of(client) }));
  const unheard: Unheard[] = [];
  for (const entry of events) {
    const { channel = "", event = "", seq, subscribers = 0 } = entry;
    const except = entry.kind === "client-event" ? entry.connection : entry.except;
    const listening = all.filter(({ history }) => history.at(seq, channel).isSubscribed);
    if (subscribers === 0) {
      const channels = new Set(all.flatMap(({ history }) => channelsAt(history, seq)));
      unheard.push({ entry, isAlone: true, channel: nearlyThe(channel, channels) });
      continue;
    }
    const bound = new Map<string, string>();
    let mayBeHeard = false;
    for (const { client, history } of listening) {
      if (except !== undefined && client.connections.includes(except)) continue;
      const names =
        client.door === "socket"
          ? inPages?.(client.connections.at(-1) ?? "", channel)
          : history.boundNames(channel, seq);
      // A callback of exactly this name: one that takes every event is none.
      mayBeHeard ||= names === undefined || names.includes(event);
      for (const name of names ?? []) bound.set(name, clients.label(client));
    }
    if (mayBeHeard) continue;
    const near = nearlyThe(event, bound.keys());
    if (near !== undefined) unheard.push({ entry, isAlone: false, event: { name: near, by: bound.get(near) ?? "" } });
  }
  return unheard;
}

/** One letter away; what differs in digits only is another one on purpose, as `task-1` and `task-2` are. */
export function nearlyThe(name: string, candidates: Iterable<string>): string | undefined {
  const withoutDigits = (text: string) => text.replace(/\d+/g, "");
  return nearest(
    name,
    [...candidates].filter((candidate) => withoutDigits(candidate) !== withoutDigits(name)),
  );
}

function channelsAt(history: ClientHistory, seq: number): string[] {
  return history.channels.filter((channel) => history.at(seq, channel).isSubscribed);
}

/** `"new-message" on "task-1" (src/app/api/chat/route.ts:262:5)` */
export function namedWithLine(entry: Entry): string {
  return named(entry) + at(entry);
}
