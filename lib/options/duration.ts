/** Lengths of time, as people write them. */

import { show } from "../base/shown.js";

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** The longest time that is skipped: a day. */
const LONGEST = 24 * UNITS.h;

/** Milliseconds: a number of them, or a text such as `"2m"`. Throws a RangeError that says who was given what. */
export function millisecondsOf(time: number | string, call: string): number {
  const ms = typeof time === "string" ? read(time) : time;
  if (typeof ms === "number" && ms >= 0 && ms <= LONGEST) return Math.round(ms);
  throw new RangeError(
    `pushrig: give ${call} a number of milliseconds or a text such as "2m" (ms, s, m or h), of at most 24 hours, not ${show(time)}`,
  );
}

function read(text: string): number {
  const [, count, unit] = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h)\s*$/.exec(text) ?? [];
  return count === undefined ? Number.NaN : Number(count) * UNITS[unit];
}
