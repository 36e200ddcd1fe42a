/**
 * A waiter: a promise for what has happened, or will within its time. The time is real, whatever a test has done to its timers; and a
 * waiter that nobody awaits says so, since a test that goes on without it has not waited.
 */

import { type CallPlace, placed, placeOf } from "../base/call-place.js";
import { realNow, realTimers } from "../base/fakes.js";
import { leaveAct } from "../base/react-act.js";
import { show } from "../base/shown.js";
import { watchPromise, WatchedPromise } from "../base/watched-promise.js";
import { testRunner } from "../events/test-runner.js";
import type { WaitOptions } from "../journal/subject.js";
import { MAX_DELAY } from "../options/checks.js";

/** What became of it. */
export type Outcome<T> = { readonly value: T } | { readonly failure: string };

/** What is waited for. */
export interface Condition<T> {
  /** As it stands in the test: `channel("task-1").subscribed()`. */
  readonly call: string;
  /** Looks; undefined while it may still come true. */
  look(): Outcome<T> | undefined;
  /** Calls back when there may be something new. Answers what ends it. */
  watch(again: () => void): () => void;
  /** What to say when its time is over. */
  late(timeout: number): string;
}

/** Milliseconds. */
const PATIENCE = 1_000;
/** A look that takes longer, in milliseconds, is followed by a pause: a flood of news costs a part of the time only. */
const QUICK_LOOK = 1;
/** How much longer than the look the pause is. */
const PAUSE = 2;

/** The time that options give, checked. `where` is whose option it is. */
export function timeoutOf({ timeout = PATIENCE }: WaitOptions, where: string): number {
  if (typeof timeout === "number" && timeout >= 0 && timeout <= MAX_DELAY) return timeout;
  throw new RangeError(`pushrig: the timeout of ${where} is milliseconds from 0 to ${MAX_DELAY}, not ${show(timeout)}`);
}

/** Errors of waiters whose time was over: others say that it cannot come true. */
const late = new WeakSet<object>();

/** Whether what a waiter rejected with says that its time was over. */
export function wasLate(error: unknown): boolean {
  return late.has(Object(error) as object);
}

/** Who is asked by the waiters that begin now whether they are called off. */
let hungUp: AbortSignal | undefined;

/** Begins a waiter, at once, that ends without a word when the signal says so. */
export function untilHungUp<T>(signal: AbortSignal, begin: () => T): T {
  hungUp = signal;
  try {
    return begin();
  } finally {
    hungUp = undefined;
  }
}

/**
 * @param entry the function that the test has called
 * @param owner whose waiter it is, where an app was made by a test
 */
export function waitFor<T>(
  wish: Condition<T>,
  timeout: number,
  entry: (...args: never[]) => unknown,
  owner?: object,
): Promise<T> {
  const place = placeOf(entry);
  const waiter = new Waiter(wish, timeout, place);
  oblige(waiter.promise, wish.call, place, owner, () => waiter.forgo());
  return waiter.promise;
}

/** A promise of something that a test has called, which has to be awaited. */
export function awaited<T>(
  call: string,
  promise: Promise<T>,
  entry: (...args: never[]) => unknown,
  owner?: object,
): Promise<T> {
  const watched = watchPromise(promise);
  oblige(watched, call, placeOf(entry), owner, () => {});
  return watched;
}

/** What was asked for wrongly rejects, and fails the test that has asked, whether it is awaited or not. */
export function refused<T>(
  call: string,
  error: unknown,
  entry: (...args: never[]) => unknown,
  owner?: object,
): Promise<T> {
  return awaited(call, Promise.reject<T>(error), entry, owner);
}

class Waiter<T> {
  readonly promise: WatchedPromise<T>;
  readonly #wish: Condition<T>;
  readonly #timeout: number;
  readonly #place: CallPlace;
  #resolve!: (value: T) => void;
  #reject!: (error: Error) => void;
  #timer: NodeJS.Timeout | undefined;
  #unwatch: (() => void) | undefined;
  #comeBack: (() => Promise<void>) | undefined;
  #isOver = false;
  readonly #hungUp = hungUp;
  readonly #onHungUp = (): void => this.#fail("Nobody waits any more.");
  /** Runs while it does not look; `isMissed` says that it should have. */
  #pause: { timer: NodeJS.Timeout; isMissed: boolean } | undefined;

