import { during as duringOfDefault, mark, MockPusherServer, pusherMockState, reset, type MockPusher } from "pushrig";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { world } from "../support/world";
import { MATCHERS, type MatcherResult } from "../../lib/runners/matchers/table";
import { subjectOf } from "../../lib/journal/subject.js";

let app: MockPusher;

beforeEach(() => {
  app = world();
});

describe("during(act)", () => {
  it("answers what the act has caused, and nothing of before or after", async () => {
    await app.server.trigger("task-1", "before", 1);
    const happened = await app.during(async () => {
      await app.server.trigger("task-1", "first", { id: "m1" });
      await app.server.trigger(["task-1", "task-2"], "second", 2);
    });
    await app.server.trigger("task-1", "after", 1);
    expect(happened.triggers()).toMatchObject([
      { channel: "task-1", event: "first", data: { id: "m1" } },
      { channel: "task-1", event: "second", data: 2 },
      { channel: "task-2", event: "second", data: 2 },
    ]);
    expect(happened.entries.map(({ seq }) => seq)).toEqual(
      Array.from({ length: happened.to - happened.from }, (_, i) => happened.from + 1 + i),
    );
  });

  it("takes what comes of it later, up to idle()", async () => {
    app.close();
    app = world({ delivery: "network", latency: 10 });
    const ada = app.client({ name: "ada" });
    ada.subscribe("task-1").bind("ping", () => void app.server.trigger("task-1", "pong", 1));
    await app.idle();
    const happened = await app.during(() => void app.server.trigger("task-1", "ping", 1));
    expect(happened.triggers().map(({ event }) => event)).toEqual(["ping", "pong"]);
  });

  it("says whom it went to: who was subscribed before, too", async () => {
    const [ada, bob] = [app.client({ name: "ada" }), app.client({ name: "bob" })];
    for (const client of [ada, bob]) client.subscribe("task-1");
    const happened = await app.during(() =>
      app.server.trigger("task-1", "e", 1, { socket_id: ada.connection.socket_id }),
    );
    expect(happened.triggers()).toMatchObject([{ recipients: ["bob"], except: "ada" }]);
  });

  it("has the webhooks that were sent meanwhile", async () => {
    app.onWebhook(() => {});
    app.client().subscribe("task-1");
    await app.idle();
    const happened = await app.during(() => void app.client().subscribe("task-2"));
    const names = happened.webhooks().flatMap(({ events }) => events.map(({ name, channel }) => `${name} ${channel}`));
    expect(names).toEqual(["channel_occupied task-2"]);
  });

  it("stays as it is, also after a reset", async () => {
    const happened = await app.during(() => app.server.trigger("task-1", "e", 1));
    app.reset();
    expect(happened.triggers()).toHaveLength(1);
    const { app: watched, from, to } = subjectOf(happened)!;
    expect(watched.journal.read({ after: from, kinds: ["triggered"] }).entries).toMatchObject([{ event: "e" }]);
    expect([from, to]).toEqual([happened.from, happened.to]);
    await watched.idle();
  });

  it("begins anew with a reset in the act", async () => {
    const happened = await app.during(async () => {
      await app.server.trigger("task-1", "lost", 1);
      app.reset();
      await app.server.trigger("task-1", "kept", 1);
    });
    expect(happened.triggers().map(({ event }) => event)).toEqual(["kept"]);
    // What came before is forgotten: whether it happened cannot be told, and is not taken for "no".
    const asserted = (isNot: boolean, event: string) =>
      MATCHERS.toHaveTriggered.call({ isNot }, happened, event) as MatcherResult;
    expect(asserted(false, "kept").pass).toBe(true);
    expect(asserted(false, "lost").pass).toBe(false);
    const { pass, message } = asserted(true, "lost");
    expect(pass).toBe(true);
    expect(message()).toBe(
      'it cannot be told whether what during() ran has triggered "lost": reset() was called while during() ran, ' +
        "and what came before it is forgotten. Keep the reset out of it.",
    );
  });

  it("throws what the act throws", async () => {
    const mine = new Error("mine");
    const fails = () => {
      throw mine;
    };
    await expect(app.during(fails)).rejects.toBe(mine);
    await expect(app.during(async () => fails())).rejects.toBe(mine);
  });

  it("is there for the default app", async () => {
    const server = new MockPusherServer({ appId: "1", key: "key", secret: "secret", cluster: "eu" });
    const happened = await duringOfDefault(() => server.trigger("task-1", "e", 1));
    expect(happened.triggers()).toMatchObject([{ event: "e" }]);
    expect(mark().seq).toBeGreaterThanOrEqual(happened.to);
    reset();
  });

  it("takes a function, and says what is under way when its time is over", async () => {
    await expect(app.during(5 as never)).rejects.toThrow(
      'pushrig: during() takes a function that does something, such as () => server.trigger("task-1", "new-message", {}), not 5',
    );
    const client = app.client({ channelAuthorization: { customHandler: () => {} } as never });
    await expect(app.during(() => void client.subscribe("private-task-1"), { timeout: 30 })).rejects.toThrow(
      'during() has waited 30 ms for:\n  the authorization of mock-connection-1 for "private-task-1"',
    );
    await expect(app.during(() => {}, { timeout: -1 })).rejects.toThrow(
      "pushrig: the timeout of during() is milliseconds",
    );
  });

  it("cannot tell what an act did that has closed the app", async () => {
    await expect(app.during(() => app.close())).rejects.toThrow(
      "pushrig: during() cannot tell what has happened, since the act has closed the app",
    );
  });
});

