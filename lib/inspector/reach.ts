/** How many clients an event was for, and how many of them it went to. */

import type { Entry } from "../journal/entry.js";

/** An entry, and what the page knows of it besides. */
export interface SeenEntry extends Entry {
  /** Of an event: how many it went to, where that is not everybody who is subscribed. */
  reached?: number;
  /** Of an event of a server: it was sent more than once. */
  isTwice?: true;
}

export interface Reach {
  /** Without the one that is left out, and without those to whom a fault lost it. */
  reached: number;
  /** Subscribed at all. */
  subscribed: number;
}

/** Undefined for what goes to nobody. */
export function reachOf({ kind, subscribers, reached = subscribers }: SeenEntry): Reach | undefined {
  if ((kind !== "triggered" && kind !== "client-event") || subscribers === undefined) return undefined;
  return { reached: reached ?? 0, subscribed: subscribers };
}

/** As a row says it. */
export function reachText(entry: SeenEntry): string {
  const reach = reachOf(entry);
  if (reach === undefined) return "";
  const { reached, subscribed } = reach;
  if (reached === 0) return subscribed === 0 ? "unheard" : `none of ${subscribed.toLocaleString("en")}`;
  if (reached === subscribed) return subscribed === 1 ? "1 client" : `${subscribed.toLocaleString("en")} clients`;
  return `${reached.toLocaleString("en")} of ${subscribed.toLocaleString("en")} clients`;
}
