/** What options are checked with: one way to say what is wrong, whichever entry was given them. */

import { show } from "../base/shown.js";

/** The longest delay that timers of JavaScript take, in milliseconds. */
export const MAX_DELAY = 2 ** 31 - 1;

// `what` names the option and whose it is, as in "debug in configure()". Undefined is an option that was not given.

/** Throws a TypeError for what is neither true nor false. */
export function checkSwitch(value: unknown, what: string): void {
  if (value === undefined || typeof value === "boolean") return;
  throw new TypeError(`pushrig: ${what} is true or false, not ${show(value)}`);
}

/** Throws a RangeError for what is no whole number from `least` to `most`. */
export function checkWhole(value: unknown, least: number, most: number, what: string): void {
  if (value === undefined || (Number.isInteger(value) && (value as number) >= least && (value as number) <= most))
    return;
  throw new RangeError(`pushrig: ${what} is a whole number from ${least} to ${most}, not ${show(value)}`);
}

/** Throws a TypeError for what is no object. `rule` is the sentence that it breaks: "listen() takes an object such as { port: 6001 }". */
export function checkObject(value: unknown, rule: string): asserts value is object {
  if (typeof value === "object" && value !== null) return;
  throw new TypeError(`pushrig: ${rule}, not ${show(value)}`);
}

/** Throws a TypeError for what is no list. `rule` is the sentence that it breaks. */
export function checkList(value: unknown, rule: string): asserts value is unknown[] {
  if (Array.isArray(value)) return;
  throw new TypeError(`pushrig: ${rule}, not ${show(value)}`);
}

/** Throws a TypeError for what is none of `all`. */
export function checkOneOf(value: unknown, all: readonly unknown[], what: string): void {
  if (value === undefined || all.includes(value)) return;
  throw new TypeError(`pushrig: ${what} is one of ${all.map(show).join(", ")}, not ${show(value)}`);
}

/** Throws a TypeError for what is no string with a character in it. */
export function checkFilledText(value: unknown, what: string): void {
  if (typeof value === "string" && value !== "") return;
  throw new TypeError(`pushrig: ${what} is a string that is not empty, not ${show(value)}`);
}

/** Throws a TypeError for what is no string. */
export function checkText(value: unknown, what: string): void {
  if (value === undefined || typeof value === "string") return;
  throw new TypeError(`pushrig: ${what} is a string, not ${show(value)}`);
}

/** Throws a TypeError for what is no function. */
export function checkFunction(value: unknown, what: string): void {
  if (value === undefined || typeof value === "function") return;
  throw new TypeError(`pushrig: ${what} is a function, not ${show(value)}`);
}
