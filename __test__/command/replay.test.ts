// `pushrig replay`: what a trace has triggered, triggered again.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { createMockPusher, type MockPusher } from "../../lib/index.js";
import { replayOptions } from "../../lib/options/replay-command.js";
import { readFileSync } from "node:fs";
import { Running } from "./running.js";

vi.setConfig({ testTimeout: 60_000 });

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "pushrig-replay-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function world(options = {}): MockPusher {
  const app = createMockPusher(options);
  onTestFinished(() => app.close());
  return app;
}

/** The trace of an app in which all kinds of things were triggered. */
async function trace(options: { full?: boolean } = {}): Promise<string> {
  const app = world({ secret: "the-secret-of-the-traced-app" });
  app.client({ user: { id: "ada" } }).subscribe("private-room");
  const bob = app.client();
  const room = bob.subscribe("private-room");
  await app.channel("private-room").subscribed({ count: 2 });
  await app.server.trigger("private-room", "started", { n: 1 });
  room.trigger("client-typing", { on: true });
  await app.server.trigger("task-1", "note", "no JSON: ä");
  await app.server.trigger("task-1", "long", { text: "x".repeat(5_000) });
  await app.server.trigger("task-1", "login", { password: "hunter22" });
  await app.server.sendToUser("ada", "hello", { n: 2 });
  return app.writeTrace(join(folder(), "deep", "room.jsonl"), { failure: new Error("no"), ...options });
}

async function replayed(...args: string[]) {
  const running = new Running(["replay", ...args]);
  const { code } = await running.ended;
  return { code, stdout: running.stdout, stderr: running.stderr };
}

/** An app to play to, and the options that lead there. */
async function target() {
  const app = world();
  const gateway = await app.listen({ port: 0 });
  const { id, key, secret } = app.app;
  return { app, options: [`--to=${gateway.url}`, `--app=${id}:${key}:${secret}`] };
}

it("triggers in order what the trace has whole, and names the rest", async () => {
  const file = await trace();
  const { app, options } = await target();
  const { code, stdout, stderr } = await replayed(file, ...options);
  expect([code, app.state.triggers().map(({ channel, event, data }) => [channel, event, data])]).toEqual([
    0,
    [
      ["private-room", "started", { n: 1 }],
      ["task-1", "note", "no JSON: ä"],
      ["#server-to-user-ada", "hello", { n: 2 }],
    ],
  ]);
  expect(stdout).toContain("3 events sent to http://127.0.0.1:");
  expect(stdout).toContain(", 3 left out");
  expect(stderr).toMatch(/client-typing on private-room is left out: it came from a client/);
  expect(stderr).toMatch(/long on task-1 is left out: the trace has only the beginning of its data \(5011 bytes\)/);
  expect(stderr).toMatch(/login on task-1 is left out: values in its data were blanked/);
});

it("sends with --force also what is cut or blanked, and whole what was written whole", async () => {
  const file = await trace({ full: true });
  const { app, options } = await target();
  expect(await replayed(file, "--force", "--now", ...options)).toMatchObject({ code: 0 });
  const sent = app.state.triggers().map(({ event, data }) => [event, data]);
  expect(sent).toContainEqual(["long", { text: "x".repeat(5_000) }]);
  expect(sent).toContainEqual(["login", { password: "[blanked]" }]);
});

it("keeps the pauses, shorter with --speed, and leaves them out with --now", async () => {
  const event = (seq: number, t: number) => ({
    seq,
    t,
    kind: "triggered",
    channel: "a",
    event: "b",
    data: "1",
    bytes: 1,
  });
  const lines = [{ v: 1, trace: "pushrig" }, event(1, 0), event(2, 4_000), { failure: null }];
  const file = join(folder(), "slow.jsonl");
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join("\n"));
  const gap = async (...more: string[]) => {
    const { app, options } = await target();
    expect(await replayed(file, ...options, ...more)).toMatchObject({ code: 0 });
    const [first, second] = app.state.getChannelMessages("a");
    return second!.timestamp - first!.timestamp;
  };
  expect(await gap("--speed=10")).toBeGreaterThanOrEqual(390);
  expect(await gap("--now")).toBeLessThan(3_000);
});

