/** What tests ask with: names of channels and events, clients, marks, numbers. What is wrong with them says what is right. */

import { checkNames } from "../base/nearest.js";
import { show } from "../base/shown.js";
import { USER_CHANNEL } from "../base/user-channel.js";
import type { Mark, Question, Who } from "../journal/question.js";
import { subjectOf } from "../journal/subject.js";
import { checkObject } from "../options/checks.js";
import type { Rig } from "../app/rig.js";
import { timeoutOf } from "../app/waiter.js";

/** The options of a waiter, each checked. `where` is the waiter, as in `channel("task-1").subscribed()`. */
export interface CheckedWaitOptions {
  timeout: number;
  by: Who | undefined;
  /** The `seq` behind which something counts. */
  after: number;
  since: Mark | undefined;
  times: number;
}

/**
 * @param names the options that there are
 * @throws TypeError and RangeError
 */
export function asked(options: object, names: readonly string[], where: string, rig: Rig): CheckedWaitOptions {
  checkObject(options, `${where} takes options in an object such as { timeout: 500 }`);
  checkNames(options, names, where, "option");
  const { by, since, times, count, timeout } = options as {
    by?: unknown;
    since?: unknown;
    times?: unknown;
    count?: unknown;
    timeout?: number;
  };
  const mark = since === undefined ? undefined : markOf(since, where, rig);
  return {
    timeout: timeoutOf({ timeout }, where),
    by: by === undefined ? undefined : whoOf(by, `by of ${where}`, rig),
    since: mark,
    after: mark?.seq ?? 0,
    times: atLeastOne(times, "times", where) ?? atLeastOne(count, "count", where) ?? 1,
  };
}

const FIELDS = ["event", "channel", "client", "data", "since"];

/** The question of `why()`, checked. */
export function questionOf(value: unknown, rig: Rig): Question {
  checkObject(value, 'why() takes a question such as { event: "new-message", channel: "task-1", client: "ada" }');
  checkNames(value, FIELDS, "the question of why()", "field");
  const { event, channel, client, data, since } = value as { [Field in keyof Question]?: unknown };
  checkName(event, "why()", "an event", "new-message");
  const question: Question = { event };
  if (channel !== undefined) {
    checkChannel(channel, "why()");
    question.channel = channel;
  }
  if (client !== undefined) question.client = whoOf(client, "client of why()", rig);
  if (data !== undefined) question.data = data;
  if (since !== undefined) question.since = markOf(since, "why()", rig);
  return question;
}

/** Throws a TypeError for what is no name of a channel, or of an event. */
export function checkName(name: unknown, where: string, what: string, example: string): asserts name is string {
  if (typeof name === "string" && name !== "") return;
  throw new TypeError(
    `pushrig: ${where} takes the name of ${what}, a string such as ${show(example)}, not ${show(name)}`,
  );
}

/** What no channel can be called: a probe of it would wait for nothing. */
const ILLEGAL = /[^A-Za-z0-9_\-=@,.;]/;
const LONGEST = 200;

/** Throws a TypeError for what cannot be the name of a channel; that of a user's own events may be asked about. */
export function checkChannel(name: unknown, where: string): asserts name is string {
  checkName(name, where, "a channel", "task-1");
  if (name.startsWith(USER_CHANNEL)) return;
  const wrong = ILLEGAL.exec(name)?.[0];
  if (wrong === undefined && name.length <= LONGEST) return;
  const why =
    wrong === undefined
      ? `has ${name.length} characters, and at most ${LONGEST} are allowed`
      : `has ${show(wrong)} in it; letters, digits and _ - = @ , . ; are allowed`;
  throw new TypeError(`pushrig: ${where} takes the name of a channel, and ${show(name)} can be none: it ${why}`);
}

function atLeastOne(value: unknown, name: string, where: string): number | undefined {
  if (value === undefined || (Number.isInteger(value) && (value as number) >= 1)) return value as number | undefined;
  throw new RangeError(`pushrig: ${name} of ${where} is a whole number from 1, not ${show(value)}`);
}

function markOf(value: unknown, where: string, rig: Rig): Mark {
  const { seq, app } = Object(value) as Partial<Mark>;
  if (!Number.isInteger(seq) || !Number.isInteger(app)) {
    throw new TypeError(
      `pushrig: since of ${where} is a place in the journal, as mark() answers it, not ${show(value)}`,
    );
  }
  if (app !== rig.appId) {
    throw new TypeError(
      `pushrig: since of ${where} is a mark of another app. Take mark() of the same app: each createMockPusher() has its own, and mark() ` +
        `alone is the default app's.`,
    );
  }
  return value as Mark;
}

/** @param what the option, and whose it is */
function whoOf(value: unknown, what: string, rig: Rig): Who {
  if (typeof value === "string" && value !== "") return value;
  const { connectionId: id, connection } = Object(value) as {
    connectionId?: unknown;
    connection?: { socket_id?: unknown };
  };
  // pusher-js itself, on a socket of a gateway.
  if (id === undefined && typeof connection?.socket_id === "string") return connection.socket_id;
  if (typeof value !== "object" || typeof id !== "string") {
    throw new TypeError(
      `pushrig: ${what} is a client, or its name, user id, connectionId or socket id, not ${show(value)}`,
    );
  }
  const subject = subjectOf(value);
  const { appId } = subject?.app ?? rig;
  if (appId !== rig.appId) {
    throw new TypeError(
      `pushrig: ${what} is a client of another app. A client hears what is triggered in its own app only: with the same key, or ` +
        `of the same createMockPusher().`,
    );
  }
  return subject?.client ?? (value as Who);
}
