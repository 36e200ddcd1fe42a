import { MockPusherClient, type MockPusher } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { world } from "../support/world";
import type { Entry } from "../../lib/journal/entry";
import { journalOf } from "../support/journal";
import { next } from "../support/next";

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "log").mockImplementation(() => {});
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The entries of these kinds, without what differs from run to run. */
function told(app: MockPusher, ...kinds: Entry["kind"][]): Array<Partial<Entry>> {
  const { entries } = journalOf(app).read(kinds.length > 0 ? { kinds } : {});
  return entries.map(({ t: _t, socketId: _socketId, client: _client, ...rest }) => rest);
}

/** The line behind the one that this is called in. */
function nextLine(): number {
  const line = /journal-of-clients\.test\.ts:(\d+):\d+/.exec(String(new Error().stack?.split("\n")[2]))?.[1];
  return Number(line) + 1;
}

describe("a mock client in the journal", () => {
  it("has a number that outlives its connections and a reset", async () => {
    const app = world();
    const ada = app.client({ name: "ada" });
    const bob = app.client();
    ada.disconnect();
    ada.connect();
    const before = journalOf(app).read().entries;
    app.reset();
    ada.subscribe("task-1");
    const after = journalOf(app).read();
    const connected = [...before, ...after.entries].filter(({ kind }) => kind === "connected");
    expect(connected.map(({ name, connection }) => [name, connection])).toEqual([
      ["ada", "mock-connection-1"],
      [undefined, "mock-connection-2"],
      ["ada", "mock-connection-3"],
      ["ada", "mock-connection-1"],
    ]);
    const [first, second, third, fourth] = connected.map(({ client }) => client);
    expect([third, fourth]).toEqual([first, first]);
    expect(second).not.toBe(first);
    expect(after.before.map(({ client, isConnected }) => [client, isConnected])).toEqual([
      [first, true],
      [second, true],
    ]);
    expect(bob.connection.state).toBe("connected");
  });

  it("says what is bound and unbound, on channels, on the client, on its user, for one event or all", () => {
    const app = world();
    const client = app.client();
    const channel = client.subscribe("task-1");
    const [one, other] = [() => {}, () => {}];
    channel.bind("a", one).bind("a", other).bind_global(one);
    client.bind("b", one).bind_global(one);
    client.user.bind("c", one);
    channel.bind("pusher:subscription_succeeded", one);
    channel.unbind("a", one);
    channel.unbind();
    channel.unbind_global();
    client.unbind("b").unbind_global();
    client.user.unbind_all();
    const connection = "mock-connection-1";
    const entry = (kind: string, fields: object) => expect.objectContaining({ kind, connection, taken: 0, ...fields });
    expect(told(app, "bound", "unbound")).toEqual([
      entry("bound", { channel: "task-1", event: "a" }),
      entry("bound", { channel: "task-1", event: "a" }),
      entry("bound", { channel: "task-1" }),
      entry("bound", { event: "b" }),
      entry("bound", {}),
      entry("bound", { channel: "#server-to-user-", event: "c" }),
      entry("unbound", { channel: "task-1", event: "a" }),
      entry("unbound", { channel: "task-1", event: "a" }),
      entry("unbound", { channel: "task-1" }),
      entry("unbound", { event: "b" }),
      entry("unbound", {}),
      entry("unbound", { channel: "#server-to-user-", event: "c" }),
    ]);
  });

  it("lets go of what is bound on a channel with the channel, and what is bound later on that object is stale", async () => {
    const app = world();
    const client = app.client();
    const channel = client.subscribe("task-1");
    await next(channel, "pusher:subscription_succeeded");
    channel.bind("a", () => {});
    channel.bind("a", () => {});
    client.unsubscribe("task-1");
    channel.bind("a", () => {});
    client.subscribe("task-1").bind("a", () => {});
    expect(told(app, "bound", "unbound").slice(2)).toMatchObject([
      { kind: "unbound", channel: "task-1", event: "a", count: 2, by: "unsubscribe" },
      { kind: "bound", channel: "task-1", event: "a", stale: true },
      { kind: "bound", channel: "task-1", event: "a" },
    ]);
    app.reset();
    expect(journalOf(app).read().before).toMatchObject([
      { channels: ["task-1"], bindings: [{ channel: "task-1", event: "a", count: 1 }] },
    ]);
  });

  it("leaves to the page before a reset what was bound on channels before it and has not been written down", () => {
    const app = world();
    const journal = journalOf(app);
    journal.note({ kind: "bound", client: 9, channel: "task-1", event: "a" });
    journal.note({ kind: "bound", client: 9, event: "b", taken: 3, count: 2 });
    journal.note({ kind: "threw", client: 9, channel: "task-1", event: "a", text: "x" });
    journal.note({ kind: "unbound", client: 9, channel: "#server-to-user-", event: "c" });
    journal.note({ kind: "threw", client: 9, event: "b", text: "y" });
    journal.wasReset();
    expect(journal.read().entries.map(({ t: _t, ...entry }) => entry)).toEqual([
      { seq: 1, kind: "bound", client: 9, event: "b", taken: 3, count: 2 },
      { seq: 2, kind: "unbound", client: 9, channel: "#server-to-user-", event: "c", taken: 0 },
      { seq: 3, kind: "threw", client: 9, event: "b", text: "y" },
    ]);
  });

  it("takes any number of bindings at once", () => {
    const app = world();
    const channel = app.client().subscribe("task-1");
    for (let i = 0; i < 1_000; i += 1) channel.bind(`event-${i % 7}`, () => {});
    const bound = told(app, "bound");
    expect(bound.map(({ event }) => event)).toEqual(Array.from({ length: 1_000 }, (_, i) => `event-${i % 7}`));
  });

  it("keeps through a reset what is bound on the client and on its user", () => {
    const app = world();
    const client = app.client();
    client.subscribe("task-1").bind("a", () => {});
    client.bind("b", () => {});
    client.user.bind("c", () => {});
    app.reset();
    expect(journalOf(app).read().base).toMatchObject([
      {
        isConnected: false,
        channels: [],
        bindings: [
          { event: "b", count: 1 },
          { channel: "#server-to-user-", event: "c", count: 1 },
        ],
      },
    ]);
  });

  it("is bound before the event that is published next, and after the one before", async () => {
    const app = world();
    const channel = app.client().subscribe("task-1");
    await app.server.trigger("task-1", "a", 1);
    channel.bind("a", () => {});
    await app.server.trigger("task-1", "a", 2);
    const [first, bound, second] = told(app, "triggered", "bound");
    expect([first.kind, bound.kind, second.kind]).toEqual(["triggered", "bound", "triggered"]);
    expect(bound.taken).toBe(first.seq);
    expect(bound.seq).toBeLessThan(second.seq as number);
  });

  it("says which callback threw at which event", async () => {
    const app = world();
    const client = app.client();
    client.subscribe("task-1").bind("a", () => {
      throw new RangeError("too far");
    });
    app.state.bind(client.connectionId, "task-1", "a", () => {
      throw Object.create(null);
    });
    await app.server.trigger("task-1", "a", {});
    const [{ seq: cause }] = told(app, "triggered");
    expect(told(app, "threw")).toMatchObject([
      { channel: "task-1", event: "a", cause },
      { channel: "task-1", event: "a", cause },
    ]);
    expect(told(app, "threw").map(({ text }) => text)).toContain("RangeError: too far");
  });

  it("asks for a subscription, and hears that an endpoint refuses it", async () => {
    const app = world();
    const client = app.client({ authorize: () => new Response("no", { status: 403 }) });
    const refused = new Promise((resolve) => {
      client.subscribe("private-a").bind("pusher:subscription_error", resolve);
    });
    await refused;
    const [asked, answer] = told(app, "subscribing", "refused", "subscribed");
    expect(asked).toMatchObject({ kind: "subscribing", channel: "private-a" });
    expect(answer).toMatchObject({ kind: "refused", channel: "private-a", code: 403, cause: asked.seq });
    expect(answer.text).toContain("received status: 403");
  });

  it("asks for a subscription, which is the cause of what comes of it", () => {
    const app = world();
    app.client().subscribe("task-1");
    expect(told(app).map(({ kind, cause }) => [kind, cause])).toEqual([
      ["connected", undefined],
      ["subscribing", undefined],
      ["subscribed", 2],
    ]);
  });

  it("is refused a connection where the mock refuses it itself", () => {
    const app = world();
    app.network.refuse({ code: 4100 } as never);
    app.client();
    expect(told(app, "refused")).toMatchObject([{ code: 4100 }]);
  });

  it("has a name that is a text", () => {
    const app = world();
    const text = /the option name of a client is what texts call it, a string that is not empty such as "ada", not /;
    expect(() => app.client({ name: "" })).toThrow(text);
    expect(() => app.client({ name: 7 as never })).toThrow(text);
    expect(() => new MockPusherClient("key", { cluster: "eu", name: {} as never })).toThrow(text);
    expect(app.client({ name: "ada" }).options).toMatchObject({ name: "ada" });
  });
});

