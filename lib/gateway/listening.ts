/** Which gateways listen for an app on this thread. What a gateway is made of is loaded by the first one: most tests have none. */

import { attachWith, isAlone } from "../app/elsewhere.js";
import { lookForOthers } from "../base/attachment.js";
import type { Rig } from "../app/rig.js";
import { isDefaultRig } from "../app/rigs.js";
import { threadState } from "../delivery/thread.js";
import { gatewayAddress } from "../options/gateway-address.js";
import type { ListenOptions } from "../options/listen.js";
import type * as Attaching from "./attaching.js";
import type { ControlMaker } from "./control.js";
import type * as Gateways from "./gateway.js";
import type * as Neighbours from "./neighbours.js";
import type { OpenGateway } from "./open-gateway.js";

let makeControl: ControlMaker | undefined;

/** Says what answers the control routes of gateways that are opened from now on: it stands above this room. */
export function answerControlWith(make: ControlMaker): void {
  makeControl = make;
}

/** As `openOn` of gateway.ts; with the option `attach` maybe at the gateway of another process. */
export async function listenOn(rig: Rig, options: ListenOptions = {}): Promise<OpenGateway> {
  const isAttaching = typeof options === "object" && options !== null && options.attach === true;
  if (!isAttaching) return listenHere(rig, options);
  if (!isDefaultRig(rig)) {
    throw new TypeError(
      "pushrig: attach is for the default app, which processes have in common; that of createMockPusher() is this process's alone",
    );
  }
  return meetOn(rig, { options, by: "listen({ attach: true })" });
}

/** In this process. */
export async function listenHere(rig: Rig, options?: ListenOptions): Promise<Gateways.Gateway> {
  const gateways = require("./gateway.js") as typeof Gateways;
  return gateways.openOn(rig, options, { makeControl });
}

/** In this process, or at the gateway of another one. */
export function meetOn(rig: Rig, wish: Omit<Attaching.Wish, "makeControl">): Promise<Attaching.Meeting> {
  return attaching().meet(rig, { ...wish, makeControl });
}

function attaching(): typeof Attaching {
  return require("./attaching.js") as typeof Attaching;
}

/** Attaches this process by itself, where its environment says so. */
export function attachByEnvironment(): void {
  // A process that is alone loads little for it: its connection is refused.
  lookForOthers({
    isWanted: () => !isAlone(),
    look: async () => ((await neighbours().isSomebodyThere()) ? attaching().otherGateway() : undefined),
    lookNow: () => (neighbours().isSomebodyWrittenDown() ? attaching().otherGatewayNow() : undefined),
  });
  attachWith((rig) => {
    const { PUSHRIG_URL } = process.env;
    const by = PUSHRIG_URL ? "PUSHRIG_URL" : "PUSHRIG_ATTACH";
    attaching().meetSoon(rig, {
      options: {},
      makeControl,
      by,
      named: PUSHRIG_URL ? named(PUSHRIG_URL) : undefined,
    });
  });
}

function neighbours(): typeof Neighbours {
  return require("./neighbours.js") as typeof Neighbours;
}

/** @throws TypeError for what is no address of a gateway */
function named(url: string): string {
  const { origin, pathname } = gatewayAddress(url, "PUSHRIG_URL");
  return origin + pathname.replace(/\/+$/, "");
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
