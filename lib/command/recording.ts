/** Events that were recorded: the lines of `pushrig --json` and of traces. */

import { readFileSync } from "node:fs";
import { show } from "../base/shown.js";
import { UsageError } from "../options/command.js";

/** What somebody sent, or somebody was. */
export interface Sample {
  channel: string;
  /** Absent for a member of a presence channel. */
  event?: string;
  /** As a subscriber gets it; a member's `user_info`. Absent if not all of it was recorded. */
  value?: { of: unknown };
}

/** What is read of a line. Those of the command have a `type`, entries of the journal a `kind`. */
interface Line {
  v?: unknown;
  type?: unknown;
  kind?: unknown;
  failure?: unknown;
  page?: unknown;
  channel?: unknown;
  event?: unknown;
  data?: unknown;
  bytes?: unknown;
}

const VERSION = 1;
const EVENTS: ReadonlySet<unknown> = new Set(["published", "unheard", "triggered", "client-event"]);
const MEMBER = "member-added";

/** Reads a recording; `-` is standard input. Throws a UsageError that names the line that is none. */
export function readRecording(file: string): Sample[] {
  const name = file === "-" ? "standard input" : file;
  const lines = text(file, name).split("\n");
  return lines.flatMap((content, index) => {
    if (content.trim() === "") return [];
    const where = `${name}:${index + 1}`;
    const line = parsed(content, where, index === lines.length - 1 && index > 0);
    return line === undefined ? [] : sample(line, where);
  });
}

function text(file: string, name: string): string {
  try {
    const bytes = readFileSync(file === "-" ? 0 : file);
    // As Windows PowerShell writes what is redirected.
    const isWide = bytes[0] === 0xff && bytes[1] === 0xfe;
    return bytes.toString(isWide ? "utf16le" : "utf8").replace(/^\ufeff/, "");
  } catch (error) {
    throw new UsageError(
      `cannot read ${name} (${(error as NodeJS.ErrnoException).code}): give a file that was recorded with pushrig --json > traffic.jsonl`,
    );
  }
}

/** A line of JSON. What was cut off while it was written, at the end of the file, is undefined. */
function parsed(content: string, where: string, isLast: boolean): Line | undefined {
  let line: unknown;
  try {
    line = JSON.parse(content);
  } catch (error) {
    if (isLast) return undefined;
    throw new UsageError(`${where} is not JSON: ${(error as Error).message}. ${EXPECTED}`);
  }
  if (typeof line === "object" && line !== null && !Array.isArray(line)) return line as Line;
  throw new UsageError(`${where} is ${show(line)}, and no object. ${EXPECTED}`);
}

const EXPECTED = "Each line is one that pushrig --json has printed, or of a trace";

function sample(line: Line, where: string): Sample[] {
  const { v = VERSION, type, kind, channel, event } = line;
  if (v !== VERSION) {
    throw new UsageError(
      `${where} is of version ${show(v)}, and this pushrig reads version ${VERSION}: use the one that recorded it`,
    );
  }
  const what = type ?? kind;
  if (typeof what !== "string") {
    // How a trace begins and ends.
    if (line.v !== undefined || line.page !== undefined || line.failure !== undefined) return [];
    throw new UsageError(`${where} has neither a type nor a kind. ${EXPECTED}`);
  }
  if (what === MEMBER) return typeof channel === "string" && "data" in line ? [{ channel, ...value(line) }] : [];
  if (!EVENTS.has(what)) return [];
  if (typeof channel === "string" && typeof event === "string") return [{ channel, event, ...value(line) }];
  throw new UsageError(`${where} tells of an event without its channel or its name. ${EXPECTED}`);
}

function value({ data, bytes }: Line): Pick<Sample, "value"> {
  if (typeof data !== "string") return {};
  if (typeof bytes === "number" && Buffer.byteLength(data) < bytes) return {};
  try {
    return { value: { of: JSON.parse(data) } };
  } catch {
    // What is no JSON arrives as the text that it is.
    return { value: { of: data } };
  }
}
