/** `pushrig replay FILE --to URL`: triggers again what was triggered in a trace. */

import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { REPLAY_HELP, type ReplayOptions, replayOptions } from "../options/replay-command.js";
import { UsageError } from "../options/command.js";
import { optionsAt } from "../options/server.js";
import { readTrace, type Trace, TraceError, type TracedEntry } from "../journal/trace.js";
import { MockPusherServer } from "../server/server.js";
import { clean } from "./text.js";

/** Pauses beyond this are not kept: somebody has sat at a breakpoint. Milliseconds of the trace. */
const LONGEST_PAUSE = 60_000;
/** Milliseconds until the target must have answered. */
const PATIENCE = 10_000;

/** Runs it; resolves to the exit code: 1 where the target is not there or refuses. Throws a UsageError for what it cannot read. */
export async function replayCommand(args: string[]): Promise<number> {
  const options = replayOptions(args);
  if (options === "help") {
    process.stdout.write(REPLAY_HELP);
    return 0;
  }
  const trace = read(options.file);
  if (trace.isCut) note("the trace has no end: it is played as far as it goes");
  const events = trace.entries.filter(({ kind }) => kind === "triggered" || kind === "client-event");
  if (events.length === 0) {
    note("nothing was triggered in this trace");
    return 0;
  }
  const server = serverOf(options);
  let sent = 0;
  let leftOut = 0;
  let latest: number | undefined;
  for (const entry of events) {
    const why = reasonAgainst(entry, options);
    if (why !== undefined) {
      note(`${called(entry)} is left out: ${why}`);
      leftOut += 1;
      continue;
    }
    await pause(Math.min(LONGEST_PAUSE, Math.max(0, entry.t - (latest ?? entry.t))) / options.speed);
    latest = entry.t;
    const problem = await trigger(server, entry, options.to);
    if (problem !== undefined) {
      note(`${problem}. ${sent} of ${events.length} events were sent`);
      return 1;
    }
    console.log(`  ${called(entry)}`);
    sent += 1;
  }
  const rest = leftOut === 0 ? "" : `, ${leftOut} left out`;
  console.log(`${sent} event${sent === 1 ? "" : "s"} sent to ${options.to.href}${rest}`);
  return sent === 0 ? 1 : 0;
}

function read(file: string): Trace {
  const name = file === "-" ? "standard input" : file;
  let text: string;
  try {
    text = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read ${name} (${(error as NodeJS.ErrnoException).code}): give the path of a trace`);
  }
  try {
    return readTrace(text);
  } catch (error) {
    if (error instanceof TraceError) throw new UsageError(`${name} ${error.message}`);
    throw error;
  }
}

function serverOf({ to, app }: ReplayOptions): MockPusherServer {
  const { id: appId, key, secret } = app;
  return new MockPusherServer({ ...optionsAt(to), appId, key, secret, timeout: PATIENCE });
}

/** Why an event cannot be sent again as it was. */
function reasonAgainst({ kind, data, bytes, cut, blanked }: TracedEntry, { force }: ReplayOptions): string | undefined {
  if (kind === "client-event") return "it came from a client, and only clients can send it";
  if (data === undefined) return "the trace does not have its data";
  if (force) return undefined;
  if (cut)
    return `the trace has only the beginning of its data (${bytes} bytes). Write it whole with full, or send it so with --force`;
  if (blanked) return "values in its data were blanked. Send it so with --force";
  return undefined;
}

/** What went wrong; undefined when it was accepted. */
async function trigger(server: MockPusherServer, entry: TracedEntry, to: URL): Promise<string | undefined> {
  const { channel, event, data } = entry;
  try {
    // As text that was encoded once: trigger() would do it a second time.
    await server.post({ path: "/events", body: { name: event, data, channel } });
    return undefined;
  } catch (error) {
    const { status, body, message } = error as { status?: number; body?: string; message: string };
    if (status === undefined) {
      // The address in it is signed.
      const reason = String((error as { error?: Error }).error?.message ?? message).replace(/^.*reason: /s, "");
      return `nobody answers at ${to.href} (${clean(reason)}): start a gateway with npx pushrig, or give another --to`;
    }
    return `${to.href} refuses ${called(entry)}: ${status} ${clean(body ?? message).trim()}`;
  }
}

function called({ seq, event, channel }: TracedEntry): string {
  return clean(`#${seq} ${event} on ${channel}`);
}

function note(text: string): void {
  console.error(`pushrig: ${text}`);
}
