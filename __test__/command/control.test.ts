// The commands that ask a gateway: what they print, and their exit codes.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createMockPusher, type Gateway, type MockPusher, type MockPusherOptions } from "pushrig";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { paintFor } from "../../lib/command/terminal.js";
import { COMMANDS } from "../../lib/options/command.js";
import { WireClient } from "../support/wire-client.js";
import { Machine, type Said } from "./machine.js";
import { ordinaryEnvironment } from "../support/environment";
import { CLI, type Running } from "./running.js";

vi.setConfig({ testTimeout: 60_000 });

const ESCAPE = String.fromCharCode(27);

interface World {
  app: MockPusher;
  gateway: Gateway;
  machine: Machine;
  says(...args: string[]): Promise<Said>;
}

/** An app in this process whose gateway the command is told of. */
async function world(options: MockPusherOptions = {}): Promise<World> {
  const app = createMockPusher({ appId: "board", key: "board-key", secret: "the-secret-of-the-board", ...options });
  onTestFinished(() => app.close());
  const gateway = await app.listen({ port: 0 });
  const machine = new Machine();
  return { app, gateway, machine, says: (...args) => machine.says([...args, "--url", gateway.url]) };
}

describe("pushrig status", () => {
  it("shows the gateway, its apps, who is on which channel, and the faults that are on", async () => {
    const { app, gateway, says } = await world();
    const ada = app.client({ name: "ada", user: { id: "user-ada", info: { role: "host" } } });
    ada.subscribe("presence-room");
    ada.subscribe("cache-news");
    const bob = app.client({ name: "bob" });
    bob.subscribe("task-1");
    app.client({ user: { id: "user-eve" } }).subscribe("presence-room");
    await app.channel("presence-room").members("user-ada", "user-eve");
    await app.channel("task-1").subscribed();
    bob.unsubscribe("task-1");
    await app.channel("presence-room").subscribed();
    await app.server.trigger("cache-news", "headline", { text: "hello" });
    app.network.lose({ channel: "task-*", times: 2 });

    const { code, stdout } = await says("status");
    expect(code).toBe(0);
    expect(stdout.split("\n")).toEqual([
      `gateway   ${gateway.url} · pushrig 0.1.0 · process ${process.pid}`,
      expect.stringMatching(/^since {5}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      expect.stringMatching(/^project {3}\//),
      "app       board · key board-key · cluster mock-cluster",
      "",
      "2 channels",
      "  presence-room  2 subscribers · members user-ada, user-eve",
      expect.stringMatching(/^ {2}cache-news {2}1 subscriber · ada · cached \{"text":"hello"\} for \d+ s$/),
      "3 connections",
      expect.stringMatching(
        /^ {2}ada {2}in the gateway's process · \d+\.\d+ · user user-ada · on presence-room, cache-news$/,
      ),
      expect.stringMatching(/^ {2}bob {2}in the gateway's process · \d+\.\d+ · on no channel$/),
      // Whose it is stands there once.
      expect.stringMatching(/^ {2}user user-eve {2}in the gateway's process · \d+\.\d+ · on presence-room$/),
      "1 fault on",
      '  lose {"channel":"task-*","times":2}  #1 · struck 0 times',
      "",
    ]);
  });

  it("is one object with --json, in which no secret stands, and which tells of other gateways", async () => {
    const { gateway, machine, says } = await world();
    const other = await machine.gateway("elsewhere");
    const { code, stdout } = await says("status", "--json");
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      {
        v: 1,
        gateway: { url: gateway.url, pid: process.pid, role: "owner" },
        app: { id: "board", key: "board-key" },
        channels: [],
        connections: [],
        faults: [],
        others: [{ url: other.url, pid: other.running.pid, project: machine.project("elsewhere"), isTest: false }],
      },
    ]);
    const [, token] = /token +(\S+)/.exec(other.running.stdout) ?? [];
    expect(token).toBeDefined();
    for (const secret of ["the-secret-of-the-board", gateway.token, token]) expect(stdout).not.toContain(secret);
    expect((await says("status")).stdout).toContain(
      `1 other gateway on this machine\n  ${other.url}  ${machine.project("elsewhere")}  process ${other.running.pid}\n`,
    );
  });

  it("takes the app that --app names, and lists them where it names none", async () => {
    const { machine, ...first } = await world();
    const app = createMockPusher();
    onTestFinished(() => app.close());
    const gateway = await app.listen({ port: 0, apps: [{ id: "second", key: "second-key", secret: "a-secret" }] });
    const of = (name: string): Promise<Said> => machine.says(["status", "--json", "--app", name, "--url", gateway.url]);
    expect(JSON.parse((await of("second-key")).stdout)).toMatchObject({ app: { id: "second" } });
    expect(JSON.parse((await of(app.app.id)).stdout)).toMatchObject({ app: { id: app.app.id } });
    const wrong = await first.says("status", "--app", "bord");
    expect(wrong).toMatchObject({ code: 2, stdout: "" });
    expect(wrong.stderr).toMatch(/^pushrig: this gateway has no app "bord".* board\nRun pushrig status --help/);
  });
});

describe("pushrig why", () => {
  it("prints the explanation as in Node, and ends with 0 where the event has arrived", async () => {
    const { app, says } = await world();
    app
      .client({ name: "ada" })
      .subscribe("task-1")
      .bind("new-message", () => {});
    await app.channel("task-1").subscribed();
    await app.server.trigger("task-1", "new-message", { id: "m1" });
    await app.server.trigger("task-1", "renamed", {});

    const received = await says(
      "why",
      "new-message",
      "--channel",
      "task-1",
      "--client",
      "ada",
      "--data",
      '{"id":"m1"}',
    );
    expect(received).toEqual({
      code: 0,
      signal: null,
      stdout: `${app.why({ event: "new-message" }).text}\n`,
      stderr: "",
    });
    const expected = app.why({ event: "renamed", client: "ada" });
    const unbound = await says("why", "renamed", "--client", "ada");
    expect([unbound.code, unbound.stdout, expected.reason]).toEqual([1, `${expected.text}\n`, "never-bound"]);
    const json = await says("why", "renamed", "--client", "ada", "--json");
    expect([json.code, JSON.parse(json.stdout)]).toMatchObject([1, { v: 1, received: false, reason: "never-bound" }]);
  });

  it("looks at what came behind --since alone", async () => {
    const { app, says } = await world();
    await app.server.trigger("task-1", "new-message", {});
    const { stdout } = await says("mark");
    expect((await says("why", "new-message")).stdout).toMatch(/Nobody was subscribed/);
    expect((await says("why", "new-message", "--since", stdout.trim())).stdout).toMatch(/was never triggered .*since/);
  });
});

describe("pushrig trigger", () => {
  it("publishes as a server: to one channel, to several, without a client, to a user", async () => {
    const { app, says } = await world();
    const ada = app.client({ name: "ada", user: { id: "ada" } });
    ada.signin();
    ada.subscribe("task-1");
    await app.channel("task-1").subscribed();
    await vi.waitFor(() => expect(ada.user.user_data).toBeTruthy(), 30_000);
    expect((await says("trigger", "hello", "--to-user", "ada")).stdout).toMatch(
      /^hello on #server-to-user-ada to 1 client/,
    );

    expect((await says("trigger", "task-1", "new-message", '{"id":"m1"}')).stdout).toMatch(
      /^new-message on task-1 to 1 client #\d+\n$/,
    );
    expect((await says("trigger", "task-1", "task-2", "new-message", "5")).stdout).toMatch(
      /^new-message on task-1 to 1 client #\d+\nnew-message on task-2 to nobody: nobody is subscribed #\d+\n$/,
    );
    const except = ada.connection.socket_id as string;
    const json = await says("trigger", "task-1", "others", "--socket-id", except, "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ v: 1, events: [{ channel: "task-1", subscribers: 1 }] });
    const sent = app.state.triggers().map(({ channel, event, data }) => [channel, event, data]);
    expect(sent.slice(-4)).toEqual([
      ["task-1", "new-message", { id: "m1" }],
      ["task-1", "new-message", 5],
      ["task-2", "new-message", 5],
      ["task-1", "others", {}],
    ]);
    expect((await says("why", "others", "--client", "ada")).stdout).toMatch(/left out|excluded|its own socket/);
  });

  it("reads its data from standard input, of any size that Pusher takes", async () => {
    const { app, machine, gateway } = await world();
    const text = `ä${"x".repeat(9_000)}`;
    const args = ["trigger", "task-1", "long", "-", "--url", gateway.url];
    expect(await machine.says(args, { input: JSON.stringify({ text }) })).toMatchObject({ code: 0 });
    expect(app.state.triggers().at(-1)?.data).toEqual({ text });
    const broken = await machine.says(args, { input: '{"text":' });
    expect([broken.code, broken.stderr]).toEqual([2, expect.stringContaining("DATA is JSON")]);
  });

  it("sends a client's event with --as, and ends with 1 and the service's words where it is refused", async () => {
    const { app, says } = await world();
    app.client({ name: "ada" }).subscribe("private-room");
    app.client({ name: "bob" }).subscribe("private-room");
    await app.channel("private-room").subscribed({ count: 2 });
    const sent = await says("trigger", "private-room", "client-typing", '{"on":true}', "--as", "ada");
    expect([sent.code, sent.stdout]).toEqual([
      0,
      expect.stringMatching(/^client-typing on private-room to 1 client #\d+\n$/),
    ]);
    expect(
      await says("wait", "received", "private-room", "client-typing", "--by", "bob", "--timeout", "50ms"),
    ).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("bob"),
    });

    const refused = await says("trigger", "task-1", "x".repeat(201), "{}");
    expect([refused.code, refused.stdout, refused.stderr]).toEqual([
      1,
      "",
      expect.stringMatching(/Too long event name/),
    ]);
    const nobody = await says("trigger", "private-room", "client-typing", "{}", "--as", "eve");
    expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringContaining('there is no client "eve"')]);
    const gone = app.client({ name: "zoe" });
    gone.subscribe("task-1");
    await app.idle();
    gone.disconnect();
    await app.idle();
    for (const [name, meant] of [
      ["eve", "the"],
      ["zoé", 'did you mean "zoe"? The'],
    ]) {
      const { stderr } = await says("trigger", "private-room", "client-typing", "{}", "--as", name);
      expect(stderr).toContain(`there is no client "${name}"; ${meant} clients are ada, bob\n`);
    }
    const large = await says("trigger", "task-1", "large", JSON.stringify("x".repeat(11_000)), "--json");
    expect([large.code, JSON.parse(large.stdout)]).toMatchObject([1, { error: { code: "rejected" } }]);
  });
});

