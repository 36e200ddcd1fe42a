/** Events as waiters answer them, and as `triggers()` lists them. */

import { decode } from "../base/decode.js";
import { USER_CHANNEL } from "../base/user-channel.js";
import type { Entry, Page } from "../journal/entry.js";
import { Clients } from "../journal/who.js";

/** An event that was triggered, or that a client sent. */
export interface Message {
  channel: string;
  event: string;
  /** What a subscriber receives. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what data is, is the application's to say
  data: any;
  /** Its place in the journal. */
  seq: number;
  /** The application's own line that triggered it: only in tests and with `debug`. */
  at?: string;
}

/** An event with whom it went to. Clients are called by their name, or else by their connectionId or socket id. */
export interface Trigger extends Message {
  /** Who had subscribed to the channel by then; whoever was left out is not among them. */
  readonly recipients: readonly string[];
  /** Whom the publisher left out with `socket_id`: that itself, where nobody has it. */
  except?: string;
  /** On a client event: who sent it. */
  by?: string;
}

export function messageOf(entry: Entry): Message {
  const { channel = "", event = "", data, seq, at } = entry;
  return { channel, event, data: decode(data), seq, ...(at === undefined ? {} : { at }) };
}

/** What was triggered in a page after `after`, with recipients, oldest first. */
export function triggersIn(page: Page, after = page.start): Trigger[] {
  const clients = new Clients(page);
  const nameOf = (connection: string): string => clients.of({ connection })?.name ?? connection;
  /** Connections by channel. */
  const subscribers = new Map<string, Set<string>>();
  /** The same as names, for all events until somebody comes or goes: there may be thousands of both. */
  const named = new Map<string, readonly string[]>();
  const join = (channel: string, connection: string): void => {
    named.delete(channel);
    const all = subscribers.get(channel);
    if (all === undefined) subscribers.set(channel, new Set([connection]));
    else all.add(connection);
  };
  const leave = (channel: string, connection: string): void => {
    if (subscribers.get(channel)?.delete(connection)) named.delete(channel);
  };
  const recipients = (channel: string, leftOut: string | undefined): readonly string[] => {
    const all = subscribers.get(channel);
    if (leftOut !== undefined && all?.has(leftOut)) return [...all].filter((one) => one !== leftOut).map(nameOf);
    let names = named.get(channel);
    if (names === undefined) named.set(channel, (names = [...(all ?? [])].map(nameOf)));
    return names;
  };
  for (const { connection, isConnected, channels, user } of page.base) {
    if (connection === undefined || !isConnected) continue;
    for (const channel of channels) join(channel, connection);
    if (user !== undefined) join(USER_CHANNEL + user, connection);
  }
  const triggers: Trigger[] = [];
  for (const entry of page.entries) {
    const { kind, channel = "", connection = "", user, except, seq } = entry;
    if (kind === "subscribed") join(channel, connection);
    else if (kind === "signed-in") join(USER_CHANNEL + user, connection);
    else if (kind === "left") leave(channel, connection);
    else if (kind === "closed") for (const each of subscribers.keys()) leave(each, connection);
    else if ((kind === "triggered" || kind === "client-event") && seq > after) {
      triggers.push({
        ...messageOf(entry),
        recipients: recipients(channel, kind === "triggered" ? except : connection),
        ...(kind === "client-event"
          ? { by: nameOf(connection) }
          : except === undefined
            ? {}
            : { except: nameOf(except) }),
      });
    }
  }
  return triggers;
}
