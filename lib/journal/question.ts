/** What is asked of the journal, and what it answers: `why()`, and what waiters and matchers compare. */

import { show } from "../base/shown.js";
import type { Entry } from "./entry.js";

/**
 * A client: its name, the id of its user, its connectionId or its socket id, looked up in that order, or the mock client itself,
 * also where it is typed as pusher-js's own class, which knows of no `connectionId`.
 */
export type Who = string | { readonly connectionId: string } | { readonly connection: { readonly socket_id: string } };

/** A mock client by the number that the journal has for it, which counts: connections are numbered anew after a reset. */
export interface MockWho {
  /** `""` before the first connection. */
  readonly connectionId: string;
  readonly client: number;
  readonly name?: string | undefined;
}

/** What was given for a client: the text itself, or the `connectionId` of the client. */
export function idOf(who: Who): string {
  return typeof who === "string" ? who : (who as { connectionId: string }).connectionId;
}

/** Whether it is a mock client itself that was given, and no name that may be wrong. */
export function isMockClient(who: Who): who is MockWho {
  return typeof (who as Partial<MockWho>).client === "number";
}

/** How texts call a client of which the journal knows nothing. */
export function calledOf(who: Who): string {
  return isMockClient(who) ? (who.name ?? (who.connectionId || "the client")) : `client ${show(idOf(who))}`;
}

/**
 * What data has to be like, compared as JSON: an object that it contains (asymmetric matchers of the test runner allowed in it), or
 * a function that says whether it is right.
 */
export type Match = unknown;

/** A place in the journal, from `mark()`: what came later counts. */
export interface Mark {
  readonly seq: number;
  /** The app it is of. */
  readonly app: number;
}

/** What is asked: did this event reach this client? */
export interface Question {
  event: string;
  /** Default: whichever. */
  channel?: string | undefined;
  /** Default: everybody who was subscribed. */
  client?: Who | undefined;
  data?: Match;
  /** What was triggered before does not count; what was subscribed and bound before does. */
  since?: Mark | undefined;
}

/** Why an event did, or did not, reach a client. */
export type Reason =
  | "received"
  | "never-triggered"
  | "rejected"
  | "under-way"
  | "lost"
  | "excluded"
  | "other-app"
  | "other-process"
  | "never-subscribed"
  | "subscribed-later"
  | "left-before"
  | "subscription-refused"
  | "subscription-pending"
  | "not-connected"
  | "never-bound"
  | "bound-later"
  | "unbound-before"
  | "callback-threw"
  | "reset-between"
  | "forgotten";

/** An event that was triggered and is nearly the one that was asked for. */
export interface Near {
  entry: Entry;
  /** Every field that differs, as in `data.id: "m7" where "m1" is expected`. */
  differences: string[];
}

/** The answer. With no client named, that of the subscriber who fared worst, and `others` holds the rest. */
export interface Why {
  received: boolean;
  reason: Reason;
  /** A sentence, or a few lines. */
  text: string;
  /** How the client is called in texts. */
  client?: string;
  others: Why[];
  /** The event that it is about. */
  entry?: Entry;
  /** At most three, the nearest first. */
  near: Near[];
  /** What of the journal the answer rests on. */
  timeline: Entry[];
}
