/** Commands that ask a gateway: which one, what they print, and what their exit codes say. */

import type { ControlOptions, Since } from "../options/control-command.js";
import { UsageError } from "../options/command.js";
import type { Mark } from "../journal/question.js";
import { gatewayToAsk } from "../remote/which-gateway.js";
import { Remote } from "../remote/remote.js";
import { RemoteError, type RemoteErrorCode } from "../remote/remote-error.js";
import type { Paint } from "./lines.js";
import { standardOutput } from "./output.js";
import { paintFor } from "./terminal.js";
import { cleanJson, cleanLines } from "./text.js";

/** Besides 0, which is that it is done or so, and 2, for a command line that cannot be carried out. */
export const NOT_SO = 1;
const NO_GATEWAY = 3;

/** What the gateway says of what was asked, and not of itself. */
const CODES: Partial<Record<RemoteErrorCode, number>> = {
  "not-met": NOT_SO,
  "cannot-come-true": NOT_SO,
  rejected: NOT_SO,
  conflict: NOT_SO,
  "bad-request": 2,
  "too-large": 2,
  "unknown-app": 2,
};

/** Where a command prints. */
export class Screen {
  readonly paint: Paint;
  readonly isTerminal: boolean;
  readonly #stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream = standardOutput()) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    this.paint = paintFor(stream);
  }

  /** Columns of a line; of a file or a pipe they have no end. */
  get width(): number {
    return this.isTerminal ? this.#stream.columns || 120 : Infinity;
  }

  /** Resolves once whoever reads has room for more. */
  async write(line: string): Promise<void> {
    if (!this.#stream.write(`${line}\n`)) await new Promise((resolve) => this.#stream.once("drain", resolve));
  }

  /** One line of JSON, of version 1. */
  writeJson(value: object): Promise<void> {
    return this.write(cleanJson(JSON.stringify({ v: 1, ...value })));
  }
}

/** Asks; answers the exit code. */
export type Ask<Options> = (remote: Remote, options: Options, screen: Screen) => Promise<number>;

/** The command that reads its command line with `read`, and asks; `changing` is its name where that changes something at the gateway. */
export function controlCommand<Options extends ControlOptions>(
  read: (args: string[]) => Options | "help",
  help: string,
  ask: Ask<Options>,
  changing?: string,
): (args: string[]) => Promise<number> {
  return async (args) => {
    const screen = new Screen();
    let options: Options | "help";
    try {
      options = read(args);
    } catch (error) {
      if (!(error instanceof UsageError) || !args.includes("--json")) throw error;
      await screen.writeJson({ error: { code: "bad-request", message: `pushrig: ${error.message}` } });
      return 2;
    }
    if (options === "help") {
      process.stdout.write(help);
      return 0;
    }
    try {
      const { url, token, note } = await gatewayToAsk(options, { changing });
      if (note !== undefined) console.error(cleanLines(note));
      return await ask(new Remote(url, { token, app: options.app }), options, screen);
    } catch (error) {
      return await failed(remoteErrorOf(error), options, screen);
    }
  };
}

/** What is wrong with what is asked is said before the gateway hears of it, and counts as if that had said it. */
function remoteErrorOf(error: unknown): RemoteError {
  if (error instanceof RemoteError) return error;
  const { message } = Object(error) as { message?: unknown };
  if (typeof message === "string" && message.startsWith("pushrig: ")) return new RemoteError("bad-request", message);
  throw error;
}

async function failed({ code, message }: RemoteError, { json }: ControlOptions, screen: Screen): Promise<number> {
  const exitCode = CODES[code] ?? NO_GATEWAY;
  if (json) await screen.writeJson({ error: { code, message } });
  else if (exitCode === 2) throw new UsageError(cleanLines(message.replace(/^pushrig: /, "")));
  else console.error(cleanLines(message));
  return exitCode;
}

/** A place in the journal. By its number alone it is of the app that is asked. */
export async function markAt(remote: Remote, since: Since | undefined): Promise<Mark | undefined> {
  return since && { ...(await remote.mark()), ...since };
}
