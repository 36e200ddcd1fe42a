/** What happens when a user's callback throws. */

import { throwUncaught } from "../base/uncaught.js";
import type { Settings } from "../options/settings.js";
import { isAssertion, testRunner } from "./test-runner.js";
import type { WireEvent } from "./wire-event.js";

/** Whose callbacks they are. */
export interface CallbackOwner {
  readonly settings: Pick<Settings, "onCallbackError">;
  /** The test that made the app, when it made one of its own. */
  readonly owner: object | undefined;
}

/** Fails the test, or logs the error with where it happened, or throws it on as pusher-js does. */
export function reportCallbackError(
  source: CallbackOwner,
  { channel, event }: Pick<WireEvent, "event"> & { channel?: string | undefined },
  error: unknown,
): void {
  const { onCallbackError } = source.settings;
  if (onCallbackError === "throw") throw error;
  if (failsTest(source, error, onCallbackError === "fail")) return;
  if (onCallbackError === "fail") {
    // No plugin, but whatever runs the tests fails the one during which an error is uncaught.
    throwUncaught(error);
    return;
  }
  const place = channel === undefined ? "" : ` on channel ${JSON.stringify(channel)}`;
  console.error(`pushrig: a callback for ${JSON.stringify(event)}${place} threw:`, error);
}

/**
 * Takes the assertion that an `async` callback fails with as if it were thrown. Only under a plugin, and nothing else: a promise that is
 * rejected otherwise is the application's, and unhandled as with pusher-js.
 */
export function watchReturned(returned: unknown, failed: (error: unknown) => void): void {
  // By its tag: a promise may be of another realm, and the "then" of what is none may have effects.
  if (testRunner() === undefined || Object.prototype.toString.call(returned) !== "[object Promise]") return;
  (returned as Promise<unknown>).then(undefined, (error: unknown) => {
    if (!isAssertion(error)) throw error;
    failed(error);
  });
}

/**
 * Whether what a callback or handler of the user's threw fails a test, and so needs no other report: an assertion, or with
 * `any` every error, under a plugin.
 */
export function failsTest({ owner }: Pick<CallbackOwner, "owner">, error: unknown, any = false): boolean {
  return (any || isAssertion(error)) && testRunner()?.fail(error, owner) === true;
}
