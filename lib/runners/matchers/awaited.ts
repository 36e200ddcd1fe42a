// The matchers in a page of Vitest's browser mode: the journal is elsewhere, so every one of them has to be awaited.
import { show } from "../../base/shown";
import { application } from "../../tab/application";
import { caughtUp } from "../../tab/clients";
import { arrivals } from "../../tab/arrivals";
import { atCaller } from "../../tab/later";
import { owedByExpect } from "./owed";
import { channelNamed } from "./subjects";
import { DECISIONS, type MATCHERS, type MatcherContext, type MatcherResult } from "./table";

export const AWAITED: typeof MATCHERS = Object.fromEntries(
  Object.entries(DECISIONS).map(([name, decide]) => [
    name,
    function (this: MatcherContext, value: unknown, ...args: unknown[]) {
      const decision = async (): Promise<MatcherResult> => {
        await caughtUp();
        await application.refresh({ webhooks: name === "toHaveSentWebhook" });
        const result = await decide.call(this, value, ...args);
        return /Receive/.test(name) ? heard(name, result, value, args) : result;
      };
      const call = `expect(…).${this.isNot === true ? "not." : ""}${name}(), which is answered later in a page`;
      return owedByExpect(atCaller(decision()), call, false);
    },
  ]),
);

/** The gateway knows what was sent to a page. Whether callbacks have had it, the page alone does. */
async function heard(name: string, result: MatcherResult, value: unknown, args: unknown[]): Promise<MatcherResult> {
  if (!result.pass) return result;
  await caughtUp();
  const [given, event, data] = args as [unknown, string, unknown];
  const channel = channelNamed(given, name);
  if (arrivals(value as object, channel, event, data).some(({ isBound }) => isBound)) return result;
  const text =
    `expected the client to have received ${show(event)} on ${show(channel)}. It has come to this page, and nothing was bound ` +
    `to it there, neither on the channel nor on the client.`;
  return { pass: false, message: () => text };
}
