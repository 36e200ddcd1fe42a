/**
 * `file:line:column` of whoever called the outermost of these functions; `""` where that cannot be known. Looks at a few frames only.
 */
export function callSite(...entries: Array<(...args: never[]) => unknown>): string {
  const { stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 1;
    for (const entry of entries) {
      const holder: { stack?: unknown } = {};
      // Leaves out everything above the function, and all frames where it was not called.
      Error.captureStackTrace(holder, entry);
      const place = /^ +at (?:.*\()?(.+:\d+:\d+)\)?$/m.exec(String(holder.stack))?.[1];
      if (place !== undefined) return place.replace(/^file:\/\//, "");
    }
    return "";
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
