/** What is asked of the journal, and what it answers: `why()`, and what waiters and matchers compare. */

import { checkNames } from "../base/nearest.js";
import { show } from "../base/shown.js";
import { checkFilledText, checkObject } from "../options/checks.js";
import type { Entry } from "./entry.js";

/**
 * A client: its name, the id of its user, its connectionId or its socket id, looked up in that order, or the client itself.
 */
export type Who = string | { readonly connectionId: string };

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

export interface Question {
  event: string;
  channel?: string;
  client?: Who;
  data?: Match;
  since?: Mark;
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

const FIELDS = ["event", "channel", "client", "data", "since"];

/**
 * Throws a TypeError for what is no question, or one about another app.
 *
 * @param app the number of the app that is asked
 */
export function checkQuestion(question: unknown, app: number): asserts question is Question {
  checkObject(question, 'why() takes a question such as { event: "new-message", channel: "task-1", client: "ada" }');
  checkNames(question, FIELDS, "the question of why()", "field");
  const { event, channel, client, since } = question as Partial<Question>;
  checkFilledText(event, "the event of why()");
  if (channel !== undefined) checkFilledText(channel, "the channel of why()");
  if (client !== undefined) checkWho(client, "the client of why()");
  if (since !== undefined) checkMark(since, app, "since of why()");
}

/** Throws a TypeError for what names nobody. `what` is the option and whose it is. */
export function checkWho(who: unknown, what: string): asserts who is Who {
  const id: unknown = typeof who === "object" && who !== null ? (who as { connectionId?: unknown }).connectionId : who;
  if (typeof id === "string" && (id !== "" || who !== "")) return;
  throw new TypeError(
    `pushrig: ${what} is a name, a user's id, a connectionId, a socket id, or a mock client itself, not ${show(who)}`,
  );
}

/** Throws a TypeError for what is no mark of the app. `what` is the option and whose it is. */
export function checkMark(mark: unknown, app: number, what: string): asserts mark is Mark {
  const { seq, app: markApp } = Object(mark) as Partial<Mark>;
  if (typeof seq !== "number" || typeof markApp !== "number") {
    throw new TypeError(`pushrig: ${what} is a mark, as mark() answers it, not ${show(mark)}`);
  }
  if (markApp === app) return;
  throw new TypeError(
    `pushrig: ${what} is a mark of another app. Take it with mark() of the app that is asked: a world of createMockPusher() has its own.`,
  );
}
