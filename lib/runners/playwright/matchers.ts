/**
 * The matchers on Playwright's `expect`. The journal is at the gateway, so every one of them has to be awaited, and as Playwright's own they
 * look again until it is so, as long as `expect` waits; with `not`, what has happened is looked at once nothing is under way any more.
 */

import type { ExpectMatcherState, MatcherReturnType } from "@playwright/test";
import { subjectOf } from "../../journal/subject.js";
import { RemoteJournal } from "../../remote/remote-journal.js";
import { DECISIONS } from "../matchers/table.js";
import type { PushrigMatchers } from "../matchers/types.js";

type Name = keyof PushrigMatchers;

/** As `expect.extend` of Playwright takes them. */
export type PlaywrightMatchers = {
  [One in Name]: (
    this: ExpectMatcherState,
    // oxlint-disable-next-line typescript/no-explicit-any -- the matcher says of what it is not asked
    subject: any,
    ...args: Parameters<PushrigMatchers[One]>
  ) => Promise<MatcherReturnType>;
};

/** What is so now and may change, whatever has happened. */
const OF_NOW: ReadonlySet<string> = new Set(["toHaveSubscribers", "toHaveMembers"]);
/** What one event more would make wrong. */
const EXACT = "toHaveTriggeredTimes";

/** Milliseconds between two looks. */
const INTERVAL = 50;

/** What has not been answered yet: when a test is over, there may be none. */
const pending = new Set<{ call: string; isOver: boolean }>();

/** A test is over: nobody hears of what it has not waited for. Answers that. */
export function endMatchers(): string[] {
  const calls = [...pending].map((asked) => {
    asked.isOver = true;
    return asked.call;
  });
  pending.clear();
  return calls;
}

export const PLAYWRIGHT_MATCHERS = Object.fromEntries(
  Object.entries(DECISIONS).map(([name, decide]) => [
    name,
    function (this: ExpectMatcherState, value: unknown, ...args: unknown[]): Promise<MatcherReturnType> {
      const { isNot, timeout } = this;
      const asked = { call: `expect(…).${isNot ? "not." : ""}${name}()`, isOver: false };
      const look = async (): Promise<MatcherReturnType> => ({
        name,
        ...(await decide.call({ isNot }, value, ...args)),
      });
      const app = subjectOf(value)?.app;
      const answer = async (): Promise<MatcherReturnType> => {
        // What during() has answered stays as it is, and the matcher says what is wrong with anything else.
        if (!(app instanceof RemoteJournal)) return await look();
        if (name === "toReceive") {
          const [channel, event, data, options] = args;
          args = [channel, event, data, { timeout, ...Object(options) }];
          await app.refresh();
          return await look();
        }
        return await lookAgain(app, look, { name, isNot, timeout });
      };
      pending.add(asked);
      return new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          pending.delete(asked);
          if (!asked.isOver) act();
        };
        answer().then(
          (result) => settle(() => resolve(result)),
          (error: unknown) => settle(() => reject(error)),
        );
      });
    },
  ]),
) as PlaywrightMatchers;

async function lookAgain(
  app: RemoteJournal,
  look: () => Promise<MatcherReturnType>,
  { name, isNot, timeout }: { name: string; isNot: boolean; timeout: number },
): Promise<MatcherReturnType> {
  const isOnce = isNot && !OF_NOW.has(name);
  const end = Date.now() + timeout;
  for (;;) {
    if (isOnce || name === EXACT) await app.idle({ timeout });
    await app.refresh({ webhooks: name === "toHaveSentWebhook" });
    const result = await look();
    if (result.pass !== isNot || isOnce || Date.now() >= end) return result;
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  }
}