describe("pushrig wait", () => {
  it("waits for what comes, and prints it", async () => {
    const { app, machine, gateway } = await world();
    const wait = (...args: string[]) => machine.run(["wait", ...args, "--timeout", "30s", "--url", gateway.url]);
    const subscribed = wait("subscribed", "task-1", "--by", "ada");
    const triggered = wait("triggered", "task-1", "new-message", '{"id":"m2"}');
    const twice = wait("triggered", "task-1", "new-message", "--times", "2", "--json");
    const members = wait("members", "presence-room", "user-ada");
    const ada = app.client({ name: "ada", user: { id: "user-ada", info: { role: "host" } } });
    ada.subscribe("task-1");
    ada.subscribe("presence-room");
    await app.channel("task-1").subscribed();
    await app.server.trigger("task-1", "new-message", { id: "m1" });
    await app.server.trigger("task-1", "new-message", { id: "m2", more: 1 });
    const ends = [subscribed, triggered, twice, members].map(async (running) => {
      const { code } = await running.ended;
      return [code, running.stdout, running.stderr];
    });
    expect(await Promise.all(ends)).toEqual([
      [0, "ada\n", ""],
      [0, '{"id":"m2","more":1}\n', ""],
      [
        0,
        expect.stringMatching(/^\{"v":1,"result":\{"channel":"task-1","event":"new-message","data":\{"id":"m2",/),
        "",
      ],
      [0, 'user-ada {"role":"host"}\n', ""],
    ]);
    const vacated = wait("vacated", "task-1");
    ada.unsubscribe("task-1");
    expect(await vacated.ended).toMatchObject({ code: 0 });
    expect(await wait("idle").ended).toMatchObject({ code: 0 });
  });

  it("waits for what a client has received, and for webhooks", async () => {
    const { app, says } = await world({ webhooks: () => {} });
    app
      .client({ name: "ada" })
      .subscribe("task-1")
      .bind("new-message", () => {});
    await app.channel("task-1").subscribed();
    await app.server.trigger("task-1", "new-message", { id: "m1" });
    expect(await says("wait", "received", "task-1", "new-message", "--by", "ada")).toMatchObject({
      code: 0,
      stdout: '{"id":"m1"}\n',
    });
    const webhook = await says("wait", "webhook", "channel_occupied", '{"channel":"task-1"}');
    expect([webhook.code, JSON.parse(webhook.stdout)]).toMatchObject([
      0,
      { events: [{ name: "channel_occupied", channel: "task-1" }] },
    ]);
  });

  it("ends with 1 and says what happened instead, when its time is over or it cannot come true", async () => {
    const { app, says } = await world();
    await app.server.trigger("task-1", "new-massage", {});
    const late = await says("wait", "triggered", "task-1", "new-message", "--timeout", "50ms");
    expect([late.code, late.stdout]).toEqual([1, ""]);
    expect(late.stderr).toMatch(/^"new-message" was not triggered on "task-1" within 50 ms\.\n[^]*new-massage/);

    const ada = app.client({ name: "ada" });
    await vi.waitFor(() => expect(ada.connection.state).toBe("connected"));
    ada.disconnect();
    const never = await says("wait", "subscribed", "task-1", "--by", "ada", "--timeout", "1h", "--json");
    expect([never.code, JSON.parse(never.stdout)]).toMatchObject([1, { error: { code: "cannot-come-true" } }]);
  });

  it("is ended by Ctrl-C without a word, and hangs up", async () => {
    let hungUp: (() => void) | undefined;
    const over = new Promise<void>((resolve) => (hungUp = resolve));
    const machine = new Machine();
    const running: { one?: Running } = {};
    // It never answers.
    const server = createServer((_request, response) => {
      response.on("close", () => hungUp?.());
      running.one?.kill("SIGINT");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const one = machine.run(["wait", "subscribed", "task-1", "--timeout", "1h", "--url", url]);
    running.one = one;
    expect(await one.ended).toEqual({ code: null, signal: "SIGINT" });
    await over;
    expect([one.stdout, one.stderr]).toEqual(["", ""]);
  });

  it("says what kinds of webhooks there are", async () => {
    const { says } = await world();
    const { code, stderr } = await says("wait", "webhook", "channel_ocupied");
    expect([code, stderr]).toEqual([2, expect.stringContaining("channel_occupied")]);
  });
});

describe("pushrig mark and reset", () => {
  it("let a script wait for what it has caused", async () => {
    const { app, says } = await world();
    await app.server.trigger("orders", "created", { n: 1 });
    const mark = (await says("mark")).stdout.trim();
    expect(await says("wait", "triggered", "orders", "created", "--since", mark, "--timeout", "0")).toMatchObject({
      code: 1,
    });
    await app.server.trigger("orders", "created", { n: 2 });
    expect(await says("wait", "triggered", "orders", "created", "--since", mark)).toMatchObject({
      stdout: '{"n":2}\n',
    });
    const line = (await says("mark", "--json")).stdout;
    const made = { seq: Number(mark) + 1, app: expect.any(Number) };
    expect(JSON.parse(line)).toEqual({ v: 1, mark: made });
    await app.server.trigger("orders", "created", { n: 3 });
    for (const since of [line, JSON.stringify(JSON.parse(line).mark)]) {
      expect(await says("wait", "triggered", "orders", "created", "--since", since)).toMatchObject({
        stdout: '{"n":3}\n',
      });
    }
    const other = await says(
      "wait",
      "triggered",
      "orders",
      "created",
      "--since",
      JSON.stringify({ ...made, app: 4_711 }),
    );
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("a mark of another app")]);
  });

  it("forgets what has happened", async () => {
    const { app, says } = await world();
    await app.server.trigger("orders", "created", {});
    expect((await says("reset")).stdout).toMatch(
      /^forgotten is what happened before #\d+; clients stay connected, subscribed to nothing: reload their pages\n$/,
    );
    expect(app.state.triggers()).toEqual([]);
    expect(JSON.parse((await says("reset", "--json")).stdout)).toEqual({ v: 1, start: expect.any(Number) });
  });
});

it("asks sockets as it asks clients of the process", async () => {
  const { gateway, says } = await world();
  const client = await WireClient.connect(gateway.port, "board-key");
  await client.subscribe("task-1");
  expect((await says("wait", "subscribed", "task-1")).stdout).toBe(`${client.socketId}\n`);
  expect((await says("trigger", "task-1", "new-message", "1")).stdout).toContain("to 1 client");
  expect((await says("status")).stdout).toContain(`  socket ${client.socketId}  on task-1\n`);
});

it("says with --json in JSON what is wrong with a command line", async () => {
  const { code, stdout, stderr } = await new Machine().says(["wait", "subscribd", "--json"]);
  expect([code, stderr, JSON.parse(stdout)]).toEqual([
    2,
    "",
    { v: 1, error: { code: "bad-request", message: expect.stringContaining("did you mean subscribed?") } },
  ]);
});

it.each(Object.keys(COMMANDS))("pushrig %s --help shows how", async (name) => {
  const { code, stdout, stderr } = await new Machine().says([name, "--help"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(new RegExp(`^Usage: pushrig ${name}`));
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThan(100);
});

it("needs no binary to ask", async () => {
  const machine = new Machine();
  const { url } = await machine.gateway();
  const code = "process.dlopen = () => { throw new Error('a binary was loaded'); }";
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
  expect((await machine.says(["--port", "0"], { env })).stderr).toContain("a binary was loaded");
  for (const args of [
    ["status"],
    ["trigger", "a", "b"],
    ["why", "b"],
    ["wait", "idle"],
    ["mark"],
    ["tail", "--no-follow"],
  ]) {
    const said = await machine.says([...args, "--url", url], { env });
    expect([args[0], said.stderr]).toEqual([args[0], ""]);
  }
});

it("has colours on a terminal alone, and none where they are not wanted", async () => {
  const { says } = await world();
  expect((await says("status")).stdout).not.toContain(ESCAPE);
  vi.stubEnv("NO_COLOR", "");
  vi.stubEnv("TERM", "xterm");
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(paintFor({ isTTY: true })("bold", "x")).toBe(`${ESCAPE}[1mx${ESCAPE}[22m`);
  expect(paintFor({ isTTY: false })("bold", "x")).toBe("x");
  vi.stubEnv("NO_COLOR", "1");
  expect(paintFor({ isTTY: true })("bold", "x")).toBe("x");
});

it.runIf(existsSync("/usr/bin/script"))("has colours on a real terminal", async () => {
  const { gateway } = await world();
  const words = [process.execPath, CLI, "status", "--url", gateway.url].map((word) => `'${word}'`).join(" ");
  const env = ordinaryEnvironment({ TERM: "xterm" });
  const child = spawn("/usr/bin/script", ["-qec", words, "/dev/null"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const stdout = (await child.stdout.toArray()).join("");
  expect(stdout).toContain(`${ESCAPE}[36m${gateway.url}${ESCAPE}[39m`);
});

it("ends quietly when nobody reads on, whatever it does", async () => {
  const { app, machine, gateway } = await world();
  await app.server.trigger("task-1", "new-message", {});
  const recorded = JSON.stringify({ v: 1, kind: "triggered", channel: "task-1", event: "e", data: "1", bytes: 1 });
  const trace = `${JSON.stringify({ v: 1, trace: "pushrig" })}\n${recorded.replace("{", '{"seq":1,"t":0,')}\n{"failure":null}\n`;
  const { id, key, secret } = app.app;
  for (const [args, input] of [
    [["status", "--url", gateway.url]],
    [["status", "--help"]],
    [["types", "-"], recorded],
    [["replay", "-", `--to=${gateway.url}`, `--app=${id}:${key}:${secret}`], trace],
  ] as Array<[string[], string?]>) {
    const running = machine.run(args, { input });
    running.closeOutput();
    expect([args[0], await running.ended, running.stderr]).toEqual([args[0], { code: 0, signal: null }, ""]);
  }
});
