/**
 * Which app a request to the application under test means. A test of Playwright says it with each request of its pages, `pushrig/next`
 * keeps it while the request is answered, and servers of the default app act on that app.
 */

import type { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { crypto } from "./builtin.js";

/** The header, and the cookie, by which a request claims an app. The answer has the header where claims are heard. */
export const CLAIM = "x-pushrig-app";

/** A request that is being answered. */
export interface AskedRequest {
  /** Undefined where it claims no app. */
  claim: string | undefined;
  /** The application, as the request names it: what it asks of itself while it answers is about the same app. */
  host: string | undefined;
  /** The application's answer. */
  response: ServerResponse;
}

/** Kept by `pushrig/next`, read by whatever copy of the package a route has. */
export interface AskedRequests {
  storage: AsyncLocalStorage<AskedRequest | undefined>;
  /** Whether a request has claimed an app that there is. */
  hasBeenHeard: boolean;
  /** Whether it was said that what happens outside of a request is the default app's. */
  hasSaid: boolean;
}

const MEETING = Symbol.for("pushrig.requests.v1");

interface Meeting {
  requests: AskedRequests | undefined;
}

// Looked up once: every trigger of a server asks, and `process` is a large object.
const meeting = ((process as { [MEETING]?: Meeting })[MEETING] ??= { requests: undefined });

export function askedRequests(): AskedRequests | undefined {
  return meeting.requests;
}

export function keepAskedRequests(requests: AskedRequests): void {
  meeting.requests = requests;
}

/** A claim to the app with this key, by somebody who has its secret. */
export function claimTo(key: string, secret: string): string {
  return `${key}.${crypto().createHmac("sha256", secret).update(`${CLAIM}:${key}`).digest("hex")}`;
}

/** The key that a claim is about, before anybody has checked it. */
export function keyClaimed(claim: string): string {
  return claim.slice(0, Math.max(0, claim.lastIndexOf(".")));
}

/** Whether a claim is by somebody who has the secret. */
export function isClaim(claim: string, key: string, secret: string): boolean {
  const [given, right] = [claim, claimTo(key, secret)].map((text) => Buffer.from(text));
  return given.length === right.length && crypto().timingSafeEqual(given, right);
}

/** The claim in a request's headers. */
export function claimIn({ [CLAIM]: header, cookie = "" }: IncomingHttpHeaders): string | undefined {
  if (typeof header === "string") return header;
  if (!cookie.includes(CLAIM)) return undefined;
  const pair = cookie.split(/;\s*/).find((one) => one.startsWith(`${CLAIM}=`));
  return pair?.slice(CLAIM.length + 1);
}
