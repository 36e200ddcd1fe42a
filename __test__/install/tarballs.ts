import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { manifestOf } from "./registry.js";

const folder = fileURLToPath(new URL("../../.cache/packages", import.meta.url));

/** What `scripts/package.mjs` has packed. Throws when there is nothing. */
function packed(): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  if (names.length === 0)
    throw new Error("nothing is packed: run node scripts/binary.mjs, then node scripts/package.mjs");
  return names.map((name) => `${folder}/${name}`);
}

export const tarballs = packed();

function tarballOf(isWanted: (name: string) => boolean): string {
  const tarball = tarballs.find((tarball) => isWanted(manifestOf(tarball).name));
  if (tarball === undefined) throw new Error(`not packed; there are ${tarballs.join(", ")}`);
  return tarball;
}

export const main = tarballOf((name) => name === "pushrig");
/** This machine's binary. */
export const binding = tarballOf((name) => name === `@pushrig/binding-${process.platform}-${process.arch}${libc()}`);

function libc(): string {
  if (process.platform === "win32") return "-msvc";
  if (process.platform !== "linux") return "";
  // Without this, Node looks up the name of every host it is connected with.
  (process.report as { excludeNetwork?: boolean }).excludeNetwork = true;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined ? "-musl" : "-gnu";
}
