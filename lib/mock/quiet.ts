/** `idle()` as a test calls it. */

import { idle } from "../app/idle.js";
import type { Rig } from "../app/rig.js";
import { refused } from "../app/waiter.js";
import type { WaitOptions } from "../journal/subject.js";

/** @param entry what the test has called */
export function waitForQuiet(rig: Rig, options: WaitOptions, entry: (...args: never[]) => unknown): Promise<void> {
  try {
    rig.requireOpen();
    return idle(rig, options, entry);
  } catch (error) {
    return refused("idle()", error, entry, rig.owner);
  }
}
