/** Whether a process attaches by itself, as the environment says it. */

import { show } from "../base/shown.js";

const ON: ReadonlySet<string> = new Set(["1", "true", "yes", "on"]);
const OFF: ReadonlySet<string> = new Set(["", "0", "false", "no", "off"]);

/**
 * `PUSHRIG_ATTACH`: in whatever case it is written, and off where it is not set.
 *
 * @throws RangeError for what says neither
 */
export function attachFromEnvironment(): boolean {
  const { PUSHRIG_ATTACH = "" } = process.env;
  const text = PUSHRIG_ATTACH.trim().toLowerCase();
  if (ON.has(text)) return true;
  if (OFF.has(text)) return false;
  throw new RangeError(
    `pushrig: PUSHRIG_ATTACH must be 1 (this process uses the gateway of its project) or 0 (it stays by itself), not ${show(PUSHRIG_ATTACH)}`,
  );
}
