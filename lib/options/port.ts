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
  if (Number.isInteger(port) && port > 0 && port <= 65_535) {
    checkAskable(port, "PUSHRIG_PORT");
    return port;
  }
  throw new RangeError(`pushrig: PUSHRIG_PORT must be a port from 1 to 65535, not ${show(PUSHRIG_PORT)}`);
}

/** Whether the environment names one. Where it does not, a gateway of the project that is written down is meant, whatever its port. */
export function isPortNamed(): boolean {
  return Boolean(process.env.PUSHRIG_PORT);
}

/** Those of other protocols: https://fetch.spec.whatwg.org/#port-blocking */
const BLOCKED: ReadonlySet<number> = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/** Throws a RangeError for a port at which neither a browser nor `fetch` asks anybody, whoever listens there. */
export function checkAskable(port: number, what: string): void {
  if (!BLOCKED.has(port)) return;
  throw new RangeError(
    `pushrig: ${what} is ${port}, a port of another protocol: browsers and fetch connect to nobody there, so neither pages nor commands ` +
      `would reach the gateway. Choose another one, such as ${DEFAULT_PORT}`,
  );
}
