// What a test has done to the time of this realm.

import { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from "node:timers";

/** Node's own timers. Taken when the module loads: nobody says when fake ones are taken away, so real ones have to look. */
export const realTimers = { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout };
/** `performance.now()`, taken like the timers. */
export const realNow = performance.now.bind(performance);
const origin = performance.timeOrigin;
const { setTimeout: ownTimeout, setInterval: ownInterval } = globalThis;

/** Whether timers are neither Node's nor the page's, as under jsdom. */
export function areTimersFake(): boolean {
  const { setTimeout, setInterval } = globalThis;
  const isGenuine = setTimeout === realTimers.setTimeout || setTimeout === ownTimeout;
  return !isGenuine || (setInterval !== realTimers.setInterval && setInterval !== ownInterval);
}

/** Whether this `Date.now` is anything but the engine's own, whichever realm's. */
export function isDateFake(now: () => number): boolean {
  return !/\[native code\]\s*\}$/.test(Function.prototype.toString.call(now));
}

/** Milliseconds since the epoch, whatever a test has done to `Date`. */
export function realDate(): number {
  // A machine that slept has the right date, and not always the right time since the start.
  return isDateFake(Date.now) ? origin + realNow() : Date.now();
}
