// Playwright's own runner in a project, and what it reports.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../scripts/free-port.mjs";
import { chromium } from "../../scripts/real-clients.mjs";
import { ordinaryEnvironment } from "./environment";

/** Chromium itself calls home unless it is told not to. */
const QUIET =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

interface Attachment {
  name: string;
  /** Of a file: where it was, and what stood in it. */
  path?: string;
  body?: string;
}

interface Test {
  title: string;
  annotations: Array<{ type: string; description?: string }>;
  attachments: Attachment[];
  /** Of what has failed, as it is told. */
  errors: string[];
}

interface Suite {
  suites?: Suite[];
  specs: Array<{
    title: string;
    tests: Array<{
      annotations: Test["annotations"];
      results: Array<{ attachments: Attachment[]; errors: Array<{ message?: string }> }>;
    }>;
  }>;
}

export interface Outcome {
  /** Everything it has printed. */
  text: string;
  stats: { expected: number; unexpected: number; flaky: number; skipped: number };
  tests: Test[];
}

/** Milliseconds that a run may take, which on a busy machine compiles an application first. */
const LONGEST = 300_000;

/** Runs tests of a project, whose configuration takes ports and the browser from the environment. */
export async function playwright(
  cwd: string,
  words: string[],
  variables: Record<string, string> = {},
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "pushrig-playwright-run-"));
  const report = join(folder, "report.json");
  const env = ordinaryEnvironment({
    PUSHRIG_PORT: String(await freePort()),
    PUSHRIG_CHROMIUM: chromium() ?? "",
    CHROMIUM_ARGS: QUIET,
    NEXT_TELEMETRY_DISABLED: "1",
    NO_COLOR: "1",
    PLAYWRIGHT_JSON_OUTPUT_NAME: report,
    ...variables,
  });
  const program = ["node_modules/@playwright/test/cli.js", "test", "--reporter=json", `--output=${folder}/results`];
  const text = await new Promise<string>((resolve) => {
    const options = { cwd, env, timeout: LONGEST, killSignal: "SIGTERM", maxBuffer: Infinity } as const;
    execFile(process.execPath, [...program, ...words], options, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
  try {
    const { stats, suites } = JSON.parse(readFileSync(report, "utf8")) as Pick<Outcome, "stats"> & { suites: Suite[] };
    const tests = suites.flatMap(testsOf);
    for (const attachment of tests.flatMap(({ attachments }) => attachments)) {
      const { name, path } = attachment;
      if (path !== undefined && name === "pushrig.jsonl") attachment.body = readFileSync(path, "base64");
    }
    return { text, stats, tests };
  } catch {
    throw new Error(`Playwright has reported nothing:\n${text}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function testsOf({ suites = [], specs }: Suite): Test[] {
  const own = specs.flatMap(({ title, tests }) =>
    tests.map(({ annotations, results }) => ({
      title,
      annotations,
      attachments: results.flatMap(({ attachments }) => attachments),
      errors: results.flatMap(({ errors }) => errors.map(({ message = "" }) => message)),
    })),
  );
  return [...own, ...suites.flatMap(testsOf)];
}

/** Why tests have failed, one below the other. */
export function failures({ tests, text }: Outcome): string {
  const failed = tests.filter(({ errors }) => errors.length > 0);
  return failed.length === 0 ? text : failed.map(({ title, errors }) => `${title}: ${errors.join("\n")}`).join("\n\n");
}

/** `12 as expected`, or what was not. */
export function summary(outcome: Outcome): string {
  const { expected, unexpected, flaky, skipped } = outcome.stats;
  const others = Object.entries({ unexpected, flaky, skipped }).filter(([, count]) => count > 0);
  const counts = [`${expected} as expected`, ...others.map(([name, count]) => `${count} ${name}`)].join(", ");
  return others.length === 0 ? counts : `${counts}\n${failures(outcome)}`;
}

/** The lines of the trace that is attached to a test. */
// oxlint-disable-next-line typescript/no-explicit-any -- JSON
export function traceOf({ attachments }: Test): any[] {
  const { body = "" } = attachments.find(({ name }) => name === "pushrig.jsonl") ?? {};
  const lines = Buffer.from(body, "base64").toString().trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}
