/** Which gateways listen for an app on this thread. What a gateway is made of is loaded by the first one: most tests have none. */

import type { Rig } from "../app/rig.js";
import { threadState } from "../delivery/thread.js";
import type { ListenOptions } from "../options/listen.js";
import type { ControlMaker } from "./control.js";
import type * as Gateways from "./gateway.js";

let makeControl: ControlMaker | undefined;

/** Says what answers the control routes of gateways that are opened from now on: it stands above this room. */
export function answerControlWith(make: ControlMaker): void {
  makeControl = make;
}

/** As `listenOn` of gateway.ts. */
export async function listenOn(rig: Rig, options?: ListenOptions): Promise<Gateways.Gateway> {
  const gateways = require("./gateway.js") as typeof Gateways;
  return gateways.listenOn(rig, options, makeControl);
}

/** The gateway that a rig's app has opened last on this thread, of those that listen. */
export function runningOn(rig: Rig): Gateways.Gateway | undefined {
  return threadState()
    .gateways.get(rig.appId)
    ?.findLast((gateway) => !gateway.isClosed) as Gateways.Gateway | undefined;
}

/** Closes what a rig's app has opened on this thread: clients that come to a closed app are refused for ever. */
export function closeAllOf(rig: Rig): void {
  for (const gateway of threadState().gateways.get(rig.appId) ?? []) void gateway.close({ code: 4001 });
}
