// `pushrig open FILE`: what it prints, serves and refuses. What the page shows: __test__/real-clients/traces.test.ts.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { browserOf } from "../../lib/command/browser.js";
import type { Entry } from "../../lib/journal/entry.js";
import { traceOf } from "../../lib/journal/trace.js";
import { openOptions } from "../../lib/options/open-command.js";
import { ordinaryEnvironment } from "../support/environment.js";
import { Running } from "./running.js";

vi.setConfig({ testTimeout: 60_000 });

const NOTHING = { start: 0, forgotten: 0, last: 1, date: 1_700_000_000_000, base: [], before: [], taken: {} };
const ENTRY: Entry = { seq: 1, t: 0, kind: "triggered", channel: "task-1", event: "new-message", subscribers: 0 };
const TRACE = traceOf(
  { ...NOTHING, entries: [ENTRY] },
  { test: "greets", file: "room.test.ts" },
  "Error: no\n  at here",
);

function file(text: string, name = "room.jsonl"): string {
  const folder = mkdtempSync(join(tmpdir(), "pushrig-open-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

async function opened(path: string, ...args: string[]) {
  const running = new Running(["open", path, ...args]);
  const [, url] = await running.shows(/page {6}(http:\/\/127\.0\.0\.1:\d+\/)/);
  return { running, url };
}

/** Asks as a program that may call itself anything. */
function asked(url: string, headers: IncomingHttpHeaders = {}, method = "GET") {
  return new Promise<{ status: number; text: string; headers: IncomingHttpHeaders }>((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, async (response) => {
      const text = Buffer.concat(await response.toArray()).toString();
      resolve({ status: response.statusCode ?? 0, text, headers: response.headers });
    });
    sent.on("error", reject).end();
  });
}

it("serves the page and the trace to this machine until a signal ends it", async () => {
  const path = file(TRACE);
  const { running, url } = await opened(path);
  await running.shows(/1 entry\n {2}Error: no\n {2} at here\n/);
  expect(running.stdout).toContain(`  trace     ${path}\n  test      greets · room.test.ts\n  page      ${url}\n`);
  const page = await asked(url);
  expect(page).toMatchObject({ status: 200, headers: { "x-frame-options": "DENY", "cache-control": "no-store" } });
  expect(page.text).toContain(`<meta name="pushrig-trace" content="${path}">`);
  expect(await asked(`${url}trace`)).toMatchObject({ status: 200, text: TRACE });
  running.kill("SIGINT");
  expect(await running.ended).toEqual({ code: 0, signal: null });
  expect(running.stderr).toBe("");
});

it("serves the trace as it is now, and a sentence once it cannot be read", async () => {
  const path = file(TRACE);
  const { url } = await opened(path);
  writeFileSync(path, `${TRACE}\n`);
  expect((await asked(`${url}trace`)).text).toBe(`${TRACE}\n`);
  rmSync(path);
  expect(await asked(`${url}trace`)).toMatchObject({
    status: 404,
    text: `pushrig: cannot read ${path} (ENOENT): give the path of a trace\n`,
  });
});

it("reads standard input", async () => {
  const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
  const child = spawn(process.execPath, [cli, "open", "-"], { env: ordinaryEnvironment() });
  onTestFinished(() => void child.kill("SIGKILL"));
  child.stdin.end(TRACE);
  const url = await new Promise<string>((resolve) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      const [, found] = /page {6}(http\S+)\n/.exec(text) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  expect((await asked(`${url}trace`)).text).toBe(TRACE);
});

it("names the file in the page as text, whatever it is called", async () => {
  const { url } = await opened(file(TRACE, '"><script>alert(1)<script>&$&.jsonl'));
  const { text } = await asked(url);
  expect(text).toMatch(
    /<meta name="pushrig-trace" content="[^"]*&#34;&#62;&#60;script&#62;alert\(1\)&#60;script&#62;&#38;\$&#38;\.jsonl">/,
  );
});

describe("who may come in", () => {
  it.each([
    [{ host: "evil.test" }, "/trace", 403],
    [{ host: "127.0.0.1.evil.test" }, "/", 403],
    [{ host: "192.0.2.1" }, "/trace", 403],
    [{ host: "localhost" }, "/trace", 200],
    [{ host: "app.localhost:80" }, "/trace", 200],
    [{ host: "[::1]:80" }, "/trace", 200],
    [{ origin: "http://evil.test" }, "/trace", 403],
    [{ origin: "http://localhost:3000" }, "/trace", 403],
    [{ origin: "null" }, "/trace", 403],
    [{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script" }, "/trace", 403],
    [{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }, "/", 403],
    [{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }, "/", 200],
    [{ "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" }, "/trace", 200],
  ])("%j to %s is answered with %i", async (headers, path, status) => {
    const { url } = await opened(shared());
    const answer = await asked(new URL(path, url).href, headers as IncomingHttpHeaders);
    expect(answer.status).toBe(status);
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    expect(/^pushrig: .*(no business here|open it by 127\.0\.0\.1)\n$/.test(answer.text)).toBe(status === 403);
  });

  const shared = (): string => file(TRACE);

  it("nobody who wants to change something, or something else", async () => {
    const { url } = await opened(shared());
    expect(await asked(`${url}trace`, {}, "POST")).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
    expect(await asked(`${url}pushrig/v1/state`)).toMatchObject({ status: 404 });
    expect(await asked(`${url}..%2f..%2fetc/passwd`)).toMatchObject({ status: 404 });
    expect((await asked(url, {}, "HEAD")).text).toBe("");
  });
});

describe("what is no trace is named in a sentence, and nothing is served", () => {
  const HEADER = '{"v":1,"trace":"pushrig","test":"greets"}';

  it.each([
    ["", "is empty, and no trace"],
    ["\n\n", "is empty, and no trace"],
    ["some text\nmore\n", "is no trace: a trace begins with a line of JSON"],
    ['{"v":1,"tra', "is cut within its first line: nothing of the trace is left"],
    ['{"v":1,"time":"2026-01-01T00:00:00Z","type":"listening"}\n', "is no trace, but what pushrig --json has printed"],
    [
      '{"v":7,"trace":"pushrig","version":"9.0.0"}\n',
      "is a trace of version 7, and this pushrig reads version 1. pushrig 9.0.0 has written it.",
    ],
  ])("%j", async (text, sentence) => {
    const path = file(text);
    const running = new Running(["open", path]);
    expect(await running.ended).toEqual({ code: 2, signal: null });
    expect([running.stdout, running.stderr.startsWith(`pushrig: ${path} ${sentence}`)]).toEqual(["", true]);
  });

  it("a file that is not there, and a folder", async () => {
    for (const [path, code] of [
      ["/nowhere/room.jsonl", "ENOENT"],
      [tmpdir(), "EISDIR"],
    ]) {
      const running = new Running(["open", path]);
      expect((await running.ended).code).toBe(2);
      expect(running.stderr).toContain(`pushrig: cannot read ${path} (${code}): give the path of a trace`);
    }
  });

  it.each([
    [`${HEADER}\n`, "has no end: its process has died, or the file was cut"],
    [`${HEADER}\n${JSON.stringify(ENTRY)}\n{"seq":2,"ki`, "has no end"],
    [`${HEADER}\n{"seq":\n{"failure":null}\n`, "is damaged: line 2 is not JSON"],
    [`${HEADER}\n[]\n`, "is damaged: line 2 is [], and no object"],
  ])("what has a beginning is shown as far as it goes: %j", async (text, sentence) => {
    const path = file(text);
    const { running } = await opened(path);
    const [, said] = await running.shows(/ {2}! (.*)\n/);
    expect(said).toContain(`${path} ${sentence}`);
  });
});

describe("the command line", () => {
  it.each([
    [[], "open needs a trace"],
    [["a", "b"], "open takes one trace, and got 2"],
    [["a", "--port", "65536"], '--port is a whole number from 0 to 65535, not "65536"'],
    [["a", "--port=x"], '--port is a whole number from 0 to 65535, not "x"'],
    [["a", "--prot=1"], "open has no option --prot; did you mean --port?"],
  ])("%j is refused", (args, message) => {
    expect(() => openOptions(args)).toThrow(message);
  });

  it("is a file, and a port if somebody wants one", () => {
    expect(openOptions(["a.jsonl"])).toEqual({ file: "a.jsonl", port: 0, browser: true });
    expect(openOptions(["a.jsonl", "-p", "7001", "--no-browser"])).toEqual({
      file: "a.jsonl",
      port: 7001,
      browser: false,
    });
    expect(openOptions(["--help"])).toBe("help");
  });

  it("says that a port is taken", async () => {
    const first = await opened(file(TRACE));
    const port = new URL(first.url).port;
    const second = new Running(["open", file(TRACE), "--port", port]);
    expect((await second.ended).code).toBe(2);
    expect(second.stderr).toContain(`port ${port} is taken by another program: leave --port out`);
  });
});

describe("a browser is opened", () => {
  const of = (platform: NodeJS.Platform, env: NodeJS.ProcessEnv, isTTY = true) => browserOf({ platform, env, isTTY });

  it("by what the system has for that", () => {
    expect(of("darwin", {})).toEqual(["open"]);
    expect(of("win32", {})).toEqual(["cmd", "/c", "start", '""']);
    expect(of("linux", { DISPLAY: ":0" })).toEqual(["xdg-open"]);
    expect(of("linux", { WAYLAND_DISPLAY: "wayland-0" })).toEqual(["xdg-open"]);
    expect(of("linux", { WSL_DISTRO_NAME: "Debian" })).toEqual(["cmd.exe", "/c", "start", '""']);
    expect(of("linux", { BROWSER: "firefox" })).toEqual(["firefox"]);
  });

  it.each([
    ["there is no screen", {}, true],
    ["nobody watches", { DISPLAY: ":0" }, false],
    ["in CI", { DISPLAY: ":0", CI: "true" }, true],
    ["somebody sits elsewhere", { DISPLAY: ":0", SSH_CONNECTION: "192.0.2.1 5 192.0.2.2 22" }, true],
    ["somebody wants none", { DISPLAY: ":0", BROWSER: "none" }, true],
  ])("but not where %s", (_, env, isTTY) => {
    expect(of("linux", env, isTTY)).toBeUndefined();
  });
});
