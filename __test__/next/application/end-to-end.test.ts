// The example's own tests of Playwright, with two workers, on `next dev`; with PUSHRIG_LONG also on what `next build` has built.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../../scripts/free-port.mjs";
import { failures, playwright, summary, traceOf } from "../../support/playwright";
import { build, folder } from "./application";

const isLong = Boolean(process.env.PUSHRIG_LONG);
const times = isLong ? 10 : 1;
const servers = isLong ? ["development", "production"] : ["development"];

async function run(words: string[], variables: Record<string, string>) {
  const data = mkdtempSync(join(tmpdir(), "pushrig-e2e-"));
  const own = { PORT: String(await freePort()), DATABASE_FILE: join(data, "workspace.db") };
  try {
    return await playwright(folder, words, { ...own, ...variables });
  } finally {
    rmSync(data, { recursive: true });
  }
}

describe.each(servers)("the example's end-to-end tests, in %s", (server) => {
  const variables: Record<string, string> = { E2E_SERVER: server };

  beforeAll(async () => {
    variables.PUSHRIG_PORT = String(await freePort());
    if (server === "production") await build("turbopack", Number(variables.PUSHRIG_PORT));
  });

  it("succeed with two workers, in every run", { timeout: times * 300_000 }, async () => {
    for (let i = 0; i < times; i++) {
      const outcome = await run([], variables);
      expect(summary(outcome)).toBe("10 as expected");
    }
  });

  it("leave a trace of one that fails, whose last entry is the reason", { timeout: 300_000 }, async () => {
    const file = join(folder, "e2e/fails.e2e.ts");
    cpSync(fileURLToPath(new URL("e2e/fails.e2e.ts", import.meta.url)), file);
    try {
      const outcome = await run(["fails"], variables);
      expect({ ...outcome.stats, why: failures(outcome) }).toMatchObject({ expected: 0, unexpected: 1 });
      const entries = traceOf(outcome.tests[0]);
      expect(entries.map(({ kind }) => kind)).toContain("subscribed");
      expect(entries.at(-1).failure).toContain('"new-message" was never triggered on "task-1"');
    } finally {
      rmSync(file);
    }
  });
});
