import { createMockPusher, channel as defaultChannel, MockPusherClient, reset } from "pushrig";
import type { MockPusher } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { world } from "../support/world";
import { lookReceived, awaitReceived } from "../../lib/runners/matchers/received";
import { lookMembers, lookSubscribers } from "../../lib/runners/matchers/subscribed";
import type { Page } from "../../lib/journal/entry";
import { journalOf } from "../support/journal";
import { messageOf } from "../support/rejected";

let app: MockPusher;

beforeEach(() => {
  app = world();
});

afterEach(() => {
  vi.useRealTimers();
});

const soon = { timeout: 50 };

describe("channel(name)", () => {
  it("looks, and never subscribes", async () => {
    await app.channel("task-1").vacated();
    expect(app.state.getActiveChannels()).toEqual([]);
    expect(app.channel("task-1").name).toBe("task-1");
  });

  it.each([undefined, null, "", 5, {}])("takes a name, not %o", (name) => {
    expect(() => app.channel(name as never)).toThrow(
      /^pushrig: channel\(\) takes the name of a channel, a string such as "task-1", not /,
    );
  });

  it("is there for the default app, too, whatever test file it was made in", async () => {
    const probe = defaultChannel("task-1");
    const client = new MockPusherClient("key", { cluster: "eu" });
    client.subscribe("task-1");
    expect(await probe.subscribed({ by: client })).toEqual([client.connectionId]);
    reset();
    await probe.vacated();
    client.disconnect();
  });

  it("says what to do when its app was closed", async () => {
    const probe = app.channel("task-1");
    app.close();
    for (const wait of [
      () => probe.subscribed(),
      () => probe.vacated(),
      () => probe.triggered("e"),
      () => probe.received("e"),
    ]) {
      await expect(wait()).rejects.toThrow("pushrig: this app was closed; make a new one with createMockPusher()");
    }
    expect(() => app.channel("task-1")).toThrow("pushrig: this app was closed");
  });

  it("ends at once when its app is closed meanwhile", async () => {
    const waiting = messageOf(app.channel("task-1").subscribed({ timeout: 60_000 }));
    app.close();
    expect(await waiting).toBe('channel("task-1").subscribed() waits for an app that was closed meanwhile.');
  });
});

