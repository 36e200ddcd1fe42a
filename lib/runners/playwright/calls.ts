/** What a test asks by its fixture: where it has asked, and whether it has waited for what has to be awaited. */

import { type CallPlace, placed, placeOf } from "../../base/call-place.js";
import { type WatchedPromise, watchPromise } from "../../base/watched-promise.js";

interface Waiter {
  call: string;
  place: CallPlace;
  promise: WatchedPromise<unknown>;
  /** What it has failed with so far. */
  failure?: string;
}

// oxlint-disable-next-line typescript/no-explicit-any -- whatever it takes
type Method = (...given: any[]) => unknown;

export class Calls {
  readonly #over = new AbortController();
  readonly #waiters: Waiter[] = [];

  /** Aborted when the test is over. */
  get until(): AbortSignal {
    return this.#over.signal;
  }

  /** The same method, whose errors say where the test has called it. `isWaiter`: whether somebody has to await it. */
  placed<F extends Method>(call: string, method: F, isWaiter = false): F {
    const placedMethod = (...given: unknown[]): unknown => {
      const place = placeOf(placedMethod);
      const promise = this.#ask(call, place, () => method(...given));
      if (!isWaiter) return promise;
      const waiter: Waiter = { call, place, promise: watchPromise(promise) };
      this.#waiters.push(waiter);
      // Told at the end, should nobody have taken it by then.
      Promise.prototype.then.call(waiter.promise, undefined, (error: unknown) => {
        waiter.failure = error instanceof Error ? error.message : String(error);
      });
      return waiter.promise;
    };
    return placedMethod as F;
  }

  async #ask(call: string, place: CallPlace, ask: () => unknown): Promise<unknown> {
    if (this.until.aborted) throw placed(new Error(`pushrig: ${call} is of a test that is over`), place);
    try {
      return await ask();
    } catch (error) {
      throw error instanceof Error ? placed(error, place) : error;
    }
  }

  /**
   * The test is over: what is not answered yet stays so. Answers the error where nobody has awaited something.
   *
   * @param others what the test has not awaited besides
   */
  end(others: readonly string[]): Error | undefined {
    this.#over.abort();
    const floating = this.#waiters.filter(({ promise }) => !promise.isTaken);
    const texts = floating.map(({ call, place: { line }, failure }) => {
      const failed = failure === undefined ? "" : ` It has failed: ${failure}`;
      return notAwaited(line === "" ? call : `${call} (${line})`) + failed;
    });
    const all = [...others.map(notAwaited), ...texts];
    if (all.length === 0) return undefined;
    const error = new Error(all.join("\n"));
    return floating.length === 0 ? error : placed(error, floating[0].place);
  }
}

/** As Node's waiters say it. */
function notAwaited(call: string): string {
  return `pushrig: nobody awaited ${call}, so the test has not waited for it. Write await before it.`;
}
