/** What a process is called in the texts of others. */

import { basename } from "node:path";

const NAME = Symbol.for("pushrig.process-name");
type Named = { [NAME]?: string };

/** For an entry that knows better than the name of the program. */
export function nameProcess(name: string): void {
  (process as Named)[NAME] = name;
}

/** `next dev`, `npx pushrig`, else the program's own file: `worker.js`. */
export function processName(): string {
  return (process as Named)[NAME] ?? (process.argv[1] === undefined ? "node" : basename(process.argv[1]));
}

/** `process 4711 (next dev)` */
export function whose(pid: number | undefined, name: string | undefined): string {
  if (pid === undefined) return name ?? "another process";
  return `process ${pid}${name === undefined ? "" : ` (${name})`}`;
}
