/**
 * What is at once in Node, and comes later in a page: a promise that has to be awaited. Who uses it as if it were the value is told so
 * there, and who takes it for nothing at the end of the test.
 */

import { WatchedPromise } from "../base/watched-promise.js";
import { testRunner } from "../events/test-runner.js";

/** What promises have, and what looks at any value: `await`, the console, `expect`. */
const OF_PROMISES: ReadonlySet<PropertyKey> = new Set(["then", "catch", "finally", "constructor", "isTaken"]);

/** What the values have that these promises are for. */
const OF_VALUES: ReadonlySet<PropertyKey> = new Set([
  ...Object.getOwnPropertyNames(Array.prototype),
  "size",
  "has",
  "get",
  "restore",
  "release",
  "seq",
  "received",
  "reason",
  "channels",
  "subscribers",
  "messageHistory",
  "subscriptions",
]);

function text(call: string): string {
  return `pushrig: ${call} is answered later in a page, where the broker is elsewhere: write await before it`;
}

/**
 * @param call as the test writes it: `pusherMockState.getSubscriberCount()`
 * @param act what answers it
 */
export function later<T>(call: string, act: () => Promise<T>): Promise<T> {
  const promise = new WatchedPromise<T>((resolve, reject) => {
    atCaller(act()).then(resolve, reject);
  });
  const error = place(new Error(`${text(call)}. The test has ended, and nobody has.`));
  testRunner()?.owe(
    promise,
    () => {
      // What becomes of it is nobody's business any more.
      promise.catch(() => {});
      testRunner()?.fail(error, undefined);
    },
    undefined,
  );
  return new Proxy(promise, {
    get(target, name) {
      if (!OF_PROMISES.has(name) && (OF_VALUES.has(name) || isIndex(name))) {
        // This is said once.
        target.catch(() => {});
        throw place(new TypeError(text(call)));
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" && name !== "constructor" ? value.bind(target) : value;
    },
  });
}

/** What goes wrong there has gone wrong where the test has called. */
export async function atCaller<T>(answer: Promise<T>): Promise<T> {
  const called = place(new Error());
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error) {
      const [, ...frames] = (called.stack ?? "").split("\n");
      error.stack = `${error.name}: ${error.message}\n${frames.join("\n")}`;
    }
    throw error;
  }
}

/** Without the frames of this package: of what is left the first is the test's line. */
function place<E extends Error>(error: E): E {
  error.stack = (error.stack ?? "")
    .split("\n")
    .filter((line) => !/\/vitest-page[-\w]*\.mjs/.test(line))
    .join("\n");
  return error;
}

function isIndex(name: PropertyKey): boolean {
  return typeof name === "string" && /^\d+$/.test(name);
}
