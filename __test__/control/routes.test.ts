import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { RemoteError } from "../../lib/remote/remote-error.js";
import { open } from "./world.js";

/** Whatever rejects, as what was said. */
const said = (promise: Promise<unknown>): Promise<RemoteError> =>
  promise.then(
    () => Promise.reject(new Error("it resolved")),
    (error: RemoteError) => error,
  );

describe("state", () => {
  it("tells of channels, members, cached events, connections and faults, and of no secret", async () => {
    const { app, remote, gateway } = await open();
    const ada = app.client({ name: "ada", user: { id: "u1", info: { name: "Ada" } } });
    ada.subscribe("presence-room");
    ada.subscribe("cache-news");
    await app.server.trigger("cache-news", "headline", { id: 1 });
    app.network.lose({ channel: "task-*" });
    const state = await remote.state();
    expect(state.gateway).toMatchObject({ url: gateway.url, pid: process.pid, role: "owner" });
    expect(state.apps).toEqual([{ id: app.app.id, key: app.app.key, cluster: app.app.cluster }]);
    expect(state.channels).toEqual([
      { name: "presence-room", subscribers: ["ada"], members: [{ id: "u1", info: { name: "Ada" } }] },
      { name: "cache-news", subscribers: ["ada"], cached: { data: '{"id":1}', ttl: expect.any(Number) } },
    ]);
    expect(state.connections).toMatchObject([
      { label: "ada", isConnected: true, channels: ["presence-room", "cache-news"] },
    ]);
    expect(state.faults).toMatchObject([{ do: "lose", options: { channel: "task-*" }, strikes: 0 }]);
    await remote.network.restore();
    expect((await remote.state()).faults).toEqual([]);
  });

  it("is of the app that is asked for, by id or key", async () => {
    const { get, app } = await open({}, { apps: [{ id: "77", key: "second-key", secret: "its-secret" }] });
    expect((await get("state")).json.app.id).toBe(app.app.id);
    expect((await get("state?app=77")).json.app.key).toBe("second-key");
    expect((await get("state?app=second-key")).json.app.id).toBe("77");
    const { status, json } = await get("state?app=78");
    expect([status, json.error.code]).toEqual([404, "unknown-app"]);
    expect(json.error.message).toContain('"78"; did you mean "77"? The apps are');
  });

  it("is answered to curl", async () => {
    const { gateway } = await open();
    const { stdout } = await promisify(execFile)("curl", ["-s", `${gateway.url}/pushrig/v1/state`]);
    expect(JSON.parse(stdout)).toMatchObject({ v: 1, gateway: { url: gateway.url } });
  });
});

describe("journal and why", () => {
  it("answers a page, as much of it as is asked for", async () => {
    const { app, remote } = await open();
    await app.server.trigger("task-1", "new-message", { id: "m1" });
    await app.server.trigger("task-2", "new-message", { id: "m2" });
    const { entries } = await remote.journal({ kinds: ["triggered"] });
    expect(entries.map(({ data }) => data)).toEqual(['{"id":"m1"}', '{"id":"m2"}']);
    expect((await remote.journal({ kinds: ["triggered"], limit: 1, data: false })).entries).toMatchObject([
      { channel: "task-1" },
    ]);
    expect(
      (await remote.journal({ after: entries[0].seq, channel: "task-2", kinds: ["triggered"] })).entries,
    ).toHaveLength(1);
  });

  it("says why, with the sentence of the process, to a question in the query or in the body", async () => {
    const { app, remote, get } = await open();
    await app.server.trigger("task-1", "new-message", { id: "m1" });
    const question = { event: "new_message", channel: "task-1", data: { id: "m1" } };
    const { reason, text } = app.why(question);
    expect(await remote.why(question)).toMatchObject({ reason, text });
    const query = new URLSearchParams({ ...question, data: JSON.stringify(question.data) });
    expect((await get(`why?${query}`)).json).toMatchObject({ reason, text });
  });
});

