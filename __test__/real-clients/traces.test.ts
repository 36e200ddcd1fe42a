// The page of a trace, `pushrig open FILE`, as a person uses it.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { createMockPusher } from "pushrig";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Running } from "../command/running.js";
import { Chromium } from "./chromium.js";

let chromium: Chromium;
beforeAll(async () => {
  chromium = await Chromium.launch();
});
afterAll(() => chromium.close());

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "pushrig-traces-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** The trace of a test in which ada sees the first message, and not the second. */
async function trace(): Promise<string> {
  const app = createMockPusher();
  const ada = app.client({ name: "ada" });
  ada.subscribe("task-1").bind("new-message", () => {});
  await app.channel("task-1").subscribed();
  await app.server.trigger("task-1", "new-message", { id: "m1" });
  await app.server.trigger("task-1", "new_message", { id: "<b>m2</b>" });
  const failure = new Error("expected [m1, m2], got [m1]");
  const path = app.writeTrace(join(folder(), "room.jsonl"), { test: "shows each message once", failure });
  await app.close();
  return path;
}

/** Opens a trace as `npx pushrig open FILE` does, in a tab. */
async function opened(file: string): Promise<{ page: Page; url: string }> {
  const running = new Running(["open", file, "--no-browser"]);
  const [, url] = await running.shows(/page {6}(http\S+)\n/);
  const page = await chromium.blank();
  onTestFinished(() => page.close());
  await page.goto(url);
  return { page, url };
}

const alert = (page: Page) => page.getByRole("alert");
const row = (page: Page, text: string) => page.getByRole("option").filter({ hasText: text });

it("shows the test, its failure, what happened, and why an event did not arrive", async () => {
  const { page } = await opened(await trace());
  await expect
    .poll(() => page.getByRole("heading", { level: 2 }).first().textContent())
    .toBe("shows each message once");
  await expect.poll(() => page.locator(".about pre").textContent()).toContain("Error: expected [m1, m2], got [m1]");
  await row(page, "new_message").click();
  const details = page.getByRole("complementary");
  await expect.poll(() => details.textContent()).toContain('nothing is bound to "new_message"');
  await expect.poll(() => details.textContent()).toContain("<b>m2</b>");
  await row(page, '{"id":"m1"}').click();
  await expect.poll(() => details.textContent()).toContain("ada got");
  expect(await page.title()).toBe("pushrig shows each message once");
  expect(await alert(page).count()).toBe(0);
  // What takes a gateway is not there.
  for (const name of ["Channels", "Send", "Webhooks", "Connect", "Pause", "Restart", "Replay", "Edit and send"]) {
    expect(await page.getByRole("button", { name, exact: true }).count()).toBe(0);
  }
});

it("opens at the line that its address names, and filters", async () => {
  const { page, url } = await opened(await trace());
  await row(page, "new_message").click();
  const [, seq] = /#(\d+)$/.exec(page.url()) ?? [];
  const again = await chromium.blank();
  onTestFinished(() => again.close());
  await again.goto(`${url}#${seq}`);
  await expect.poll(() => again.getByRole("complementary").textContent()).toContain("new_message");
  await again.getByRole("searchbox").fill("event:new-message");
  await expect.poll(() => row(again, "m2").count()).toBe(0);
  expect(await row(again, "m1").count()).toBe(1);
});

it("asks nobody but who serves it", async () => {
  const before = chromium.contacted.length;
  const { page, url } = await opened(await trace());
  await row(page, "new_message").click();
  await expect.poll(() => page.getByRole("complementary").textContent()).toContain("nothing is bound");
  const hosts = new Set(chromium.contacted.slice(before).map(({ host }) => host));
  expect([...hosts]).toEqual([new URL(url).host]);
});

it("shows what was before a reset as well, with who was there then", async () => {
  const app = createMockPusher();
  app
    .client({ name: "ada" })
    .subscribe("task-1")
    .bind("first", () => {});
  await app.channel("task-1").subscribed();
  const file = join(folder(), "resets.jsonl");
  await app.server.trigger("task-1", "first", {});
  app.writeTrace(file, { test: "resets" });
  const before = readFileSync(file, "utf8").trimEnd().split("\n").slice(0, -1);
  app.reset();
  await app.server.trigger("task-1", "second", {});
  app.writeTrace(file, { test: "resets" });
  const after = readFileSync(file, "utf8").trimEnd().split("\n").slice(1);
  await app.close();
  writeFileSync(file, `${[...before, ...after].join("\n")}\n`);
  const { page } = await opened(file);
  await row(page, "reset() began a new page.").waitFor();
  await row(page, "first").last().click();
  await expect.poll(() => page.getByRole("complementary").textContent()).toContain("ada got");
  await row(page, "second").click();
  await expect.poll(() => page.getByRole("complementary").textContent()).not.toContain("ada got");
});

describe("what is wrong has its sentence on the page", () => {
  const HEADER = '{"v":1,"trace":"pushrig","test":"greets"}';

  it.each([
    [
      "is cut",
      `${HEADER}\n{"seq":1,"t":0,"kind":"reset"}\n{"seq":2,`,
      "has no end: its process has died, or the file was cut.",
    ],
    [
      "is damaged",
      `${HEADER}\n{"seq":1,"t":0,"kind":"reset"}\nhalf\n{"failure":null}\n`,
      "is damaged: line 3 is not JSON",
    ],
  ])("a trace that %s is shown as far as it goes", async (_, text, sentence) => {
    const file = join(folder(), "room.jsonl");
    writeFileSync(file, text);
    const { page } = await opened(file);
    await expect.poll(() => alert(page).textContent()).toContain(`${file} ${sentence}`);
    expect(await row(page, "reset()").count()).toBe(1);
  });

  it.each([
    ["an empty file", "", "is empty, and no trace"],
    ["some text", "half a trace\n", "is no trace: a trace begins with a line of JSON"],
    ["another version", '{"v":7,"trace":"pushrig"}\n', "is a trace of version 7, and this pushrig reads version 1"],
    ["the first half of a line", '{"v":1,"tr', "is cut within its first line"],
    ["what --json has printed", '{"v":1,"type":"listening"}\n', "is no trace, but what pushrig --json has printed"],
  ])("a trace that has become %s", async (_, text, sentence) => {
    const file = await trace();
    const { page } = await opened(file);
    await row(page, "new_message").waitFor();
    writeFileSync(file, text);
    await page.reload();
    await expect.poll(() => alert(page).textContent()).toContain(`${file} ${sentence}`);
    expect(await row(page, "new_message").count()).toBe(0);
  });

  it("a trace that is gone", async () => {
    const file = await trace();
    const { page } = await opened(file);
    rmSync(file);
    await page.reload();
    await expect
      .poll(() => alert(page).textContent())
      .toContain(`cannot read ${file} (ENOENT): give the path of a trace`);
  });
});

it("reads a trace anew that was written on, when it is loaded anew", async () => {
  const file = join(folder(), "room.jsonl");
  writeFileSync(
    file,
    '{"v":1,"trace":"pushrig"}\n{"seq":1,"t":0,"kind":"triggered","channel":"a","event":"one","subscribers":0}\n',
  );
  const { page } = await opened(file);
  await expect.poll(() => alert(page).textContent()).toContain("has no end");
  appendFileSync(
    file,
    '{"seq":2,"t":1,"kind":"triggered","channel":"a","event":"two","subscribers":0}\n{"failure":null}\n',
  );
  await page.reload();
  await row(page, "two").waitFor();
  expect(await alert(page).count()).toBe(0);
});
