/** Where in the application a call comes from. */

interface Frame {
  getFileName(): string | null | undefined;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
}

/** Frames that are looked at: those of this package, of libraries between it and the application, and the application's. */
const DEPTH = 30;
/** The application's is among so many most of the time, and each costs. */
const NEAR = 8;
/** Lines that are remembered. Beyond them all are asked about anew. */
const MAX_LINES = 10_000;

/** By where the engine sees the line. */
const lines = new Map<string, string>();

/**
 * The application's line that has called: `src/chat.ts:12:5`, as source maps say it; `""` where only this package, libraries and
 * Node are on the stack. It costs a look at the stack; where a line is in its source is asked once.
 */
export function sourceLine(): string {
  return lineWithin(NEAR) ?? lineWithin(DEPTH) ?? "";
}

/** Undefined where none of so many frames is the application's. */
function lineWithin(depth: number): string | undefined {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  let frames: readonly Frame[];
  try {
    Error.stackTraceLimit = depth;
    Error.prepareStackTrace = asFrames;
    Error.captureStackTrace(holder, sourceLine);
    frames = holder.stack as readonly Frame[];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
  if (!Array.isArray(frames)) return undefined;
  own ??= /^.*[\\/](?:dist|lib)[\\/]/.exec(frames[0]?.getFileName() ?? "")?.[0] ?? "\0";
  const at = frames.findIndex((frame) => isOfApplication(frame.getFileName()));
  if (at === -1) return undefined;
  const frame = frames[at] as Frame;
  const key = `${frame.getFileName()}:${frame.getLineNumber()}:${frame.getColumnNumber()}`;
  let line = lines.get(key);
  if (line === undefined) {
    line = relative(mapped(at) ?? key);
    if (lines.size >= MAX_LINES) lines.clear();
    lines.set(key, line);
  }
  return line;
}

const asFrames = (_error: Error, sites: NodeJS.CallSite[]): NodeJS.CallSite[] => sites;

/** Where this package's own code is, as the engine says it. */
let own: string | undefined;

function isOfApplication(file: string | null | undefined): boolean {
  return (
    file !== null &&
    file !== undefined &&
    file !== "" &&
    !file.startsWith("node:") &&
    !file.startsWith(own as string) &&
    !/[\\/]node_modules[\\/]/.test(file)
  );
}

/** What the realm's own way of showing stacks makes of this frame: it knows the source maps. Called by `sourceLine` only. */
function mapped(at: number): string | undefined {
  const { stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = DEPTH;
    const holder: { stack?: unknown } = {};
    // Begins with the same frame as the other look.
    Error.captureStackTrace(holder, sourceLine);
    const shown = String(holder.stack).match(/^ +at .+$/gm)?.[at] ?? "";
    const place = / \((.+:\d+:\d+)\)$/.exec(shown) ?? /^ +at (?:async )?(.+:\d+:\d+)$/.exec(shown);
    return place?.[1];
  } catch {
    // Somebody's own way of showing stacks.
    return undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function relative(place: string): string {
  const path = place.replace(/^file:\/\//, "").replace(/\?[^:]*(?=:\d+:\d+$)/, "");
  const folder = `${process.cwd()}/`;
  return path.startsWith(folder) ? path.slice(folder.length) : path;
}