  constructor(wish: Condition<T>, timeout: number, place: CallPlace) {
    this.#wish = wish;
    this.#timeout = timeout;
    this.#place = place;
    this.promise = new WatchedPromise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // What is there already may be about to reach a component.
    this.#comeBack = leaveAct();
    this.#look();
    if (this.#isOver) return;
    // Not unref'd: somebody waits for it.
    this.#timer = realTimers.setTimeout(() => this.#tooLate(), timeout);
    try {
      this.#unwatch = wish.watch(() => this.#lookSoon());
    } catch (error) {
      // Another thread has closed the app just now.
      this.#end(() => this.#reject(error as Error));
      return;
    }
    this.#hungUp?.addEventListener("abort", this.#onHungUp);
    if (this.#hungUp?.aborted === true) this.#onHungUp();
    // A watcher that has called back at once.
    if (this.#isOver) this.#unwatch();
  }

  /** Nobody waits any more. */
  forgo(): void {
    this.#end(() => {});
  }

  #lookSoon(): void {
    if (this.#pause !== undefined) {
      this.#pause.isMissed = true;
      return;
    }
    const start = realNow();
    this.#look();
    const took = realNow() - start;
    if (this.#isOver || took < QUICK_LOOK) return;
    const timer = realTimers.setTimeout(() => {
      const isMissed = this.#pause?.isMissed === true;
      this.#pause = undefined;
      if (isMissed) this.#lookSoon();
    }, took * PAUSE);
    this.#pause = { timer, isMissed: false };
  }

  #look(): void {
    if (this.#isOver) return;
    try {
      const outcome = this.#wish.look();
      if (outcome === undefined) return;
      if ("value" in outcome) this.#end(() => this.#resolve(outcome.value));
      else this.#fail(outcome.failure);
    } catch (error) {
      this.#end(() => this.#reject(error as Error));
    }
  }

  #tooLate(): void {
    // What came while the event loop was busy has come in time.
    this.#look();
    if (this.#isOver) return;
    try {
      this.#fail(this.#wish.late(this.#timeout), true);
    } catch (error) {
      this.#end(() => this.#reject(error as Error));
    }
  }

  #fail(text: string, isLate = false): void {
    const error = new Error(text);
    if (isLate) late.add(error);
    this.#end(() => this.#reject(placed(error, this.#place)));
  }

  #end(settle: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    realTimers.clearTimeout(this.#timer);
    realTimers.clearTimeout(this.#pause?.timer);
    this.#unwatch?.();
    this.#hungUp?.removeEventListener("abort", this.#onHungUp);
    const comeBack = this.#comeBack;
    if (comeBack === undefined) settle();
    else void comeBack().then(settle);
  }
}

// ---- waiters that nobody awaits

/** Promises whose takers are to be asked for when the process ends: no runner of ours says when a test does. */
const owed = new Map<WatchedPromise<unknown>, () => void>();
/** More are not remembered. */
const MOST_OWED = 1_000;
let isAsked = false;

/** Has a promise taken by somebody: else the test fails at its end, or the console says so at the end of the process. */
function oblige(
  promise: WatchedPromise<unknown>,
  call: string,
  place: CallPlace,
  owner: object | undefined,
  forgo: () => void,
): void {
  let failed = "";
  const error = (): Error => {
    const { line } = place;
    return placed(
      new Error(
        `pushrig: nobody awaited ${call}${line === "" ? "" : ` (${line})`}, so the test has not waited for it. Write await before it.${failed}`,
      ),
      place,
    );
  };
  const runner = testRunner();
  if (runner !== undefined) {
    // Told by the report, should it fail before somebody has taken it.
    Promise.prototype.then.call(promise, undefined, (reason: unknown) => {
      failed = ` It has failed: ${textOf(reason)}`;
    });
    const report = (): void => {
      forgo();
      runner.fail(error(), owner);
    };
    runner.owe(promise, report, owner);
    return;
  }
  if (owed.size >= MOST_OWED) return;
  owed.set(promise, () => console.error(error().message));
  const settled = (failure?: { error: unknown }): void => {
    // Whoever awaits at once takes it a few reactions later.
    realTimers.setImmediate(() => {
      if (promise.isTaken) {
        owed.delete(promise);
      } else if (failure !== undefined) {
        failed = ` It has failed: ${textOf(failure.error)}`;
        // As with any promise that nobody handles. Mocha 11.8 tells nobody of those.
        void Promise.reject(failure.error);
      }
    });
  };
  Promise.prototype.then.call(
    promise,
    () => settled(),
    (error: unknown) => settled({ error }),
  );
  if (isAsked) return;
  isAsked = true;
  process.once("exit", () => {
    for (const [one, report] of owed) if (!one.isTaken) report();
  });
}

function textOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : show(reason);
}
