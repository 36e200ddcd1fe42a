/**
 * `network().failAuthorization()` where the application's own endpoint signs while it answers a request: its answer is the refusal,
 * whatever it makes of the signature. An application that cannot be reached that way signs, and the gateway refuses the subscription.
 */

import { askedRequests } from "../base/request-app.js";
import { native } from "../native/addon.js";
import { faulting } from "./on-demand.js";
import type { Rig } from "./rig.js";

/** @param channel what is signed; without one it is a user */
export function refuseAnswer(rig: Rig | undefined, socketId: string, channel?: string): void {
  const response = askedRequests()?.storage.getStore()?.response;
  if (rig === undefined || response === undefined || response.headersSent) return;
  const failure = rig.conditions.authorizing(channel ?? "user");
  if (failure === undefined) return;
  const { status = 403, message = "pushrig: network().failAuthorization() has refused this" } = failure;
  const connection = native.connectionWithSocket(rig.number, socketId) || undefined;
  rig.journal.note({ kind: "refused", connection, channel, text: message, code: status });
  faulting().answerInstead(response, status, message);
}
