/**
 * Later: the one point of a rig through which everything goes that arrives later. The simulated network, members who come and
 * go, answers, reconnects, ticks of polling, holds of webhooks.
 *
 * What waits is owned here, not by its timer. Timers are the realm's own, looked up at call time, so that a test's fake ones
 * steer them; but those vanish when the test takes them away, and what waited on them then waits anew on the timers of now.
 */

import { areTimersFake, realTimers } from "../base/fakes.js";
import type { Schedule, Waiting, WaitingFor, WaitingNow } from "../base/timers.js";
import { throwUncaught } from "../base/uncaught.js";

/** Milliseconds between two looks, while something waits on fake timers. */
const LOOK_INTERVAL = 20;

/** Points where something waits on fake timers. */
const watched = new Set<Later>();
let looking: NodeJS.Timeout | undefined;

function look(): void {
  // Other fake ones belong to another test: what is left of the one before has no business there until it is used.
  for (const later of watched) {
    if (areTimersFake() && !later.isIdle) continue;
    later.recover();
    watched.delete(later);
  }
  if (watched.size > 0) return;
  realTimers.clearInterval(looking);
  looking = undefined;
}

type Timer = ReturnType<typeof globalThis.setTimeout>;

class Entry implements Waiting {
  readonly later: Later;
  readonly what: WaitingFor["what"];
  readonly whom: string;
  readonly name: string | undefined;
  readonly delay: number;
  readonly isPeriodic: boolean;
  /** Undefined once it has been done or called off: nothing is held longer than it waits. */
  action: (() => void) | undefined;
  behind: Entry | undefined;
  keepsAlive: boolean;
  timer: Timer | undefined;
  /** Clears it, on its own clock. */
  clear: (timer: Timer | undefined) => void = () => {};
  /** When it is due, on the clock of `performance.now()`. */
  due = 0;

  constructor(later: Later, delay: number, action: () => void, options: WaitingFor, isPeriodic: boolean) {
    this.later = later;
    this.what = options.what;
    this.whom = options.whom ?? "";
    this.name = options.name;
    this.behind = options.behind as Entry | undefined;
    this.keepsAlive = options.keepsAlive ?? false;
    this.delay = Math.max(delay, this.behind?.remaining() ?? 0);
    this.action = action;
    this.isPeriodic = isPeriodic;
  }

  isRunning(): boolean {
    return this.action !== undefined;
  }

  ensureAborted(): void {
    this.later.callOff(this);
  }

  remaining(): number {
    return this.isRunning() ? Math.max(0, this.due - performance.now()) : 0;
  }

  disarm(): void {
    const { clear } = this;
    clear(this.timer);
  }

  keepAlive(): void {
    this.keepsAlive = true;
    (this.timer as { ref?: () => void } | undefined)?.ref?.();
  }
}

export class Later implements Schedule {
  /** None before the first one. */
  #waiting: Set<Entry> | undefined;
  /** The functions on whose timers everything waits. */
  #setTimeout: unknown;
  #setInterval: unknown;

  after(delay: number, action: () => void, options: WaitingFor): Waiting {
    return this.#wait(delay, action, options, false);
  }

  every(delay: number, action: () => void, options: WaitingFor): Waiting {
    return this.#wait(delay, action, options, true);
  }

  /** What waits on timers that are gone waits anew, all of its time. */
  recover(): void {
    const { setTimeout, setInterval } = globalThis;
    if (this.#setTimeout === setTimeout && this.#setInterval === setInterval) return;
    this.#setTimeout = setTimeout;
    this.#setInterval = setInterval;
    for (const entry of this.#waiting ?? []) {
      // A real timer may still come, under fake ones that nobody moves, and is as good.
      if (entry.isPeriodic) entry.disarm();
      this.#arm(entry);
    }
  }

  /** What waits, what is due first in front. */
  waiting(): WaitingNow[] {
    const all = [...(this.#waiting ?? [])];
    return all
      .map((entry) => ({ what: entry.what, whom: entry.whom, name: entry.name, remaining: entry.remaining() }))
      .sort((one, other) => one.remaining - other.remaining);
  }

  /** Milliseconds until the next of these; Infinity when there is none. */
  untilNext(what: ReadonlyArray<WaitingFor["what"]>): number {
    let next = Infinity;
    for (const entry of this.#waiting ?? []) if (what.includes(entry.what)) next = Math.min(next, entry.remaining());
    return next;
  }

  /** So many milliseconds have gone by at once for these. What is due is done, the soonest first. */
  move(milliseconds: number, what: ReadonlyArray<WaitingFor["what"]>): void {
    const moved = [...(this.#waiting ?? [])].filter((entry) => what.includes(entry.what) && !entry.isPeriodic);
    for (const entry of moved) entry.due -= milliseconds;
    moved.sort((one, two) => one.due - two.due);
    for (const entry of moved) {
      if (!entry.isRunning()) continue;
      entry.disarm();
      if (entry.remaining() < 1) this.#come(entry);
      else this.#arm(entry, entry.remaining());
    }
  }

  get isIdle(): boolean {
    return this.#waiting === undefined || this.#waiting.size === 0;
  }

  callOff(entry: Entry): void {
    if (!this.#waiting?.delete(entry)) return;
    entry.action = undefined;
    entry.behind = undefined;
    entry.disarm();
  }

  #wait(delay: number, action: () => void, options: WaitingFor, isPeriodic: boolean): Waiting {
    this.recover();
    const entry = new Entry(this, delay, action, options, isPeriodic);
    (this.#waiting ??= new Set()).add(entry);
    this.#arm(entry);
    if (areTimersFake()) {
      watched.add(this);
      looking ??= realTimers.setInterval(look, LOOK_INTERVAL).unref();
    }
    return entry;
  }

  #arm(entry: Entry, delay = entry.delay): void {
    entry.due = performance.now() + delay;
    const come = (): void => this.#come(entry);
    if (entry.isPeriodic) {
      entry.clear = globalThis.clearInterval;
      entry.timer = globalThis.setInterval(come, entry.delay);
    } else {
      entry.clear = globalThis.clearTimeout;
      entry.timer = globalThis.setTimeout(come, delay);
    }
    // A handle in Node is an object; in jsdom and under some fake timers it is a number.
    if (!entry.keepsAlive) (entry.timer as { unref?: () => void }).unref?.();
  }

  #come(entry: Entry): void {
    if (!entry.isRunning()) return;
    // What it stands behind is due no later: whoever waits there still has lost its timer.
    const lost: Entry[] = [];
    for (let { behind } = entry; behind?.isRunning(); behind = behind.behind) lost.push(behind);
    for (const one of lost.reverse()) {
      try {
        one.later.#do(one);
      } catch (error) {
        throwUncaught(error);
      }
    }
    this.#do(entry);
  }

  #do(entry: Entry): void {
    const { action } = entry;
    if (action === undefined) return;
    if (!entry.isPeriodic) this.callOff(entry);
    action();
  }
}
