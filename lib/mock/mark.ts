/** `mark()`: a place in the journal, behind which something counts. */

import type { Rig } from "../app/rig.js";
import type { Mark } from "../journal/question.js";

/** The place behind all that has happened so far. */
export function markIn(rig: Rig): Mark {
  rig.requireOpen();
  return Object.freeze({ seq: rig.journal.seq, app: rig.appId });
}
