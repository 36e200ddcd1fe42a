/** The rig that the request means which is being answered: see base/request-app.ts. */

import { askedRequests, isClaim, keyClaimed } from "../base/request-app.js";
import { native } from "../native/addon.js";
import { knownRig, Rig } from "./rig.js";
import { scopeName } from "./scope.js";

/** Claims that hold, by their text. A worker of Playwright has one. */
const heard = new Map<string, number>();
const MOST_HEARD = 100;

/** Undefined where none is answered, it claims no app, or one that is not its own. */
export function requestRig(): Rig | undefined {
  const requests = askedRequests();
  const claim = requests?.storage.getStore()?.claim;
  if (requests === undefined || claim === undefined) {
    if (requests?.hasBeenHeard === true && !requests.hasSaid) {
      requests.hasSaid = true;
      console.warn(
        "pushrig: a server has acted outside of a request (a job, a timer), so on the default app. The test that runs sees an app of " +
          "its own: look at this one with pusher.standard, or run with one worker and use: { pushrig: { isolate: false } }.",
      );
    }
    return undefined;
  }
  const rig = rigClaimed(claim);
  if (rig !== undefined) requests.hasBeenHeard = true;
  return rig;
}

function rigClaimed(claim: string): Rig | undefined {
  const key = keyClaimed(claim);
  const number = key === "" ? 0 : native.findApp(scopeName(), key);
  if (number === 0) return undefined;
  const rig = knownRig(number) ?? new Rig(number);
  // Not to the default app, which takes any key.
  if (rig.anyCredentials || rig.app.key !== key) return undefined;
  if (heard.get(claim) === number) return rig;
  if (!isClaim(claim, key, rig.app.secret)) return undefined;
  if (heard.size >= MOST_HEARD) heard.clear();
  heard.set(claim, number);
  return rig;
}
