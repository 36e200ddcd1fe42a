/**
 * What data has to be like, and every way in which it is not. Both sides are compared as JSON: it is JSON that travels.
 *
 * An object has to be contained, at any depth; a list has to have the same items; `undefined` in an object says that the field is
 * not there. Anywhere in it may be: an asymmetric matcher of the test runner, a regular expression for a text, a function that says
 * whether a value is right.
 */

import { nearest } from "../base/nearest.js";
import { show } from "../base/shown.js";
import type { Match } from "./question.js";

/** What `expect.any(String)` and its like are, whichever library they come from. */
interface AsymmetricMatcher {
  asymmetricMatch(value: unknown): unknown;
  toAsymmetricMatcher?(): string;
  sample?: unknown;
}

/** Differences that are told one by one. */
const MOST = 5;

/** Whether data is as expected. `undefined` expects nothing. */
export function matches(expected: Match, data: unknown): boolean {
  for (const _ of expected === undefined ? [] : compare("data", expected, data)) return false;
  return true;
}

/** Every difference, as in `data.id: "m7" where "m1" is expected`. None when the data is as expected. */
export function differences(expected: Match, data: unknown): string[] {
  const all = expected === undefined ? [] : [...compare("data", expected, data)];
  if (all.length <= MOST) return all;
  return [...all.slice(0, MOST - 1), `and ${all.length - MOST + 1} more`];
}

/** What is expected, as texts show it. */
export function showMatch(expected: Match): string {
  if (isAsymmetric(expected)) return showAsymmetric(expected);
  if (typeof expected === "function") return "what a function says";
  return isRegExp(expected) ? String(expected) : show(asJson(expected));
}

function* compare(path: string, wanted: unknown, got: unknown): Iterable<string> {
  if (isJudge(wanted)) {
    const objection = ask(wanted, got);
    if (objection !== undefined) yield `${path}: ${showGot(got)} ${objection}`;
    return;
  }
  const expected = asJson(wanted);
  if (typeof expected === "bigint" || typeof expected === "symbol") {
    yield `${path}: ${showGot(got)} where a ${typeof expected} is expected, which JSON does not have`;
  } else if (Array.isArray(expected) && Array.isArray(got)) {
    yield* compareLists(path, expected, got);
  } else if (isObject(expected) && isObject(got)) {
    yield* compareFields(path, expected, got);
  } else if (expected !== got) {
    yield `${path}: ${showGot(got)} where ${show(expected)} is expected`;
  }
}

function* compareLists(path: string, expected: readonly unknown[], got: readonly unknown[]): Iterable<string> {
  if (expected.length !== got.length) {
    yield `${path}: ${items(got.length)} where ${expected.length === 1 ? "1 is" : `${expected.length} are`} expected`;
  }
  for (let i = 0; i < Math.min(expected.length, got.length); i += 1) {
    // A hole in a list is null in JSON.
    yield* compare(`${path}[${i}]`, expected[i] === undefined ? null : expected[i], got[i]);
  }
}

function* compareFields(
  path: string,
  expected: Record<string, unknown>,
  got: Record<string, unknown>,
): Iterable<string> {
  for (const name of Object.keys(expected)) {
    const at = /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
    const wanted = expected[name];
    if (wanted === undefined) {
      if (Object.hasOwn(got, name)) yield `${at}: ${showGot(got[name])} where nothing is expected`;
    } else if (Object.hasOwn(got, name)) {
      yield* compare(at, wanted, got[name]);
    } else if (!isJudge(wanted) || ask(wanted, undefined) !== undefined) {
      const other = nearest(name, Object.keys(got)) ?? Object.keys(got).find((field) => isSameWord(field, name));
      const hint = other === undefined ? "" : `; ${JSON.stringify(other)} is there`;
      yield `${at}: missing, ${showMatch(wanted)} is expected${hint}`;
    }
  }
}

type Judge = AsymmetricMatcher | Function | RegExp;

function isJudge(value: unknown): value is Judge {
  return isAsymmetric(value) || typeof value === "function" || isRegExp(value);
}

/** What a matcher, a function or a regular expression has against a value; undefined when nothing. */
function ask(judge: Judge, got: unknown): string | undefined {
  let verdict: unknown;
  try {
    if (isAsymmetric(judge)) verdict = judge.asymmetricMatch(got);
    else if (typeof judge === "function") verdict = judge(got);
    else verdict = typeof got === "string" && new RegExp(judge.source, judge.flags.replace(/[gy]/g, "")).test(got);
  } catch (error) {
    // Made for data of another shape, most often: `(data) => data.user.id === "ann"`.
    return `makes the ${isAsymmetric(judge) ? "matcher" : "function"} throw ${show(firstLine(error))}`;
  }
  if (isPromise(verdict)) {
    throw new TypeError(`pushrig: a function that data has to fulfil answers true or false at once, not a promise`);
  }
  if (verdict) return undefined;
  if (isAsymmetric(judge)) return `where ${showAsymmetric(judge)} is expected`;
  return typeof judge === "function" ? "is not what the function wants" : `where ${String(judge)} is expected`;
}

/** A value as JSON would have it, one level deep: what is below comes by here itself. */
function asJson(value: unknown): unknown {
  const plain = typeof value === "object" && value !== null && "toJSON" in value ? toJson(value) : value;
  if (typeof plain !== "number") return plain;
  return Number.isFinite(plain) ? plain + 0 : null;
}

function toJson(value: { toJSON: unknown }): unknown {
  return typeof value.toJSON === "function" ? (value as { toJSON(): unknown }).toJSON() : value;
}

function isAsymmetric(value: unknown): value is AsymmetricMatcher {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return typeof (value as Partial<AsymmetricMatcher>).asymmetricMatch === "function";
}

function showAsymmetric(matcher: AsymmetricMatcher): string {
  if (matcher.toAsymmetricMatcher !== undefined) {
    try {
      return matcher.toAsymmetricMatcher();
    } catch {
      // It wants to be asked with the runner's own printer.
    }
  }
  const { sample } = matcher;
  const name = String(matcher);
  if (sample === undefined) return name;
  return `${name} ${isRegExp(sample) ? String(sample) : show(sample)}`;
}

/** Also of another realm, as in Jest. */
function isRegExp(value: unknown): value is RegExp {
  return Object.prototype.toString.call(value) === "[object RegExp]";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPromise(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

function isSameWord(one: string, other: string): boolean {
  const bare = (name: string) => name.replace(/[^\p{L}\p{N}]/gu, "").toLowerCase();
  return bare(one) === bare(other);
}

function showGot(value: unknown): string {
  return value === undefined ? "nothing" : show(value);
}

function firstLine(error: unknown): string {
  return String(error).split("\n", 1)[0];
}

function items(count: number): string {
  return count === 1 ? "1 item" : `${count} items`;
}
