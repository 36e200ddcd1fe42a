/** Where in the application a call comes from. */

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
  /** By their positions. */
  lines: Map<number, string>;
}

const files = new Map<string, SourceFile>();
let remembered = 0;
/** Among how many frames the application's was until now. */
let near = 1;

/**
 * The application's line that has called: `src/chat.ts:12:5`, as source maps say it; `""` where only this package, libraries and
 * Node are on the stack. It costs a look at the stack; where a line is in its source is asked once.
 */
export function sourceLine(): string {
  return lineWithin(near) ?? lineWithin(DEPTH) ?? "";
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
  for (let at = 0; at < frames.length; at += 1) {
    const frame = frames[at] as Frame;
    const file = frame.getFileName();
    const known = file ? knownOf(file) : undefined;
    if (!known?.isOfApplication) continue;
    if (at < NEAR) near = Math.max(near, at + 1);
    const position = frame.getPosition();
    let line = known.lines.get(position);
    if (line === undefined) {
      line = relative(mapped(at) ?? `${file}:${frame.getLineNumber()}:${frame.getColumnNumber()}`);
      makeRoom();
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

/** Where this package's own code is, as the engine says it. */
let own: string | undefined;

function isOfApplication(file: string): boolean {
  return !file.startsWith("node:") && !file.startsWith(own as string) && !/[\\/]node_modules[\\/]/.test(file);
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
