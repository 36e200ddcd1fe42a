import { realTimers } from "../base/fakes.js";

/** On the machine's own clock. Keeps no process. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    realTimers.setTimeout(resolve, milliseconds).unref();
  });
}
