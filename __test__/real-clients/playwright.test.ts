// `pushrig/playwright` with Playwright's own runner, two workers, and an application that `pushrig/next` has opened the gateway of.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { run } from "../../scripts/command.mjs";
import { freePort } from "../../scripts/free-port.mjs";
import { chromium } from "../../scripts/real-clients.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const times = process.env.PUSHRIG_LONG ? 20 : 1;
/** Chromium itself calls home unless it is told not to. */
const QUIET =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

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

interface Attachment {
  name: string;
  body?: string;
}

interface Outcome {
  suites: Array<{ specs: Array<{ tests: Array<{ results: Array<{ attachments: Attachment[] }> }> }> }>;
  stats: { expected: number; unexpected: number; flaky: number };
}

async function playwright(file: string, variables: Record<string, string> = {}) {
  const report = join(folder, "report.json");
  const { output: text } = await run([process.execPath, "node_modules/@playwright/test/cli.js", "test", file], {
    cwd: folder,
    quiet: true,
    env: {
      APP_PORT: String(await freePort()),
      PUSHRIG_PORT: String(await freePort()),
      PUSHRIG_CHROMIUM: chromium(),
      OUTPUT: join(folder, "results"),
      QUIET,
      PLAYWRIGHT_JSON_OUTPUT_NAME: report,
      ...variables,
    },
  });
  return { text, outcome: JSON.parse(readFileSync(report, "utf8")) as Outcome };
}

it("gives each of two workers an app, in every run", { timeout: times * 120_000 }, async () => {
  for (let i = 0; i < times; i++) {
    const { text, outcome } = await playwright("messages");
    expect({ ...outcome.stats, text }).toMatchObject({ expected: 12, unexpected: 0, flaky: 0 });
  }
});

it("leaves a trace of a test that fails, whose last entry is the reason", { timeout: 120_000 }, async () => {
  const { text, outcome } = await playwright("fails", { FAILS: "true" });

  expect({ ...outcome.stats, text }).toMatchObject({ expected: 0, unexpected: 1 });
  const { attachments } = outcome.suites[0].specs[0].tests[0].results[0];
  const { body = "" } = attachments.find(({ name }) => name === "pushrig.jsonl") ?? {};
  const lines = Buffer.from(body, "base64").toString().trim().split("\n");
  const [header, ...entries] = lines.map((line) => JSON.parse(line));
  expect(header).toMatchObject({ trace: "pushrig", test: expect.stringContaining("fails on purpose") });
  expect(entries.at(-1).failure).toContain('Nobody received "never" on "task-1" within 300 ms.');
});
