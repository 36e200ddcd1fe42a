// `pushrig/playwright` with Playwright's own runner, two workers, and an application that `pushrig/next` has opened the gateway of.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../scripts/free-port.mjs";
import { failures, type Outcome, playwright, summary, traceOf } from "../support/playwright";

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
  expect(summary(outcome)).toBe("9 as expected");
  const isOurs = ({ annotations }: (typeof outcome.tests)[number]) =>
    annotations.some(({ type }) => type === "pushrig");
  expect(outcome.tests.filter(isOurs)).toMatchObject([
    {
      title: "a fault that matches nothing",
      annotations: [
        {
          type: "pushrig",
          description: 'lose({ channel: "task-2" }) is over and matched nothing; triggered were: "task-1"',
        },
      ],
    },
  ]);
});

it("does what the guide shows", { timeout: 120_000 }, async () => {
  expect(summary(await run("guide"))).toBe("2 as expected");
});

it("works with contexts that are used again, as editors have it", { timeout: 120_000 }, async () => {
  const outcome = await run("messages", { PW_TEST_REUSE_CONTEXT: "1" });
  expect(summary(outcome)).toBe("14 as expected");
});

describe("a test that fails", () => {
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await playwright(folder, ["fails.e2e", "unhinted.e2e"], {
      APP_PORT: String(await freePort()),
      FAILS: "true",
    });
  }, 120_000);

  const called = (title: string): Outcome["tests"][number] => {
    const found = outcome.tests.find((test) => test.title === title);
    if (found === undefined) throw new Error(`no test ${title}`);
    return found;
  };
  const toldOf = (title: string): string[] =>
    called(title)
      .attachments.filter(({ name }) => name === "pushrig")
      .map(({ body = "" }) => Buffer.from(body, "base64").toString());

  it("leaves a trace, whose last entry is the reason", () => {
    expect({ ...outcome.stats, why: failures(outcome) }).toMatchObject({ expected: 0, unexpected: 5 });
    expect(called("awaits no matcher").errors.join()).toContain("pushrig: nobody awaited expect(…).toHaveTriggered()");
    const [header, ...entries] = traceOf(called("fails on purpose"));
    expect(header).toMatchObject({ trace: "pushrig", test: expect.stringContaining("fails on purpose") });
    expect(entries.at(-1).failure).toContain('Nobody received "never" on "task-1" within 300 ms.');
  });

  it("is told of what nobody heard and is nearly right, also of what its pages have bound", () => {
    const hint =
      /^pushrig: in this test\n {2}nobody has bound "new_message" on "task-1"; did you mean "new-message", which user ada has\?\n {2}"new-message" on "tasks-1" went to nobody; did you mean "task-1", which has subscribers\?$/;
    const title = "expects what a misspelt event was to bring";
    expect(toldOf(title)).toEqual([expect.stringMatching(hint)]);
    expect(traceOf(called(title)).at(-1).failure).toContain('did you mean "new-message", which user ada has?');
    expect(toldOf("expects it in a page of its own")).toEqual([
      'pushrig: in this test\n  nobody has bound "new-mesage" on "task-1"; did you mean "new-message", which user grace has?',
    ]);
  });

  it("is told nothing where there is nothing, or where hints are turned off", () => {
    for (const title of ["fails on purpose", "awaits no matcher", "fails without a hint"])
      expect(toldOf(title)).toEqual([]);
  });
});