describe("subscribed()", () => {
  it("is true at once where somebody is, and as often as it is asked", async () => {
    app.client({ name: "ada" }).subscribe("task-1");
    expect(await app.channel("task-1").subscribed()).toEqual(["ada"]);
    expect(await app.channel("task-1").subscribed()).toEqual(["ada"]);
  });

  it("waits for somebody who comes", async () => {
    const waiting = app.channel("task-1").subscribed();
    app.client({ name: "ada" }).subscribe("task-1");
    expect(await waiting).toEqual(["ada"]);
  });

  it.each(["immediate", "network", "polling"] as const)(
    "waits until the subscription is in force: %s",
    async (delivery) => {
      app = world({ delivery, latency: delivery === "network" ? 5 : 0 });
      const ada = app.client({ name: "ada" });
      const received = vi.fn();
      ada.subscribe("private-task-1").bind("new-message", received);
      await app.channel("private-task-1").subscribed({ by: ada });
      await app.server.trigger("private-task-1", "new-message", { id: "m1" });
      await app.channel("private-task-1").received("new-message", { id: "m1" }, { by: ada });
      expect(received).toHaveBeenCalledTimes(1);
    },
  );

  it("picks the client by its name, its user, its connectionId, its socket id, or itself", async () => {
    const ada = app.client({ name: "ada", user: { id: "u1" } });
    app.client({ name: "bob" }).subscribe("presence-room");
    ada.subscribe("presence-room");
    const { connectionId, connection } = ada;
    for (const by of ["ada", "u1", connectionId, connection.socket_id, ada]) {
      expect(await app.channel("presence-room").subscribed({ by })).toEqual(["ada", "bob"]);
    }
  });

  it("calls who has no name by the connectionId", async () => {
    const client = app.client();
    client.subscribe("task-1");
    expect(await app.channel("task-1").subscribed()).toEqual([client.connectionId]);
  });

  it("waits for as many as are asked for", async () => {
    const waiting = app.channel("task-1").subscribed({ count: 2 });
    app.client({ name: "ada" }).subscribe("task-1");
    app.client({ name: "bob" }).subscribe("task-1");
    expect(await waiting).toEqual(["ada", "bob"]);
  });

  it("says who is there, when they are too few", async () => {
    app.client({ name: "ada" }).subscribe("task-1");
    app.client({ name: "bob" }).subscribe("task-2");
    const text = await messageOf(app.channel("task-1").subscribed({ count: 2, ...soon }));
    expect(text).toMatch(
      /^1 of 2 clients was subscribed to "task-1" within 50 ms: ada\.\nDid you mean "task-2"\? Somebody is subscribed to that\.\nbob never subscribed to "task-1"; it did to "task-2"\.\n(  #\d+ .*\n)*  #\d+ .* ada is subscribed to task-1/,
    );
  });

  it("says that nobody has connected", async () => {
    expect(await messageOf(app.channel("task-1").subscribed(soon))).toBe(
      'Nobody was subscribed to "task-1" within 50 ms.\nNo client has connected.',
    );
  });

  it("says that nobody is called so, and who there is", async () => {
    app.client({ name: "ada" });
    expect(await messageOf(app.channel("task-1").subscribed({ by: "adda", ...soon }))).toBe(
      'client "adda" was not subscribed to "task-1" within 50 ms: there is no client "adda"; did you mean "ada"? The clients are ada.',
    );
  });

  it("names of others those alone who are connected", async () => {
    app.client({ name: "ada" });
    const zoe = app.client({ name: "zoe" });
    await app.idle();
    zoe.disconnect();
    await app.idle();
    expect(await messageOf(app.channel("task-1").subscribed({ by: "nobody", ...soon }))).toBe(
      'client "nobody" was not subscribed to "task-1" within 50 ms: there is no client "nobody"; the clients are ada.',
    );
    expect(await messageOf(app.channel("task-1").subscribed({ by: "zo", ...soon }))).toContain('did you mean "zoe"?');
  });

  it("ends at once when the subscription was refused, and says why", async () => {
    app.network.failAuthorization({ status: 403, message: "not yours" });
    const ada = app.client({ name: "ada" });
    const waiting = messageOf(app.channel("private-task-1").subscribed({ by: ada, timeout: 60_000 }));
    ada.subscribe("private-task-1");
    expect(await waiting).toMatch(
      /^ada will not be subscribed to "private-task-1": "private-task-1" was refused to ada at #\d+.*: 403 not yours\.\n  #/,
    );
  });

  it("ends at once when the client has gone for good", async () => {
    const ada = app.client({ name: "ada" });
    const waiting = messageOf(app.channel("task-1").subscribed({ by: ada, timeout: 60_000 }));
    ada.disconnect();
    expect(await waiting).toMatch(/^ada will not be subscribed to "task-1": ada is not connected since #\d+/);
  });

  it("goes on waiting for a client that will be back", async () => {
    const ada = app.client({ name: "ada" });
    ada.subscribe("task-1");
    app.network.drop(ada, { code: 4200 });
    expect(await app.channel("task-1").subscribed({ by: ada })).toEqual(["ada"]);
  });

  it("says when a client reconnects", async () => {
    const ada = app.client({ name: "ada" });
    ada.subscribe("task-1");
    app.network.drop(ada);
    expect(await messageOf(app.channel("task-1").subscribed({ by: "ada", ...soon }))).toMatch(
      /^ada was not subscribed to "task-1" within 50 ms\.\nada is not connected since #\d+.*; it reconnects in [\d,]+ ms\.\n/,
    );
  });

  it("times out on the real clock under fake timers, and says how to move those", async () => {
    vi.useFakeTimers();
    const ada = app.client({ name: "ada" });
    ada.subscribe("task-1");
    app.network.drop(ada);
    expect(await messageOf(app.channel("task-1").subscribed({ by: ada, ...soon }))).toContain(
      "\nFake timers are on, and ada waits for one: it reconnects in 1,000 ms.  await vi.advanceTimersByTimeAsync(1_000)",
    );
  });

  it("knows a client that has not connected yet, and says what it waits for", async () => {
    app = world({ delivery: "network", latency: 5_000 });
    vi.useFakeTimers();
    const ada = app.client({ name: "ada" });
    ada.subscribe("task-1");
    expect(await messageOf(app.channel("task-1").subscribed({ by: ada, ...soon }))).toBe(
      'ada was not subscribed to "task-1" within 50 ms: it has not connected yet.\n' +
        "Fake timers are on, and ada waits for one: it is connected in 5,000 ms.  await vi.advanceTimersByTimeAsync(5_000)",
    );
    expect(await messageOf(app.channel("task-1").received("e", undefined, { by: ada, ...soon }))).toMatch(
      /^ada did not receive "e" on "task-1" within 50 ms\.\n/,
    );
    const waiting = app.channel("task-1").subscribed({ by: ada });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await waiting).toEqual(["ada"]);
  });

  it("means the client itself after a reset, although its connection's name may be another's by then", async () => {
    const ada = app.client({ name: "ada" });
    app.reset();
    const bob = app.client({ name: "bob" });
    bob.subscribe("task-1");
    expect(bob.connectionId).toBe(ada.connectionId);
    expect(await messageOf(app.channel("task-1").subscribed({ by: ada, ...soon }))).toMatch(/^ada was not subscribed/);
    ada.subscribe("task-1");
    expect(await app.channel("task-1").subscribed({ by: ada })).toEqual(["ada", "bob"]);
  });

  it("is told by fake timers that are moved while it waits", async () => {
    vi.useFakeTimers();
    const ada = app.client({ name: "ada" });
    ada.subscribe("task-1");
    app.network.drop(ada);
    const waiting = app.channel("task-1").subscribed({ by: ada });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await waiting).toEqual(["ada"]);
  });
});

