// Whether somebody awaits an assertion that has to be awaited.
import { sourceLine } from "../../base/source-line";
import { type WatchedPromise, watchPromise } from "../../base/watched-promise";
import { testRunner } from "../../events/test-runner";

/**
 * Fails the test when nobody takes the promise until it ends.
 *
 * @param call as the user writes it: `expect(…).toReceive()`
 * @param by what the runner has called on the user's line
 */
function owed<T>(promise: Promise<T>, call: string, by: (...args: never[]) => unknown): WatchedPromise<T> {
  const watched = watchPromise(promise);
  const runner = testRunner();
  if (runner === undefined) return watched;
  // A page knows its files by other names than those of the sources.
  const line = globalThis.process?.versions?.node === undefined ? "" : sourceLine(by);
  const error = new Error(
    `pushrig: nobody awaited ${call}${line === "" ? "" : ` (${line})`}, so the test has not waited for it. Write await before it.`,
  );
  Error.captureStackTrace(error, by);
  const report = () => {
    // What becomes of it is nobody's business any more.
    watched.catch(() => {});
    runner.fail(error, undefined);
  };
  runner.owe(watched, report, undefined);
  return watched;
}

/**
 * What a matcher answers to `expect`. The runner takes it, and hands on a promise of its own making: that is the one which the
 * user has to take.
 *
 * @param chainsCatch whether the runner calls `catch` on what `then` answers
 */
export function owedByExpect<T>(outcome: Promise<T>, call: string, chainsCatch: boolean): Promise<T> {
  const matched = {
    // oxlint-disable-next-line unicorn/no-thenable -- it is what runners take for a promise
    then<A, B>(onFulfilled: (value: T) => A, onRejected?: (error: unknown) => B) {
      const promise = outcome.then(onFulfilled, onRejected);
      if (!chainsCatch) return owed(promise, call, matched.then);
      const caught = <C>(onError: (error: unknown) => C): Promise<unknown> =>
        owed<unknown>(promise.catch(onError), call, caught);
      return { catch: caught };
    },
  };
  // Runners take what has `then` for a promise.
  return matched as unknown as Promise<T>;
}
