// Which tests of a file are running, and what has gone wrong in them where no caller could be told.
import { AsyncLocalStorage } from "node:async_hooks";
import type { WatchedPromise } from "../base/watched-promise";
import type { TestRunner } from "../events/test-runner";
import type { StrictInput } from "../options/strict";

export class RunningTests implements TestRunner {
  readonly strict: StrictInput | undefined;
  readonly #running = new Set<object>();
  #alone: object | undefined;
  /** By test; those of no test that is running are the file's: `undefined`. */
  readonly #errors = new Map<object | undefined, unknown[]>();
  readonly #checks = new Map<object | undefined, Array<() => void>>();
  #isOver = false;
  /** Which of several tests that run at one time some code belongs to. Made for the first of those, because it slows down promises. */
  #inside: AsyncLocalStorage<object> | undefined;

  constructor(strict?: StrictInput) {
    this.strict = strict;
  }

  /** Begins a test that runs alone, or beside others: then `inside` says what belongs to it. */
  begin(test: object, isConcurrent = false): void {
    this.#running.add(test);
    if (!isConcurrent) this.#alone = test;
  }

  /**
   * Ends a test; it fails with what has gone wrong where no caller could be told.
   *
   * @param clean cleans up behind it, before it is over, when no other test is running
   */
  end(test: object, clean?: () => void): void {
    this.#check(test);
    if (this.#running.size <= 1) this.#guarded(clean, test);
    this.#running.delete(test);
    if (this.#alone === test) this.#alone = undefined;
    this.#throw(test);
  }

  /** Ends the file, after `clean` has cleaned up. */
  endFile(clean?: () => void): void {
    this.#check(undefined);
    this.#guarded(clean, undefined);
    this.#isOver = true;
    this.#throw(undefined);
  }

  /** Runs a test that is not alone, so that it is known in everything that it starts. */
  inside<T>(test: object, run: () => T): T {
    this.#inside ??= new AsyncLocalStorage();
    return this.#inside.run(test, run);
  }

  current(): object | undefined {
    return this.#inside?.getStore() ?? this.#alone;
  }

  fail(error: unknown, owner: object | undefined): boolean {
    if (this.#isOver) return false;
    append(this.#errors, this.#whose(owner), error);
    return true;
  }

  owe(promise: WatchedPromise<unknown>, report: () => void, owner: object | undefined): void {
    this.atEnd(() => {
      if (!promise.isTaken) report();
    }, owner);
  }

  atEnd(check: () => void, owner: object | undefined): void {
    append(this.#checks, this.#whose(owner), check);
  }

  #guarded(act: (() => void) | undefined, test: object | undefined): void {
    try {
      act?.();
    } catch (error) {
      this.fail(error, test);
    }
  }

  /** The test that something belongs to, while it runs. */
  #whose(owner: object | undefined): object | undefined {
    const test = owner ?? this.current();
    return test !== undefined && this.#running.has(test) ? test : undefined;
  }

  #check(test: object | undefined): void {
    const checks = this.#checks.get(test) ?? [];
    this.#checks.delete(test);
    for (const check of checks) this.#guarded(check, test);
  }

  #throw(test: object | undefined): void {
    const errors = this.#errors.get(test) ?? [];
    this.#errors.delete(test);
    if (errors.length === 0) return;
    if (errors.length === 1) throw errors[0];
    // Not every runner shows the parts.
    const texts = errors.map((error) => (error instanceof Error ? error.message : String(error)));
    throw new AggregateError(errors, `pushrig: ${errors.length} errors:\n${texts.join("\n")}`);
  }
}

function append<T>(lists: Map<object | undefined, T[]>, key: object | undefined, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
