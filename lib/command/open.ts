/** `pushrig open FILE`: a trace on the page, without a gateway. */

import type { Server } from "node:http";
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { type Trace, TraceError, type TraceHeader, TraceReader } from "../journal/trace.js";
import { UsageError } from "../options/command.js";
import { OPEN_HELP, type OpenOptions, openOptions } from "../options/open-command.js";
import { openBrowser } from "./browser.js";
import { many } from "./count.js";
import { standardOutput } from "./output.js";
import { stopSignal } from "./signals.js";
import { type Terminal, terminal } from "./terminal.js";
import { clean } from "./text.js";
import { fileSource, serveTrace, type TraceSource, unreadable } from "./trace-page.js";

/** Lines of a failure that are printed. */
const MOST_LINES = 12;

/** Serves the page until a signal ends it. Resolves to the exit code. Throws a UsageError for what is no trace. */
export async function openCommand(args: string[]): Promise<number> {
  const options = openOptions(args);
  if (options === "help") {
    process.stdout.write(OPEN_HELP);
    return 0;
  }
  const source = sourceOf(options);
  const screen = terminal(standardOutput());
  const reader = new TraceReader();
  const reading = read(source, reader);
  const { value: header } = await reading.next();
  const ended = stopSignal();
  const { url, server } = await listening(source, options.port);
  tell(screen, url, source, header as TraceHeader);
  if (options.browser) openBrowser(url);
  void reading.next().then(({ value }) => tellRest(screen, reader.trace, value as string | undefined));
  await ended;
  server.close();
  server.closeAllConnections();
  return 0;
}

function sourceOf({ file }: OpenOptions): TraceSource {
  if (file !== "-") return fileSource(file);
  const text = readFileSync(0);
  return { name: "standard input", open: () => Readable.from([text], { objectMode: false }) };
}

/**
 * Reads a trace: yields its header, and returns what is wrong with the rest, if that is so. In pieces, so that the page is served
 * meanwhile. Throws a UsageError where there is no header.
 */
async function* read(source: TraceSource, reader: TraceReader): AsyncGenerator<TraceHeader, string | undefined> {
  let isBegun = false;
  let problem: unknown;
  try {
    for await (const piece of source.open().setEncoding("utf8") as AsyncIterable<string>) {
      reader.read(piece);
      if (reader.trace === undefined) continue;
      if (!isBegun) yield reader.trace.header;
      isBegun = true;
      await turn();
    }
    if (!reader.end().isCut) return undefined;
    problem = new TraceError("has no end: its process has died, or the file was cut. It is shown as far as it goes");
  } catch (error) {
    problem = error;
  }
  const sentence =
    problem instanceof TraceError ? `${source.name} ${problem.message}` : unreadable(source.name, problem);
  if (reader.trace === undefined) throw new UsageError(sentence);
  if (!isBegun) yield reader.trace.header;
  return sentence;
}

async function listening(source: TraceSource, port: number): Promise<{ url: string; server: Server }> {
  try {
    return await serveTrace(source, port);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "EADDRINUSE" ? "is taken by another program" : `cannot be listened to (${message})`;
    throw new UsageError(`port ${port} ${reason}: leave --port out, and any free one is taken`);
  }
}

function tell({ paint, link, write }: Terminal, url: string, { name }: TraceSource, { test, file }: TraceHeader): void {
  const of = [test, file].flatMap((text) => (typeof text === "string" ? clean(text) : []));
  write("");
  write(`  ${paint("bold", "pushrig")} ${paint("dim", "· a trace")}`);
  write("");
  write(`  ${paint("dim", "trace     ")}${clean(name)}`);
  if (of.length > 0) write(`  ${paint("dim", "test      ")}${of.join(" · ")}`);
  write(`  ${paint("dim", "page      ")}${link(paint("cyan", url), url)}`);
  write("");
  write(paint("dim", "  Ctrl-C ends it."));
  write("");
}

/** What is known once all of it was read. */
function tellRest({ paint, write }: Terminal, trace: Trace | undefined, problem: string | undefined): void {
  if (trace === undefined) return;
  write(`  ${many(trace.entries.length, "entry")}`);
  if (problem !== undefined) write(`  ${paint("yellow", "!")} ${clean(problem)}`);
  const lines = trace.failure?.split("\n") ?? [];
  for (const line of lines.slice(0, MOST_LINES)) write(`  ${paint("red", clean(line))}`);
  if (lines.length > MOST_LINES) write(paint("dim", `  … ${many(lines.length - MOST_LINES, "more line")}`));
}
