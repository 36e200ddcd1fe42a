/** `pushrig why EVENT`: whether an event has reached a client, and if not, why. */

import { WHY_HELP, whyOptions } from "../options/why-command.js";
import { controlCommand, markAt, NOT_SO } from "./control.js";
import { cleanLines } from "./text.js";

export const whyCommand = controlCommand(whyOptions, WHY_HELP, async (remote, options, screen) => {
  const { event, channel, client, data, json } = options;
  const since = await markAt(remote, options.since);
  const answer = await remote.why({ event, channel, client, data, since });
  await (json ? screen.writeJson(answer) : screen.write(cleanLines(answer.text)));
  return answer.received ? 0 : NOT_SO;
});
