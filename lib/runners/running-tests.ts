// Which tests of a file are running, and what has gone wrong in them where no caller could be told.
import type { AsyncLocalStorage } from "node:async_hooks";
import type { WatchedPromise } from "../base/watched-promise";
import { copies, type Hint, type TestRunner, type Tracing } from "../events/test-runner";
import type { StrictInput } from "../options/strict";

/** What the runner's setup file knows. */
export interface Runner {
  strict?: StrictInput;
  /** What says which of several tests that run at one time some code belongs to; pages have none. */
  Storage?: typeof AsyncLocalStorage<object>;
  /** Whether a test that fails is told of events that nobody heard. */
  hints?: boolean;
  /** What a test has failed with so far; undefined as long as it has not. */
  failureOf?(test: object): string | undefined;
  /** Makes what writes traces, when the first app is there. Absent where nobody wants any. */
  traces?: () => Traces;
  /** Tells of traces beside the failure of a test. `errors` are those that it fails with besides what the runner knows. */
  tell?(test: object, text: string, errors: unknown[]): void;
}

/** What writes traces of tests. */
export interface Traces extends Tracing {
  /** Before a reset: what its apps know is kept, if the test has failed or yet may. */
  keep(test: object, isAlone: boolean, hasFailed: boolean): void;
  /** The test is over. Answers what is to be told of traces. */
  end(test: object, isAlone: boolean, failure: string | undefined): string[];
}

/** Hints that a test is given. */
const MOST_HINTS = 3;

export class RunningTests implements TestRunner {
  readonly strict: StrictInput | undefined;
  readonly #running = new Set<object>();
  #alone: object | undefined;
  /** By test; those of no test that is running are the file's: `undefined`. */
  readonly #errors = new Map<object | undefined, unknown[]>();
  readonly #checks = new Map<object | undefined, Array<() => void>>();
  /** Of apps that have ended before their tests. */
  readonly #hints = new Map<object | undefined, Hint[]>();
  /** Tests that have had theirs. */
  readonly #hinted = new WeakSet<object>();
  readonly #runner: Runner;
  #isOver = false;
  #traces: Traces | undefined;
  /** Which of several tests that run at one time some code belongs to. Made for the first of those, because it slows down promises. */
  #inside: AsyncLocalStorage<object> | undefined;

  constructor(runner: Runner = {}) {
    this.#runner = runner;
    this.strict = runner.strict;
  }

  /** Begins a test that runs alone, or beside others: then `inside` says what belongs to it. */
  begin(test: object, isConcurrent = false): void {
    this.#running.add(test);
    if (isConcurrent) return;
    this.#alone = test;
    for (const copy of copies()) copy.begin();
  }

  /**
   * Ends a test; it fails with what has gone wrong where no caller could be told.
   *
   * @param clean cleans up behind it, before it is over, when no other test is running
   */
  end(test: object, clean?: () => void): void {
    this.#guarded(() => this.#giveHints(test), test);
    this.#check(test);
    const isAlone = this.#alone === test && this.#running.size === 1;
    this.#guarded(() => this.#traces?.keep(test, isAlone, this.#failureOf(test) !== undefined), test);
    if (this.#running.size <= 1) this.#guarded(clean, test);
    this.#guarded(() => this.#tellTraces(test, isAlone), test);
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
    const { Storage } = this.#runner;
    if (Storage === undefined) return run();
    this.#inside ??= new Storage();
    return this.#inside.run(test, run);
  }

  /** Whether no other test is running. */
  isLast(test: object): boolean {
    return this.#running.size === 1 && this.#running.has(test);
  }

  /** The test that runs while no other does. */
  alone(): object | undefined {
    return this.#running.size === 1 ? this.#alone : undefined;
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

  noteHints(hints: () => Hint[], owner: object): void {
    if (this.#runner.hints && this.#failureOf(owner) !== undefined)
      for (const hint of hints()) append(this.#hints, owner, hint);
  }

  atEnd(check: () => void, owner: object | undefined): void {
    append(this.#checks, this.#whose(owner), check);
  }

  get tracing(): Tracing | undefined {
    return (this.#traces ??= this.#runner.traces?.());
  }

  #tellTraces(test: object, isAlone: boolean): void {
    const told = this.#traces?.end(test, isAlone, this.#failureOf(test)) ?? [];
    if (told.length > 0) this.#runner.tell?.(test, told.join("\n"), this.#errors.get(test) ?? []);
  }

  /** What a test has failed with, or will. */
  #failureOf(test: object): string | undefined {
    const failure = this.#runner.failureOf?.(test);
    const errors = this.#errors.get(test)?.map(String);
    return failure === undefined && errors === undefined ? undefined : [failure, ...(errors ?? [])].join("\n");
  }

  /** Prints what a test that has failed may not know. */
  #giveHints(test: object): void {
    const failure = this.#runner.hints ? this.#failureOf(test) : undefined;
    const noted = this.#hints.get(test) ?? [];
    this.#hints.delete(test);
    if (failure === undefined || this.#hinted.has(test)) return;
    this.#hinted.add(test);
    const isAlone = this.#alone === test && this.#running.size === 1;
    const all = [...noted, ...copies().flatMap((copy) => copy.hints(test, isAlone))];
    const isNew = ({ names }: Hint) => !names.every((name) => failure.includes(name));
    const texts = [...new Set(all.filter(isNew).map(({ text }) => text))];
    if (texts.length === 0) return;
    const more = texts.length > MOST_HINTS ? [`and ${texts.length - MOST_HINTS} more`] : [];
    console.warn(["pushrig: in this test", ...texts.slice(0, MOST_HINTS), ...more].join("\n  "));
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
