/** Why the native half refused the last call on this thread. */

import { native } from "./binding.js";

/** What the HTTP API answers. */
export interface Answer {
  status: number;
  body: string;
}

export function takeRefusal(): Answer {
  return JSON.parse(native.takeRefusal() ?? '{"status":500,"body":"Refused without a reason"}') as Answer;
}

/** Why nothing listens; `code` is Node's name for it (`EADDRINUSE`), or null. */
export function takeListenRefusal(): { code: string | null; message: string } {
  return JSON.parse(native.takeRefusal() ?? '{"code":null,"message":"refused without a reason"}') as {
    code: string | null;
    message: string;
  };
}
