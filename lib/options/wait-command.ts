/** What `pushrig wait` takes from its command line. */

import { nearest } from "../base/nearest.js";
import { show } from "../base/shown.js";
import { UsageError } from "./command.js";
import {
  CONTROL_HELP,
  type ControlOptions,
  exitHelp,
  jsonFrom,
  readControl,
  requirePositionals,
  type Since,
  sinceFrom,
  timeFrom,
  wholeFrom,
} from "./control-command.js";

/** As the control route takes it, without the mark that `since` becomes. */
export interface Awaited {
  for: "subscribed" | "vacated" | "members" | "triggered" | "received" | "webhook" | "idle";
  channel?: string;
  event?: string;
  data?: unknown;
  by?: string;
  count?: number;
  ids?: string[];
  times?: number;
  name?: string;
  match?: unknown;
}

export interface WaitCommandOptions extends ControlOptions {
  awaited: Awaited;
  /** The `seq` of a mark. */
  since: Since | undefined;
  /** Milliseconds. */
  timeout: number;
}

const PATIENCE = 10_000;

type Option = "by" | "count" | "times" | "since";

/** Of each kind: what stands behind it, how much of that there is, its options, and what is waited for. */
const KINDS: Record<
  Awaited["for"],
  {
    usage: string;
    least: number;
    most: number;
    options: readonly Option[];
    of: (words: string[]) => Omit<Awaited, "for">;
  }
> = {
  subscribed: { usage: "CHANNEL", least: 1, most: 1, options: ["by", "count"], of: ([channel]) => ({ channel }) },
  vacated: { usage: "CHANNEL", least: 1, most: 1, options: [], of: ([channel]) => ({ channel }) },
  members: {
    usage: "CHANNEL [ID...]",
    least: 1,
    most: Infinity,
    options: [],
    of: ([channel, ...ids]) => ({ channel, ...(ids.length > 0 && { ids }) }),
  },
  triggered: {
    usage: "CHANNEL EVENT [DATA]",
    least: 2,
    most: 3,
    options: ["times", "since"],
    of: ([channel, event, data]) => ({ channel, event, ...dataOf("data", data) }),
  },
  received: {
    usage: "CHANNEL EVENT [DATA]",
    least: 2,
    most: 3,
    options: ["by", "times", "since"],
    of: ([channel, event, data]) => ({ channel, event, ...dataOf("data", data) }),
  },
  webhook: {
    usage: "NAME [DATA]",
    least: 1,
    most: 2,
    options: ["times", "since"],
    of: ([name, match]) => ({ name, ...dataOf("match", match) }),
  },
  idle: { usage: "", least: 0, most: 0, options: [], of: () => ({}) },
};

export const WAIT_HELP = `Usage: pushrig wait KIND ... [options]

Waits until something is so, or has happened, and prints it.

  pushrig wait subscribed CHANNEL             somebody is subscribed
      --by WHO          a client: its name, the id of its user, its connectionId or socket id
      --count NUMBER    so many are
  pushrig wait vacated CHANNEL                nobody is subscribed
  pushrig wait members CHANNEL [ID...]        these are the members, and no others
  pushrig wait triggered CHANNEL EVENT [DATA] it was triggered, or sent by a client
  pushrig wait received CHANNEL EVENT [DATA]  a client has had it
      --by WHO          this client
  pushrig wait webhook NAME [DATA]            a webhook with such an event was sent and answered
  pushrig wait idle                           nothing is under way any more

DATA is JSON that the event contains; - reads it from standard input.

      --times NUMBER    so often (triggered, received, webhook)
      --since SEQ       from this place on: see pushrig mark (default: all that is known)
      --timeout TIME    at most, as in 500ms, 30s or 2m (default 10s)
${CONTROL_HELP}${exitHelp("it is so", "it is not, in time or any more")}`;

/** Reads a command line. `"help"` is asked for instead. Throws a UsageError. */
export function waitOptions(args: string[]): WaitCommandOptions | "help" {
  const text = { type: "string" } as const;
  const given = readControl("wait", args, { by: text, count: text, times: text, since: text, timeout: text });
  if (given === "help") return given;
  const { values, positionals, ...control } = given;
  const [name, ...words] = positionals;
  const kind = kindOf(name);
  const { usage, least, most, options, of } = KINDS[kind];
  requirePositionals(words, least, most, `pushrig wait ${`${kind} ${usage}`.trim()}`);
  for (const option of ["by", "count", "times", "since"] as const) {
    if (values[option] !== undefined && !options.includes(option)) {
      const all = options.map((one) => `--${one}`).join(", ");
      throw new UsageError(`wait ${kind} has no option --${option}: it has ${all === "" ? "none but --timeout" : all}`);
    }
  }
  const { by } = values;
  const count = wholeFrom(values.count, "--count", 1);
  const times = wholeFrom(values.times, "--times", 1);
  return {
    ...control,
    awaited: {
      for: kind,
      ...of(words),
      ...(by !== undefined && { by }),
      ...(count !== undefined && { count }),
      ...(times !== undefined && { times }),
    },
    since: sinceFrom(values.since),
    timeout: timeFrom(values.timeout, "--timeout") ?? PATIENCE,
  };
}

function kindOf(name: string | undefined): Awaited["for"] {
  const kinds = Object.keys(KINDS);
  if (name !== undefined && kinds.includes(name)) return name as Awaited["for"];
  const meant = name === undefined ? undefined : nearest(name, kinds);
  const question = meant === undefined ? "" : `did you mean ${meant}? `;
  const given =
    name === undefined ? "wait needs what to wait for" : `there is nothing to wait for called ${show(name)}`;
  throw new UsageError(`${given}: ${question}There is ${kinds.join(", ")}`);
}

function dataOf(field: "data" | "match", text: string | undefined): Partial<Awaited> {
  return text === undefined ? {} : { [field]: jsonFrom(text, "DATA") };
}
