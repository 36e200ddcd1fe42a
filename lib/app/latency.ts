/** Simulated delays: fixed, or spread by a generator that a seed makes repeatable. */

import { Seeded } from "../base/seeded.js";
import type { Settings } from "../options/settings.js";

export class LatencySource {
  readonly #min: number;
  readonly #spread: number;
  readonly #chance: Seeded;

  constructor({ min, max, seed }: Settings["latency"]) {
    this.#min = min;
    this.#spread = max - min;
    this.#chance = new Seeded(seed);
  }

  /** The next delay in milliseconds. */
  next(): number {
    return this.#spread === 0 ? this.#min : Math.round(this.#min + this.#chance.next() * this.#spread);
  }
}
