/** Where the application has made something. */

import { type Look, rememberPlace } from "./places.js";

interface Frame {
  getFileName(): string | null | undefined;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
}

/**
 * `file:line:column` of whoever called the outermost of these functions, as the engine says it (places.ts); `""` where that cannot be known. Looks at a
 * few frames only.
 */
export function callSite(...entries: Array<(...args: never[]) => unknown>): string {
  const { stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 1;
    for (const entry of entries) {
      const place = placeOf(look(entry));
      if (place === "") continue;
      rememberPlace(place, () => look(entry));
      return place;
    }
    return "";
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
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
