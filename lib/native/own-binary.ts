/** The binary of this machine, found without the generated loader. */

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as Native from "../../binding.js";

/** How the names of the published ones end: docs/decisions/0007-binaries-beside-the-package.md. */
const ENDINGS: Partial<Record<NodeJS.Platform, string>> = { darwin: "", linux: "-gnu", win32: "-msvc" };

/**
 * What the loader would find on the usual machines, sooner: it knows every machine there is, and to read it takes longer than to load
 * the binary. Undefined elsewhere, and where the binary does not load: the loader looks on, and says what is wrong.
 */
export function ownBinary(): typeof Native | undefined {
  const { platform, arch, env } = process;
  const ending = ENDINGS[platform];
  if (ending === undefined || env.NAPI_RS_NATIVE_LIBRARY_PATH) return undefined;
  const name = `${platform}-${arch}${ending}`;
  try {
    // As the loader tells glibc from musl.
    if (platform === "linux" && readFileSync("/usr/bin/ldd", "utf8").includes("musl")) return undefined;
    const root = rootOf(__dirname);
    const beside = join(root, `pushrig.${name}.node`);
    // Not the `require` of this module, of which bundlers want to know beforehand what it is asked for.
    const load = createRequire(join(root, "package.json"));
    return load(existsSync(beside) ? beside : `@pushrig/binding-${name}`) as typeof Native;
  } catch {
    return undefined;
  }
}

/** The package's folder: of a bundle one above, of a file by itself two. */
function rootOf(folder: string): string {
  const above = join(folder, "..");
  return existsSync(join(above, "package.json")) ? above : join(above, "..");
}
