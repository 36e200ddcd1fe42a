// Traces of tests that fail under the plugin, of those whose worker dies, and of none.
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished, vi } from "vitest";
import { readTrace } from "../../lib/journal/trace.js";
import { ordinaryEnvironment } from "../support/environment";

vi.setConfig({ testTimeout: 60_000 });

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs one file of the fixture in a Vitest of its own. */
async function ran(file: string, trace: "on-failure" | "always" | "false" | "", env: NodeJS.ProcessEnv = {}) {
  const folder = mkdtempSync(join(tmpdir(), "pushrig-traces-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const dir = join(folder, "traces");
  const config = join(root, "__test__/runners/fixtures/traces/vitest.config.mts");
  const words = [join(root, "node_modules/vitest/vitest.mjs"), "run", "--config", config];
  const options = {
    env: ordinaryEnvironment({ TRACE_FILE: file, TRACE: trace, TRACE_DIR: dir, NO_COLOR: "1", ...env }),
    cwd: root,
  };
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, words, options, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
  const names = existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith(".jsonl")) : [];
  const texts = new Map(names.map((name) => [name, readFileSync(join(dir, name), "utf8")]));
  const traces = new Map([...texts].map(([name, text]) => [name.replace(/-[\da-f]{6}(?=[-.])/, ""), readTrace(text)]));
  return { output, dir, names, texts, traces };
}

it("leaves a trace of each app of a test that fails, and says so in its failure", async () => {
  const { output, dir, names, texts, traces } = await ran("failures", "on-failure");
  expect([...traces.keys()].sort()).toEqual([
    "failures.spec-a-room-with-odd-names-fails-on-the-default-app.jsonl",
    "failures.spec-an-app-of-its-own-is-traced-though-it-is-closed-app.jsonl",
    "failures.spec-fails-after-an-app-that-nobody-holds-any-more-app.jsonl",
    "failures.spec-fails-and-then-passes-retry1.jsonl",
    "failures.spec-fails-and-then-passes.jsonl",
    "failures.spec-fails-in-a-callback.jsonl",
    "failures.spec-fails-where-it-is-repeated-repeat1.jsonl",
    "failures.spec-fails-where-it-is-repeated.jsonl",
  ]);
  const ofFailures = names.filter((name) => !name.includes("then-passes"));
  expect(ofFailures.filter((name) => !output.includes(join(dir, name)))).toEqual([]);
  const text = [...texts.values()].join("");
  expect(text).not.toMatch(/very-secret|hunter22/);
  expect(readFileSync(join(dir, ".gitignore"), "utf8")).toBe("*\n");

  const trace = traces.get("failures.spec-a-room-with-odd-names-fails-on-the-default-app.jsonl")!;
  expect(trace.header).toMatchObject({
    test: "a room: with <odd> names? > fails on the default app",
    file: "failures.spec.ts",
    runner: "vitest",
    seed: 7,
    app: "mock-app-id",
  });
  expect(trace.isCut).toBe(false);
  expect(trace.failure).toContain('Did you mean "new_message", triggered once?');
  expect(trace.entries.map(({ kind }) => kind)).toEqual(
    "connected subscribing subscribed bound triggered triggered".split(" "),
  );
  const closed = traces.get("failures.spec-an-app-of-its-own-is-traced-though-it-is-closed-app.jsonl")!;
  expect(closed.header.app).toBe("4711");
  // Not that its end has closed the client's connection, which is nothing that the test did.
  expect(closed.entries.map(({ kind }) => kind)).toEqual(["connected", "subscribing", "subscribed", "triggered"]);
  expect(closed.entries.at(-1)!.data).toBe('{"n":1,"note":"[blanked]"}');
  expect(closed.page.last).toBe(closed.entries.at(-1)!.seq);
  const collected = traces.get("failures.spec-fails-after-an-app-that-nobody-holds-any-more-app.jsonl")!;
  expect(collected.entries).toMatchObject([{ kind: "triggered", data: '{"n":2}' }]);
  const attempts = [...traces].filter(([name]) => name.includes("then-passes"));
  expect(attempts.map(([, { entries }]) => entries.at(-1)?.data).sort()).toEqual(['{"attempt":1}', '{"attempt":2}']);
});

it("traces what concurrent tests have made themselves, and says that the default app is none's", async () => {
  for (const policy of ["on-failure", "always"] as const) {
    const { output, traces } = await ran("concurrent", policy);
    expect([...traces.keys()].sort()).toEqual([
      "concurrent.spec-at-the-same-time-one-has-an-app-of-its-own-app.jsonl",
      "concurrent.spec-at-the-same-time-two-has-an-app-of-its-own-app.jsonl",
    ]);
    expect(output.match(/no trace of the default app, which concurrent tests share/g)).toHaveLength(2);
    for (const [name, { entries }] of traces) {
      expect(entries).toMatchObject([{ data: JSON.stringify({ name: name.includes("-one-") ? "one" : "two" }) }]);
    }
  }
});

it("has with always what has happened when a worker is killed, the event of the callback that did it included", async () => {
  const { traces } = await ran("killed", "always");
  const [own, shared] = [...traces.values()];
  expect([own!.isCut, shared!.isCut]).toEqual([true, true]);
  expect(own!.entries.at(-1)).toMatchObject({ kind: "triggered", data: '{"n":1}' });
  expect(shared!.entries.at(-1)).toMatchObject({ kind: "triggered", data: '{"n":2}' });
});

it("leaves a trace with always of tests that pass, each of its own, and none otherwise", async () => {
  const { traces } = await ran("passing", "always");
  expect(
    [...traces.values()].map(({ header, failure, isCut, entries }) => [header.test, failure, isCut, entries.length]),
  ).toEqual([
    ["passes: first", undefined, false, 1],
    ["passes: second", undefined, false, 1],
  ]);
  expect((await ran("passing", "on-failure")).names).toEqual([]);
});

it("is off unless asked for, and on for failures in CI", async () => {
  expect((await ran("concurrent", "")).names).toEqual([]);
  expect((await ran("concurrent", "false", { CI: "true" })).names).toEqual([]);
  expect((await ran("concurrent", "", { CI: "true" })).names).toHaveLength(2);
});
