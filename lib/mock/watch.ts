/** Being told of what is new in an app. */

import type { Rig } from "../app/rig.js";

/** Calls back soon after there is something new, the end of the app included. Answers what ends it. */
export function watchApp(rig: Rig, again: () => void): () => void {
  const unwatch = rig.journal.watch(again);
  const forget = rig.onClosed(again);
  return () => {
    unwatch();
    forget();
  };
}
