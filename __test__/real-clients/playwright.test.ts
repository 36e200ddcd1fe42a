// `pushrig/playwright` with Playwright's own runner, two workers, and an application that `pushrig/next` has opened the gateway of.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePort } from "../../scripts/free-port.mjs";
import { failures, playwright, summary, traceOf } from "../support/playwright";

const root = fileURLToPath(new URL("../..", import.meta.url));
const times = process.env.PUSHRIG_LONG ? 20 : 1;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pushrig-playwright-"));
  cpSync(fileURLToPath(new URL("playwright", import.meta.url)), folder, { recursive: true });
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/pushrig"), "dir");
  for (const name of ["@playwright", "playwright", "playwright-core", "pusher-js"]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name), "dir");
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(file: string, variables: Record<string, string> = {}) {
  return playwright(folder, [file], { APP_PORT: String(await freePort()), ...variables });
}

it("gives each of two workers an app, in every run", { timeout: times * 120_000 }, async () => {
  for (let i = 0; i < times; i++) {
    const outcome = await run("messages");
    expect(summary(outcome)).toBe("14 as expected");
  }
});

it("has the matchers, which wait, and says what is asked wrongly", { timeout: 120_000 }, async () => {
  const outcome = await run("matchers");
  expect(summary(outcome)).toBe("7 as expected");
});

it("does what the guide shows", { timeout: 120_000 }, async () => {
  expect(summary(await run("guide"))).toBe("2 as expected");
});

it("works with contexts that are used again, as editors have it", { timeout: 120_000 }, async () => {
  const outcome = await run("messages", { PW_TEST_REUSE_CONTEXT: "1" });
  expect(summary(outcome)).toBe("14 as expected");
});

it("leaves a trace of a test that fails, whose last entry is the reason", { timeout: 120_000 }, async () => {
  const outcome = await run("fails", { FAILS: "true" });

  expect({ ...outcome.stats, why: failures(outcome) }).toMatchObject({ expected: 0, unexpected: 2 });
  const [fails, awaitsNot] = outcome.tests;
  expect(awaitsNot.errors.join()).toContain("pushrig: nobody awaited expect(…).toHaveTriggered()");
  const [header, ...entries] = traceOf(fails);
  expect(header).toMatchObject({ trace: "pushrig", test: expect.stringContaining("fails on purpose") });
  expect(entries.at(-1).failure).toContain('Nobody received "never" on "task-1" within 300 ms.');
});
