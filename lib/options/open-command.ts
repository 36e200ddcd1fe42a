/** What `pushrig open` takes from its command line. */

import { show } from "../base/shown.js";
import { UsageError } from "./command.js";
import { checked } from "./control-command.js";
import { checkAskable } from "./port.js";
import { readSubcommand } from "./subcommand.js";

export interface OpenOptions {
  /** The trace; `-` is standard input. */
  file: string;
  /** 0: any free one. */
  port: number;
  /** Whether a browser is opened where there is one. */
  browser: boolean;
}

const OPTIONS = {
  port: { type: "string", short: "p" },
  "no-browser": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export const OPEN_HELP = `Usage: pushrig open FILE [options]

Shows a trace on a page: what happened, who got which event, who did not and why.
It needs no gateway, reads the file alone, and serves it to this machine until
Ctrl-C. The page reads it anew when it is loaded anew.

  npx pushrig open .pushrig/room.test-it-greets-1f2e3d.jsonl

  FILE                  a trace; - is standard input
  -p, --port NUMBER     where the page is served (default: any free port)
      --no-browser      print the address only; so it is in CI, without a terminal, and
                        with BROWSER=none
  -h, --help            show this
`;

/** Reads a command line. `"help"` is asked for instead. Throws a UsageError. */
export function openOptions(args: string[]): OpenOptions | "help" {
  const { values, positionals } = readSubcommand("open", args, OPTIONS);
  const given = values as { [name in keyof typeof OPTIONS]?: string };
  if (given.help) return "help";
  const [file, ...others] = positionals;
  if (file === undefined) throw new UsageError("open needs a trace, as in pushrig open .pushrig/NAME.jsonl");
  if (others.length > 0)
    throw new UsageError(`open takes one trace, and got ${positionals.length}: open them one by one`);
  return { file, port: portFrom(given.port), browser: !given["no-browser"] };
}

function portFrom(text = "0"): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) {
    checked(() => checkAskable(port, "--port"));
    return port;
  }
  throw new UsageError(`--port is a whole number from 0 to 65535, not ${show(text)}`);
}