describe("vacated()", () => {
  it("waits until the last one has left", async () => {
    const [ada, bob] = [app.client({ name: "ada" }), app.client({ name: "bob" })];
    for (const client of [ada, bob]) client.subscribe("task-1");
    const waiting = app.channel("task-1").vacated();
    ada.unsubscribe("task-1");
    bob.disconnect();
    await expect(waiting).resolves.toBeUndefined();
  });

  it("says who is still there", async () => {
    app.client({ name: "ada" }).subscribe("task-1");
    app.client({ user: { id: "bob" } }).subscribe("task-1");
    expect(await messageOf(app.channel("task-1").vacated(soon))).toMatch(
      /^"task-1" was not vacated within 50 ms: ada and mock-connection-2 are subscribed to it\.\n  #\d+ /,
    );
  });
});

describe("members()", () => {
  const join = (id: string | number, info?: object) => {
    const client = app.client({ user: { id, info } });
    client.subscribe("presence-room");
    return client;
  };

  it("waits until these are there and no others", async () => {
    const waiting = app.channel("presence-room").members("ann", "bob");
    const ann = join("ann", { name: "Ann" });
    join("bob");
    expect(await waiting).toEqual([{ id: "ann", info: { name: "Ann" } }, { id: "bob" }]);
    ann.disconnect();
    expect(await app.channel("presence-room").members("bob")).toEqual([{ id: "bob" }]);
  });

  it("takes a list with a timeout, and numbers", async () => {
    join(1);
    expect(await app.channel("presence-room").members([1], { timeout: 100 })).toEqual([{ id: "1" }]);
    expect(await messageOf(app.channel("presence-room").members([], soon))).toMatch(
      /^"presence-room" was not without members within 50 ms; it has 1\.\nNot expected: 1\./,
    );
  });

  it("answers who is there now, when it is asked for nobody", async () => {
    expect(await app.channel("presence-room").members()).toEqual([]);
    join("ann");
    expect(await app.channel("presence-room").members()).toEqual([{ id: "ann" }]);
  });

  it("says who is missing, and who is more", async () => {
    join("ann");
    join("carol");
    app.client({ name: "bob", user: { id: "bob" } });
    expect(await messageOf(app.channel("presence-room").members(["ann", "bob", "dan"], soon))).toMatch(
      /^"presence-room" did not have the members ann, bob and dan within 50 ms; it has ann and carol\.\nbob is missing: bob never subscribed to "presence-room"\.\ndan is missing: no client is of that user\.\nNot expected: carol\.\n/,
    );
  });

  it("is asked of presence channels", async () => {
    await expect(app.channel("task-1").members("ann")).rejects.toThrow(
      'pushrig: channel("task-1").members() is asked of presence channels, whose names begin with "presence-"; wait for others with subscribed()',
    );
  });

  it.each([null, "", {}, NaN])("takes ids, not %o", async (id) => {
    await expect(app.channel("presence-room").members(id as never)).rejects.toThrow(
      'pushrig: channel("presence-room").members() takes ids of users such as "ann" or 1, not ',
    );
  });
});

