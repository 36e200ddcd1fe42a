/** `pushrig trigger`: publishes an event. */

import type { Triggered } from "../remote/shapes.js";
import { TRIGGER_HELP, triggerOptions } from "../options/trigger-command.js";
import { asking } from "./control.js";
import { many } from "./lines.js";
import { clean } from "./text.js";

export const trigger = asking(triggerOptions, TRIGGER_HELP, async (remote, options, screen) => {
  const { channels, event, data, as, toUser, socketId, json } = options;
  const who = as === undefined ? {} : { as: { client: as } };
  const triggered: Triggered =
    toUser === undefined
      ? await remote.trigger(channels.length === 1 ? channels[0] : channels, event, data, { ...who, socketId })
      : await remote.sendToUser(toUser, event, data);
  if (json) await screen.writeJson(triggered);
  else for (const one of triggered.events) await screen.write(line(event, one, as !== undefined, screen.paint));
  return 0;
});

function line(
  event: string,
  { seq, channel, subscribers }: Triggered["events"][number],
  isFromClient: boolean,
  paint: (color: "dim", text: string) => string,
): string {
  const others = isFromClient ? Math.max(0, subscribers - 1) : subscribers;
  const to = others === 0 ? "to nobody: nobody else is subscribed" : `to ${many(others, "client")}`;
  return `${clean(event)} on ${clean(channel)} ${isFromClient ? to : to.replace("nobody else", "nobody")} ${paint("dim", `#${seq}`)}`;
}
