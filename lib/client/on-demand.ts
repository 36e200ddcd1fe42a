/** What most clients do without, loaded by the first who needs it. */

import type * as Endpoints from "./endpoints.js";

let loaded: typeof Endpoints | undefined;

/** What asks the endpoints of the application. */
export function endpoints(): typeof Endpoints {
  return (loaded ??= require("./endpoints.js") as typeof Endpoints);
}
