/** `during(act)` in a page. */

import type { Page } from "../journal/entry.js";
import { select } from "../journal/select.js";
import { JOURNAL, type Subject, type WaitOptions } from "../journal/subject.js";
import type { Happened } from "../mock/happened.js";
import { triggersIn } from "../mock/message.js";
import type { SentWebhook } from "../webhooks/endpoint.js";
import { leaveAct } from "../base/react-act.js";
import { show } from "../base/shown.js";
import { application } from "./application.js";
import { caughtUp } from "./clients.js";
import { allPublished } from "./server.js";

/** What the act has caused, until nothing is under way any more. */
export async function happenedDuring<Result>(
  act: () => Result | Promise<Result>,
  options: WaitOptions,
): Promise<Happened<Result>> {
  if (typeof act !== "function") {
    throw new TypeError(
      `pushrig: during() takes a function that does something, such as () => render(<Chat />), not ${show(act)}`,
    );
  }
  await caughtUp();
  await application.refresh();
  const from = application.journal.seq;
  const comeBack = leaveAct();
  let result: Result;
  try {
    result = await act();
    await quiet(options);
  } finally {
    await comeBack?.();
  }
  await application.refresh({ webhooks: true });
  return stretch(application.journal.read(), application.webhooks() as SentWebhook[], from, result);
}

/** Nothing is under way, neither there nor here. */
export async function quiet(options: WaitOptions): Promise<void> {
  await allPublished();
  await caughtUp();
  await application.idle(options);
  await caughtUp();
}

function stretch<Result>(page: Page, sent: readonly SentWebhook[], from: number, result: Result): Happened<Result> {
  const { appId } = application;
  const to = page.last;
  const webhooks = sent.filter(({ seq }) => seq > from && seq <= to);
  const journal = { read: (selection = {}) => select(page, selection), watch: () => () => {}, seq: to };
  return {
    result,
    from,
    to,
    entries: page.entries.filter(({ seq }) => seq > from),
    triggers: () => triggersIn(page, from),
    webhooks: () => [...webhooks],
    [JOURNAL]: (): Subject => ({
      app: { appId, journal, idle: () => Promise.resolve(), webhooks: () => webhooks },
      from,
      to,
    }),
  };
}
