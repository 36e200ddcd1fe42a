/** What the commands take that ask a gateway by its control routes: which gateway, which app, and values as people write them. */

import { readFileSync } from "node:fs";
import { show } from "../base/shown.js";
import { checkToken } from "./admission.js";
import { UsageError } from "./command.js";
import { millisecondsOf } from "./duration.js";
import { gatewayAddress } from "./gateway-address.js";
import { readSubcommand } from "./subcommand.js";

export interface ControlOptions {
  /** Undefined: the gateway has to be found. */
  url: string | undefined;
  token: string | undefined;
  /** Id or key. */
  app: string | undefined;
  json: boolean;
}

const OPTIONS = {
  url: { type: "string" },
  token: { type: "string" },
  app: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** The end of each command's help. */
export const CONTROL_HELP = `
Which gateway is asked, and how it answers:
      --url URL         its address (default: PUSHRIG_URL, else the gateway of this
                        folder's project, else the only one that runs)
      --token TOKEN     its token, for one on another machine, in a container or behind
                        a proxy (default: PUSHRIG_TOKEN)
      --app ID          which of its apps, by id or key (default: its first)
      --json            JSON, for programs
  -h, --help            show this
`;

/** What each exit code means; without `not`, 1 is none of them. */
export function exitHelp(done: string, not?: string): string {
  return `
Exit codes: 0 ${done},${not === undefined ? "" : ` 1 ${not},`}
2 something is wrong with what was asked, 3 there is no gateway to ask.
`;
}

export interface ControlGiven<Names extends string> extends ControlOptions {
  values: { [Name in Names]?: string };
  positionals: string[];
}

/** Reads the command line of `command`, which has options of its own. `"help"` is asked for instead. Throws a UsageError. */
export function readControl<Own extends Record<string, { type: "string" | "boolean" }>>(
  command: string,
  args: string[],
  own: Own,
  env: NodeJS.ProcessEnv = process.env,
): ControlGiven<keyof Own & string> | "help" {
  const { values, positionals } = readSubcommand(command, args, { ...OPTIONS, ...own });
  const { url, token, app, json, help } = values as Partial<Record<keyof typeof OPTIONS, string>>;
  if (help) return "help";
  const [address, whose] = url === undefined ? [env.PUSHRIG_URL || undefined, "PUSHRIG_URL"] : [url, "--url"];
  const [secret, owner] = token === undefined ? [env.PUSHRIG_TOKEN || undefined, "PUSHRIG_TOKEN"] : [token, "--token"];
  checked(() => {
    if (address !== undefined) gatewayAddress(address, whose);
    if (secret !== undefined) checkToken(secret, owner);
  });
  return {
    url: address,
    token: secret,
    app,
    json: Boolean(json),
    values: values as ControlGiven<keyof Own & string>["values"],
    positionals,
  };
}

/** What is wrong in the package's words is said in them. */
export function checked<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/^pushrig: /, ""));
  }
}

/** JSON; `-` reads it from standard input. `what` names it: `DATA`. */
export function jsonFrom(text: string, what: string): unknown {
  const json = text === "-" ? readFileSync(0, "utf8") : text;
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new UsageError(
      `${what} is JSON, such as '{"id":"m1"}' or '"a text"', which ${show(json)} is not: ${(error as Error).message}`,
    );
  }
}

/** A whole number. */
export function wholeFrom(text: string | undefined, option: string, least: number): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least) return number;
  throw new UsageError(`${option} is a whole number from ${least}, not ${show(text)}`);
}

/** A place in the journal. */
export interface Since {
  seq: number;
  /** Of which app it is, where that was said. */
  app?: number;
}

/** What `pushrig mark` has printed: a number, or with `--json` an object. */
export function sinceFrom(text: string | undefined): Since | undefined {
  if (text === undefined) return undefined;
  const { seq, app } = /^\s*\{/.test(text) ? markIn(text) : { seq: text, app: undefined };
  if (/^\d{1,15}$/.test(String(seq))) return { seq: Number(seq), ...(app !== undefined && { app }) };
  throw new UsageError(`--since is what pushrig mark prints, a whole number from 0 or JSON, not ${show(text)}`);
}

function markIn(text: string): { seq?: unknown; app?: number } {
  try {
    const given = JSON.parse(text) as { mark?: object };
    return given.mark ?? given;
  } catch {
    return {};
  }
}

/** A length of time in milliseconds. It says its unit: digits alone are seconds to one and milliseconds to the other. */
export function timeFrom(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) {
    throw new UsageError(`${option} needs a unit: ${text}s is seconds, ${text}ms milliseconds`);
  }
  return checked(() => millisecondsOf(Number(text) === 0 ? 0 : text, option));
}

/** Throws a UsageError unless there are so many positionals. `usage` shows them. */
export function requirePositionals(positionals: string[], least: number, most: number, usage: string): void {
  if (positionals.length >= least && positionals.length <= most) return;
  const got = positionals.length === 0 ? "nothing" : positionals.map(show).join(" ");
  throw new UsageError(`it is ${usage}, and got ${got}`);
}
