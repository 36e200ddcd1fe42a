/** What goes wrong when a gateway is asked: its own sentence, or what stands in the way of getting one. */

import { show } from "../base/shown.js";
import type { ErrorCode } from "./shapes.js";

/**
 * Besides the gateway's own: nobody answers there, something else does, one of another version, or none in time. `which-gateway`: several
 * run, and none was named.
 */
export type RemoteErrorCode =
  ErrorCode | "no-gateway" | "not-pushrig" | "other-version" | "no-answer" | "which-gateway";

export class RemoteError extends Error {
  override readonly name = "RemoteError";
  readonly code: RemoteErrorCode;
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;

  constructor(code: RemoteErrorCode, message: string, status?: number, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
  }
}

/** Codes of a gateway that is being started anew, or is gone. */
const AWAY: ReadonlySet<RemoteErrorCode> = new Set(["no-gateway", "closing", "closed", "unavailable"]);

/** Whether it may answer again in a moment. */
export function isAway(error: unknown): error is RemoteError {
  return error instanceof RemoteError && AWAY.has(error.code);
}

export function noGateway(url: string, cause: unknown): RemoteError {
  const reason = reasonOf(cause);
  const fix = /CERT|SIGNATURE|ERR_TLS|ALTNAME/.test(reason)
    ? "Its certificate is not trusted here: set NODE_EXTRA_CA_CERTS, or name its address with http:, which the same port takes."
    : 'Start one, with "npx pushrig" or listen(), or name the address of one that runs.';
  return new RemoteError("no-gateway", `pushrig: no gateway answers at ${url}${reason}. ${fix}`, undefined, cause);
}

export function notPushrig(url: string, status: number): RemoteError {
  return new RemoteError(
    "not-pushrig",
    `pushrig: what answers at ${url} (with status ${status}) is no gateway of pushrig. Name the address of one, as listen() and "npx pushrig" print it.`,
    status,
  );
}

export function otherVersion(url: string, version: unknown, status: number): RemoteError {
  return new RemoteError(
    "other-version",
    `pushrig: the gateway at ${url} is of pushrig ${typeof version === "string" ? version : "of an unknown version"}, which has other control routes than this one asks. ` +
      "Start it anew with the version that is installed here.",
    status,
  );
}

export function noAnswer(url: string, milliseconds: number, pid?: number): RemoteError {
  const whose = pid === undefined ? "its process" : `process ${pid}`;
  return new RemoteError(
    "no-answer",
    `pushrig: the gateway at ${url} has not answered within ${milliseconds.toLocaleString("en")} ms: ${whose} is stopped, or busy.`,
  );
}

/** What the gateway says of a token, and where one is given. */
export function notAdmitted(message: string, status: number, hasToken: boolean): RemoteError {
  const fix = hasToken ? "" : " Give the token of the gateway: the option token, or PUSHRIG_TOKEN.";
  return new RemoteError(
    status === 401 ? "unauthorized" : "forbidden",
    message + (/token/i.test(message) ? "" : fix),
    status,
  );
}

/** Whether nobody was there to take the request. */
export function wasRefused(cause: unknown): boolean {
  return reasonOf(cause) === " (ECONNREFUSED)";
}

/** `fetch` says "fetch failed", and what has failed in its cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = Object(error) as { cause?: unknown; message?: unknown };
  const { code, errors, message: why } = Object(cause) as { code?: unknown; errors?: unknown; message?: unknown };
  const first = Array.isArray(errors) ? (Object(errors[0]) as { code?: unknown }).code : undefined;
  const said = code ?? first ?? why ?? message;
  return typeof said === "string" && said !== "" && said !== "fetch failed" ? ` (${said})` : "";
}

/** Whether somebody has called it off. */
export function isAborted(error: unknown): boolean {
  return (Object(error) as { name?: unknown }).name === "AbortError";
}

export function noFetch(value: unknown): TypeError {
  return new TypeError(
    `pushrig: a gateway is asked with fetch, which is ${value === undefined ? "missing here" : `no function here: ${show(value)}`}; give one as the option fetch`,
  );
}
