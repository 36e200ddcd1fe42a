/** What can be asked of a gateway at all: JSON, and clients by their names. */

import { show } from "../base/shown.js";
import type { Who } from "../journal/question.js";

/**
 * Throws a TypeError for data that JSON would not carry: a function, a matcher of the test runner, a regular expression, a field
 * that is to be missing. `what` names it: `data of channel("task-1").triggered()`.
 */
export function requireJson(value: unknown, what: string, depth = 0): void {
  if (value === undefined && depth === 0) return;
  const problem = problemOf(value);
  if (problem !== undefined) {
    throw new TypeError(
      `pushrig: ${what} is compared at the gateway, as JSON: ${problem} does not get there. Leave it out, and compare what is answered.`,
    );
  }
  // JSON.stringify says the rest: what refers to itself.
  if (depth > MOST_DEPTH || typeof value !== "object" || value === null || "toJSON" in value) return;
  for (const field of Object.values(value)) requireJson(field, what, depth + 1);
}

const MOST_DEPTH = 100;

function problemOf(value: unknown): string | undefined {
  if (typeof value === "function") return "a function";
  if (value === undefined) return "undefined";
  if (typeof value === "symbol" || typeof value === "bigint") return `a ${typeof value}`;
  if (Object.prototype.toString.call(value) === "[object RegExp]") return String(value);
  const isMatcher = typeof (Object(value) as { asymmetricMatch?: unknown }).asymmetricMatch === "function";
  return isMatcher ? "a matcher of the test runner" : undefined;
}

/** A client as text. `what` is the option: `by of channel("task-1").subscribed()`. */
export function whoText(who: Who, what: string): string {
  const { connectionId, connection } = Object(who) as {
    connectionId?: unknown;
    connection?: { socket_id?: unknown };
  };
  const text = typeof who === "string" ? who : (connection?.socket_id ?? connectionId);
  if (typeof text === "string" && text !== "") return text;
  throw new TypeError(
    `pushrig: ${what} is a client, or its name, user id, connectionId or socket id, not ${show(who)}`,
  );
}
