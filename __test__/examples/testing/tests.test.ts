// The tests of examples/testing pass, in every pool; `PUSHRIG_LONG=true` runs them fifty times in each.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folder, run, vitest } from "./example";

const rounds = process.env.PUSHRIG_LONG ? 50 : 1;

describe.each(["forks", "threads", "vmThreads", "vmForks"])("in the pool %s", (pool) => {
  it(
    `all pass${rounds > 1 ? `, ${rounds} times` : ""}, and React has nothing to say`,
    async () => {
      for (let round = 1; round <= rounds; round += 1) {
        const { tests, output } = await vitest(`--pool=${pool}`);
        expect(tests.filter(({ status }) => status !== "passed")).toEqual([]);
        expect(tests.length).toBeGreaterThanOrEqual(20);
        expect(output).not.toContain("act(");
      }
    },
    rounds * 60_000,
  );
});

it("pass when they are shuffled", async () => {
  const { tests } = await vitest("--sequence.shuffle");
  expect(tests.filter(({ status }) => status !== "passed")).toEqual([]);
});

it("compile under strict, with the types of every package checked", async () => {
  expect(await run("typescript/bin/tsc", "--noEmit")).toEqual({ code: 0, output: "" });
});

it("have no helper, and do not sleep", () => {
  const files = readdirSync(join(folder, "tests")).filter((name) => /\.test\.tsx?$/.test(name));
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    const source = readFileSync(join(folder, "tests", file), "utf8");
    // What is not an import, a value or a test.
    expect(source).not.toMatch(
      /^(async )?function |^const \w+ = (async )?\(|\bsetTimeout\b|\bsleep\b|waitFor|new Promise/m,
    );
  }
});