describe("mark()", () => {
  it("is a place that does not move", async () => {
    const here = app.mark();
    await app.server.trigger("task-1", "e", 1);
    expect(app.mark().seq).toBeGreaterThan(here.seq);
    expect(Object.isFrozen(here)).toBe(true);
  });

  it("says that its app was closed", () => {
    app.close();
    expect(() => app.mark()).toThrow("pushrig: this app was closed");
  });
});

describe("pusherMockState.triggers()", () => {
  it("has everything that was triggered, in order over all channels", async () => {
    const server = new MockPusherServer({ appId: "1", key: "key", secret: "secret", cluster: "eu" });
    await server.trigger("task-2", "first", { id: "m1" });
    await server.trigger(["task-1", "task-2"], "second", "text");
    await server.triggerBatch([{ channel: "task-3", name: "third", data: 3 }]);
    pusherMockState.trigger("task-1", "fourth", null);
    expect(pusherMockState.triggers().map(({ channel, event, data }) => [channel, event, data])).toEqual([
      ["task-2", "first", { id: "m1" }],
      ["task-1", "second", "text"],
      ["task-2", "second", "text"],
      ["task-3", "third", 3],
      ["task-1", "fourth", null],
    ]);
    reset();
    expect(pusherMockState.triggers()).toEqual([]);
  });

  it("says once where the journal has forgotten the first of them", async () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    for (let n = 0; n < 10_001; n += 1) app.state.trigger("task-1", "e", n);
    expect(app.state.triggers().length).toBeLessThanOrEqual(10_000);
    app.state.triggers();
    expect(warned.mock.calls).toEqual([
      [
        expect.stringMatching(
          /^pushrig: triggers\(\) lacks the first events since the last reset: the journal keeps 10,000/,
        ),
      ],
    ]);
    app.reset();
    app.state.trigger("task-1", "e", 1);
    expect(app.state.triggers()).toHaveLength(1);
    expect(warned).toHaveBeenCalledTimes(1);
    warned.mockRestore();
  });

  it("says whom each went to, and who was left out", async () => {
    const [ada, bob] = [app.client({ name: "ada" }), app.client()];
    await app.server.trigger("task-1", "e", 1);
    for (const client of [ada, bob]) client.subscribe("task-1");
    await app.server.trigger("task-1", "e", 2);
    await app.server.trigger("task-1", "e", 3, { socket_id: ada.connection.socket_id });
    ada.unsubscribe("task-1");
    await app.server.trigger("task-1", "e", 4);
    bob.disconnect();
    await app.server.trigger("task-1", "e", 5);
    const told = app.state.triggers().map(({ data, recipients, except }) => [data, recipients, except]);
    expect(told).toEqual([
      [1, [], undefined],
      [2, ["ada", bob.connectionId], undefined],
      [3, [bob.connectionId], "ada"],
      [4, [bob.connectionId], undefined],
      [5, [], undefined],
    ]);
  });

  it("says which socket id a publisher gave, also where nobody has it", async () => {
    const server = new MockPusherServer({ appId: "1", key: "key", secret: "secret", cluster: "eu" });
    await server.trigger("task-1", "one", 1, { socket_id: "123.456" });
    await server.trigger(["task-1", "task-2"], "two", 1, { socket_id: "123.456" });
    await server.triggerBatch([{ channel: "task-1", name: "three", data: 1, socket_id: "123.456" } as never]);
    await server.trigger("task-1", "four", 1);
    expect(pusherMockState.triggers().map(({ event, except }) => [event, except])).toEqual([
      ["one", "123.456"],
      ["two", "123.456"],
      ["two", "123.456"],
      ["three", "123.456"],
      ["four", undefined],
    ]);
    reset();
  });

  it("has client events with their senders, and events to users", async () => {
    const [ada, bob] = [
      app.client({ name: "ada", user: { id: "u1" } }),
      app.client({ name: "bob", user: { id: "u2" } }),
    ];
    const typing = ada.subscribe("private-task-1");
    bob.subscribe("private-task-1");
    bob.signin();
    await app.idle();
    typing.trigger("client-typing", { on: true });
    await app.server.sendToUser("u2", "note", 1);
    expect(app.state.triggers()).toMatchObject([
      { channel: "private-task-1", event: "client-typing", by: "ada", recipients: ["bob"] },
      { channel: "#server-to-user-u2", event: "note", recipients: ["bob"] },
    ]);
  });
});
