/** The command `pushrig`: which of its commands is meant. What each needs is loaded for it alone: the addon by few. */

import { type CommandName, COMMANDS, HELP, UsageError, commandOptions } from "../options/command.js";
import { endWithReader } from "./output.js";
import type * as Addon from "../native/addon.js";
import type * as Agents from "./agents.js";
import type * as Mark from "./mark.js";
import type * as Open from "./open.js";
import type * as Replay from "./replay.js";
import type * as Reset from "./reset.js";
import type * as Serve from "./serve.js";
import type * as Status from "./status.js";
import type * as Tail from "./tail.js";
import type * as Trigger from "./trigger.js";
import type * as Types from "./types.js";
import type * as Wait from "./wait.js";
import type * as Why from "./why.js";

/** Runs to its end; answers the exit code. Throws a UsageError for a command line that cannot be carried out. */
type Run = (args: string[]) => number | Promise<number>;

const RUNS: Record<CommandName, () => Run> = {
  status: () => (require("./status.js") as typeof Status).statusCommand,
  tail: () => (require("./tail.js") as typeof Tail).tailCommand,
  why: () => (require("./why.js") as typeof Why).whyCommand,
  trigger: () => (require("./trigger.js") as typeof Trigger).triggerCommand,
  wait: () => (require("./wait.js") as typeof Wait).waitCommand,
  mark: () => (require("./mark.js") as typeof Mark).markCommand,
  reset: () => (require("./reset.js") as typeof Reset).resetCommand,
  mcp: () => (require("./agents.js") as typeof Agents).mcpCommand,
  open: () => (require("./open.js") as typeof Open).openCommand,
  replay: () => (require("./replay.js") as typeof Replay).replayCommand,
  types: () => (require("./types.js") as typeof Types).typesCommand,
};

/** Runs the command. Resolves to the exit code; 2 for a command line that cannot be carried out. */
export async function command(args: string[]): Promise<number> {
  const [name = "", ...others] = args;
  const isCommand = Object.hasOwn(COMMANDS, name);
  if (isCommand) endWithReader(process.stdout, process.stderr);
  try {
    return await (isCommand ? RUNS[name as CommandName]()(others) : serve(args));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`pushrig: ${error.message}\nRun pushrig ${isCommand ? `${name} ` : ""}--help for the options.`);
    return 2;
  }
}

async function serve(args: string[]): Promise<number> {
  const options = commandOptions(args);
  if (options === "help") process.stdout.write(HELP);
  else if (options === "version") console.log((require("../native/addon.js") as typeof Addon).native.version());
  else return (require("./serve.js") as typeof Serve).serve(options);
  return 0;
}
