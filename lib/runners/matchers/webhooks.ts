// Which webhooks were sent: toHaveSentWebhook.
import { show } from "../../base/shown";
import { differences, matches } from "../../journal/match";
import type { Match } from "../../journal/question";
import type { Subject } from "../../journal/subject";
import { checkWebhookEvent } from "../../options/webhook";
import { showEvent, inSpan } from "./stretch";
import { subjectFor } from "./subjects";
import type { Verdict } from "./verdict";

/** One event in a webhook: `{ name, channel, … }`. */
interface Sent {
  readonly name: string;
}

/** Near misses that are told. */
const MOST = 3;

export function lookWebhook(call: string, value: unknown, name: unknown, event?: Match): Verdict {
  const subject = subjectFor(value, call, "app", "channel", "act");
  checkWebhookEvent(name, call);
  const sent = sentIn(subject);
  const found = sent.filter((each) => each.name === name && matches(event, each));
  return {
    holds: found.length > 0,
    text: (isNot) => {
      const head = `expected a webhook ${showEvent(name, event)} ${isNot ? "not " : ""}to have been sent`;
      if (isNot) return `${head}, but it was:\n${found.map((each) => `  ${show(each)}`).join("\n")}`;
      if (sent.length === 0) {
        return (
          `${head}. None was sent${inSpan(subject)}. They go to whom onWebhook() names; settledWebhooks() waits for those that are ` +
          `held back, and for what receivers answer.`
        );
      }
      const near = sent
        .map((each) => ({ each, differs: differences({ ...Object(event), name }, each) }))
        .sort((one, other) => one.differs.length - other.differs.length)
        .slice(0, MOST);
      const lines = near.map(({ each, differs }) => `  ${show(each)}  ${differs.join("; ").replaceAll("data.", "")}`);
      return `${head}. Nearest of ${sent.length}:\n${lines.join("\n")}`;
    },
  };
}

function sentIn(subject: Subject): Sent[] {
  const { app, from = 0, to = Infinity, channel } = subject;
  return app
    .webhooks()
    .filter(({ seq }) => seq > from && seq <= to)
    .flatMap(({ events }) => events)
    .filter((event) => channel === undefined || event.channel === channel);
}
