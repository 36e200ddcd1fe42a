/** What `pushrig trigger` takes from its command line. */

import { UsageError } from "./command.js";
import {
  CONTROL_HELP,
  type ControlOptions,
  exitHelp,
  jsonFrom,
  readControl,
  requirePositionals,
} from "./control-command.js";

export interface TriggerCommandOptions extends ControlOptions {
  /** Empty where it goes to a user. */
  channels: string[];
  event: string;
  data: unknown;
  /** The client whose event it is. */
  as: string | undefined;
  toUser: string | undefined;
  socketId: string | undefined;
}

export const TRIGGER_HELP = `Usage: pushrig trigger CHANNEL EVENT [DATA] [options]
       pushrig trigger CHANNEL CHANNEL... EVENT DATA [options]
       pushrig trigger EVENT [DATA] --to-user ID [options]

Publishes an event, as a server does. DATA is JSON (default {}); - reads it from
standard input.

  npx pushrig trigger task-1 new-message '{"id":"m1"}'

      --as WHO          as an event of this client, whose name begins with client-: by the
                        client's name, the id of its user, its connectionId or socket id
      --to-user ID      to every connection on which this user is signed in
      --socket-id ID    the connection that does not get it
${CONTROL_HELP}${exitHelp("it is published", "it was refused")}`;

const USAGE = "pushrig trigger CHANNEL EVENT [DATA]";

/** Reads a command line. `"help"` is asked for instead. Throws a UsageError. */
export function triggerOptions(args: string[]): TriggerCommandOptions | "help" {
  const text = { type: "string" } as const;
  const given = readControl("trigger", args, { as: text, "to-user": text, "socket-id": text });
  if (given === "help") return given;
  const { values, positionals, ...control } = given;
  const { as, "to-user": toUser, "socket-id": socketId } = values;
  if (as !== undefined && toUser !== undefined) {
    throw new UsageError("--as is an event of a client, and --to-user one of a server: give one of them");
  }
  if (toUser !== undefined) requirePositionals(positionals, 1, 2, "pushrig trigger EVENT [DATA] --to-user ID");
  else requirePositionals(positionals, 2, Infinity, USAGE);
  const { channels, event, data } = parts(positionals, toUser === undefined ? 1 : 0);
  return {
    ...control,
    channels,
    event,
    data: data === undefined ? {} : jsonFrom(data, channels.length > 1 ? "DATA behind several channels" : "DATA"),
    as,
    toUser,
    socketId,
  };
}

/** With several channels there is always data, or it would not be clear which of the names is the event. */
function parts(positionals: string[], channels: number): { channels: string[]; event: string; data?: string } {
  if (positionals.length <= channels + 1)
    return { channels: positionals.slice(0, channels), event: positionals[channels] };
  const [event, data] = positionals.slice(-2);
  return { channels: positionals.slice(0, -2), event, data };
}
