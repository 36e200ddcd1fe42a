import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { rolldown } from "rolldown";
import { afterEach, beforeEach, expect, it } from "vitest";
import { python } from "../../scripts/real-clients.mjs";
import { inNode } from "./client.js";
import { Inbox } from "./inbox.js";
import { World } from "./world.js";

const world = World.forThisFile({ browser: true });
const root = fileURLToPath(new URL("../..", import.meta.url));
const started: ChildProcess[] = [];
const pages: Page[] = [];
let folder: string;

/** An application that has the packages of the documents. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pushrig-docs-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules", "pushrig"), "dir");
  for (const name of ["pusher", "pusher-js", "laravel-echo"]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name), "dir");
  }
});
afterEach(async () => {
  for (const child of started.splice(0)) child.kill();
  await Promise.all(pages.splice(0).map((page) => page.close()));
  rmSync(folder, { recursive: true });
});

/** The code blocks of a document that somebody can run; a `text` only shows something. */
function blocksOf(document: string): string[] {
  const text = readFileSync(join(root, "docs", document), "utf8");
  return [...text.matchAll(/^```(?!text)\w+\n(.*?)^```$/gms)].map(([, code]) => code);
}

/** Those that a test has taken. */
const taken = new Set<string>();

/** The one code block of a document that has these words in it; its port is the gateway's. */
function block(document: string, words: string): string {
  const found = blocksOf(document).filter((code) => code.includes(words));
  expect(found, `code blocks of ${document} with ${words}`).toHaveLength(1);
  taken.add(found[0]);
  return found[0].replaceAll("6001", String(world.gateway.port));
}

/** Starts a program; every line that it prints is heard as `"" "printed"`. */
function start(program: string, code: string, name: string): Inbox {
  const file = join(folder, name);
  writeFileSync(file, code);
  const inbox = new Inbox();
  const child = spawn(program, [file], { stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => inbox.hear("", "printed", text.trim()));
  }
  return inbox;
}

/** Bundles modules as for a browser, the last one being the page's, and opens it; what it logs is heard likewise. */
async function openPage(modules: Record<string, string>): Promise<Inbox> {
  const names = Object.keys(modules);
  for (const name of names) writeFileSync(join(folder, name), modules[name]);
  const bundle = await rolldown({
    input: join(folder, names.at(-1)!),
    platform: "browser",
    resolve: { conditionNames: ["browser", "module", "import", "default"], symlinks: false },
    transform: { define: { "process.env.NEXT_PUBLIC_PUSHRIG_URL": JSON.stringify(world.gateway.url) } },
  });
  const { output } = await bundle.generate({ format: "iife" });
  await bundle.close();
  const inbox = new Inbox();
  const page = await world.chromium().open(() => {});
  pages.push(page);
  page.on("console", (message) => inbox.hear("", "printed", message.text()));
  page.on("pageerror", (error) => inbox.hear("", "printed", error.message));
  await page.addScriptTag({ content: output[0].code });
  return inbox;
}

/** Publishes once somebody is there. */
async function publish(channel: string, event: string, data: unknown): Promise<void> {
  await expect.poll(() => world.subscribers(channel), { timeout: 10_000 }).toBeGreaterThan(0);
  await world.server.trigger(channel, event, data);
}

const slow = { timeout: 30_000 };

it.each(["browser.md", "other-languages.md"])("%s: the gateway of a server", slow, async (document) => {
  const code = block(document, 'import { listen } from "pushrig"').replace(String(world.gateway.port), "0");
  const printed = start(process.execPath, code, "server.mjs");
  expect(await printed.next("", "printed")).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

it("browser.md: a module for both sides, and the page", slow, async () => {
  const printed = await openPage({
    "pusher.ts": block("browser.md", "// src/lib/pusher.ts"),
    "page.ts": block("browser.md", "// in the page"),
  });
  await publish("task-1", "new-message", { messageId: "msg-123" });
  expect(await printed.next("", "printed")).toBe("msg-123");
});

it("browser.md: pusher-js with encryption", slow, async () => {
  const printed = await openPage({ "page.ts": block("browser.md", "pusher-js/with-encryption") });
  await publish("private-encrypted-diary", "entry", { text: "dear diary" });
  expect(await printed.next("", "printed")).toBe("dear diary");
});

it("browser.md: a member of a presence channel", slow, async () => {
  const printed = await openPage({ "page.ts": block("browser.md", "presence-room") });
  expect(await printed.next("", "printed")).toBe("Ann");
});

it("other-languages.md: publishing from Python", slow, async () => {
  const client = await world.connect(inNode);
  await client.subscribe("news", "headline");
  start(python, block("other-languages.md", "import pusher\n"), "publish.py");
  expect(await client.next("news", "headline")).toEqual({ text: "hello from Python" });
});

it.each([
  ["Pysher", "import pysher", "presence-news", '{"text":"hello"}'],
  ["asyncpusher", "import asyncpusher", "private-news", "{'text': 'hello'}"],
])("other-languages.md: subscribing with %s", slow, async (_library, words, channel, shown) => {
  const printed = start(python, block("other-languages.md", words), "subscribe.py");
  await publish(channel, "headline", { text: "hello" });
  expect(await printed.next("", "printed")).toBe(shown);
});

it("other-languages.md: Laravel Echo", slow, async () => {
  const printed = await openPage({ "page.ts": block("other-languages.md", 'from "laravel-echo"') });
  expect(await printed.next("", "printed")).toBe("Ann");
  await publish("news", "headline", { text: "hello" });
  expect(await printed.next("", "printed")).toBe("hello");
});

it("other-languages.md: a server elsewhere", slow, async () => {
  const client = await world.connect(inNode);
  await client.subscribe("news", "headline");
  start(process.execPath, block("other-languages.md", 'import Pusher from "pusher";'), "server.mjs");
  expect(await client.next("news", "headline")).toEqual({ text: "hello from Node" });
});

it.each(["browser.md", "other-languages.md"])("every block of %s has been run", (document) => {
  expect(blocksOf(document).filter((code) => !taken.has(code))).toEqual([]);
});
