/**
 * A trace: what happened in an app during a test, as JSON lines. A header, who was there before, the journal's entries, at last what
 * the test has failed with. Pure text in and out, and safe in browsers: runners write it, the page and `pushrig replay` read it.
 */

import { show } from "../base/shown.js";
import { hidden, hiddenIn } from "./blanked.js";
import type { ClientState, Entry, Page } from "./entry.js";

const TRACE_VERSION = 1;

/** Characters of a payload that a trace keeps. */
const MOST_DATA = 2_048;

/** Which test a trace is of, and what ran it. All of it may be missing. */
export interface TraceOf {
  test?: string | undefined;
  file?: string | undefined;
  /** Of several in the runner's configuration, or of several browsers. */
  project?: string | undefined;
  runner?: string | undefined;
  /** Of the order of tests, or of whatever was random. */
  seed?: string | number | undefined;
  /** Of pushrig. */
  version?: string | undefined;
  /** The id of the app. */
  app?: string | undefined;
  /** Which further attempt it is, and which repetition. */
  retry?: number | undefined;
  repeat?: number | undefined;
}

export interface TraceOptions {
  /** Whether payloads are kept whole. Default: their first 2 KiB. */
  full?: boolean | undefined;
  /** What may stand nowhere: secrets of apps, tokens of gateways. Words of fewer than 8 characters are not looked for. */
  secrets?: readonly string[] | undefined;
}

/** The first line. */
export interface TraceHeader extends TraceOf {
  v: number;
  trace: "pushrig";
  /** When the trace began, as ISO 8601. */
  time?: string;
}

/** An entry as it stands in a trace. */
export interface TracedEntry extends Entry {
  /** There was more of the data: `bytes` in all. */
  cut?: true;
  /** Values under names like secrets were blanked in the data. */
  blanked?: true;
}

/** What stands before entries: who was there. A reset begins another. */
type Beginning = Pick<Page, "start" | "forgotten" | "date" | "base" | "before">;

/** A trace that was read. */
export interface Trace {
  header: TraceHeader;
  /** From one reset to the next, as `why()` takes it; at least one. */
  pages: Page[];
  /** The last of them. */
  page: Page;
  /** All of them, oldest first; also those from before a reset. */
  entries: TracedEntry[];
  /** What the test has failed with; undefined where it has not, or where that was never written. */
  failure: string | undefined;
  /** Whether the end was never written: the process has died, or the file was cut. */
  isCut: boolean;
}

/** What is no trace that can be read; the message is a sentence that says why, without whose it is. */
export class TraceError extends Error {}

/** Renders a trace line by line, for whoever appends to it. Each piece ends with a line break. */
export class TraceWriter {
  readonly #options: TraceOptions;
  readonly #of: TraceOf;
  #start = -1;
  #seen = -1;

  constructor(of: TraceOf, options: TraceOptions = {}) {
    this.#of = of;
    this.#options = options;
  }

