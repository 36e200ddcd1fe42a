/**
 * React warns of updates outside of `act` where Testing Library has said that tests wrap in it. Whatever a waiter waits for comes
 * by itself, so until then it is as Testing Library's own `waitFor` has it: no warning, and what React has to render is rendered.
 */

import { realTimers } from "./fakes.js";

interface Realm {
  IS_REACT_ACT_ENVIRONMENT?: boolean;
  document?: unknown;
}

/** Who waits at the moment. */
let waiting = 0;

/** Leaves it. Answers what comes back to it once React has rendered; undefined where there is no page that it could render. */
export function leaveAct(): (() => Promise<void>) | undefined {
  const realm = globalThis as Realm;
  const isInAct = waiting > 0 || realm.IS_REACT_ACT_ENVIRONMENT === true;
  // Without isolation Testing Library has said so in the first test file only.
  if (!isInAct) return realm.document === undefined ? undefined : rendered;
  waiting += 1;
  realm.IS_REACT_ACT_ENVIRONMENT = false;
  return async () => {
    await rendered();
    waiting -= 1;
    if (waiting === 0) realm.IS_REACT_ACT_ENVIRONMENT = true;
  };
}

/**
 * React's scheduler renders on a later turn, and runs effects on the one after it. It begins behind the first of these: on a page without
 * setImmediate and MessageChannel, as under Jest's jsdom, its turns are timers too, and elsewhere a long one makes a timer overtake.
 */
async function rendered(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => realTimers.setTimeout(resolve, 0));
}