describe("wait", () => {
  it("waits for each of the things that probes wait for", async () => {
    const { app, remote } = await open();
    const subscribed = remote.channel("presence-room").subscribed({ by: "ada", timeout: 20_000 });
    const triggered = remote.channel("presence-room").triggered("hello", { n: 2 }, { timeout: 20_000 });
    const ada = app.client({ name: "ada", user: { id: "u1" } });
    ada.subscribe("presence-room").bind("hello", () => {});
    expect(await subscribed).toEqual(["ada"]);
    expect(await remote.channel("presence-room").members("u1")).toEqual([{ id: "u1" }]);
    expect(await remote.channel("presence-room").members()).toEqual([{ id: "u1" }]);
    const { seq } = await remote.mark();
    await app.server.trigger("presence-room", "hello", { n: 1 });
    await app.server.trigger("presence-room", "hello", { n: 2 });
    expect(await triggered).toMatchObject({ event: "hello", data: { n: 2 } });
    const mark = { seq, app: (await remote.mark()).app };
    const options = { by: "ada", times: 2, since: mark };
    expect(await remote.channel("presence-room").received("hello", undefined, options)).toMatchObject({
      data: { n: 2 },
    });
    await remote.idle();
    const vacated = remote.channel("presence-room").vacated({ timeout: 20_000 });
    ada.disconnect();
    await vacated;
  });

  it("says what the waiter in the process says when its time is over", async () => {
    const { app, remote } = await open();
    app.client({ name: "ada" });
    const options = { by: "ada", timeout: 20 };
    const own = await said(app.channel("task-1").subscribed(options));
    const answer = await said(remote.channel("task-1").subscribed(options));
    expect(answer).toMatchObject({ code: "not-met", status: 409, message: own.message });
  });

  it("ends at once when it cannot come true", async () => {
    const { app, remote } = await open();
    const ada = app.client({ name: "ada" });
    ada.subscribe("task-1");
    ada.disconnect();
    const answer = await said(remote.channel("task-1").received("x", undefined, { by: "ada", timeout: 30_000 }));
    expect(answer.code).toBe("cannot-come-true");
    expect(answer.message).toContain("ada will not receive");
  });
});

