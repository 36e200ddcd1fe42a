/** The port at which processes of a project look for a gateway, as the environment says it. */

import { show } from "../base/shown.js";
import { DEFAULT_PORT } from "./defaults.js";

/**
 * `PUSHRIG_PORT`, or 6001 where it is not set or empty.
 *
 * @throws RangeError for what is no port. 0 is none: a port of the system's choice is known to nobody beforehand.
 */
export function portFromEnvironment(): number {
  const { PUSHRIG_PORT } = process.env;
  const port = PUSHRIG_PORT ? Number(PUSHRIG_PORT) : DEFAULT_PORT;
  if (Number.isInteger(port) && port > 0 && port <= 65_535) return port;
  throw new RangeError(`pushrig: PUSHRIG_PORT must be a port from 1 to 65535, not ${show(PUSHRIG_PORT)}`);
}