describe("up to where a connection has taken its events", () => {
  it("is all of them, where nothing waits", async () => {
    const app = world();
    app.client().subscribe("task-1");
    await app.server.trigger("task-1", "a", {});
    expect(journalOf(app).read().taken).toEqual({});
  });

  it("is told of each connection on the simulated network", async () => {
    vi.useFakeTimers();
    const app = world({ delivery: "network", latency: 10 });
    const [near, far] = [app.client(), app.client()];
    await vi.advanceTimersByTimeAsync(100);
    near.subscribe("a");
    far.subscribe("b");
    await vi.advanceTimersByTimeAsync(100);
    void app.server.trigger("a", "x", 1);
    await vi.advanceTimersByTimeAsync(5);
    void app.server.trigger("b", "x", 2);
    const [first, second] = told(app, "triggered").map(({ seq }) => seq as number);
    expect(journalOf(app).read().taken).toEqual({
      [near.connectionId]: first - 1,
      [far.connectionId]: second - 1,
    });
    await vi.advanceTimersByTimeAsync(5);
    expect(journalOf(app).read().taken).toEqual({ [far.connectionId]: second - 1 });
    await vi.advanceTimersByTimeAsync(5);
    expect(journalOf(app).read().taken).toEqual({});
  });

  it("is before the event that is being delivered, for whoever binds in its callback", async () => {
    for (const delivery of ["immediate", "network", "polling"] as const) {
      const app = world({ delivery, latency: 0, pollInterval: 5 });
      const channel = app.client().subscribe("a");
      const taken = new Promise<number | undefined>((resolve) => {
        channel.bind("x", () => {
          channel.bind("x", () => {});
          resolve(told(app, "bound").at(-1)?.taken);
        });
      });
      await vi.waitUntil(() => app.state.getSubscriberCount("a") === 1);
      void app.server.trigger("a", "x", {});
      const [{ seq }] = told(app, "triggered");
      expect(await taken).toBe((seq as number) - 1);
    }
  });

  it("is before what waits behind the event that is being delivered", async () => {
    const app = world();
    const channel = app.client().subscribe("a");
    let seen: Record<string, number> = {};
    channel.bind("x", () => {
      app.state.trigger("a", "y", {});
      app.state.trigger("a", "z", {});
    });
    channel.bind("y", () => (seen = journalOf(app).read().taken));
    await app.server.trigger("a", "x", {});
    const y = told(app, "triggered").find(({ event }) => event === "y");
    expect(seen).toEqual({ "mock-connection-1": (y?.seq as number) - 1 });
    expect(journalOf(app).read().taken).toEqual({});
  });
});

