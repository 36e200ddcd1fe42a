/** What `pushrig why` takes from its command line. */

import {
  CONTROL_HELP,
  type ControlOptions,
  exitHelp,
  jsonFrom,
  readControl,
  requirePositionals,
  type Since,
  sinceFrom,
} from "./control-command.js";

export interface WhyOptions extends ControlOptions {
  event: string;
  channel: string | undefined;
  client: string | undefined;
  data: unknown;
  /** The `seq` of a mark. */
  since: Since | undefined;
}

export const WHY_HELP = `Usage: pushrig why EVENT [options]

Says whether an event has reached a client, and if not, why.

  npx pushrig why new-message --channel task-1 --client ada

      --channel NAME    on this channel only (default: whichever it was triggered on)
      --client WHO      a client: its name, the id of its user, its connectionId or its
                        socket id (default: everybody who was subscribed)
      --data JSON       what its data contains
      --since SEQ       triggered after this place: see pushrig mark
${CONTROL_HELP}${exitHelp("it has reached the client", "it has not")}`;

/** Reads a command line. `"help"` is asked for instead. Throws a UsageError. */
export function whyOptions(args: string[]): WhyOptions | "help" {
  const text = { type: "string" } as const;
  const given = readControl("why", args, { channel: text, client: text, data: text, since: text });
  if (given === "help") return given;
  const { values, positionals, ...control } = given;
  requirePositionals(positionals, 1, 1, "pushrig why EVENT [--channel NAME] [--client WHO]");
  const { channel, client, data, since } = values;
  return {
    ...control,
    event: positionals[0],
    channel,
    client,
    data: data === undefined ? undefined : jsonFrom(data, "--data"),
    since: sinceFrom(since),
  };
}
