/**
 * `network().failAuthorization()` where the application's own endpoint signs while it answers a request: its answer is the refusal,
 * whatever it makes of the signature. Where the app is at the gateway of another process, the answer is kept back until that has said so.
 * An application that cannot be reached that way signs, and the gateway refuses the subscription.
 */

import type { ServerResponse } from "node:http";
import { askedRequests } from "../base/request-app.js";
import { native } from "../native/addon.js";
import type { AnsweredRefusal } from "./answer-instead.js";
import { faulting } from "./on-demand.js";
import type { Rig } from "./rig.js";

/** How a test wants refused what is being signed, if it does. @param channel without one it is a user */
export function refusalOf(rig: Rig, socketId: string, channel?: string): AnsweredRefusal | undefined {
  const failure = rig.conditions.authorizing(channel ?? "user");
  if (failure === undefined) return undefined;
  const { status = 403, message = "pushrig: network().failAuthorization() has refused this" } = failure;
  const connection = native.connectionWithSocket(rig.number, socketId) || undefined;
  rig.journal.note({ kind: "refused", connection, channel, text: message, code: status });
  return { status, message };
}

/** @param asked how it is refused, called where there is an answer that can be */
export function refuseAnswer(asked: () => AnsweredRefusal | undefined): void {
  const response = answering();
  const refusal = response && asked();
  if (response !== undefined && refusal !== undefined) faulting().answerInstead(response, refusal);
}

/** The same where that is known later. */
export function refuseAnswerLater(asked: () => Promise<AnsweredRefusal | undefined>): void {
  const response = answering();
  if (response !== undefined) faulting().answerOnceKnown(response, asked());
}

/** The answer to the request that is being answered, if it may still become another one. */
function answering(): ServerResponse | undefined {
  const response = askedRequests()?.storage.getStore()?.response;
  return response?.headersSent === false ? response : undefined;
}
