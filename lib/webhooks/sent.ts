/** What was sent, for looking back. */

import { type SentWebhook, weightOf } from "./endpoint.js";

/** Webhooks that are kept; the oldest go first. */
const KEPT = 1000;
/** Bytes of memory that they may take. */
const KEPT_BYTES = 32 * 1024 * 1024;

export class SentWebhooks {
  readonly #kept: SentWebhook[] = [];
  #bytes = 0;
  /** Those that had to go, and whether somebody who looked was told. */
  #forgotten = 0;
  #said = false;

  add(webhook: SentWebhook): void {
    this.#kept.push(webhook);
    this.#bytes += weightOf(webhook);
    while (this.#kept.length > KEPT || this.#bytes > KEPT_BYTES) {
      const oldest = this.#kept.shift();
      if (oldest !== undefined) this.#bytes -= weightOf(oldest);
      this.#forgotten += 1;
    }
  }

  /** In order. Who looks for the first time when some are missing is told how many. */
  list(): SentWebhook[] {
    if (this.#forgotten > 0 && !this.#said) {
      this.#said = true;
      console.warn(
        `pushrig: the first ${this.#forgotten.toLocaleString("en")} of the webhooks that were sent are forgotten: ` +
          `the latest 1,000 are kept, within 32 MiB. reset() starts anew. This is said once.`,
      );
    }
    return [...this.#kept];
  }

  clear(): void {
    this.#kept.length = 0;
    this.#bytes = 0;
    this.#forgotten = 0;
    this.#said = false;
  }
}
