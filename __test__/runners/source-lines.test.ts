import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ordinaryEnvironment } from "../support/environment";

const project = fileURLToPath(new URL("fixtures/lines/", import.meta.url));
const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));

/** What a run of the project's tests prints. */
function run(pool: string): Promise<string> {
  return new Promise((resolve) => {
    const options = { cwd: project, env: ordinaryEnvironment(), timeout: 60_000 };
    execFile(process.execPath, [vitest, "run", "--pool", pool], options, (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}`),
    );
  });
}

describe("under the Vitest plugin the journal tells the line of the source", () => {
  it.each([
    ["forks", ["SHOWN 0, then 2"]],
    ["threads", ["SHOWN 0, then 2"]],
    ["vmThreads", null],
  ])("in the pool %s", { timeout: 90_000 }, async (pool, unread) => {
    const printed = await run(pool);
    // Where `trigger` stands in lines.ts: types and an enum stand above it, which are gone or longer when it runs.
    expect(printed).toContain('AT ["lines.ts:20:14","lines.ts:20:14"]');
    // Spies, Node's own functions and this package are no lines of the application.
    expect(printed).toMatch(
      /BETWEEN \["lines\.ts:41:9","lines\.ts:39:13","lines\.ts:43:9","lines\.ts:45:15","lines\.ts:46:14"\]/,
    );
    expect(printed).toContain('BEFORE ["lines.ts:52:20"]');
    expect(printed).toContain('WHILE ["lines.ts:52:20","lines.ts:67:20"]');
    // To read a source map takes milliseconds: before somebody reads a line, none is read.
    expect(printed.match(/SHOWN .*/g)).toEqual(unread);
  });
});
