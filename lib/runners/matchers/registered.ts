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
  const entries = NAMES.map((name) => [
    name,
    function (this: MatcherContext, value: unknown, ...args: unknown[]) {
      return load().pushrigMatchers[name].call(this, value, ...args);
    },
  ]);
  return Object.fromEntries(entries) as typeof MATCHERS;
}