describe("the application's own line", () => {
  it("is told of who triggers, subscribes, binds and leaves, with debug", async () => {
    const app = world({ debug: true });
    const client = app.client();
    const asked = nextLine();
    const channel = client.subscribe("task-1").bind("a", () => {});
    await next(channel, "pusher:subscription_succeeded");
    const triggered = nextLine();
    await app.server.trigger("task-1", "a", {});
    const several = nextLine();
    await app.server.trigger(["b", "c"], "a", {});
    const left = nextLine();
    client.unsubscribe("task-1");
    const file = "__test__/app/journal-of-clients.test.ts";
    const at = (...kinds: Entry["kind"][]) => told(app, ...kinds).map(({ at = "" }) => at.replace(/:\d+$/, ""));
    expect(at("subscribing", "subscribed", "bound")).toEqual(Array(3).fill(`${file}:${asked}`));
    expect(at("triggered")).toEqual([`${file}:${triggered}`, `${file}:${several}`, `${file}:${several}`]);
    expect(at("left", "unbound")).toEqual(Array(2).fill(`${file}:${left}`));
  });

  it("is not looked for elsewhere", async () => {
    const app = world();
    app.client().subscribe("a");
    await app.server.trigger("a", "x", {});
    expect(told(app).filter(({ at }) => at !== undefined)).toEqual([]);
  });
});

describe("connections of the state manager", () => {
  it("say what is bound on them, and end with it", async () => {
    const app = world();
    app.state.subscribe("somebody", "a");
    const callback = (): void => {};
    app.state.bind("somebody", "a", "x", callback);
    app.state.bind("somebody", "a", "x", callback);
    app.state.trigger("a", "x", {});
    app.state.unbind("somebody", "a", "x", callback);
    app.state.unsubscribe("somebody", "a");
    expect(told(app).map(({ kind, connection }) => [kind, connection])).toEqual([
      ["connected", "somebody"],
      ["subscribed", "somebody"],
      ["bound", "somebody"],
      ["triggered", undefined],
      ["unbound", "somebody"],
      ["left", "somebody"],
      ["closed", "somebody"],
    ]);
  });

  it("lend their bindings to a client until its connection ends", () => {
    const app = world();
    const client = app.client();
    client.subscribe("a");
    app.state.bind(client.connectionId, "a", "x", () => {});
    client.disconnect();
    client.connect();
    expect(told(app, "bound", "unbound").map(({ kind }) => kind)).toEqual(["bound", "unbound"]);
  });
});
