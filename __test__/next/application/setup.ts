// Makes the copy of the example that the tests run and write to, with pushrig installed in it as npm would.
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { example, installExample } from "../../../scripts/example.mjs";
import { installChromium } from "../../../scripts/real-clients.mjs";
import { folder } from "./application";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const notOurs = new Set(["node_modules", ".next", "data", "test-results", ".env.local", "next-env.d.ts"]);

export async function setup() {
  await makeCopy();
  await installChromium();
}

export async function makeCopy() {
  mkdirSync(folder, { recursive: true });
  for (const old of ["src", "guide", "e2e"]) rmSync(join(folder, old), { recursive: true, force: true });
  cpSync(join(root, example), folder, { recursive: true, filter: (path) => !notOurs.has(basename(path)) });
  // All that a user writes.
  writeFileSync(join(folder, ".env.local"), "USE_MOCKS=true\n");
  for (const name of ["gateway", "edge", "process"]) {
    const route = join(folder, "src/app/api", name, "route.ts");
    mkdirSync(dirname(route), { recursive: true });
    cpSync(join(root, "__test__/next/application/routes", `${name}.ts`), route);
  }
  await installExample(".cache/nextjs");
}
