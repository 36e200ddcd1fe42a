/** Random bytes for credentials, drawn in advance: each draw costs as much as a hundred of them. */

import { crypto } from "./builtin.js";

const DRAWN = 2048;
let pool: Buffer | undefined;
let used = 0;

/** `count` random bytes as lower-case hex. */
export function randomHex(count: number): string {
  if (pool === undefined || used + count > DRAWN) {
    pool = crypto().randomBytes(DRAWN);
    used = 0;
  }
  used += count;
  return pool.toString("hex", used - count, used);
}
