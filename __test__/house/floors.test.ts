import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it, vi } from "vitest";

const fromRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
// Each test is a run of the check.
vi.setConfig({ testTimeout: 60_000 });

const houses: string[] = [];

afterEach(() => {
  for (const house of houses.splice(0)) rmSync(house, { recursive: true });
});

/** What the check says of a house with these files, each with the imports it has. */
function check(files: Record<string, string[]>): Promise<{ passed: boolean; says: string }> {
  const house = mkdtempSync(join(tmpdir(), "pushrig-house-"));
  houses.push(house);
  for (const [path, imports] of Object.entries(files)) {
    mkdirSync(join(house, dirname(path)), { recursive: true });
    writeFileSync(join(house, path), [...imports, "export const here = 1;", "export type Here = number;"].join("\n"));
  }
  const words = ["--config", fromRoot(".dependency-cruiser.mjs"), "--output-type", "err", "lib"];
  return new Promise((resolve) => {
    const bin = fromRoot("node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
    execFile(process.execPath, [bin, ...words], { cwd: house }, (error, stdout) => {
      resolve({ passed: error === null, says: stdout });
    });
  });
}

it("lets an arrow point down", async () => {
  const { passed, says } = await check({
    "lib/app/rig.ts": ['import { here as there } from "../base/timers.js";'],
    "lib/base/timers.ts": [],
  });
  expect(says).toContain("no dependency violations found (2 modules, 1 dependencies cruised)");
  expect(passed).toBe(true);
});

it("refuses an arrow that points up, of a type too", async () => {
  const { passed, says } = await check({
    "lib/app/rig.ts": [],
    "lib/delivery/seat.ts": ['import type { Here as There } from "../app/rig.js";'],
  });
  expect(says).toContain("delivery knows only what is below it: lib/delivery/seat.ts → lib/app/rig.ts");
  expect(passed).toBe(false);
});

it("reads files with JSX", async () => {
  const { says } = await check({
    "lib/index.ts": [],
    "lib/inspector/views/app.tsx": [
      'import type { Here as There } from "../../index.js";',
      "export const App = () => <p>here</p>;",
    ],
  });
  expect(says).toContain("inspector knows only what is below it: lib/inspector/views/app.tsx → lib/index.ts");
});

it("refuses an arrow between rooms on one floor, and one up to an entry", async () => {
  const { says } = await check({
    "lib/index.ts": [],
    "lib/client/client.ts": [],
    "lib/server/server.ts": [
      'import { here as a } from "../client/client.js";',
      'import { here as b } from "../index.js";',
    ],
  });
  expect(says).toContain("server knows only what is below it: lib/server/server.ts → lib/client/client.ts");
  expect(says).toContain("server knows only what is below it: lib/server/server.ts → lib/index.ts");
});

it("refuses a circle of files in one room", async () => {
  const { passed, says } = await check({
    "lib/events/one.ts": ['import { here as two } from "./two.js";'],
    "lib/events/two.ts": ['import type { Here as One } from "./one.js";'],
  });
  expect(says).toContain("no circles: lib/events/one.ts");
  expect(passed).toBe(false);
});

it("refuses a room that nobody has given a floor", async () => {
  const { says } = await check({
    "lib/attic/box.ts": ['import { here as there } from "../base/timers.js";'],
    "lib/base/timers.ts": [],
  });
  expect(says).toContain("every file of lib/ is an entry or lives in a room: lib/attic/box.ts");
});
