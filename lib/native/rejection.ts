/** Why the native half rejected the last call on this thread. */

import { native } from "./addon.js";

/** What the HTTP API answers. */
export interface ApiAnswer {
  status: number;
  body: string;
  /** How it fails on the order of a test. */
  failure?: Failure | null;
}

/** What keeps an answer from coming, and whether the call itself throws. */
export interface Failure {
  error: "ECONNRESET" | "timeout" | null;
  throws: boolean;
}

/** Why nothing was published, asked or signed: what the HTTP API would have answered. */
export function takeRejection(): ApiAnswer {
  return take({ status: 500, body: "Refused without a reason" });
}

/** Why nothing listens; `code` is Node's name for it (`EADDRINUSE`), or null. */
export function takeListenError(): { code: string | null; message: string } {
  return take({ code: null, message: "refused without a reason" });
}

/** Why a connection was not opened; `code` is the close code, or null. */
export function takeConnectionError(): { code: number | null; message: string } {
  return take({ code: null, message: "refused without a reason" });
}

function take<Reason>(unknown: Reason): Reason {
  const reason = native.takeRefusal();
  return reason === null ? unknown : (JSON.parse(reason) as Reason);
}
