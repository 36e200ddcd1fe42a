import type * as Asking from "./asking.js";

let loaded: typeof Asking | undefined;

/** Most tests ask nothing, and what answers is as long as the rest of the package. */
export function asking(): typeof Asking {
  return (loaded ??= require("./asking.js") as typeof Asking);
}
