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
