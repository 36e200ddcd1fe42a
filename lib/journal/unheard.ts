/** Events that nobody heard: what strictness and hints make of them. */

import { nearest } from "../base/nearest.js";
import { show } from "../base/shown.js";
import type { Entry, Page } from "./entry.js";
import { Histories, type ClientHistory } from "./history.js";
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

/** What nobody heard of the events after `from`, oldest first. */
export function unheardIn(page: Page, from: number): Unheard[] {
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
    const others = listening.filter(({ client }) => except === undefined || !client.connections.includes(except));
    if (others.some(({ client, history }) => client.door === "socket" || isBound(history, channel, event, seq)))
      continue;
    const bound = new Map<string, string>();
    for (const { client, history } of others) {
      for (const name of history.boundNames(channel, seq)) bound.set(name, clients.label(client));
    }
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

/** Whether a callback of exactly this name is there: one that takes every event is none. */
function isBound(history: ClientHistory, channel: string, event: string, seq: number): boolean {
  return history.boundNames(channel, seq).includes(event);
}

/** `"new-message" on "task-1" (src/app/api/chat/route.ts:262:5)` */
export function named({ event, channel, at }: Entry): string {
  return `${show(event)} on ${show(channel)}${at === undefined ? "" : ` (${at})`}`;
}
