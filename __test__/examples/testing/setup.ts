// Makes the copy of the example that the tests run, with pushrig installed in it as npm would.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installExample } from "../../../scripts/example.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));

export async function setup() {
  const folder = join(root, ".cache/testing");
  mkdirSync(folder, { recursive: true });
  for (const old of ["src", "tests", "wrong"]) rmSync(join(folder, old), { recursive: true, force: true });
  const filter = (path: string) => basename(path) !== "node_modules";
  cpSync(join(root, "examples/testing"), folder, { recursive: true, filter });
  await installExample(".cache/testing");
}
