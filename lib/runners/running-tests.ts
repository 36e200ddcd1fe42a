// Which tests of a file are running, and what has gone wrong in their callbacks.
import { AsyncLocalStorage } from "node:async_hooks";
import type { TestRunner } from "../events/test-runner";

export class RunningTests implements TestRunner {
  readonly #running = new Set<object>();
  #alone: object | undefined;
  /** By test; those of no test that is running are the file's: `undefined`. */
  readonly #errors = new Map<object | undefined, unknown[]>();
  #isOver = false;
  /** Which of several tests that run at one time some code belongs to. Made for the first of those, because it slows down promises. */
  #inside: AsyncLocalStorage<object> | undefined;

  /** Begins a test that runs alone, or beside others: then `inside` says what belongs to it. */
  begin(test: object, isConcurrent = false): void {
    this.#running.add(test);
    if (!isConcurrent) this.#alone = test;
  }

  /** Ends a test; it fails with what its callbacks threw. */
  end(test: object): void {
    this.#running.delete(test);
    if (this.#alone === test) this.#alone = undefined;
    this.#throw(test);
  }

  /** Ends the file. */
  endFile(): void {
    this.#isOver = true;
    this.#throw(undefined);
  }

  isIdle(): boolean {
    return this.#running.size === 0;
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
    const test = owner ?? this.current();
    const key = test !== undefined && this.#running.has(test) ? test : undefined;
    const errors = this.#errors.get(key);
    if (errors === undefined) this.#errors.set(key, [error]);
    else errors.push(error);
    return true;
  }

  #throw(test: object | undefined): void {
    const errors = this.#errors.get(test) ?? [];
    this.#errors.delete(test);
    if (errors.length === 0) return;
    if (errors.length === 1) throw errors[0];
    // Not every runner shows the parts.
    const texts = errors.map((error) => (error instanceof Error ? error.message : String(error)));
    throw new AggregateError(errors, `pushrig: ${errors.length} callbacks failed:\n${texts.join("\n")}`);
  }
}
