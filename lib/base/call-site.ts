/** Where the application has made something. */

interface Frame {
  getFileName(): string | null | undefined;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
}

/** A look at the stack, whose text is made when it is read. */
interface Look {
  stack?: unknown;
}

/** Looks that are remembered; beyond it they are forgotten. */
const MAX_LOOKS = 1000;

const KEY = Symbol.for("pushrig.call-sites");

/** By what the engine says of the place. Of all copies in this realm: any may be asked about the place of another's. */
const looks = ((globalThis as { [KEY]?: Map<string, Look> })[KEY] ??= new Map<string, Look>());

/**
 * `file:line:column` of whoever called the outermost of these functions, as the engine says it; `""` where that cannot be known. Looks at a
 * few frames only.
 */
export function callSite(...entries: Array<(...args: never[]) => unknown>): string {
  const { stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 1;
    for (const entry of entries) {
      const place = placeOf(look(entry));
      if (place === "") continue;
      if (looks.size >= MAX_LOOKS) looks.clear();
      if (!looks.has(place)) looks.set(place, look(entry));
      return place;
    }
    return "";
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The same place in its source, as far as this realm knows. To read source maps for it takes milliseconds, so only who shows it asks. */
export function inItsSource(place: string): string {
  const shown = /^ +at (?:.*\()?(.+:\d+:\d+)\)?$/m.exec(String(looks.get(place)?.stack))?.[1] ?? place;
  return shown.replace(/^file:\/\//, "");
}

/** Leaves out everything above the function, and all frames where it was not called. */
function look(entry: (...args: never[]) => unknown): Look {
  const holder: Look = {};
  Error.captureStackTrace(holder, entry);
  return holder;
}

function placeOf(one: Look): string {
  const { prepareStackTrace } = Error;
  try {
    Error.prepareStackTrace = asFrames;
    const [frame] = Array.isArray(one.stack) ? (one.stack as Frame[]) : [];
    const file = frame?.getFileName();
    return file ? `${file}:${frame.getLineNumber()}:${frame.getColumnNumber()}` : "";
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
}

const asFrames = (_error: Error, sites: NodeJS.CallSite[]): NodeJS.CallSite[] => sites;
