/** The app that the request means which is being answered, in this process or where it is attached: see base/request-app.ts. */

import type { Attachment } from "../base/attachment.js";
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

/** The same for a process that is attached: the app is at the gateway of another one. */
export function requestThere(there: Attachment): Attachment | undefined {
  const requests = askedRequests();
  const claim = requests?.storage.getStore()?.claim;
  if (requests === undefined || claim === undefined) return undefined;
  const app = there.added?.find(({ key }) => key === keyClaimed(claim));
  if (app === undefined || !isClaim(claim, app.key, app.secret)) return undefined;
  requests.hasBeenHeard = true;
  const { token, whose, by } = there;
  return {
    url: app.url,
    token,
    whose,
    by,
    apps: [app],
    isClaimed: true,
    takesAnyKey: false,
    ready: () => there.ready(),
    introduce: () => Promise.resolve(),
    receive: (to, options) => there.receive(to, options),
  };
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
