/** `pushrig wait KIND`: waits until something is so, or has happened, and prints it. */

import type { MemberNow, MessageNow, WaitRequest, WebhookNow } from "../remote/shapes.js";
import { type Awaited, WAIT_HELP, waitOptions } from "../options/wait-command.js";
import { controlCommand, markAt } from "./control.js";
import { clean, cleanJson } from "./text.js";

export const waitCommand = controlCommand(waitOptions, WAIT_HELP, async (remote, options, screen) => {
  const { awaited, timeout, json } = options;
  const since = await markAt(remote, options.since);
  const result = await remote.wait({ ...awaited, since, timeout } as WaitRequest);
  if (json) await screen.writeJson({ result });
  else for (const line of LINES[awaited.for](result)) await screen.write(line);
  return 0;
});

/** What is printed of what was waited for. Data is JSON, for whoever reads on. */
const LINES: Record<Awaited["for"], (result: unknown) => string[]> = {
  subscribed: (who) => (who as string[]).map(clean),
  vacated: () => [],
  members: (members) =>
    (members as MemberNow[]).map(({ id, info }) =>
      info === undefined ? clean(id) : `${clean(id)} ${cleanJson(JSON.stringify(info))}`,
    ),
  triggered: (message) => [dataOf(message)],
  received: (message) => [dataOf(message)],
  webhook: (webhook) => [cleanJson((webhook as WebhookNow).body)],
  idle: () => [],
};

function dataOf(message: unknown): string {
  return cleanJson(JSON.stringify((message as MessageNow).data ?? null));
}
