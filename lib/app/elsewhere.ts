/** Where the default app is when this process is attached to the gateway of another one: asked by everything that uses an app. */

import { type Attachment, attachment, beginOnce } from "../base/attachment.js";
import { isUnderTest } from "../events/test-runner.js";
import { attachFromEnvironment } from "../options/attach-variable.js";
import { requestThere } from "./request-rig.js";
import type { Rig } from "./rig.js";
import { defaultRig, isDefaultRig } from "./rigs.js";
import { isTestRealm } from "./scope.js";
import type * as Sockets from "./socket-wire.js";
import type { ClientWire, FrameHandler, WireSubscriber } from "./client-wire.js";

/** Attaches this process as its environment says. Stands above this room. */
let begin: ((rig: Rig) => void) | undefined;

export function attachWith(how: (rig: Rig) => void): void {
  begin = how;
}

/** Whether tests run here: they stay by themselves, unless they ask for another process's gateway. */
export function isAlone(): boolean {
  const { VITEST_WORKER_ID, JEST_WORKER_ID, VITEST } = process.env;
  return isUnderTest() || isTestRealm() || (VITEST_WORKER_ID ?? JEST_WORKER_ID ?? VITEST) !== undefined;
}

/** Where Next.js only looks at what routes export: their modules run there, and serve nobody. */
function isHelperOfNext(): boolean {
  const isOfDevelopment = /[\\/]next[\\/]dist[\\/]compiled[\\/]jest-worker[\\/]/.test(process.argv[1] ?? "");
  return isOfDevelopment || process.env.NEXT_PHASE === "phase-production-build";
}

/** The gateway that has the default app, if that is another process's. The first who asks attaches, where the environment says so. */
export function elsewhere(): Attachment | undefined {
  const there = attachment();
  if (there !== undefined || begin === undefined) return there;
  const { PUSHRIG_URL, PUSHRIG_ATTACH } = process.env;
  const isWanted = PUSHRIG_URL
    ? true
    : PUSHRIG_ATTACH !== undefined && !isAlone() && !isHelperOfNext() && attachFromEnvironment();
  if (isWanted) beginOnce(() => begin?.(defaultRig()));
  return attachment();
}

/** Whether the environment has said in this turn that it is here. */
let isHere = false;

/** The same for what is called again and again: to read the environment takes longer than to look into the broker. */
export function elsewhereThisTurn(): Attachment | undefined {
  if (isHere) return attachment();
  const there = elsewhere();
  isHere = true;
  void Promise.resolve().then(() => (isHere = false));
  return there;
}

/** The same for an app: those that were made in this process are in it. */
export function attachmentOf(rig: Rig): Attachment | undefined {
  const there = attachment();
  return there !== undefined && isDefaultRig(rig) ? there : undefined;
}

/** The same for a server: the app there that is claimed by the request which is being answered. */
export function attachmentOfServer(rig: Rig): Attachment | undefined {
  const there = attachmentOf(rig);
  return there && (requestThere(there) ?? there);
}

/** The same for a server whose gateway is named by the environment: its rig is nobody's in this process. */
export function attachmentClaimed(): Attachment | undefined {
  const there = attachment();
  return there && requestThere(there);
}

/** Starts a connection to an app, wherever it is. */
export function openWire(rig: Rig, key: string, handler: FrameHandler, subscriber: WireSubscriber): ClientWire {
  const there = isDefaultRig(rig) ? elsewhere() : undefined;
  if (there === undefined) return rig.openWire(key, handler, subscriber);
  // Loaded by the first client of a process that is attached.
  const { SocketWire } = require("./socket-wire.js") as typeof Sockets;
  return new SocketWire(there, key, handler, rig.journal.known);
}
