/** Which project a process is of: what tells its gateway from those of others on this machine. */

import { existsSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { crypto } from "./builtin.js";
import { show } from "./shown.js";

export interface Project {
  folder: string;
  /** Of the folder: for those who may not know where it is. */
  hash: string;
}

/** What the root of a project has: the lock file of a package manager, the list of its packages, the repository. */
const SIGNS = [
  "package-lock.json",
  "npm-shrinkwrap.json",
  "yarn.lock",
  "pnpm-lock.yaml",
  "bun.lock",
  "bun.lockb",
  "deno.lock",
  "pnpm-workspace.yaml",
  ".git",
];

/** Hexadecimal digits: enough that two projects of one machine never have the same. */
const HASH_LENGTH = 16;

/**
 * The folder that `PUSHRIG_PROJECT` names, else the nearest one upwards with one of those signs, else the working folder itself. By
 * whatever name one goes there, it is the same.
 */
export function projectOf(from = process.cwd(), named = process.env.PUSHRIG_PROJECT): Project {
  const folder = real(named ? resolve(from, named) : (nearestRoot(from) ?? from));
  return {
    folder,
    // Made when it is asked for: the folder alone is enough for most, and `node:crypto` takes its time.
    get hash() {
      return crypto().createHash("sha256").update(folder).digest("hex").slice(0, HASH_LENGTH);
    },
  };
}

/** Whether a folder is of a project, rather than one by itself for want of signs. */
export function isInProject(from = process.cwd(), named = process.env.PUSHRIG_PROJECT): boolean {
  return Boolean(named) || nearestRoot(from) !== undefined;
}

/**
 * @param hash what a gateway says of itself; one that does not tell it is anybody's
 * @param folder what it says to those whom it trusts
 * @throws Error where the gateway at an address is that of another project
 */
export function requireProject(
  url: string,
  { hash, folder }: { hash: string | null | undefined; folder: string | undefined },
  own: Project,
): void {
  if (hash == null || hash === own.hash) return;
  const { host, port } = new URL(url);
  const theirs = folder === undefined ? "another project" : show(folder);
  throw new Error(
    `pushrig: the gateway on ${host} is of ${theirs}, and this process is of ${show(own.folder)}. Set PUSHRIG_PORT to another port ` +
      `than ${port} for one of them, or PUSHRIG_PROJECT if they belong together.`,
  );
}

function nearestRoot(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (SIGNS.some((sign) => existsSync(join(folder, sign)))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

function real(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    // It need not exist to be a name.
    return folder;
  }
}
