/** Simulated delays: fixed, or spread by a generator that a seed makes repeatable. */

import type { Settings } from "../options/settings.js";

export class LatencySource {
  readonly #min: number;
  readonly #spread: number;
  #state: number;

  constructor({ min, max, seed }: Settings["latency"]) {
    this.#min = min;
    this.#spread = max - min;
    this.#state = (seed ?? Math.trunc(Math.random() * 2 ** 32)) | 0;
  }

  /** The next delay in milliseconds. */
  next(): number {
    return this.#spread === 0 ? this.#min : Math.round(this.#min + this.#random() * this.#spread);
  }

  /** Mulberry32: small, and the same sequence everywhere. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}
