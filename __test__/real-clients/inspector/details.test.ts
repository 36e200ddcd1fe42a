import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { ordinaryEnvironment } from "../../support/environment.js";
import { openPage, story, useChromium } from "./opened.js";

useChromium();

const root = fileURLToPath(new URL("../../..", import.meta.url));
const run = promisify(execFile);
const copied = (page: Page) => page.evaluate(() => navigator.clipboard.readText());

async function copy(page: Page, name: string): Promise<string> {
  await page.evaluate(() => navigator.clipboard.writeText(""));
  await page.getByRole("button", { name }).click();
  await expect.poll(() => copied(page)).not.toBe("");
  return copied(page);
}

describe("a row that is opened", () => {
  it("tells who got it, and who did not, and why", async () => {
    const { row, details } = await openPage({ before: story });
    await row("passkey").click();
    await details.getByText("1 of 2 got it").waitFor();
    const told = await details.locator(".got li p").allTextContents();
    expect(told).toEqual([
      expect.stringMatching(/^ada got "title" on "task-1" \(#\d+\)\.$/),
      expect.stringContaining('grace is subscribed, but nothing is bound to "title"'),
      expect.stringMatching(/^bob was subscribed to "task-1" at #\d+; "title" went out at #\d+/),
    ]);
    const late = details.locator(".got h3", { hasText: "Not subscribed then" }).locator("+ ul > li");
    expect(await late.allTextContents()).toEqual([expect.stringContaining("bob was subscribed")]);
    // A cross is for those who were to get it.
    expect(await late.getAttribute("data-received")).toBeNull();
    await details.getByText('"Sign in with a passkey"').waitFor();
    await details.getByText(/^43 B of 10 KB/).waitFor();
  });

  it("says that nobody was there, and what was meant", async () => {
    const { row, details } = await openPage({ before: story });
    await row("status").click();
    await details.getByText("Nobody got it").waitFor();
    expect(await details.locator(".got li p").allTextContents()).toEqual([
      expect.stringMatching(/^Nobody was subscribed to "task-2" when "status" went out .* did you mean that\?/),
      ...["ada", "grace", "bob"].map((who) =>
        expect.stringContaining(
          `${who} never subscribed to "task-2". ${who} subscribed to "task-1": did you mean that?`,
        ),
      ),
    ]);
  });

  it("opens by its address, which is of one row and survives a reload", async () => {
    const { page, row, details, gateway } = await openPage({ before: story });
    await row("passkey").click();
    await details.getByText("1 of 2 got it").waitFor();
    const address = page.url();
    expect(address).toMatch(new RegExp(`^${gateway.url}/#\\d+$`));
    await page.reload();
    await details.getByText("1 of 2 got it").waitFor();
    await page.goto(`${gateway.url}/#999999`);
    await details.getByText("#999999 is not here.").waitFor();
  });

  it("follows what led to what", async () => {
    const { page, row, details } = await openPage({
      async before(app) {
        const ada = app.client({ name: "ada" });
        ada.subscribe("task-1");
        await app.channel("task-1").subscribed();
        ada.disconnect();
      },
    });
    await row("ada leaves task-1").click();
    const cause = details.locator(".chain a").first();
    await cause.waitFor();
    const seq = (await cause.textContent()) ?? "";
    await cause.click();
    await details.getByRole("heading", { name: seq }).waitFor();
    expect(page.url()).toContain(seq);
  });

  it("is replayed, to everybody and to one client only", async () => {
    const { app, row, details, page } = await openPage({ before: story });
    await row("passkey").click();
    await page.getByRole("button", { name: "Replay", exact: true }).click();
    await details.getByText(/^Sent again: #\d+\.$/).waitFor();
    await app.channel("task-1").triggered("title", { id: "m1" }, { times: 2 });
    await page.getByRole("button", { name: "Replay to bob only" }).click();
    await app.channel("task-1").triggered("title", { id: "m1" }, { times: 3 });
    await expect
      .poll(() => row("passkey").locator(".reach").allTextContents())
      .toEqual(["2 clients", "3 clients", "1 of 3 clients"]);
    await row("passkey").nth(2).click();
    await details.getByText("1 of 3 got it").waitFor();
    expect(await details.locator('.got li[data-received="true"] p').allTextContents()).toEqual([
      expect.stringMatching(/^bob got/),
    ]);
  });

  it("is edited and sent", async () => {
    const { app, row, page } = await openPage({ before: story });
    await row("passkey").click();
    await page.getByRole("button", { name: "Edit and send" }).click();
    const form = page.getByRole("form", { name: "Send an event" });
    expect(await form.getByLabel("Channel", { exact: true }).inputValue()).toBe("task-1");
    expect(await form.getByLabel("Event", { exact: true }).inputValue()).toBe("title");
    const data = await form.getByLabel("Data").inputValue();
    await form.getByLabel("Data").fill(data.replace("m1", "m7"));
    await form.getByRole("button", { name: "Send" }).click();
    await form.getByText(/^Sent: #\d+$/).waitFor();
    await app.channel("task-1").triggered("title", { id: "m7", text: "Sign in with a passkey" });
  });

  it("is copied as a line for curl, which works in a shell, quotes and all", async () => {
    const data = { text: `it's "quoted" $HOME \`id\` \\ 日本`, n: 1 };
    const { app, row, page } = await openPage({
      before: (app) => app.server.trigger("task-1", "it", data),
    });
    await row("it").click();
    await run("sh", ["-c", await copy(page, "Copy as curl")]);
    const twice = await app.channel("task-1").triggered("it", data, { times: 2 });
    expect(twice.data).toEqual(data);
  });

  it("is copied as a test, which compiles and passes, of every kind of event", { timeout: 120_000 }, async () => {
    const folder = join(root, ".cache");
    mkdirSync(folder, { recursive: true });
    const project = mkdtempSync(join(folder, "copied-"));
    onTestFinished(() => rmSync(project, { recursive: true }));
    const { page, details, row } = await openPage({
      async before(app) {
        const hears = { name: "ada", user: { id: "ada" } };
        const ada = app.client(hears);
        ada.signin();
        const room = ada.subscribe("presence-room");
        app.client({ name: "bob" }).subscribe("presence-room");
        await app.channel("presence-room").subscribed({ count: 2 });
        room.trigger("client-typing", { on: true });
        await app.server.trigger("task-1", `it's "quoted" \${1}`, {
          text: "`${x}` \u2028 \\",
          list: [1, null, { deep: [] }],
        });
        await app.server.trigger("private-task", "text", "no JSON: {");
        await app.server.trigger("private-cache-task", "proto", JSON.stringify({ a: 1 }).replace('"a"', '"__proto__"'));
        await app.server.trigger("private-task", "big", "x".repeat(9_000));
        await app.server.sendToUser("ada", "hello", [1, 2]);
        await app.idle();
      },
    });
    const events = ["client-typing", "quoted", "text", "proto", "big", "hello"];
    for (const [at, event] of events.entries()) {
      await row(event).first().click();
      await details.getByText("got it").waitFor();
      writeFileSync(join(project, `${at}.test.ts`), await copy(page, "Copy as test"));
    }
    // Larger than what rows keep of it: the copy has all.
    writeFileSync(
      join(project, "vitest.config.mjs"),
      `export default { test: { root: ${JSON.stringify(project)} }, resolve: { alias: { pushrig: ${JSON.stringify(join(root, "dist/index.js"))} } } };`,
    );
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          target: "es2022",
          module: "nodenext",
          types: ["node"],
          skipLibCheck: true,
          paths: { pushrig: [join(root, "index.d.ts")] },
        },
      }),
    );
    const compiled = run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", project]);
    const passed = run(
      process.execPath,
      [
        join(root, "node_modules/vitest/vitest.mjs"),
        "run",
        `--root=${project}`,
        `--config=${join(project, "vitest.config.mjs")}`,
        "--reporter=json",
        // All in one process.
        "--no-isolate",
        "--no-file-parallelism",
      ],
      { env: ordinaryEnvironment() },
    );
    const [{ stdout }] = await Promise.all([passed, compiled]);
    const { numPassedTests, numFailedTests } = JSON.parse(stdout.slice(stdout.indexOf('{"num'))) as Record<
      string,
      number
    >;
    expect({ numPassedTests, numFailedTests }).toEqual({ numPassedTests: events.length, numFailedTests: 0 });
  });
});