  /** What a page has that was not written yet: at the first time with the header. Empty where there is nothing new. */
  more(page: Page): string {
    const lines: object[] = [];
    if (this.#start === -1) {
      lines.push({ v: TRACE_VERSION, trace: "pushrig", time: new Date(page.date).toISOString(), ...this.#of });
    }
    if (page.start !== this.#start) {
      const { start, forgotten, date, base, before } = page;
      lines.push({ page: { start, forgotten, date, base, before } satisfies Beginning });
      this.#start = start;
    }
    const entries = page.entries.filter(({ seq }) => seq > this.#seen);
    this.#seen = Math.max(this.#seen, page.last);
    return this.#text([...lines, ...entries.map((entry) => this.#entry(entry))]);
  }

  /** The last line. */
  end(page: Page | undefined, failure: string | undefined): string {
    const text = failure === undefined ? null : hiddenIn(failure, this.#secrets());
    return this.#text([{ failure: text, last: page?.last ?? this.#seen, taken: page?.taken ?? {} }]);
  }

  #text(lines: readonly object[]): string {
    const secrets = this.#secrets();
    return lines.map((line) => `${JSON.stringify(hidden(line, secrets))}\n`).join("");
  }

  #secrets(): readonly string[] {
    return this.#options.secrets ?? [];
  }

  #entry(entry: Entry): TracedEntry {
    const { data, ...rest } = entry;
    const traced: TracedEntry = { ...rest };
    for (const name of ["text", "to", "path"] as const) {
      if (traced[name] !== undefined) traced[name] = hiddenIn(traced[name], this.#secrets());
    }
    if (data === undefined) return traced;
    const shown = hiddenIn(data, this.#secrets());
    if (shown !== data) traced.blanked = true;
    const wasCut = entry.bytes !== undefined && sizeOf(data) < entry.bytes;
    if (wasCut || (this.#options.full !== true && sizeOf(shown) > MOST_DATA)) {
      traced.data = this.#options.full === true ? shown : beginning(shown);
      traced.cut = true;
      traced.bytes = Math.max(entry.bytes ?? 0, sizeOf(data));
    } else {
      traced.data = shown;
      // Who compares it with the data sees that nothing is missing.
      if (entry.bytes !== undefined) traced.bytes = sizeOf(shown);
    }
    return traced;
  }
}

/** A whole trace, of a page and what the test has failed with. */
export function traceOf(page: Page, of: TraceOf, failure?: string, options: TraceOptions = {}): string {
  const writer = new TraceWriter(of, options);
  return writer.more(page) + writer.end(page, failure);
}

/**
 * Reads a trace. The last line may be half: then it is read as far as it goes.
 *
 * @throws TraceError for what is none, or of another version
 */
export function readTrace(text: string): Trace {
  const reader = new TraceReader();
  reader.read(text);
  return reader.end();
}

/** Reads a trace in pieces, as they come from a file or over the wire. */
export class TraceReader {
  #trace: Trace | undefined;
  /** What has come of a line that may go on. */
  #rest = "";
  #line = 0;
  /** A line that is no JSON. If it is the last one, the trace was cut there; else it is damaged. */
  #half: { line: number; text: string; error: Error } | undefined;

  /** @throws TraceError for what is no trace, or of another version */
  read(piece: string): void {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#add(line);
  }

  /** What was read so far, once there was a first line. It grows. */
  get trace(): Trace | undefined {
    return this.#trace;
  }

  /** Nothing comes any more. */
  end(): Trace {
    this.#add(this.#rest);
    this.#rest = "";
    if (this.#trace === undefined) {
      if (this.#half === undefined) throw new TraceError("is empty, and no trace");
      throw noTrace(this.#half.text, true);
    }
    const { page } = this.#trace;
    page.last = Math.max(page.last, page.entries.at(-1)?.seq ?? 0);
    return this.#trace;
  }

  #add(text: string): void {
    this.#line += 1;
    if (text.trim() === "") return;
    const { line, error } = this.#half ?? {};
    if (line === 1) throw noTrace(this.#half?.text ?? "", false);
    if (line !== undefined) throw new TraceError(`is damaged: line ${line} is not JSON (${error?.message})`);
    let value: unknown;
    try {
      value = JSON.parse(this.#line === 1 ? text.replace(/^\ufeff/, "") : text);
    } catch (error) {
      this.#half = { line: this.#line, text, error: error as Error };
      return;
    }
    if (this.#trace !== undefined) add(this.#trace, value, this.#line);
    else if (this.#line > 1) throw noTrace("", false);
    else this.#trace = beginningWith(headerOf(value));
  }
}

function add(trace: Trace, value: unknown, line: number): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TraceError(`is damaged: line ${line} is ${show(value)}, and no object`);
  }
  const { page, entries } = trace;
  if ("failure" in value) {
    const { failure, last, taken } = value as { failure: unknown; last?: number; taken?: Record<string, number> };
    trace.failure = typeof failure === "string" ? failure : undefined;
    trace.isCut = false;
    if (typeof last === "number") page.last = last;
    page.taken = taken ?? {};
  } else if ("page" in value) {
    const { start = 0, forgotten = start, date = page.date, base, before } = Object(value.page) as Partial<Beginning>;
    trace.page = { ...emptyPage(), start, forgotten, last: start, date, base: states(base), before: states(before) };
    // One in which nothing has happened is nobody's.
    if (page.entries.length === 0) trace.pages.pop();
    trace.pages.push(trace.page);
  } else if (typeof (value as Entry).seq === "number" && typeof (value as Entry).kind === "string") {
    page.entries.push(value as TracedEntry);
    entries.push(value as TracedEntry);
  } else {
    throw new TraceError(`is damaged: line ${line} is no entry, with a seq and a kind`);
  }
}

function beginningWith(header: TraceHeader): Trace {
  const page = emptyPage();
  return { header, pages: [page], page, entries: [], failure: undefined, isCut: true };
}

function states(value: unknown): ClientState[] {
  return Array.isArray(value) ? (value as ClientState[]) : [];
}

function emptyPage(): Page {
  return { start: 0, forgotten: 0, last: 0, date: 0, base: [], before: [], taken: {}, entries: [] };
}

/** Of a first line that is no JSON. */
function noTrace(line: string, isAll: boolean): TraceError {
  return new TraceError(
    isAll && line.startsWith('{"v":')
      ? "is cut within its first line: nothing of the trace is left"
      : "is no trace: a trace begins with a line of JSON that says which test it is of",
  );
}

function headerOf(value: unknown): TraceHeader {
  const header = Object(value) as Partial<Record<string, unknown>>;
  if (typeof header.type === "string" && header.trace === undefined) {
    throw new TraceError(
      "is no trace, but what pushrig --json has printed. A trace is written by the plugins of Vitest and Jest, and by writeTrace()",
    );
  }
  if (header.trace !== "pushrig") {
    throw new TraceError(`is no trace: a trace begins with {"v":${TRACE_VERSION},"trace":"pushrig", …}`);
  }
  if (header.v !== TRACE_VERSION) {
    const by = typeof header.version === "string" ? ` pushrig ${header.version} has written it.` : "";
    throw new TraceError(
      `is a trace of version ${show(header.v)}, and this pushrig reads version ${TRACE_VERSION}.${by} Use the one that wrote it`,
    );
  }
  return header as unknown as TraceHeader;
}

/** Bytes of a text in UTF-8. Counted here, since a realm of jsdom has no TextEncoder. */
function sizeOf(text: string): number {
  let size = 0;
  for (const character of text) size += bytesOf(character);
  return size;
}

/** Of one character, which may be half of one: that becomes U+FFFD. */
function bytesOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
}

/** The first 2 KiB, without half a character at the end. */
function beginning(text: string): string {
  let size = 0;
  let end = 0;
  for (const character of text) {
    size += bytesOf(character);
    if (size > MOST_DATA) return text.slice(0, end);
    end += character.length;
  }
  return text;
}
