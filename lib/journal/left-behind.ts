/** Who is still subscribed, or has callbacks bound, when a page ends: what a test has not cleaned up. */

import { show } from "../base/shown.js";
import type { ClientState, Entry, Page } from "./entry.js";
import { Clients, type KnownClient } from "./who.js";

/** What one client has of a channel. */
interface Holding {
  channel: string;
  /** Where it has subscribed, if it has: its source line is empty where that is not known. */
  subscribed?: string;
  bound: Map<string, { count: number; at: string }>;
  hasLeft: boolean;
}

/**
 * A sentence per client.
 *
 * @param door of clients that are of the test's making: in Node sockets of gateways are not, and in a page all of them are sockets
 */
export function leftBehind(page: Page, door: ClientState["door"] = "process"): string[] {
  const clients = new Clients(page);
  const held = new Map<KnownClient, Map<string, Holding>>();
  const holding = (client: KnownClient, channel: string): Holding => {
    const channels = held.get(client) ?? new Map<string, Holding>();
    held.set(client, channels);
    const known = channels.get(channel) ?? { channel, bound: new Map(), hasLeft: false };
    channels.set(channel, known);
    return known;
  };
  for (const client of clients.all) {
    for (const channel of client.base?.channels ?? []) holding(client, channel).subscribed = "";
    for (const { channel, event = "", count } of client.base?.bindings ?? []) {
      if (channel !== undefined) holding(client, channel).bound.set(event, { count, at: "" });
    }
  }
  for (const entry of page.entries) {
    const client = clients.of(entry);
    if (client === undefined) continue;
    if (entry.kind === "closed") for (const each of held.get(client)?.values() ?? []) delete each.subscribed;
    if (entry.channel !== undefined) note(entry, holding(client, entry.channel));
  }
  const sentences: string[] = [];
  for (const [client, channels] of held) {
    if (client.door !== door) continue;
    const parts = [...channels.values()].map(sentence).filter((part) => part !== undefined);
    if (parts.length > 0) sentences.push(`${clients.label(client)} ${parts.join(", ")}`);
  }
  return sentences;
}

function note({ kind, event = "", at = "", count = 1, stale }: Entry, holding: Holding): void {
  if (kind === "subscribing" || kind === "subscribed") {
    holding.subscribed ||= at;
    holding.hasLeft = false;
  } else if (kind === "left" || kind === "refused") {
    delete holding.subscribed;
    // The object that callbacks were bound on is gone as well.
    holding.hasLeft = true;
    holding.bound.clear();
  } else if (kind === "bound" && stale !== true) {
    const known = holding.bound.get(event);
    holding.bound.set(event, { count: (known?.count ?? 0) + count, at: known?.at ?? at });
  } else if (kind === "unbound") {
    const known = holding.bound.get(event);
    if (known === undefined) return;
    known.count -= count;
    if (known.count <= 0) holding.bound.delete(event);
  }
}

function sentence({ channel, subscribed, bound, hasLeft }: Holding): string | undefined {
  const names = [...bound.keys()].map((name) => (name === "" ? "every event" : show(name)));
  if (subscribed !== undefined) {
    const place = subscribed === "" ? "" : ` (${subscribed})`;
    return `was still subscribed to ${show(channel)}${place}${names.length === 0 ? "" : ` with ${names.join(", ")} bound`}`;
  }
  if (names.length === 0 || hasLeft) return undefined;
  const place = [...bound.values()].find(({ at }) => at !== "")?.at;
  return `still had ${names.join(", ")} bound on ${show(channel)}${place === undefined ? "" : ` (${place})`}`;
}
