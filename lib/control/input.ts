/** What a request brings, read and checked as far as every route does. */

import { checkNames, insteadOf } from "../base/nearest.js";
import { show } from "../base/shown.js";
import type { Kind } from "../journal/entry.js";
import { KINDS } from "../journal/sentences.js";
import { checkList, checkObject } from "../options/checks.js";
import { ControlRefusal } from "./refusal.js";

/** Levels of lists and objects in a body. Deeper is nobody's event, and what compares goes down by calls. */
const DEEPEST = 100;

/** The fields of a body; one that is empty has none. `names`: those that the route knows, where it does not look itself. */
export function bodyOf(text: string, names: readonly string[] | undefined, route: string): Record<string, unknown> {
  if (text.trim() === "") return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    const why = (error as Error).message;
    throw new ControlRefusal(
      "bad-request",
      `pushrig: the body of ${route} is JSON, which this is not (${why}): ${show(text)}`,
    );
  }
  requireShallow(body, route);
  const rule = `the body of ${route} is an object in JSON`;
  if (Array.isArray(body)) throw new ControlRefusal("bad-request", `pushrig: ${rule}, not a list`);
  checkObject(body, rule);
  if (names !== undefined) checkNames(body as object, names, route, "field");
  return body as Record<string, unknown>;
}

/** The query, by name. */
export function queryOf(search: URLSearchParams, names: readonly string[], route: string): Record<string, string> {
  const query = Object.fromEntries(search);
  checkNames(query, names, route, "parameter");
  return query;
}

/** Without calls of its own depth. */
function requireShallow(value: unknown, route: string): void {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) {
      throw new ControlRefusal(
        "bad-request",
        `pushrig: the body of ${route} has lists and objects in each other, at most ${DEEPEST} deep`,
      );
    }
    level = level.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
  }
}

/** A whole number from a query. */
export function wholeOf(text: string | undefined, name: string, route: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ControlRefusal(
    "bad-request",
    `pushrig: the parameter ${name} of ${route} is a whole number from 0, not ${show(text)}`,
  );
}

export function switchOf(text: string | undefined, name: string, route: string): boolean | undefined {
  if (text === undefined) return undefined;
  if (text === "true" || text === "false") return text === "true";
  throw new ControlRefusal(
    "bad-request",
    `pushrig: the parameter ${name} of ${route} is true or false, not ${show(text)}`,
  );
}

/** Kinds of entries, with commas between them. */
export function kindsOf(text: string | undefined, route: string): Kind[] | undefined {
  const kinds = text?.split(",").filter((kind) => kind !== "") as Kind[] | undefined;
  const unknown = kinds?.find((kind) => !KINDS.includes(kind));
  if (unknown === undefined) return kinds;
  const instead = insteadOf(unknown, KINDS, "kind");
  throw new ControlRefusal("bad-request", `pushrig: the parameter kinds of ${route} names no kind ${instead}`);
}

/** JSON from a query. */
export function jsonOf(text: string | undefined, name: string, route: string): unknown {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ControlRefusal(
      "bad-request",
      `pushrig: the parameter ${name} of ${route} is JSON, such as {"id":"m1"}, not ${show(text)}`,
    );
  }
  requireShallow(value, route);
  return value;
}

/** A text, or a list of texts. */
export function textsOf(value: unknown, what: string): string[] {
  const all = typeof value === "string" ? [value] : value;
  checkList(all, `${what} is a text or a list of texts`);
  for (const one of all) {
    if (typeof one !== "string")
      throw new ControlRefusal("bad-request", `pushrig: ${what} is a text or a list of texts, not ${show(value)}`);
  }
  return all as string[];
}
