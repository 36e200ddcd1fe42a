/** `during(act)` in a page. */

import type { WaitOptions } from "../journal/subject.js";
import type { Happened } from "../mock/happened.js";
import { Stretch } from "../mock/stretch.js";
import type { SentWebhook } from "../webhooks/endpoint.js";
import { leaveAct } from "../base/react-act.js";
import { show } from "../base/shown.js";
import { checkOptions } from "../remote/arguments.js";
import { application } from "./application.js";
import { caughtUp } from "./clients.js";
import { allPublished } from "./server.js";

/** What the act has caused, until nothing is under way any more. */
export async function happenedInTab<Result>(
  act: () => Result | Promise<Result>,
  options: WaitOptions,
): Promise<Happened<Result>> {
  if (typeof act !== "function") {
    throw new TypeError(
      `pushrig: during() takes a function that does something, such as () => render(<Chat />), not ${show(act)}`,
    );
  }
  checkOptions(options, ["timeout"], "during()");
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
  const { journal, appId } = application;
  return new Stretch({ page: journal.read(), webhooks: application.webhooks() as SentWebhook[], appId, from }, result);
}

/** Nothing is under way, neither there nor here. */
export async function quiet(options: WaitOptions): Promise<void> {
  checkOptions(options, ["timeout"], "idle()");
  await allPublished();
  await caughtUp();
  await application.idle(options);
  await caughtUp();
}
