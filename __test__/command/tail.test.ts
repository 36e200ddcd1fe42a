// `pushrig tail`: what happens, a line for each thing.
import { createMockPusher, type Gateway, type MockPusher, type MockPusherOptions } from "pushrig";
import { expect, it, onTestFinished, vi } from "vitest";
import { wireTo } from "../support/wire.js";
import { Machine } from "./machine.js";
import type { Running } from "./running.js";

vi.setConfig({ testTimeout: 60_000 });

async function world(
  options: MockPusherOptions = {},
): Promise<{ app: MockPusher; gateway: Gateway; machine: Machine }> {
  const app = createMockPusher(options);
  onTestFinished(() => app.close());
  return { app, gateway: await app.listen({ port: 0 }), machine: new Machine() };
}

/** Lines without their times. */
const lines = (stdout: string): string[] =>
  stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/^ {2}\d\d:\d\d:\d\d {2}/, ""));

it("tells an entry a line, in the words of the live log, with names", async () => {
  const { app, gateway, machine } = await world({ webhooks: () => {} });
  const ada = app.client({ name: "ada" });
  ada.subscribe("private-room").bind("client-typing", () => {});
  const bob = app.client({ name: "bob" });
  const room = bob.subscribe("private-room");
  await app.channel("private-room").subscribed({ count: 2 });
  await app.server.trigger("private-room", "new-message", { id: "m1" });
  await app.server.trigger("private-rooms", "new-message", { id: "m1" });
  room.trigger("client-typing", { on: true });
  await app.server.trigger("private-room", "\u001b[31mred", {}, { socket_id: bob.connection.socket_id as string });
  app.network.lose({ channel: "task-1" });
  bob.disconnect();
  await app.idle();

  const { stdout, code } = await machine.says(["tail", "--no-follow", "--url", gateway.url]);
  expect(code).toBe(0);
  const told = lines(stdout).map((line) => line.replace(/^#\d+ +/, ""));
  expect(told).toEqual(
    expect.arrayContaining([
      "ada is connected",
      'ada binds "client-typing" on private-room',
      "ada subscribed to private-room",
      '→ new-message on private-room to 2 clients · {"id":"m1"}',
      "! new-message on private-rooms reached nobody: nobody is subscribed",
      '→ client-typing on private-room to 1 client, from bob · {"on":true}',
      "→ �[31mred on private-room to 2 clients, bob left out · {}",
      '! network: lose({ channel: "task-1" }) is on',
      "- bob left",
      "bob unsubscribed from private-room",
      "↗ webhook channel_occupied of private-room to handler → 200",
    ]),
  );
  const numbers = stdout.match(/#\d+/g)?.map((number) => Number(number.slice(1))) ?? [];
  expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
});

it("follows from now on, and narrows down to a channel, kinds and an event", async () => {
  const { app, gateway, machine } = await world();
  await app.server.trigger("task-1", "before", {});
  const all = machine.run(["tail", "--url", gateway.url]);
  const some = machine.run([
    "tail",
    "--url",
    gateway.url,
    "--channel",
    "task-1",
    "--kinds",
    "triggered",
    "--event",
    "wanted",
  ]);
  const known = machine.run(["tail", "--url", gateway.url, "--after", "0"]);
  await known.shows(/before on task-1/);
  // Until both of them read: what was before is not told.
  for (const running of [all, some]) await untilTold(app, running);
  app.client({ name: "ada" }).subscribe("task-1");
  await app.channel("task-1").subscribed();
  await app.server.trigger("task-2", "wanted", {});
  await app.server.trigger("task-1", "unwanted", {});
  await app.server.trigger("task-1", "wanted", { last: true });
  await all.shows(/wanted on task-1 to 1 client · \{"last":true\}/);
  await some.shows(/wanted on task-1 to 1 client · \{"last":true\}/);
  expect(all.stdout).toMatch(/ada subscribed to task-1/);
  expect(all.stdout).not.toContain("before");
  expect(lines(some.stdout).filter((line) => !line.includes("reached nobody"))).toHaveLength(1);
  expect(some.stdout).not.toContain("unwanted");
});

/** Triggers until it is told. */
async function untilTold(app: MockPusher, running: Running): Promise<void> {
  let isTold = false;
  void running.shows(/wanted on task-1 reached nobody|"event":"wanted"/).then(() => (isTold = true));
  await vi.waitUntil(
    async () => {
      await app.server.trigger("task-1", "wanted", {});
      return isTold;
    },
    { timeout: 30_000, interval: 50 },
  );
}

it("is an entry of the journal a line with --json, which pushrig types reads", async () => {
  const { app, gateway, machine } = await world();
  await app.server.trigger("task-1", "new-message", { id: "m1", text: "x".repeat(3_000) });
  const { stdout } = await machine.says([
    "tail",
    "--no-follow",
    "--json",
    "--kinds",
    "triggered",
    "--url",
    gateway.url,
  ]);
  const [entry, ...others] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(others).toEqual([]);
  expect(entry).toMatchObject({ v: 1, kind: "triggered", channel: "task-1", event: "new-message", bytes: 3_021 });
  expect(Math.abs(Date.parse(String(entry.time)) - Date.now())).toBeLessThan(60_000);
  const typed = await machine.says(["types", "-"], { input: stdout });
  expect(typed.stdout).toMatch(/"new-message": \{\s+id: string;\s+text: string;/);
});

it("ends quietly with Ctrl-C, and when nobody reads on", async () => {
  const { app, gateway, machine } = await world();
  const stopped = machine.run(["tail", "--url", gateway.url]);
  await untilTold(app, stopped);
  stopped.kill("SIGINT");
  expect(await stopped.ended).toEqual({ code: 0, signal: null });
  expect(stopped.stderr).toBe("");

  const left = machine.run(["tail", "--url", gateway.url]);
  await untilTold(app, left);
  left.closeOutput();
  let isOver = false;
  void left.exited.then(() => (isOver = true));
  await vi.waitUntil(
    async () => {
      await app.server.trigger("task-1", "more", {});
      return isOver;
    },
    { timeout: 30_000, interval: 50 },
  );
  expect(await left.exited).toEqual({ code: 0, signal: null });
  expect(left.stderr).toBe("");
});

it("says that its gateway is away, and goes on where it was when it is back", async () => {
  const { app, gateway, machine } = await world();
  const { port } = gateway;
  const plain = machine.run(["tail", "--url", gateway.url]);
  const json = machine.run(["tail", "--json", "--url", gateway.url]);
  for (const running of [plain, json]) await untilTold(app, running);
  await gateway.close();
  await plain.shows(/! the gateway at \S+ does not answer any more; it is looked for until Ctrl-C\n/);
  await json.shows(/"type":"away"/);
  await app.server.trigger("task-1", "meanwhile", { n: 1 });
  await app.listen({ port });
  await plain.shows(/! the gateway at \S+ is back\n[^]*! meanwhile on task-1 reached nobody/);
  await json.shows(/"type":"back","isSame":true\}\n[^]*"event":"meanwhile"/);
  expect(plain.stdout.match(/meanwhile on task-1/g)).toHaveLength(1);
  await app.server.trigger("task-1", "later", {});
  await plain.shows(/later on task-1/);
});

it("says that another process has come back, and tells all that this one knows", async () => {
  const machine = new Machine();
  const { url, running } = await machine.gateway();
  const port = new URL(url).port;
  const tail = machine.run(["tail", "--url", url, "--after", "0"]);
  await machine.says(["trigger", "task-1", "first", "--url", url]);
  await tail.shows(/first on task-1/);
  running.kill("SIGTERM");
  await running.ended;
  await tail.shows(/does not answer any more/);
  const again = machine.run(["--port", port]);
  await again.shows(/Ctrl-C/);
  // As many entries as before, so that their numbers alone would hide them.
  await machine.says(["trigger", "task-1", "second", "--url", url]);
  await machine.says(["trigger", "task-1", "third", "--url", url]);
  await tail.shows(/third on task-1/);
  expect(tail.stdout).toMatch(/is back, in another process that knows nothing of before\n.*second on task-1/);
});

it("says what it has missed, where it was cut off for so long that it is forgotten", async () => {
  const { app, gateway, machine } = await world({ limits: { journal: 50 } as object });
  const through = await wireTo(gateway.port);
  const tail = machine.run(["tail", "--url", through.url]);
  await untilTold(app, tail);
  through.cut();
  for (let n = 0; n < 100; n += 1) await app.server.trigger("task-1", "flood", { n });
  through.mend();
  await tail.shows(/flood on task-1/);
  expect(tail.stdout).toMatch(/! \d+ entries left out, #\d+ to #\d+: forgotten before they could be read\n/);
});

it("says which name there is, where the one that is asked for is nearly that", async () => {
  const { app, gateway, machine } = await world();
  await app.server.trigger("task-room", "title", {});
  const said = async (...words: string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await machine.says([
      "tail",
      "--no-follow",
      "--after",
      "0",
      "--url",
      gateway.url,
      ...words,
    ]);
    return [code, stdout, stderr];
  };
  expect(await said("--event", "titel")).toEqual([
    0,
    "",
    'pushrig: so far there is no event "titel"; did you mean "title", which there is?\n',
  ]);
  expect(await said("--channel", "task-rom", "--json")).toEqual([
    0,
    expect.any(String),
    'pushrig: so far there is no channel "task-rom"; did you mean "task-room", which there is?\n',
  ]);
  // Right, or nothing like it.
  for (const event of ["title", "something-else"]) expect(await said("--event", event)).toMatchObject([0, {}, ""]);

  // Also of what comes later, once.
  const running = machine.run(["tail", "--url", gateway.url, "--event", "new-mesage"]);
  await vi.waitUntil(
    async () => {
      await app.server.trigger("task-room", "new-message", {});
      return running.stderr.includes("did you mean");
    },
    { timeout: 30_000 },
  );
  await app.server.trigger("task-room", "new-mesage", {});
  await running.shows(/new-mesage on task-room/);
  expect(running.stderr.match(/did you mean "new-message"/g)).toHaveLength(1);
});
