/** The gateway whose control routes are answered, as far as they look at it. */

import type { Rig } from "../app/rig.js";
import type { Advanced } from "../gateway/advance.js";

export interface Served {
  readonly url: string;
  /** The apps that it serves, the one that it was opened for first. */
  readonly rigs: readonly Rig[];
  /** When it has begun to listen, in milliseconds since the epoch. */
  readonly startedAt: number;
  advance(time: number | string): Promise<Advanced>;
  restart(): Promise<void>;
}

export interface Request {
  method: string;
  /** Path and query, as in `/pushrig/v1/state?app=1`. */
  target: string;
  body: string;
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
}

export interface Answer {
  status: number;
  /** JSON. */
  body: string;
  /** With status 405: the methods that there are. */
  allow?: string;
}
