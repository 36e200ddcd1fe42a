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
