/** What `pushrig types` takes from its command line. */

import { show } from "../base/shown.js";
import { UsageError } from "./command.js";
import { readSubcommand } from "./subcommand.js";

export interface TypesOptions {
  /** Of recordings; `-` is standard input. At least one. */
  files: string[];
  /** What the type is called. */
  name: string;
}

const OPTIONS = {
  name: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

export const TYPES_HELP = `Usage: pushrig types [options] FILE...

Writes the contract of an application, as a type, from what was recorded of it:

  npx pushrig --json > traffic.jsonl          use the application meanwhile
  npx pushrig types traffic.jsonl > src/realtime.ts

What is written is a beginning: read it, and keep it as yours.

  FILE              what pushrig --json printed, or a trace; - is standard input
      --name NAME   what the type is called (default Realtime)
  -h, --help        show this
`;

/** Reads a command line. `"help"` is asked for instead. Throws a UsageError. */
export function typesOptions(args: string[]): TypesOptions | "help" {
  const { values, positionals } = readSubcommand("types", args, OPTIONS);
  if (values.help) return "help";
  const { name = "Realtime" } = values;
  if (typeof name !== "string" || !/^[A-Z_$][\w$]*$/i.test(name)) {
    throw new UsageError(`--name is the name of a type, as in --name=Realtime, not ${show(name)}`);
  }
  if (positionals.length === 0) {
    throw new UsageError("types needs a file that was recorded with pushrig --json > traffic.jsonl");
  }
  return { files: positionals, name };
}
