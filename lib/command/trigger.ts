/** `pushrig trigger`: publishes an event. */

import type { Triggered } from "../remote/shapes.js";
import { TRIGGER_HELP, triggerOptions } from "../options/trigger-command.js";
import { controlCommand } from "./control.js";
import { many } from "./count.js";
import type { Paint } from "./lines.js";
import { clean } from "./text.js";

export const triggerCommand = controlCommand(
  triggerOptions,
  TRIGGER_HELP,
  async (remote, options, screen) => {
    const { channels, event, data, as, toUser, socketId, json } = options;
    const who = as === undefined ? {} : { as: { client: as } };
    const triggered: Triggered =
      toUser === undefined
        ? await remote.trigger(channels.length === 1 ? channels[0] : channels, event, data, { ...who, socketId })
        : await remote.sendToUser(toUser, event, data);
    if (json) await screen.writeJson(triggered);
    else for (const one of triggered.events) await screen.write(line(event, one, options, screen.paint));
    return 0;
  },
  "trigger",
);

function line(
  event: string,
  { seq, channel, subscribers }: Triggered["events"][number],
  { as, socketId }: { as: string | undefined; socketId: string | undefined },
  paint: Paint,
): string {
  const others = as === undefined ? subscribers : subscribers - 1;
  const nobody = `to nobody: nobody ${as === undefined ? "" : "else "}is subscribed`;
  const except = socketId === undefined ? "" : `, ${clean(socketId)} left out`;
  const to = others <= 0 ? nobody : `to ${many(others, "client")}${except}`;
  return `${clean(event)} on ${clean(channel)} ${to} ${paint("dim", `#${seq}`)}`;
}
