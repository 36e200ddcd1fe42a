import { describe, expect, it, vi } from "vitest";
import { world } from "../support/world";
import { journalOf } from "../support/journal";

describe("the journal of an app", () => {
  it("says of each attempt at a webhook what it tells", async () => {
    const app = world({ webhookHold: 0 });
    let status = 503;
    app.onWebhook(() => new Response(null, { status }));
    vi.useFakeTimers();
    const ada = app.client({ user: { id: "ann" } });
    ada.subscribe("presence-room");
    await app.settledWebhooks();
    status = 200;
    await vi.advanceTimersByTimeAsync(60_000);
    ada.unsubscribe("presence-room");
    await app.settledWebhooks();
    vi.useRealTimers();
    const { entries } = journalOf(app).read();
    const of = (seq = 0) => entries.find((entry) => entry.seq === seq)?.kind;
    const told = entries.filter(({ kind }) => kind === "webhook");
    expect(told.map(({ events, attempt, code, cause }) => [events?.join(), attempt, code, of(cause)])).toEqual([
      ["channel_occupied", 1, 503, "subscribed"],
      ["member_added", 1, 503, "member-added"],
      ["channel_occupied", 2, 200, "subscribed"],
      ["member_added", 2, 200, "member-added"],
      ["member_removed", 1, 200, "member-removed"],
      ["channel_vacated", 1, 200, "left"],
    ]);
  });

  it("tells what happened in its order, with times that go on", async () => {
    const app = world();
    const journal = journalOf(app);
    const client = app.client();
    client.subscribe("task-1");
    await app.server.trigger("task-1", "new-message", { id: "m1" });
    client.unsubscribe("task-1");
    client.disconnect();
    const { entries } = journal.read();
    expect(entries.map(({ kind, cause }) => (cause === undefined ? kind : `${kind} ← ${cause}`))).toEqual(
      expect.arrayContaining(["connected", "triggered", "left", "closed"]),
    );
    const triggered = entries.find(({ kind }) => kind === "triggered");
    expect(triggered).toMatchObject({
      channel: "task-1",
      event: "new-message",
      data: '{"id":"m1"}',
      bytes: 11,
      subscribers: 1,
      sockets: 0,
    });
    const times = entries.map(({ t }) => t);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.at(-1)).toBeGreaterThan(0);
    expect(journal.seq).toBe(entries.at(-1)?.seq);
  });

  it("shows the date where its time began", () => {
    const before = Date.now();
    const { date } = journalOf(world()).read();
    expect(date).toBeGreaterThanOrEqual(before - 1);
    expect(date).toBeLessThanOrEqual(Date.now());
  });

  it("writes down what was refused, whoever refused it", async () => {
    const app = world();
    const journal = journalOf(app);
    await expect(app.server.trigger("task-1", "x", "y".repeat(10_241))).rejects.toThrow(/413/);
    expect(() => app.state.trigger("no name!", "x", {})).toThrow(/no name!/);
    const refused = journal.read({ kinds: ["rejected"] }).entries;
    expect(refused).toMatchObject([
      { kind: "rejected", channel: "task-1", event: "x", code: 413, text: expect.stringContaining("10240 bytes") },
    ]);
  });

  it("writes down what the SDK refuses without asking anybody", () => {
    const app = world();
    const long = "e".repeat(201);
    expect(() => app.server.trigger(["a", "b"], long, {})).toThrow(/Too long event name/);
    expect(() => app.server.trigger(["a", "not good!"], "x", {})).toThrow(/Invalid channel name/);
    expect(() => app.server.trigger("a", undefined as never, {})).toThrow(TypeError);
    const rejected = journalOf(app).read({ kinds: ["rejected"] }).entries;
    expect(rejected.map(({ channel, event }) => [channel, event])).toEqual([
      ["a", long],
      ["b", long],
      ["a", "x"],
      ["not good!", "x"],
      ["a", undefined],
    ]);
    expect(rejected[0].text).toContain("Too long event name");
  });

  it("begins a new page with a reset and keeps nothing of what was published", async () => {
    const app = world();
    const journal = journalOf(app);
    app.client().subscribe("task-1");
    await app.server.trigger("task-1", "x", "a secret");
    app.reset();
    const page = journal.read();
    expect(page.entries).toEqual([]);
    expect(page.start).toBe(page.last);
    expect(page.before).toMatchObject([{ connection: "mock-connection-1", channels: ["task-1"], isConnected: true }]);
    expect(JSON.stringify(page)).not.toContain("a secret");
  });

  it("reads many events as it reads few", async () => {
    const app = world({ debug: true });
    vi.spyOn(console, "log").mockImplementation(() => {});
    const journal = journalOf(app);
    const client = app.client();
    client.subscribe("a");
    for (let i = 0; i < 100; i += 1) {
      await app.server.trigger(i % 3 === 0 ? ["a", "b"] : "c", `event-${i % 4}`, { text: "ä☃".repeat(i) });
      if (i % 10 === 0) await app.server.trigger("a", "others", i, { socket_id: client.connection.socket_id });
      if (i % 25 === 0) app.client().subscribe("a");
    }
    for (const selection of [{}, { data: false }, { channel: "a" }, { kinds: ["triggered"] as const }]) {
      const many = journal.read(selection).entries;
      const few: unknown[] = [];
      // As many at once as are not worth columns.
      for (let after = 0; after < journal.seq; after += 20) {
        few.push(
          ...journal
            .read({ ...selection, after })
            .entries.filter(({ seq }) => seq <= after + 20)
            .slice(0, 20),
        );
      }
      expect(many.length).toBeGreaterThan(40);
      expect(many).toEqual(few);
    }
    vi.restoreAllMocks();
  });

  it("refuses a selection that asks for something unknown", () => {
    const journal = journalOf(world());
    expect(() => journal.read({ kind: "triggered" } as object)).toThrow(/unknown field `kind`/);
    expect(() => journal.read({ kinds: ["sent"] } as object)).toThrow(/unknown variant `sent`/);
  });
});

describe("who watches a journal", () => {
  it("is called in a later microtask, once for all that is new, and again when there is more", async () => {
    const app = world();
    const journal = journalOf(app);
    let calls = 0;
    const stop = journal.watch(() => (calls += 1));
    await app.server.trigger("a", "x", {});
    expect(calls).toBe(1);
    app.state.trigger("a", "x", {});
    app.state.trigger("a", "x", {});
    expect(calls).toBe(1);
    await Promise.resolve();
    await Promise.resolve();
    expect(calls).toBe(2);
    stop();
    stop();
    await app.server.trigger("a", "x", {});
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toBe(2);
  });

  it("hears of each thing that happens without an event", async () => {
    const app = world();
    const journal = journalOf(app);
    const client = app.client();
    for (const act of [
      () => client.subscribe("a"),
      () => client.unsubscribe("a"),
      () => app.state.subscribe("somebody", "b"),
      () => app.state.unsubscribe("somebody", "b"),
      () => client.disconnect(),
      () => app.reset(),
    ]) {
      const { last } = journal.read();
      const heard = new Promise<void>((resolve) => {
        const stop = journal.watch(() => {
          stop();
          resolve();
        });
      });
      act();
      await heard;
      expect(journal.seq).toBeGreaterThan(last);
    }
  });
});