describe("triggered()", () => {
  it("sees what has been, again and again, and what comes", async () => {
    void app.server.trigger("task-1", "new-message", { id: "m1", more: 1 });
    for (let i = 0; i < 2; i += 1) {
      const message = await app.channel("task-1").triggered("new-message", { id: "m1" });
      expect(message).toMatchObject({ channel: "task-1", event: "new-message", data: { id: "m1", more: 1 } });
    }
    const waiting = app.channel("task-1").triggered("new-message", { id: "m2" });
    void app.server.trigger("task-1", "new-message", { id: "m2" });
    expect((await waiting).data).toEqual({ id: "m2" });
  });

  it("is content with a part of the data, with a function, and with asymmetric matchers", async () => {
    void app.server.trigger("task-1", "e", { id: "m1", list: [1, 2], at: { x: 1 } });
    for (const match of [{ at: {} }, (data: { id: string }) => data.id === "m1", { id: expect.stringMatching(/^m/) }]) {
      await app.channel("task-1").triggered("e", match);
    }
  });

  it("counts client events, too", async () => {
    const ada = app.client();
    const typing = ada.subscribe("private-task-1");
    await app.channel("private-task-1").subscribed();
    await app.idle();
    typing.trigger("client-typing", { on: true });
    expect((await app.channel("private-task-1").triggered("client-typing")).data).toEqual({ on: true });
  });

  it("waits for the n-th, and answers that", async () => {
    const waiting = app.channel("task-1").triggered("e", undefined, { times: 3 });
    for (const n of [1, 2, 3]) void app.server.trigger("task-1", "e", n);
    expect((await waiting).data).toBe(3);
  });

  it("forgets what was before the mark, and before a reset", async () => {
    void app.server.trigger("task-1", "e", 1);
    const since = app.mark();
    const waiting = app.channel("task-1").triggered("e", undefined, { since });
    void app.server.trigger("task-1", "e", 2);
    expect((await waiting).data).toBe(2);
    app.reset();
    expect(await messageOf(app.channel("task-1").triggered("e", undefined, soon))).toContain(
      '"e" was not triggered on "task-1" within 50 ms.',
    );
  });

  it("says what was triggered instead", async () => {
    void app.server.trigger("task-1", "new_message", { id: "m1" });
    const text = await messageOf(app.channel("task-1").triggered("new-message", { id: "m1" }, soon));
    expect(text).toMatch(/^"new-message" \{"id":"m1"\} was not triggered on "task-1" within 50 ms\.\n/);
    expect(text).toContain('Did you mean "new_message"');
  });

  it("says how often it was", async () => {
    void app.server.trigger("task-1", "e", 1);
    expect(await messageOf(app.channel("task-1").triggered("e", undefined, { times: 2, ...soon }))).toBe(
      '"e" was triggered once on "task-1" within 50 ms, and not 2 times.',
    );
  });

  it("says once that it was triggered on another channel", async () => {
    void app.server.trigger("task-2", "e", 1);
    expect(await messageOf(app.channel("task-1").triggered("e", undefined, soon))).toBe(
      [
        '"e" was not triggered on "task-1" within 50 ms.',
        "Nearest:",
        '  #1  task-2  e 1  the channel: "task-2" where "task-1" is expected',
      ].join("\n"),
    );
  });

  it("says once that it was not triggered, and what may be meant", async () => {
    expect(await messageOf(app.channel("task-1").triggered("e", undefined, soon))).toBe(
      '"e" was not triggered on "task-1" within 50 ms.\n' +
        "Nothing at all was triggered in this app: was the code that triggers reached, and is its server of this app?",
    );
    void app.server.trigger("task-1", "new_message", 1);
    expect(await messageOf(app.channel("task-1").triggered("new-message", undefined, soon))).toBe(
      [
        '"new-message" was not triggered on "task-1" within 50 ms.',
        'Did you mean "new_message", triggered once?',
        "Nearest:",
        '  #1  task-1  new_message 1  the name: "_" where "-" is expected',
      ].join("\n"),
    );
  });
});

