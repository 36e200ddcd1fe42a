/** The folder that traces go to. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Makes it, with the folders above it, where it is missing; git is to know nothing of a new one. */
export function makeTraceFolder(dir: string): void {
  if (mkdirSync(dir, { recursive: true }) === undefined) return;
  writeFileSync(join(dir, ".gitignore"), "*\n");
}
