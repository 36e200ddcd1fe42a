/** Numbers by chance that a seed makes repeatable. */

export class Seeded {
  #state: number;

  constructor(seed: number = Math.trunc(Math.random() * 2 ** 32)) {
    this.#state = seed | 0;
  }

  /** The next number from 0 to 1, without 1. Mulberry32: small, and the same sequence everywhere. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}
