/** Reading the command line of a subcommand. */

import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearest } from "../base/nearest.js";
import { synonym } from "../base/synonyms.js";
import { UsageError } from "./command.js";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** What was given: texts for options that take a value, and `true` for the others. */
export interface GivenArguments<Names extends string> {
  values: { [Name in Names]?: string | true };
  positionals: string[];
}

/** Throws a UsageError for an option that the subcommand has not or got twice, and for a value that is missing or too much. */
export function readSubcommand<Known extends Options>(
  subcommand: string,
  args: string[],
  options: Known,
): GivenArguments<keyof Known & string> {
  const { values, positionals, tokens } = parseArgs({ args, options, strict: false, tokens: true });
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    if (!Object.hasOwn(options, name)) {
      if (/^\d/.test(name)) throw new UsageError(`${rawName} is taken for an option: put -- before what is none`);
      const meant = nearest(name, Object.keys(options)) ?? synonym(name, Object.keys(options));
      throw new UsageError(
        `${subcommand} has no option ${rawName}${meant === undefined ? "" : `; did you mean --${meant}?`}`,
      );
    }
    const takesValue = options[name]?.type === "string";
    // What looks like an option is one, unless it is written behind "=".
    const isMissing = !value || (!token.inlineValue && /^(--.*|-[a-z])$/.test(value));
    if (takesValue && isMissing) throw new UsageError(`${rawName} needs a value, as in --${name}=VALUE`);
    if (takesValue && seen.has(name)) throw new UsageError(`${rawName} is given twice: give it once`);
    seen.add(name);
    if (!takesValue && value !== undefined) throw new UsageError(`${rawName} takes no value: leave it out`);
  }
  return { values: values as GivenArguments<keyof Known & string>["values"], positionals };
}
