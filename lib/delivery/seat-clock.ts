/**
 * The time as this copy tells it to the broker: `Date.now()`, and what moves it. The broker's clock runs by itself; where
 * `Date` is faked it follows the differences, and where timers are as well it stands still in between.
 */

import { areTimersFake, isDateFake, realTimers } from "../base/fakes.js";
import { native } from "../native/addon.js";

const REAL = 0;
const DATED = 1;
const STEERED = 2;

/** Milliseconds between two looks whether timers that are fake are so still: the broker's clock stands still as long. */
const LOOK_INTERVAL = 20;

export class SeatClock {
  readonly #seat: number;
  /** What `#pace` was found for. */
  #dateNow: (() => number) | undefined;
  #setTimeout: unknown;
  #pace = REAL;

  constructor(seat: number) {
    this.#seat = seat;
  }

  /** The `now` of native calls. */
  now(): number {
    // The realm's own, looked up at each call: tests replace them at any time.
    if (Date.now !== this.#dateNow || globalThis.setTimeout !== this.#setTimeout) this.#look();
    return Date.now();
  }

  #look(): void {
    this.#dateNow = Date.now;
    this.#setTimeout = globalThis.setTimeout;
    const pace = !isDateFake(this.#dateNow) ? REAL : areTimersFake() ? STEERED : DATED;
    if (pace === this.#pace) return;
    this.#pace = pace;
    native.setPace(this.#seat, pace, Date.now());
    if (pace === STEERED) this.#watch();
  }

  isStillSteered(): boolean {
    this.now();
    return this.#pace === STEERED;
  }

  /** Whoever takes fake timers away may call nothing here afterwards, but somebody on the wire waits. */
  #watch(): void {
    const clock = new WeakRef<SeatClock>(this);
    const looking = realTimers.setInterval(() => {
      if (clock.deref()?.isStillSteered() !== true) realTimers.clearInterval(looking);
    }, LOOK_INTERVAL);
    looking.unref();
  }
}
