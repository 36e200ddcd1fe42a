// `pushrig({ contract })`: what breaks it fails the test.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer, type Plugin, resolveConfig } from "vite";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { withPushrig } from "../../lib/jest";
import pushrig from "../../lib/vitest";
import { ordinaryEnvironment } from "../support/environment";
import { makeProject } from "./project";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Assertion {
  fullName: string;
  status: string;
  failureMessages: string[];
}

/**
 * Runs a file of the fixture in a Vitest of its own; answers its tests, what the file itself has failed with first, and what was printed.
 */
async function ran(
  file: string,
  env: NodeJS.ProcessEnv = {},
): Promise<{ tests: Assertion[]; failure: string; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), "pushrig-contract-"));
  try {
    const report = join(folder, "report.json");
    const config = join(root, "__test__/runners/fixtures/contract/vitest.config.mts");
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const words = [vitest, "run", file, "--config", config, "--reporter=json", "--reporter=default"];
    const output = await new Promise<string>((resolve) => {
      const options = { env: ordinaryEnvironment({ ...env, NO_COLOR: "1" }), cwd: root };
      execFile(process.execPath, [...words, `--outputFile.json=${report}`], options, (_error, stdout, stderr) =>
        resolve(stdout + stderr),
      );
    });
    const { testResults } = JSON.parse(readFileSync(report, "utf8")) as {
      testResults: Array<{ assertionResults: Assertion[]; message: string }>;
    };
    expect(output).not.toContain("Unhandled");
    expect(testResults).toHaveLength(1);
    const [{ message: failure, assertionResults: tests }] = testResults;
    return { tests, failure, output };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The messages of a failure, without their stacks, and without the line of the trigger. */
const said = ({ failureMessages }: Assertion) =>
  failureMessages.map((text) => text.replace(/\n\s+at [^]*/, "").replace(/ — (triggered|sent|joined) at \S+$/, ""));

describe("with a contract", () => {
  let tests: Assertion[];
  let failure: string;
  beforeAll(async () => {
    ({ tests, failure } = await ran("events"));
  });

  const breaks = "breaks the contract (./realtime.schema.ts):";
  const missing = "data.id is missing: Invalid input: expected string, received undefined";

  it("tests pass that keep to it, and the others fail", () => {
    const wrong = tests.filter(({ fullName, status }) => (status === "passed") === fullName.includes("fails: "));
    expect(wrong).toEqual([]);
    expect(tests).toHaveLength(19);
    expect(failure).toBe("");
  });

  it.each([
    [
      "fails: another type, and is published all the same",
      `"new-message" on "task-1" ${breaks} data.id is 7: Invalid input: expected string, received number`,
    ],
    [
      "fails: a misspelt event",
      '"new_message" is no event of "task-*"; did you mean "new-message"? Its events are new-message, task-title-update, slow',
    ],
    [
      "fails: a misspelt channel",
      '"new-message" went to "tsk-1", which is no channel of the contract (./realtime.schema.ts); did you mean "task-*"? Its channels are task-*, presence-room, #server-to-user-*',
    ],
    ["fails: once with what happens often", `"new-message" on "task-1" ${breaks} ${missing}`],
    [
      "fails: in a batch, by a schema of valibot",
      `"task-title-update" on "task-1" ${breaks} data.title is 1: Invalid type: Expected string but received 1`,
    ],
    [
      "fails: to a user",
      `"invited" on "#server-to-user-ada" ${breaks} data.to is missing: Invalid input: expected string, received undefined`,
    ],
    [
      "fails: by pusherMockState",
      `"new-message" on "task-1" ${breaks} data.id is 8: Invalid input: expected string, received number`,
    ],
    [
      "fails: a client event",
      `"client-typing" on "presence-room" ${breaks} data.on is 1: Invalid input: expected boolean, received number`,
    ],
    [
      "fails: a member",
      `a member of "presence-room" ${breaks} user_info.name is missing: Invalid input: expected string, received undefined`,
    ],
    [
      "fails: a member whom the application's server signs",
      `a member of "presence-room" ${breaks} user_info.name is 1: Invalid input: expected string, received number`,
    ],
    ["fails: a schema that takes its time", `"slow" on "task-1" ${breaks} data is "never": Invalid input`],
    [
      "fails: in an app that is closed before the test is over",
      `"new-message" on "task-1" ${breaks} data.id is 9: Invalid input: expected string, received number`,
    ],
    [
      "fails: with fake timers",
      `"new-message" on "task-1" ${breaks} data.id is 10: Invalid input: expected string, received number`,
    ],
  ])("%s", (title, message) => {
    const test = tests.find(({ fullName }) => fullName === title);
    expect(said(test!)).toEqual([`Error: pushrig: ${message}`]);
  });

  it.each([
    ["fails: a member", 'rig.client({ user: { id: "ada", info: { nick: "Ada" } } }).subscribe('],
    ["fails: a member whom the application's server signs", "const room = client.subscribe("],
  ])("%s, by the line that subscribes", (title, line) => {
    const source = readFileSync(join(root, "__test__/runners/fixtures/contract/events.spec.ts"), "utf8").split("\n");
    const { failureMessages } = tests.find(({ fullName }) => fullName === title)!;
    const [, number] = / — joined at \S*events\.spec\.ts:(\d+):\d+$/m.exec(failureMessages[0] ?? "") ?? [];
    expect(source[Number(number) - 1]).toContain(line);
  });

  it("several breaches fail one test together, and each test with its own", () => {
    const two = tests.find(({ fullName }) => fullName.includes("several channels"));
    expect(said(two!)).toEqual([
      `Error: pushrig: "new-message" on "task-1" ${breaks} ${missing}`,
      `Error: pushrig: "new-message" on "task-2" ${breaks} ${missing}`,
    ]);
    const beside = tests.find(({ fullName }) => fullName.includes("the other"));
    expect(said(beside!)).toHaveLength(20);
  });
});

it("a file that is no contract fails every test that triggers, once, with what is wrong", async () => {
  const { tests } = await ran("events", { CONTRACT: "./broken.schema.ts" });
  expect(tests.filter(({ status }) => status === "passed")).toEqual([]);
  expect(said(tests.find(({ fullName }) => fullName.includes("happens often"))!)).toEqual([
    'TypeError: pushrig: "new-message" of "task-*" in the contract (./broken.schema.ts) is no Standard Schema, such as zod (3.24 and newer), valibot and arktype make, but {"id":"string"}',
  ]);
});

it("what breaks it while no test is running fails the file", async () => {
  const { tests, failure, output } = await ran("between");
  expect(tests.map(({ status }) => status)).toEqual(["passed"]);
  expect(failure).toContain('"when-read" is no event of "task-*"');
  for (const event of ["when-read", "before-all", "after-all"]) {
    expect(output).toMatch(
      new RegExp(`^Error: pushrig: "${event}" is no event of "task-\\*".*between\\.spec\\.ts`, "m"),
    );
  }
});

describe("the option contract", () => {
  it.each([[true], [""], [["./a.ts"]], [{}]])("is the path of a file, and not %j", (contract) => {
    const message = 'pushrig: contract is the path of a file, such as "./src/realtime.schema.ts", not ';
    expect(() => pushrig({ contract: contract as any })).toThrow(message);
    expect(() => withPushrig({}, { contract: contract as any })).toThrow(message);
  });

  it("has what the file imports optimized ahead of the tests: found later, it would reload the page of one", async () => {
    const project = makeProject();
    onTestFinished(() => project.remove());
    writeFileSync(project.path("src/realtime.schema.ts"), "export default {};");
    const plugins = [pushrig({ contract: "./src/realtime.schema.ts" }) as unknown as Plugin];
    const config = await resolveConfig({ root: project.root, configFile: false, logLevel: "silent", plugins }, "serve");
    expect(config.optimizeDeps.entries).toEqual(["./src/realtime.schema.ts"]);
  });

  it("names a file that is there", async () => {
    const project = makeProject();
    onTestFinished(() => project.remove());
    const plugins = [pushrig({ contract: "./src/realtime.schema.ts" }) as unknown as Plugin];
    await expect(createServer({ root: project.root, configFile: false, logLevel: "silent", plugins })).rejects.toThrow(
      `pushrig: contract names ./src/realtime.schema.ts, and there is no ${project.path("src/realtime.schema.ts")}`,
    );
  });
});