describe("doing something", () => {
  it("triggers as a server, to several channels, to a user, and leaves a socket out", async () => {
    const { app, remote } = await open();
    const ada = app.client({ name: "ada" });
    const heard: unknown[] = [];
    ada
      .subscribe("task-1")
      .bind_global((event: string, data: unknown) => event.startsWith("pusher:") || heard.push([event, data]));
    const { seq, events } = await remote.trigger(["task-1", "task-2"], "hello", { n: 1 });
    expect(events).toMatchObject([
      { channel: "task-1", subscribers: 1 },
      { channel: "task-2", subscribers: 0 },
    ]);
    expect(seq).toBe(events[1].seq);
    await remote.trigger("task-1", "hello", { n: 2 }, { socketId: ada.connection.socket_id });
    await remote.idle();
    expect(heard).toEqual([["hello", { n: 1 }]]);
    expect((await remote.sendToUser("u1", "note", "x")).events).toMatchObject([{ channel: "#server-to-user-u1" }]);
  });

  it("publishes a batch in its order, or nothing of it", async () => {
    const { app, remote, post } = await open();
    const heard: unknown[] = [];
    const ada = app.client({ name: "ada" });
    for (const name of ["task-1", "task-2"]) {
      ada
        .subscribe(name)
        .bind_global((event: string, data: unknown) => event.startsWith("pusher:") || heard.push(data));
    }
    const one = (channel: string, event: string, data: unknown): object => ({ channel, event, data });
    const { seq, events } = await remote.triggerBatch([
      { channel: "task-1", event: "hello", data: 1 },
      { channel: "task-2", event: "hello", data: { n: 2 } },
      { channel: "task-1", event: "hello", data: 3 },
      { channel: "task-1", event: "own", data: 4, socketId: ada.connection.socket_id },
    ]);
    expect(events.map(({ channel, subscribers }) => [channel, subscribers])).toEqual([
      ["task-1", 1],
      ["task-2", 1],
      ["task-1", 1],
      ["task-1", 1],
    ]);
    expect(seq).toBe(events[3].seq);
    await remote.idle();
    expect(heard).toEqual([1, { n: 2 }, 3]);

    const refused = async (events: unknown): Promise<unknown> => {
      const { status, json } = await post("batch", { events });
      return [status, json.error.code, json.error.message];
    };
    const many = Array.from({ length: 11 }, () => one("task-1", "hello", 1));
    expect(await refused(many)).toEqual([400, "rejected", "Batch too large (11 > 10)"]);
    expect(await refused([one("task-1", "hello", 1), one("no spaces", "hello", 1)])).toEqual([
      400,
      "rejected",
      expect.stringContaining("'no spaces' contains ' '"),
    ]);
    for (const [events, why] of [
      ["x", 'the field events of POST batch is a list such as [{ "channel": "task-1"'],
      [[], "has at least one event"],
      [[5], 'each of the events of POST batch is an object such as { "channel"'],
      [[{ channel: "task-1", name: "x" }], 'an event of POST batch has no field "name"'],
      [[{ channel: "task-1" }], "the field event of an event of POST batch is a name, not undefined"],
    ] as const) {
      expect(await refused(events)).toEqual([400, "bad-request", expect.stringContaining(why)]);
    }
    await remote.idle();
    expect(heard).toHaveLength(3);
  });

  it("sends a client's event, which everybody else hears", async () => {
    const { app, remote } = await open();
    const [ada, bob] = ["ada", "bob"].map((name) => app.client({ name }));
    const heard: unknown[] = [];
    ada.subscribe("private-room").bind("client-typing", () => heard.push("ada"));
    bob.subscribe("private-room").bind("client-typing", (data: unknown) => heard.push(data));
    await remote.channel("private-room").subscribed({ count: 2 });
    await remote.trigger("private-room", "client-typing", { on: true }, { as: { client: "ada" } });
    await remote.idle();
    expect(heard).toEqual([{ on: true }]);
  });

  it("refuses with the texts of the SDK and of the service", async () => {
    const { app, post } = await open();
    app.client({ name: "ada" }).subscribe("task-1");
    const refused = async (body: object): Promise<unknown> => {
      const { status, json } = await post("trigger", body);
      return [status, json.error.code, json.error.message];
    };
    expect(await refused({ channel: "no spaces", event: "x" })).toEqual([
      400,
      "rejected",
      "Invalid channel name: 'no spaces'",
    ]);
    expect(await refused({ channel: "task-1", event: "x", data: "y".repeat(10_241) })).toEqual([
      413,
      "rejected",
      expect.stringContaining("10240"),
    ]);
    expect(await refused({ channel: "task-1", event: "client-x", data: 1, as: { client: "ada" } })).toEqual([
      400,
      "rejected",
      expect.stringMatching(/client event/i),
    ]);
    expect(await refused({ channel: "task-1", event: "client-x", as: { client: "bob" } })).toEqual([
      409,
      "conflict",
      expect.stringContaining('no client "bob"'),
    ]);
  });

  it("begins faults, lists them whoever has begun them, and takes them back", async () => {
    const { app, remote } = await open();
    const ada = app.client({ name: "ada" });
    const heard: unknown[] = [];
    ada.subscribe("task-1").bind("x", (data: unknown) => heard.push(data));
    const hold = await remote.network.hold({ channel: "task-1", client: "ada" });
    await app.server.trigger("task-1", "x", 1);
    expect(await hold.waiting()).toBe(1);
    expect(heard).toEqual([]);
    await hold.release();
    expect(heard).toEqual([1]);
    await hold.restore();
    await hold.restore();
    expect(await hold.strikes()).toBeUndefined();
    await remote.network.drop("ada", { code: 4001 });
    expect(ada.connection.state).not.toBe("connected");
    expect((await said(remote.network.drop("nobody"))).message).toContain('no client "nobody"');
    for (const verb of ["lose", "duplicate", "hold"] as const)
      expect((await said(remote.network[verb]({ client: 7 as never }))).message).toContain(`the client of ${verb}()`);
    {
      await using _lost = await remote.network.lose();
      expect(await remote.network.faults()).toMatchObject([{ do: "lose" }]);
    }
    expect(await remote.network.faults()).toEqual([]);
    await remote.network.delay(250);
    expect(await remote.network.faults()).toMatchObject([{ do: "delay", options: { ms: 250 } }]);
  });

  it("moves time, begins a new page, and comes back after a restart", async () => {
    const { app, remote, gateway } = await open();
    expect((await remote.advance("1s")).text).toContain('advance("1s") did');
    await app.server.trigger("task-1", "x", 1);
    const start = await remote.reset();
    expect((await remote.journal()).start).toBe(start);
    const { startedAt } = (await remote.state()).gateway;
    await remote.restart();
    const state = await remote.state();
    expect(state.gateway.startedAt).toBeGreaterThan(startedAt);
    expect(gateway.isClosed).toBe(false);
  });

  it("tells of webhooks, and sends one once more with the same body and signature", async () => {
    const bodies: string[] = [];
    const { app, remote } = await open({
      webhooks: async (request: Request) => {
        bodies.push((await request.text()) + request.headers.get("x-pusher-signature"));
      },
    });
    app.client().subscribe("task-1");
    const sent = await remote.sentWebhook("channel_occupied", { channel: "task-1" });
    expect(await remote.webhooks()).toEqual([sent]);
    const again = await remote.sendAgain(sent);
    expect(again).toMatchObject({ id: sent.id, attempts: 2, state: "delivered", status: 200 });
    expect(bodies[1]).toBe(bodies[0]);
    expect((await remote.journal({ kinds: ["webhook"] })).entries).toMatchObject([{ attempt: 1 }, { attempt: 2 }]);
    expect(await said(remote.sendAgain(999_999))).toMatchObject({
      code: "unknown-webhook",
      message: expect.stringContaining('no webhook "999999"; the latest are'),
    });
  });
});
