/** How many clients an event was for, and how many of them it was sent to. */

import type { Entry } from "../journal/entry.js";

export interface Reach {
  /** Subscribed, without the one that is left out. */
  reached: number;
  /** Subscribed at all. */
  subscribed: number;
}

/** Undefined for what goes to nobody. */
export function reachOf({ kind, subscribers, except, connection }: Entry): Reach | undefined {
  if ((kind !== "triggered" && kind !== "client-event") || subscribers === undefined) return undefined;
  const isOneLeftOut = kind === "client-event" ? connection !== undefined : except !== undefined;
  return { reached: Math.max(0, subscribers - (isOneLeftOut ? 1 : 0)), subscribed: subscribers };
}

/** As a row says it. Who is left out by a publisher need not be subscribed, so the row of the whole details is exact. */
export function reachText(entry: Entry): string {
  const reach = reachOf(entry);
  if (reach === undefined) return "";
  const { reached, subscribed } = reach;
  if (subscribed === 0) return "no client";
  if (reached === subscribed) return subscribed === 1 ? "1 client" : `${subscribed.toLocaleString("en")} clients`;
  return `${reached.toLocaleString("en")} of ${subscribed.toLocaleString("en")} clients`;
}
