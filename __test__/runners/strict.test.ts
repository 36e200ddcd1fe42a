// Strictness, hints and matchers that nobody awaits, in tests that run with the plugin.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { ordinaryEnvironment } from "../support/environment";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Assertion {
  fullName: string;
  status: string;
  failureMessages: string[];
}

/** Runs one file of the fixture in a Vitest of its own. `failure` is what the file itself fails with, without stacks. */
async function ran(
  file: string,
  { env = {}, failure = "" }: { env?: NodeJS.ProcessEnv; failure?: string } = {},
): Promise<{ tests: Assertion[]; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), "pushrig-strict-"));
  try {
    const report = join(folder, "report.json");
    const config = join(root, "__test__/runners/fixtures/strict/vitest.config.mts");
    const words = [join(root, "node_modules/vitest/vitest.mjs"), "run", "--config", config];
    const reporters = ["--reporter=json", `--outputFile.json=${report}`, "--reporter=default"];
    const output = await new Promise<string>((resolve) => {
      const options = {
        env: ordinaryEnvironment({ ...env, STRICT_FILE: file, NO_COLOR: "1" }),
        cwd: root,
      };
      execFile(process.execPath, [...words, ...reporters], options, (_error, stdout, stderr) =>
        resolve(stdout + stderr),
      );
    });
    const { testResults } = JSON.parse(readFileSync(report, "utf8")) as {
      testResults: Array<{ assertionResults: Assertion[]; message: string }>;
    };
    expect(testResults.map(({ message }) => short(message.replace(/\n\s+at [^]*/, "")))).toEqual([failure]);
    expect(output).not.toContain("Unhandled");
    return { tests: testResults.flatMap(({ assertionResults }) => assertionResults), output };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Tests that have not gone as their titles say. */
const surprises = (tests: Assertion[]) =>
  tests.filter(({ fullName, status }) => (status === "passed") === fullName.includes("fails: "));

/** Source lines without folders and columns. */
const short = (text: string) => text.replaceAll(/[\w/]+\/(\w+\.spec\.ts:\d+):\d+/g, "$1");

/** What a test has failed with, without stacks. */
function said(tests: Assertion[], title: string): string[] {
  const { failureMessages = [] } = tests.find(({ fullName }) => fullName.endsWith(title)) ?? {};
  return failureMessages.map((text) => short(text.replace(/\n\s+at [^]*/, "")));
}

describe("under the plugin, strictness", () => {
  let tests: Assertion[];
  beforeAll(async () => {
    ({ tests } = await ran("strict"));
  });

  it("fails the tests that make a mistake, and no others", () => {
    expect(surprises(tests)).toEqual([]);
    expect(tests).toHaveLength(13);
  });

  it("tells each mistake with its line", () => {
    const alone = (event: string) =>
      `Error: pushrig: nobody was subscribed when "new-message" on ${event} was triggered`;
    expect(said(tests, "nobody there")).toEqual([alone('"task-1" (strict.spec.ts:20)')]);
    expect(said(tests, "a misspelt event")).toEqual([
      'Error: pushrig: nobody has bound "new_message" on "task-1" (strict.spec.ts:25), and mock-connection-1 has bound "new-message" there: ' +
        "is one of them misspelt?",
    ]);
    expect(said(tests, "a subscription that stays")).toEqual([
      'Error: pushrig: at the reset mock-connection-1 was still subscribed to "task-1" (strict.spec.ts:30) with "new-message" bound. ' +
        "Clean up with unsubscribe(), unbind() or disconnect()",
    ]);
    expect(said(tests, "a trigger that nobody awaits")).toEqual([
      'Error: pushrig: nobody awaited trigger("task-1", "new-message") (strict.spec.ts:35): where it is sent for real, it may never be. ' +
        "Await or return it, or hand it to what keeps the function alive, as after() or waitUntil() do",
    ]);
    expect(said(tests, "closed or not").join("\n")).toMatch(/task-true[^]*task-false/);
    for (const [title, who, line] of [
      ["in an app that nobody closes", "ada", 48],
      ["once", "bob", 58],
    ] as const) {
      expect(said(tests, title)).toEqual([
        `Error: pushrig: at the end of its test ${who} was still subscribed to "task-1" (strict.spec.ts:${line}). ` +
          "Clean up with unsubscribe(), unbind() or disconnect()",
      ]);
    }
    expect(said(tests, "what a reset in the test finds")).toEqual([
      'Error: pushrig: at the reset mock-connection-1 was still subscribed to "task-1" (strict.spec.ts:71). ' +
        "Clean up with unsubscribe(), unbind() or disconnect()",
    ]);
    expect(said(tests, "the one that has triggered")).toEqual([alone('"task-1" (strict.spec.ts:78)')]);
  });

  it("fails the file with what happens while no test is running, before the first one and after the last", async () => {
    const unheard = (channel: string, line: number) =>
      `pushrig: nobody was subscribed when "e" on "${channel}" (between.spec.ts:${line}) was triggered`;
    // The report has the first of them.
    const { tests, output } = await ran("between", { failure: unheard("when-read", 10) });
    const told = [...short(output).matchAll(/^(?:Error: )?(pushrig: .*)$/gm)].map(([, text]) => text);
    expect(new Set(told)).toEqual(
      new Set([
        unheard("when-read", 10),
        unheard("before-all", 11),
        unheard("after-all", 13),
        unheard("its-own", 20),
        'pushrig: at the reset mock-connection-1 was still subscribed to "stays" (between.spec.ts:14). ' +
          "Clean up with unsubscribe(), unbind() or disconnect()",
        'pushrig: nobody awaited trigger("stays", "e") (between.spec.ts:15): where it is sent for real, it may never be. ' +
          "Await or return it, or hand it to what keeps the function alive, as after() or waitUntil() do",
      ]),
    );
    expect(surprises(tests)).toEqual([]);
    expect(said(tests, "its own mistake alone")).toEqual([`Error: ${unheard("its-own", 20)}`]);
  });
});

describe("under the plugin, a test that fails", () => {
  /** What was printed for each test. */
  const printed = (output: string) =>
    [...output.matchAll(/^pushrig: in this test\n((?: {2}.*\n)+)/gm)].map(([, lines]) =>
      short(lines!).trimEnd().split("\n"),
    );

  it("is told once of events that went to nobody and are nearly right", async () => {
    const { tests, output } = await ran("hints");
    expect(surprises(tests)).toEqual([]);
    expect(tests).toHaveLength(7);
    const bound = "which mock-connection-1 has?";
    expect(printed(output)).toEqual([
      ['  "new-message" on "task_1" (hints.spec.ts:11) went to nobody; did you mean "task-1", which has subscribers?'],
      [`  nobody has bound "new_message" on "task-1" (hints.spec.ts:18); did you mean "new-message", ${bound}`],
      [`  nobody has bound "new-messages" on "task-1" (hints.spec.ts:52); did you mean "new-message", ${bound}`],
      [
        ...["a", "b", "c"].map(
          (letter) =>
            `  nobody has bound "${letter}_event" on "task-1" (hints.spec.ts:62); did you mean "${letter}-event", ${bound}`,
        ),
        "  and 2 more",
      ],
    ]);
  });

  it("is told nothing with `hints: false`", async () => {
    const { tests, output } = await ran("hints", { env: { STRICT_HINTS: "false" } });
    expect(surprises(tests)).toEqual([]);
    expect(printed(output)).toEqual([]);
  });
});

describe("under the plugin, a matcher that has to be awaited", () => {
  it("fails its test when nobody does", async () => {
    const { tests } = await ran("awaited");
    expect(surprises(tests)).toEqual([]);
    expect(tests).toHaveLength(4);
    const text = (call: string, line: number) =>
      `Error: pushrig: nobody awaited expect(…).${call}() (awaited.spec.ts:${line}), so the test has not waited for it. Write await before it.`;
    expect(said(tests, "that would pass")).toEqual([text("toReceive", 11)]);
    expect(said(tests, "one that would not")).toEqual([text("toReceive", 15)]);
    expect(said(tests, "one with not")).toEqual([text("not.toReceive", 20)]);
  });
});
