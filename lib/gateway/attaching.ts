/**
 * Processes of one project that meet at one gateway. The port is the lock: whoever binds it is the owner, the others use its gateway from
 * outside, and when it ends one of them takes its place. See docs/decisions/0027-attached-processes.md.
 */

import type { Rig } from "../app/rig.js";
import { threadState } from "../delivery/thread.js";
import { checkListenOptions } from "../options/listen.js";
import { isPortNamed, portFromEnvironment } from "../options/port.js";
import { randomToken } from "./gateway.js";
import { Meeting, meetings } from "./meeting.js";
import { readCertificate, TlsFront } from "./tls-front.js";
import type { Wish, WishAtPort } from "./wishes.js";

export { findOtherGateway as otherGateway, otherGatewayNow } from "./finding.js";
export type { Meeting } from "./meeting.js";
export type { Wish } from "./wishes.js";

/** Binds the port, or attaches to the gateway of the same project that has it. */
export async function meet(rig: Rig, wish: Wish): Promise<Meeting> {
  const { options, isPortFree } = atPort(wish);
  checkListenOptions(options, rig.app);
  const known = meetings().get(options.port);
  if (known !== undefined && !known.isClosed) {
    await known.ready();
    return known;
  }
  const front = options.tls && (await TlsFront.open(readCertificate(options.tls), randomToken()));
  const meeting = new Meeting(rig, { ...wish, options, isPortFree }, front);
  meetings().set(options.port, meeting);
  try {
    await meeting.begin();
    return meeting;
  } catch (error) {
    await meeting.close();
    throw error;
  }
}

/** The same for a process that its environment attaches: nobody waits, and nothing of it keeps the process. */
export function meetSoon(rig: Rig, wish: Wish): void {
  const { options, isPortFree } = atPort(wish);
  // It has the gateway already, or is about to: it does not go to itself from outside.
  if (wish.named === undefined && isHere(rig, options.port)) return;
  const meeting = new Meeting(rig, { ...wish, options, isPortFree }, undefined).unref();
  meetings().set(options.port, meeting);
  try {
    meeting.beginSoon();
  } catch (error) {
    void meeting.close();
    throw error;
  }
}

function isHere({ appId }: Rig, port: number): boolean {
  const own = threadState().gateways.get(appId) ?? [];
  return meetings().get(port)?.isClosed === false || own.some((one) => !one.isClosed && one.port === port);
}

function atPort({ options }: Wish): Pick<WishAtPort, "options" | "isPortFree"> {
  const port = options.port ?? portFromEnvironment();
  return { options: { ...options, port }, isPortFree: options.port === undefined && !isPortNamed() };
}
