/** Where in the application a call comes from. */

import { inItsSource, type Look, rememberPlace } from "./places.js";

interface Frame {
  getFileName(): string | null | undefined;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
  /** The place in the script, which costs less than line and column. */
  getPosition(): number;
}

/** Frames that are looked at: those of this package, of libraries between it and the application, and the application's. */
const DEPTH = 30;
/** The application's is among so many most of the time, and each costs. */
const NEAR = 8;
/** Files and lines that are remembered. Beyond them all are asked about anew. */
const MAX_REMEMBERED = 10_000;

interface SourceFile {
  isOfApplication: boolean;
  /** As the engine says them, by their positions. */
  lines: Map<number, string>;
}

const files = new Map<string, SourceFile>();
let remembered = 0;

/** One of this package's, which the application calls. */
export type OwnMethod = (...args: never[]) => unknown;

/** Among how many frames below each of them the application's was until now. */
const near = new Map<OwnMethod, number>();

/**
 * The application's line that has called: `src/chat.ts:12:5`, as source maps say it; `""` where only this package, libraries and
 * Node are on the stack.
 *
 * @param by the method that the application has called, where that is the one that asks
 */
export function sourceLine(by: OwnMethod = sourceLine): string {
  return shownLine(callingLine(by));
}

/**
 * The same as the engine says it, which costs a look at the stack: to read source maps takes milliseconds, so only who shows it asks for more.
 *
 * Each frame from here to the application's costs most of a microsecond, also those that are left out. So what many call asks here itself.
 */
export function callingLine(by: OwnMethod = callingLine): string {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  let frames: readonly Frame[];
  try {
    Error.stackTraceLimit = near.get(by) ?? 1;
    Error.prepareStackTrace = asFrames;
    Error.captureStackTrace(holder, by);
    frames = Array.isArray(holder.stack) ? holder.stack : [];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
  return lineAmong(frames, by) ?? lineWithin(DEPTH, by) ?? "";
}

/** What `callingLine` has answered as it is in its source, from the folder of this process. */
export function shownLine(line: string): string {
  const path = inItsSource(line).replace(/\?[^:]*(?=:\d+:\d+$)/, "");
  const folder = `${process.cwd()}/`;
  return path.startsWith(folder) ? path.slice(folder.length) : path;
}

/** The same, looked for among more frames. */
function lineWithin(depth: number, by: OwnMethod): string | undefined {
  const line = lineAmong(framesBelow(by, depth), by, depth);
  // Below a method that nobody has called there is nothing.
  return line === undefined && by !== callingLine ? lineWithin(depth, callingLine) : line;
}

/** Undefined where none of the frames is the application's. */
function lineAmong(frames: readonly Frame[], by: OwnMethod, depth?: number): string | undefined {
  for (let at = 0; at < frames.length; at += 1) {
    const frame = frames[at];
    const file = frame.getFileName();
    const known = file ? knownOf(file) : undefined;
    if (!known?.isOfApplication) continue;
    if (depth !== undefined && at < NEAR) near.set(by, at + 1);
    const position = frame.getPosition();
    let line = known.lines.get(position);
    if (line === undefined) {
      line = `${file}:${frame.getLineNumber()}:${frame.getColumnNumber()}`;
      makeRoom();
      rememberPlace(line, () => lookAt(at, by), at);
      known.lines.set(position, line);
    }
    return line;
  }
  return undefined;
}

function knownOf(file: string): SourceFile {
  const known = files.get(file);
  if (known !== undefined) return known;
  const found = { isOfApplication: isOfApplication(file), lines: new Map<number, string>() };
  makeRoom();
  files.set(file, found);
  return found;
}

/** For one more. */
function makeRoom(): void {
  if (remembered >= MAX_REMEMBERED) {
    files.clear();
    remembered = 0;
  }
  remembered += 1;
}

const asFrames = (_error: Error, sites: NodeJS.CallSite[]): NodeJS.CallSite[] => sites;

/** At most so many frames, that of the method's caller first. */
function framesBelow(by: OwnMethod | undefined, depth: number): readonly Frame[] {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = depth;
    Error.prepareStackTrace = asFrames;
    Error.captureStackTrace(holder, by);
    return Array.isArray(holder.stack) ? (holder.stack as Frame[]) : [];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
}

/** Where this package's own code is, as the engine says it. */
let own: string | undefined;

function isOfApplication(file: string): boolean {
  // This function's own frame is the first.
  own ??= /^.*[\\/](?:dist|lib)[\\/]/.exec(framesBelow(undefined, 1)[0]?.getFileName() ?? "")?.[0] ?? "\0";
  return !file.startsWith("node:") && !file.startsWith(own) && !/[\\/]node_modules[\\/]/.test(file);
}

/** Begins with the same frame as the other look. */
function lookAt(at: number, by: OwnMethod): Look {
  const { stackTraceLimit } = Error;
  const look: Look = {};
  try {
    Error.stackTraceLimit = at + 1;
    Error.captureStackTrace(look, by);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return look;
}
