/** Where a test has called: what an error is placed at that comes later, out of other code. */

/** Frames of the caller's stack: its line, and a few more where a helper of the test has called. */
const FRAMES = 5;

export interface CallPlace {
  /** Where the test has called, `file:line:column`; `""` where that cannot be known. */
  readonly line: string;
  readonly frames: string;
}

/** Reads the stack only when somebody asks: to write it down takes longer than to take it. */
export function placeOf(entry: (...args: never[]) => unknown): CallPlace {
  const { stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = FRAMES;
    Error.captureStackTrace(holder, entry);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return {
    get frames() {
      return String(holder.stack).split("\n").slice(1).join("\n");
    },
    get line() {
      const place = /^ +at (?:.*\()?(.+:\d+:\d+)\)?$/m.exec(this.frames)?.[1] ?? "";
      const path = place.replace(/^file:\/\//, "");
      const folder = `${process.cwd()}/`;
      return path.startsWith(folder) ? path.slice(folder.length) : path;
    },
  };
}

/** The error as if it had been thrown where the test has called. */
export function placed(error: Error, { frames }: CallPlace): Error {
  if (frames !== "") error.stack = `${error.name}: ${error.message}\n${frames}`;
  return error;
}
