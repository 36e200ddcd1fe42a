// The matchers as setup files register them: they are loaded when a test uses one.
import type { PushrigMatchers } from "./types";
import type { MatcherContext, MATCHERS } from "./table";

const NAMES: ReadonlyArray<keyof PushrigMatchers> = [
  "toHaveTriggered",
  "toHaveTriggeredTimes",
  "toHaveTriggeredInOrder",
  "toHaveSubscribers",
  "toHaveMembers",
  "toHaveReceived",
  "toReceive",
  "toHaveSentWebhook",
];

/** For `expect.extend`. `load` answers what `pushrig/matchers` exports. */
export function matchersFrom(load: () => { pushrigMatchers: typeof MATCHERS }) {
  const entries = NAMES.map((name) => {
    const matcher = function (this: MatcherContext, value: unknown, ...args: unknown[]) {
      try {
        return load().pushrigMatchers[name].call(this, value, ...args);
      } catch (error) {
        // What is wrong is the test's line, not the one here that has noticed.
        if (error instanceof Error) Error.captureStackTrace(error, matcher);
        throw error;
      }
    };
    return [name, matcher];
  });
  return Object.fromEntries(entries) as typeof MATCHERS;
}