it("plays to any server with Pusher's HTTP API, below a path too, and stops with its words where it refuses", async () => {
  const file = await trace();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!.replace(/\?.*/, ""));
    response.writeHead(asked.length > 1 ? 403 : 200).end(asked.length > 1 ? "over the quota\n" : "{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const to = `http://127.0.0.1:${(server.address() as AddressInfo).port}/soketi/`;
  const { code, stderr } = await replayed(file, "--now", `--to=${to}`, "--app=7:key:a-secret");
  expect(code).toBe(1);
  expect(asked).toEqual(["/soketi/apps/7/events", "/soketi/apps/7/events"]);
  expect(stderr).toMatch(
    new RegExp(`${to} refuses #\\d+ note on task-1: 403 over the quota\\. 1 of 6 events were sent`),
  );
});

it("says who is not there, and shows no signature", async () => {
  const { code, stderr } = await replayed(await trace(), "--to=http://127.0.0.1:1");
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /nobody answers at http:\/\/127\.0\.0\.1:1\/ \(connect ECONNREFUSED 127\.0\.0\.1:1\): start a gateway/,
  );
  expect(stderr).not.toContain("auth_signature");
});

it("plays a trace that was cut as far as it goes, and says so", async () => {
  const whole = readFileSync(await trace(), "utf8");
  const file = join(folder(), "cut.jsonl");
  writeFileSync(file, whole.slice(0, whole.indexOf("no JSON")));
  const { app, options } = await target();
  const { code, stderr } = await replayed(file, ...options);
  expect([code, app.state.triggers().length]).toEqual([0, 1]);
  expect(stderr).toContain("the trace has no end: it is played as far as it goes");
});

it.each([
  ["", "is empty, and no trace"],
  ['{"v":2,"trace":"pushrig"}', "is a trace of version 2, and this pushrig reads version 1"],
  ["hello", "is no trace: a trace begins with"],
])("refuses a file of %j with a sentence", async (text, sentence) => {
  const file = join(folder(), "none.jsonl");
  writeFileSync(file, text);
  const { code, stderr } = await replayed(file, "--to=http://127.0.0.1:1");
  expect([code, stderr.split("\n")[0]]).toEqual([2, expect.stringContaining(`${file} ${sentence}`)]);
});

it.each([
  [[], "replay needs a trace"],
  [["a"], "replay needs --to URL"],
  [["a", "b", "--to=http://x"], "replay takes one trace, and got 2"],
  [["a", "--to=x"], '--to is an absolute http or https URL, as in --to=http://127.0.0.1:6001, not "x"'],
  [["a", "--to=http://k:s@x"], "--to is an address alone"],
  [["a", "--to=https://api-eu.pusher.com"], "a host of the real service, which pushrig never contacts"],
  [["a", "--to=http://x", "--speed=0"], '--speed is a number above 0, as in --speed=10, not "0"'],
  [["a", "--to=http://x", "--now", "--speed=2"], "give one of them"],
  [["a", "--to=http://x", "--app=1:2"], "--app is ID:KEY:SECRET"],
  [["a", "--too=http://x"], "replay has no option --too; did you mean --to?"],
])("refuses %j", (args, sentence) => {
  expect(() => replayOptions(args, {})).toThrow(sentence);
});

it("takes the app of the environment, else that of pushrig without options", () => {
  const app = (env: NodeJS.ProcessEnv) => replayOptions(["a", "--to=http://x"], env);
  expect(app({})).toMatchObject({ app: { id: "mock-app-id", key: "mock-pusher-key" } });
  const env = { PUSHER_APP_ID: "1", PUSHER_KEY: "k", PUSHER_SECRET: "s" };
  expect(app(env)).toMatchObject({ app: { id: "1", key: "k", secret: "s" } });
});
