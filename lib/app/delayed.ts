/** What an app needs where something arrives later: loaded by the first that waits, which in `immediate` is none. */

import type { UnderWay } from "../base/under-way.js";
import type { Later } from "./later.js";

export { Backlog } from "./backlog.js";
export { Later } from "./later.js";

/** What of that which waits for a timer is on its way. Reconnects and deadlines are not: nothing has been sent. */
const ON_ITS_WAY = ["opening", "arrival", "sending", "leaving", "member", "answer"] as const;

/** What is on its way on the simulated network. */
export function waitingIn(later: Later): UnderWay[] {
  const found = new Map<string, UnderWay & { count: number; remaining: number }>();
  for (const { what, whom, name, remaining } of later.waiting()) {
    const kind = ON_ITS_WAY.find((known) => known === what);
    if (kind === undefined) continue;
    const key = `${kind} ${whom}`;
    const same = found.get(key);
    if (same === undefined) {
      found.set(key, { kind, count: 1, whom, name, remaining });
    } else {
      found.set(key, { ...same, count: same.count + 1, remaining });
    }
  }
  return [...found.values()];
}
