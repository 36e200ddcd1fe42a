/** The matchers as `expect.extend` of Vitest and Jest takes them. */
import type { Match } from "../../journal/question";
import { owedByExpect } from "./owed";
import { awaitReceived, lookReceived, awaitNotReceived, type ReceiveOptions } from "./received";
import { shown } from "./shown";
import { lookMembers, lookSubscribers } from "./subscribed";
import { lookTriggered, lookInOrder, lookTimes } from "./triggered";
import type { Verdict } from "./verdict";
import { lookWebhook } from "./webhooks";

/** What runners call a matcher on, as far as it matters here. */
export interface MatcherContext {
  isNot?: boolean;
  /** Jest's alone. */
  dontThrow?: unknown;
}

export interface MatcherResult {
  pass: boolean;
  message(): string;
}

type Look = (call: string, value: unknown, ...args: unknown[]) => Verdict;

/** Matchers of what has happened, by their names. */
const LOOKS: Record<string, Look> = {
  toHaveTriggered: lookTriggered,
  toHaveTriggeredTimes: lookTimes,
  toHaveTriggeredInOrder: lookInOrder,
  toHaveSubscribers: lookSubscribers,
  toHaveMembers: lookMembers,
  toHaveReceived: lookReceived,
  toHaveSentWebhook: lookWebhook,
};

type Matcher = (this: MatcherContext, value: unknown, ...args: unknown[]) => MatcherResult | Promise<MatcherResult>;

/** What each of them finds, whether somebody awaits it or not. */
export const DECISIONS: Record<string, Matcher> = {
  ...Object.fromEntries(
    Object.entries(LOOKS).map(([name, look]): [string, Matcher] => [
      name,
      function (value, ...args) {
        return resultOf(look(name, value, ...args), this.isNot === true, value);
      },
    ]),
  ),
  async toReceive(value, channel, event, data?: Match, options?: unknown) {
    const isNot = this.isNot === true;
    const decide = isNot ? awaitNotReceived : awaitReceived;
    return resultOf(
      await decide("toReceive", value, channel, event, data, options as ReceiveOptions | undefined),
      isNot,
      value,
    );
  },
};

export const MATCHERS: Record<string, Matcher> = {
  ...DECISIONS,
  toReceive(...args) {
    const outcome = DECISIONS.toReceive.apply(this, args) as Promise<MatcherResult>;
    const call = `expect(…).${this.isNot === true ? "not." : ""}toReceive()`;
    return owedByExpect(outcome, call, this.dontThrow !== undefined);
  },
};

function resultOf({ holds, text }: Verdict, isNot: boolean, value: unknown): MatcherResult {
  return { pass: holds ?? isNot, message: () => shown(text(isNot), value) };
}
