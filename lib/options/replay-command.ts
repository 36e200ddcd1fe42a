/** What `pushrig replay` takes from its command line. */

import { show } from "../base/shown.js";
import { UsageError } from "./command.js";
import { MOCK_CREDENTIALS } from "./defaults.js";
import { isPublicService } from "./public-service.js";
import { readSubcommand } from "./subcommand.js";

export interface ReplayOptions {
  /** The trace; `-` is standard input. */
  file: string;
  /** Where the HTTP API is. */
  to: URL;
  /** How often faster than it was; infinite: without pauses. */
  speed: number;
  /** Whether payloads that are not whole are sent as they are. */
  force: boolean;
  app: { id: string; key: string; secret: string };
}

const OPTIONS = {
  to: { type: "string" },
  speed: { type: "string" },
  now: { type: "boolean" },
  app: { type: "string" },
  force: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export const REPLAY_HELP = `Usage: pushrig replay FILE --to URL [options]

Triggers again what was triggered in a trace: in the same order, with the same
pauses, at a gateway of pushrig or any other server with Pusher's HTTP API.

  npx pushrig replay .pushrig/room.test-it-greets-1f2e3d.jsonl --to http://127.0.0.1:6001

  FILE                      a trace; - is standard input
      --to URL              where the HTTP API is
      --speed NUMBER        so much faster, as in --speed=10 (default 1)
      --now                 without pauses
      --app ID:KEY:SECRET   the app there (default: PUSHER_APP_ID, PUSHER_KEY and
                            PUSHER_SECRET, else that of pushrig without options)
      --force               send also data that was cut or blanked in the trace, as it is there
  -h, --help                show this
`;

/** Reads a command line. `"help"` is asked for instead. Throws a UsageError. */
export function replayOptions(args: string[], env: NodeJS.ProcessEnv = process.env): ReplayOptions | "help" {
  const { values, positionals } = readSubcommand("replay", args, OPTIONS);
  const given = values as { [name in keyof typeof OPTIONS]?: string };
  if (given.help) return "help";
  const [file, ...others] = positionals;
  if (file === undefined) {
    throw new UsageError("replay needs a trace, as in pushrig replay .pushrig/NAME.jsonl --to http://127.0.0.1:6001");
  }
  if (others.length > 0)
    throw new UsageError(`replay takes one trace, and got ${positionals.length}: replay them one by one`);
  if (given.now && given.speed !== undefined) {
    throw new UsageError("--now leaves out the pauses that --speed makes shorter: give one of them");
  }
  const speed = given.speed === undefined ? 1 : Number(given.speed);
  if (!(speed > 0 && speed < Infinity)) {
    throw new UsageError(`--speed is a number above 0, as in --speed=10, not ${show(given.speed)}`);
  }
  return {
    file,
    to: target(given.to),
    speed: given.now ? Infinity : speed,
    force: Boolean(given.force),
    app: app(given.app, env),
  };
}

function target(text: string | undefined): URL {
  if (text === undefined) throw new UsageError("replay needs --to URL, as in --to=http://127.0.0.1:6001");
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) {
    const url = new URL(text);
    if (isPublicService(url.hostname)) {
      throw new UsageError(
        `--to is ${show(url.hostname)}, a host of the real service, which pushrig never contacts: replay to a gateway, or a server of your own`,
      );
    }
    if (url.username === "" && url.password === "" && url.search === "" && url.hash === "") return url;
    throw new UsageError("--to is an address alone: give key and secret in --app=ID:KEY:SECRET");
  }
  throw new UsageError(`--to is an absolute http or https URL, as in --to=http://127.0.0.1:6001, not ${show(text)}`);
}

function app(text: string | undefined, env: NodeJS.ProcessEnv): ReplayOptions["app"] {
  if (text !== undefined) {
    const [, id, key, secret] = /^([^:]+):([^:]+):(.+)$/.exec(text) ?? [];
    if (id !== undefined && key !== undefined && secret !== undefined) return { id, key, secret };
    // Not shown: a secret may be in it.
    throw new UsageError("--app is ID:KEY:SECRET, as in --app 1:my-key:my-secret");
  }
  const { PUSHER_APP_ID: id, PUSHER_KEY: key, PUSHER_SECRET: secret } = env;
  if (id && key && secret) return { id, key, secret };
  const { appId, ...own } = MOCK_CREDENTIALS;
  return { id: appId, key: own.key, secret: own.secret };
}