describe("received()", () => {
  const listen = (client: MockPusherClient, channel = "task-1") => {
    const heard = vi.fn();
    client.subscribe(channel).bind("new-message", heard);
    return heard;
  };

  it("sees what callbacks have had, again and again, and what they get", async () => {
    const heard = listen(app.client({ name: "ada" }));
    await app.server.trigger("task-1", "new-message", { id: "m1" });
    for (let i = 0; i < 2; i += 1) {
      expect(await app.channel("task-1").received("new-message", { id: "m1" }, { by: "ada" })).toMatchObject({
        channel: "task-1",
        event: "new-message",
        data: { id: "m1" },
      });
    }
    const waiting = app.channel("task-1").received("new-message", { id: "m2" });
    void app.server.trigger("task-1", "new-message", { id: "m2" });
    await waiting;
    expect(heard).toHaveBeenCalledTimes(2);
  });

  it.each(["immediate", "network", "polling"] as const)(
    "has had the callbacks called when it resolves: %s",
    async (delivery) => {
      app = world({ delivery, latency: delivery === "immediate" ? 0 : 20, pollInterval: 20 });
      const [ada, bob] = [app.client({ name: "ada" }), app.client({ name: "bob" })];
      const heard = [listen(ada), listen(bob)];
      await app.channel("task-1").subscribed({ count: 2 });
      void app.server.trigger("task-1", "new-message", { id: "m1" });
      await app.channel("task-1").received("new-message", { id: "m1" }, { by: ada, timeout: 60_000 });
      await app.channel("task-1").received("new-message", { id: "m1" }, { by: bob, timeout: 60_000 });
      expect(heard.map(({ mock }) => mock.calls.map(([data]) => data))).toEqual([[{ id: "m1" }], [{ id: "m1" }]]);
    },
  );

  it("counts what one client has had, and answers the n-th", async () => {
    for (const name of ["ada", "bob"]) listen(app.client({ name }));
    for (const n of [1, 2]) void app.server.trigger("task-1", "new-message", n);
    expect((await app.channel("task-1").received("new-message", undefined, { times: 2 })).data).toBe(2);
    expect(await messageOf(app.channel("task-1").received("new-message", undefined, { times: 3, ...soon }))).toBe(
      'A client received "new-message" on "task-1" 2 times within 50 ms, and not 3 times.',
    );
    expect(await messageOf(app.channel("task-1").received("new-message", 2, { by: "ada", times: 2, ...soon }))).toBe(
      'ada received "new-message" 2 on "task-1" once within 50 ms, and not 2 times.',
    );
  });

  it("forgets what was before the mark", async () => {
    listen(app.client());
    await app.server.trigger("task-1", "new-message", 1);
    const since = app.mark();
    const waiting = app.channel("task-1").received("new-message", undefined, { since });
    await app.server.trigger("task-1", "new-message", 2);
    expect((await waiting).data).toBe(2);
  });

  it("is for a client that the sender left out never true, and says so", async () => {
    const ada = app.client({ name: "ada" });
    listen(ada);
    listen(app.client({ name: "bob" }));
    await app.server.trigger("task-1", "new-message", 1, { socket_id: ada.connection.socket_id });
    await app.channel("task-1").received("new-message", 1, { by: "bob" });
    const text = await messageOf(app.channel("task-1").received("new-message", 1, { by: ada, ...soon }));
    expect(text).toMatch(/^ada did not receive "new-message" 1 on "task-1" within 50 ms\.\nada counts as the sender/);
  });

  it("says that nothing is bound to it, and what is", async () => {
    app
      .client({ name: "ada" })
      .subscribe("task-1")
      .bind("new_message", () => {});
    await app.server.trigger("task-1", "new-message", 1);
    const text = await messageOf(app.channel("task-1").received("new-message", undefined, soon));
    expect(text).toMatch(
      /^Nobody received "new-message" on "task-1" within 50 ms\.\nada is subscribed, but nothing is bound to "new-message"/,
    );
    expect(text).toContain('"new_message"');
  });

  it("says that it was too late to subscribe", async () => {
    const ada = app.client({ name: "ada" });
    await app.server.trigger("task-1", "new-message", { id: "m1" });
    listen(ada);
    await app.idle();
    const text = await messageOf(app.channel("task-1").received("new-message", { id: "m1" }, { by: ada, ...soon }));
    expect(text).toMatch(
      /^ada did not receive "new-message" \{"id":"m1"\} on "task-1" within 50 ms\.\nada was subscribed to "task-1" at #\d+;/,
    );
    expect(text).toContain('await channel("task-1").subscribed({ by: "ada" })');
  });

  it("ends at once when the client was refused, or has gone", async () => {
    const ada = app.client({ name: "ada" });
    app.network.failAuthorization({ message: "not yours" });
    const refused = messageOf(app.channel("private-task-1").received("e", undefined, { by: ada, timeout: 60_000 }));
    ada.subscribe("private-task-1");
    expect(await refused).toMatch(
      /^ada will not receive "e" on "private-task-1": "private-task-1" was refused to ada at #\d+.*not yours\.\n/,
    );
    const gone = messageOf(app.channel("task-1").received("e", undefined, { by: ada, timeout: 60_000 }));
    ada.disconnect();
    expect(await gone).toMatch(/^ada will not receive "e" on "task-1": ada is not connected since #\d+/);
  });

  it("says of a client that connects under fake timers what it waits for", async () => {
    app = world({ delivery: "network", latency: 50 });
    vi.useFakeTimers();
    listen(app.client({ name: "ada" }));
    expect(await messageOf(app.channel("task-1").subscribed({ by: "ada", ...soon }))).toMatch(
      /\nFake timers are on, and ada waits for one: it is connected in 50 ms\. {2}await vi\.advanceTimersByTimeAsync\(50\)$/,
    );
  });

  it("says what keeps it under fake timers, and is told when those move", async () => {
    app = world({ delivery: "network", latency: 50 });
    const ada = app.client({ name: "ada" });
    listen(ada);
    await app.idle();
    vi.useFakeTimers();
    void app.server.trigger("task-1", "new-message", 1);
    const text = await messageOf(app.channel("task-1").received("new-message", 1, { by: ada, ...soon }));
    expect(text).toContain(
      "Fake timers are on, and ada waits for one: something reaches it in 50 ms.  await vi.advanceTimersByTimeAsync(50)",
    );
    const waiting = app.channel("task-1").received("new-message", 1, { by: ada });
    await vi.advanceTimersByTimeAsync(50);
    expect((await waiting).data).toBe(1);
  });

  it("is content with the data of an encrypted channel as it travels", async () => {
    const ada = app.client({ name: "ada" });
    const heard = listen(ada, "private-encrypted-task-1");
    await app.channel("private-encrypted-task-1").subscribed();
    await app.idle();
    await app.server.trigger("private-encrypted-task-1", "new-message", { id: "m1" });
    await app.channel("private-encrypted-task-1").received("new-message", undefined, { by: ada });
    expect(heard).toHaveBeenCalledWith({ id: "m1" });
  });
});

describe("a user of whom only another channel tells", () => {
  const ada = { by: "ada", timeout: 1_000 };

  beforeEach(() => {
    const client = app.client({ user: { id: "ada" } });
    client.subscribe("presence-room");
    client.subscribe("task-1").bind("title", () => {});
  });

  it("is found by every waiter, and by why()", async () => {
    await app.channel("task-1").subscribed(ada);
    await app.server.trigger("task-1", "title", {});
    await app.channel("task-1").received("title", {}, ada);
    const asked = { event: "title", channel: "task-1", client: "ada" };
    expect(app.why(asked)).toMatchObject({ received: true, text: expect.stringContaining("user ada got") });
    await app.server.trigger("task-1", "other", {});
    expect(app.why({ ...asked, event: "other" })).toMatchObject({
      received: false,
      text: expect.stringMatching(/^user ada is subscribed, but nothing is bound to "other"/),
    });
  });

  it("is found by the connection that is there, and not by one that has ended", async () => {
    await app.channel("task-1").subscribed(ada);
    const again = app.client({ user: { id: "ada" } });
    app.network.drop("ada", { code: 4001 });
    again.subscribe("presence-room");
    again.subscribe("task-1").bind("title", () => {});
    await app.channel("task-1").subscribed(ada);
    await app.server.trigger("task-1", "title", {});
    expect(await app.channel("task-1").received("title", {}, ada)).toMatchObject({ event: "title" });
  });
});

describe("tests that run at one time", () => {
  it.each([1, 2, 3, 4])("see each other's worlds not at all: %i", async (n) => {
    const worlds = await Promise.all(
      [1, 2, 3].map(async (m) => {
        const one = createMockPusher();
        const heard: unknown[] = [];
        one
          .client()
          .subscribe("task-1")
          .bind("e", (data: unknown) => heard.push(data));
        const waiting = one.channel("task-1").received("e");
        await one.server.trigger("task-1", "e", { n, m });
        expect((await waiting).data).toEqual({ n, m });
        return one;
      }),
    );
    for (const [at, one] of worlds.entries()) {
      expect(one.state.triggers()).toHaveLength(1);
      expect(one.state.triggers()[0].data).toEqual({ n, m: at + 1 });
      one.close();
    }
  });
});

describe("beside many clients", () => {
  const callback = () => {};

  it("looks for what one client has had in what is about it", async () => {
    const ada = app.client({ name: "ada" });
    for (const client of [...Array.from({ length: 50 }, () => app.client()), ada]) {
      client.subscribe("presence-room").bind("e", callback);
    }
    await app.channel("presence-room").subscribed({ count: 51 });
    app.state.trigger("presence-room", "e", 1);
    const read = vi.spyOn(journalOf(app), "read");
    expect(lookReceived("toHaveReceived", ada, "presence-room", "e", 1).holds).toBe(true);
    expect(lookReceived("toHaveReceived", ada, "presence-room", "other").holds).toBe(false);
    expect(lookSubscribers("toHaveSubscribers", app.channel("presence-room"), 51).holds).toBe(true);
    expect((await awaitReceived("receives", ada, "presence-room", "e", 1)).holds).toBe(true);
    await app.channel("presence-room").received("e", 1, { by: ada });
    const sizes = read.mock.results.map(({ value }) => (value as Page).entries.length);
    expect(sizes.length).toBeGreaterThanOrEqual(4);
    expect(Math.max(...sizes)).toBeLessThan(10);
  });

  it("cannot be told what one has had where too many are forgotten", () => {
    const many = world({ limits: { journal: 30 } as never });
    const clients = Array.from({ length: 1_010 }, () => many.client());
    for (const client of clients) {
      client.subscribe("task-1").bind("e", callback);
      client.disconnect();
    }
    for (let i = 0; i < 40; i += 1) many.state.trigger("task-2", "other", i);
    const [first] = clients;
    first.connect();
    many.state.trigger("task-1", "e", 1);
    expect(lookReceived("toHaveReceived", first, "task-1", "e").holds).toBeUndefined();
  });
});

describe("who is in another app", () => {
  const elsewhere = (id: string, channel: string) =>
    `In app "${id}" of this process 1 client is subscribed to "${channel}". ` +
    "Who waits and who subscribes have to be of one app: the same key, or the same createMockPusher().";

  it("is told of by each way to ask for subscribers and members", async () => {
    const other = world({ appId: 4711 });
    other.client({ user: { id: "ann" } }).subscribe("presence-here");
    const here = app.channel("presence-here");
    const texts = [
      await messageOf(here.subscribed(soon)),
      await messageOf(here.subscribed({ by: "ann", ...soon })),
      await messageOf(here.members(["ann"], soon)),
      lookSubscribers("toHaveSubscribers", here, 1).text(false),
      lookMembers("toHaveMembers", here, ["ann"]).text(false),
    ];
    for (const text of texts) expect(text).toContain(elsewhere("4711", "presence-here"));
  });

  it("is not told of where as many are here as are asked for", () => {
    world().client().subscribe("task-1");
    app.client().subscribe("task-1");
    expect(lookSubscribers("toHaveSubscribers", app.channel("task-1"), 0).text(false)).not.toContain("In app");
  });
});

describe("wrong arguments", () => {
  it.each<[call: string, ask: (options: never) => Promise<unknown>]>([
    [
      'channel("task-1").triggered() takes data. Options come behind that: triggered("e"',
      (o) => app.channel("task-1").triggered("e", o),
    ],
    [
      'channel("task-1").received() takes data. Options come behind that: received("e"',
      (o) => app.channel("task-1").received("e", o),
    ],
    [
      'sentWebhook("cache_miss") takes data. Options come behind that: sentWebhook("cache_miss"',
      (o) => app.sentWebhook("cache_miss", o),
    ],
    [
      'receives() takes data. Options come behind that: receives("task-1", "e"',
      (o) => awaitReceived("receives", app.client(), "task-1", "e", o),
    ],
  ])("options in the place of data: %s", async (call, ask) => {
    const [, first] = /: (.*)$/.exec(call)!;
    await expect(ask({ timeout: 50 } as never)).rejects.toThrow(
      `pushrig: {"timeout":50} stands where ${call}, undefined, {"timeout":50}). ` +
        `If it is the data, give options as well: ${first}, {"timeout":50}, {})`,
    );
    await expect(ask({ since: app.mark() } as never)).rejects.toThrow("stands where");
  });

  it("data that is like options is data where options are given, or where it may well be data", async () => {
    app.state.trigger("task-1", "e", { timeout: 50 });
    expect(await app.channel("task-1").triggered("e", { timeout: 50 }, {})).toMatchObject({ data: { timeout: 50 } });
    app.state.trigger("task-1", "e", { by: "ann", times: 2 });
    await app.channel("task-1").triggered("e", { by: "ann", times: 2 });
    app.state.trigger("task-1", "e", { timeout: 50, id: 1 });
    await app.channel("task-1").triggered("e", { timeout: 50, id: 1 });
  });

  it.each([
    ["bad name!", 'it has " " in it; letters, digits and _ - = @ , . ; are allowed'],
    ["täsk", 'it has "ä" in it; letters, digits and _ - = @ , . ; are allowed'],
    ["a/b", 'it has "/" in it; letters, digits and _ - = @ , . ; are allowed'],
    ["x".repeat(201), "it has 201 characters, and at most 200 are allowed"],
  ])("a name that no channel can have: %s", (name, why) => {
    const text = `${JSON.stringify(name).slice(0, 20)}`;
    for (const [where, ask] of [
      ["channel()", () => app.channel(name)],
      ["why()", () => app.why({ event: "e", channel: name })],
      ["toHaveReceived()", () => lookReceived("toHaveReceived", app.client(), name, "e")],
    ] as const) {
      expect(ask).toThrow(`pushrig: ${where} takes the name of a channel, and ${text}`);
      expect(ask).toThrow(`can be none: ${why}`);
    }
  });

  it("the channel of a user's own events has a name", () => {
    expect(app.channel("#server-to-user-ann").name).toBe("#server-to-user-ann");
  });

  const waiters: Array<[string, (options: never) => Promise<unknown>]> = [
    ["subscribed", (options) => app.channel("task-1").subscribed(options)],
    ["vacated", (options) => app.channel("task-1").vacated(options)],
    ["members", (options) => app.channel("presence-1").members(["ann"], options)],
    ["triggered", (options) => app.channel("task-1").triggered("e", undefined, options)],
    ["received", (options) => app.channel("task-1").received("e", undefined, options)],
  ];

  it.each(waiters)("a timeout of %s() is milliseconds", async (name, wait) => {
    for (const timeout of [-1, "5", NaN, Infinity, 2 ** 31, null]) {
      await expect(wait({ timeout } as never)).rejects.toThrow(
        new RegExp(
          `^pushrig: the timeout of channel\\("[^"]+"\\)\\.${name}\\(\\) is milliseconds from 0 to 2147483647, not `,
        ),
      );
    }
  });

  it.each(waiters)("%s() knows its options", async (name, wait) => {
    await expect(wait({ timout: 5 } as never)).rejects.toThrow(/has no option "timout"; did you mean "timeout"\?/);
    await expect(wait(5 as never)).rejects.toThrow(
      new RegExp(`\\.${name}\\(\\) takes options in an object such as \\{ timeout: 500 \\}, not 5$`),
    );
  });

  it("a number of times is at least one", async () => {
    await expect(app.channel("a").triggered("e", undefined, { times: 0 })).rejects.toThrow(
      'pushrig: times of channel("a").triggered() is a whole number from 1, not 0',
    );
    await expect(app.channel("a").subscribed({ count: 1.5 })).rejects.toThrow(
      'pushrig: count of channel("a").subscribed() is a whole number from 1, not 1.5',
    );
  });

  it("an event has a name", async () => {
    await expect(app.channel("a").triggered(undefined as never)).rejects.toThrow(
      'pushrig: channel("a").triggered() takes the name of an event, a string such as "new-message", not undefined',
    );
  });

  it("a mark is of the same app", async () => {
    const other = createMockPusher();
    await expect(app.channel("a").triggered("e", undefined, { since: other.mark() })).rejects.toThrow(
      'pushrig: since of channel("a").triggered() is a mark of another app. Take mark() of the same app',
    );
    await expect(app.channel("a").triggered("e", undefined, { since: 5 as never })).rejects.toThrow(
      'pushrig: since of channel("a").triggered() is a place in the journal, as mark() answers it, not 5',
    );
    other.close();
  });

  it("a client is of the same app", async () => {
    const other = createMockPusher();
    await expect(app.channel("a").subscribed({ by: other.client() })).rejects.toThrow(
      'pushrig: by of channel("a").subscribed() is a client of another app.',
    );
    await expect(app.channel("a").subscribed({ by: 5 as never })).rejects.toThrow(
      'pushrig: by of channel("a").subscribed() is a client, or its name, user id, connectionId or socket id, not 5',
    );
    other.close();
  });
});
