/** What `pushrig status`, `reset` and `mark` take from their command lines: nothing besides which gateway. */

import { CONTROL_HELP, type ControlGiven, exitHelp, readControl, requirePositionals } from "./control-command.js";

export const STATUS_HELP = `Usage: pushrig status [options]

Shows what runs: the gateway, its apps, and of one app its channels with who is
there, its connections, and the faults that are on.
${CONTROL_HELP}${exitHelp("it is shown")}`;

export const RESET_HELP = `Usage: pushrig reset [options]

Forgets what has happened in an app: channels, history, members, subscriptions.
Clients stay connected, and are subscribed to nothing.
${CONTROL_HELP}${exitHelp("it is done")}`;

export const MARK_HELP = `Usage: pushrig mark [options]

Prints a place in the journal: what happens from here on counts where it is given
as --since to pushrig wait and pushrig why.

  mark=$(npx pushrig mark)
  curl -X POST http://localhost:3000/api/orders
  npx pushrig wait triggered orders created --since "$mark"
${CONTROL_HELP}${exitHelp("it is printed")}`;

/** Reads a command line without anything of its own. `"help"` is asked for instead. Throws a UsageError. */
export function plainOptions(command: string, args: string[]): ControlGiven<never> | "help" {
  const given = readControl(command, args, {});
  if (given !== "help") requirePositionals(given.positionals, 0, 0, `pushrig ${command} [options]`);
  return given;
}
