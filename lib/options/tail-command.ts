/** What `pushrig tail` takes from its command line. */

import { nearest } from "../base/nearest.js";
import { show } from "../base/shown.js";
import { UsageError } from "./command.js";
import {
  CONTROL_HELP,
  type ControlOptions,
  exitHelp,
  readControl,
  requirePositionals,
  wholeFrom,
} from "./control-command.js";

export interface TailOptions extends ControlOptions {
  channel: string | undefined;
  event: string | undefined;
  /** Undefined: all. */
  kinds: string[] | undefined;
  after: number | undefined;
  /** Whether it goes on when all that is known was told. */
  follows: boolean;
}

export const TAIL_HELP = `Usage: pushrig tail [options]

Shows what happens in an app, a line for each thing, until Ctrl-C. Where the
gateway goes away it says so, and goes on when it is back.

  npx pushrig tail --channel task-1 --kinds triggered,subscribed

      --channel NAME    what is about this channel, or about none
      --event NAME      what is about this event
      --kinds KINDS     of these kinds, with commas between them
      --after SEQ       begin behind this number; 0 is all that the gateway knows
                        (default: from now on)
      --no-follow       show what there is, and end; without --after all of it
${CONTROL_HELP}${exitHelp("Ctrl-C, or all is shown")}`;

/** Reads a command line. `"help"` is asked for instead. Throws a UsageError. @param known the kinds that there are */
export function tailOptions(args: string[], known: readonly string[]): TailOptions | "help" {
  const text = { type: "string" } as const;
  const own = { channel: text, event: text, kinds: text, after: text, "no-follow": { type: "boolean" } } as const;
  const given = readControl("tail", args, own);
  if (given === "help") return given;
  const { values, positionals, ...control } = given;
  requirePositionals(positionals, 0, 0, "pushrig tail [--channel NAME] [--kinds KINDS]");
  const { channel, event, after } = values;
  const follows = !values["no-follow"];
  return {
    ...control,
    channel,
    event,
    kinds: kindsOf(values.kinds, known),
    after: wholeFrom(after, "--after", 0) ?? (follows ? undefined : 0),
    follows,
  };
}

function kindsOf(text: string | undefined, known: readonly string[]): string[] | undefined {
  const kinds = text?.split(",").map((kind) => kind.trim());
  for (const kind of kinds ?? []) {
    if (known.includes(kind)) continue;
    const meant = nearest(kind, known);
    const question = meant === undefined ? "" : `did you mean ${meant}? `;
    throw new UsageError(`--kinds has no kind ${show(kind)}: ${question}There is ${known.join(", ")}`);
  }
  return kinds;
}
