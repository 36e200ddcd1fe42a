/** What `pushrig types` takes from its command line. */

import { parseArgs } from "node:util";
import { nearest } from "../base/nearest.js";
import { show } from "../base/shown.js";
import { UsageError } from "./command.js";

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
  const { values, positionals, tokens } = parseArgs({ args, options: OPTIONS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    if (!Object.hasOwn(OPTIONS, name)) {
      const meant = nearest(name, Object.keys(OPTIONS));
      throw new UsageError(`types has no option ${rawName}${meant === undefined ? "" : `; did you mean --${meant}?`}`);
    }
    if (OPTIONS[name as keyof typeof OPTIONS].type === "string" && !value) {
      throw new UsageError(`${rawName} needs a value, as in --${name}=VALUE`);
    }
  }
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
