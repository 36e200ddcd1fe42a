import { Worker } from "node:worker_threads";
import { type Channel, type MockPusher, type MockPusherClient, type Question, type Why, mark, why } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { world } from "../support/world";

afterEach(() => {
  vi.useRealTimers();
});

describe("why() refuses", () => {
  it.each<[question: unknown, text: string]>([
    [
      "new-message",
      'why() takes a question such as { event: "new-message", channel: "task-1", client: "ada" }, not "new-message"',
    ],
    [
      undefined,
      'why() takes a question such as { event: "new-message", channel: "task-1", client: "ada" }, not undefined',
    ],
    [{}, 'why() takes the name of an event, a string such as "new-message", not undefined'],
    [{ event: "" }, 'why() takes the name of an event, a string such as "new-message", not ""'],
    [
      { evnt: "a" },
      'the question of why() has no field "evnt"; did you mean "event"? The fields are event, channel, client, data, since',
    ],
    [{ event: "a", channel: 7 }, 'why() takes the name of a channel, a string such as "task-1", not 7'],
    [{ event: "a", client: 7 }, "client of why() is a client, or its name, user id, connectionId or socket id, not 7"],
    [{ event: "a", since: 7 }, "since of why() is a place in the journal, as mark() answers it, not 7"],
  ])("%o", (question, text) => {
    const here = world();
    expect(() => here.why(question as never)).toThrow(new TypeError(`pushrig: ${text}`));
  });

  it("a client of another app", () => {
    const [here, elsewhere] = [world(), world()];
    expect(() => here.why({ event: "a", client: elsewhere.client() })).toThrow(
      "pushrig: client of why() is a client of another app. A client hears what is triggered in its own app only: with the same key, or " +
        "of the same createMockPusher().",
    );
  });

  it("a mark of another app", () => {
    expect(() => world().why({ event: "a", since: mark() })).toThrow(
      "pushrig: since of why() is a mark of another app. Take mark() of the same app: each createMockPusher() has its own",
    );
    expect(() => why({ event: "a", since: world().mark() })).toThrow(
      "pushrig: since of why() is a mark of another app.",
    );
  });

  it("to answer for an app that is closed", () => {
    const closed = world();
    closed.close();
    expect(() => closed.why({ event: "a" })).toThrow("pushrig: this app was closed");
  });
});

const DELIVERIES = ["immediate", "network", "polling"] as const;

/** An answer's words without what differs from run to run. */
function words({ text }: Why): string {
  return text.replace(/\d+(\.\d+)? ms/g, "0 ms").replace(/mock-connection-\d+/g, "mock-connection");
}

describe.each(DELIVERIES)("with %s delivery why() says", (delivery) => {
  let app: MockPusher;
  let ada: MockPusherClient;
  let answer: Why;
  const task = { event: "new-message", channel: "task-1" };
  const callback = () => {};

  beforeEach(() => {
    app = world({ delivery, latency: delivery === "immediate" ? 0 : 5, pollInterval: 5 });
    ada = app.client({ name: "ada" });
  });

  /** Until ada is on the channel, and knows. */
  async function onTask(): Promise<Channel> {
    const channel = ada.subscribe("task-1");
    await app.channel("task-1").subscribed();
    await app.idle();
    return channel;
  }

  const trigger = (data: unknown = { id: "m1" }, params?: { socket_id: string }) =>
    app.server.trigger("task-1", "new-message", data, params);

  const ask = async (question: Partial<Question> = {}) => {
    await app.idle();
    answer = app.why({ ...task, client: ada, ...question });
    return [answer.reason, words(answer)];
  };

  it("that it was received", async () => {
    (await onTask()).bind("new-message", callback);
    await trigger();
    expect(await ask()).toEqual(["received", 'ada got "new-message" {"id":"m1"} on "task-1" (#5).']);
    expect(answer).toMatchObject({ received: true, client: "ada", others: [], near: [] });
  });

  it("that it was received by a callback for every channel", async () => {
    ada.bind("new-message", callback);
    await onTask();
    await trigger();
    expect((await ask())[0]).toBe("received");
  });

  it("that it was received by a callback for every event, on the channel or on the client", async () => {
    const channel = await onTask();
    channel.bind_global(callback);
    await trigger(1);
    channel.unbind_global();
    ada.bind_global(callback);
    await trigger(2);
    ada.unbind_global();
    await trigger(3);
    expect((await ask({ data: 1 }))[0]).toBe("received");
    expect((await ask({ data: 2 }))[0]).toBe("received");
    expect((await ask({ data: 3 }))[0]).toBe("unbound-before");
  });

  it("that an event to a user was received", async () => {
    ada = app.client({ name: "her", user: { id: "ann" } });
    ada.user.bind("hello", callback);
    ada.signin();
    await ada.user.signinDonePromise;
    await app.server.sendToUser("ann", "hello", {});
    expect(await ask({ event: "hello", channel: undefined })).toEqual([
      "received",
      expect.stringContaining('her got "hello" {} on "#server-to-user-ann"'),
    ]);
  });

  it("that a callback that takes itself out has received it", async () => {
    const channel = await onTask();
    channel.bind("new-message", function once() {
      channel.unbind("new-message", once);
    });
    await trigger(1);
    await app.idle();
    await trigger(2);
    expect((await ask({ data: 1 }))[0]).toBe("received");
    expect((await ask({ data: 2 }))[0]).toBe("unbound-before");
  });

  it("that it was never triggered", async () => {
    (await onTask()).bind("new-message", callback);
    await app.server.trigger("task-1", "new_message", { id: "m1" });
    expect(await ask()).toEqual([
      "never-triggered",
      '"new-message" was never triggered on "task-1" (1 other event was). Did you mean "new_message", triggered once?',
    ]);
    expect(answer.near.map(({ differences }) => differences)).toEqual([['the name: "_" where "-" is expected']]);
  });

  it("that it was triggered on another channel", async () => {
    await onTask();
    await app.server.trigger("task-12", "new-message", {});
    expect(await ask()).toEqual([
      "never-triggered",
      '"new-message" was never triggered on "task-1" (nothing else was). It was on "task-12", at #4.',
    ]);
  });

  it("that trigger() was refused", async () => {
    (await onTask()).bind("new-message", callback);
    await expect(trigger("x".repeat(10_241))).rejects.toThrow("Unexpected status code 413");
    expect(await ask()).toEqual([
      "rejected",
      '"new-message" on "task-1" (10,241 bytes) was refused at #5: 413 The data content of this event exceeds the allowed maximum (10240 bytes). See https://pusher.com/docs/channels/server_api/http-api#publishing-events for more info',
    ]);
  });

  it("that its sender was left out", async () => {
    (await onTask()).bind("new-message", callback);
    await trigger({}, { socket_id: ada.connection.socket_id });
    expect(await ask()).toEqual([
      "excluded",
      'ada counts as the sender of "new-message" on "task-1" (#5) and was left out: trigger() was given its socket_id.',
    ]);
  });

  it("that it was triggered in another app", async () => {
    (await onTask()).bind("new-message", callback);
    const other = world({ appId: 4711 });
    await other.server.trigger("task-1", "new-message", {});
    expect(await ask()).toEqual([
      "other-app",
      '"new-message" on "task-1" was not triggered in this app, but in app "4711" of this process (#1). ' +
        "Server and client have to be of one app: the same key, or the same createMockPusher().",
    ]);
  });

  it("that she never subscribed", async () => {
    ada.subscribe("tasks-1");
    await app.channel("tasks-1").subscribed();
    await trigger();
    expect(await ask()).toEqual([
      "never-subscribed",
      'ada never subscribed to "task-1". ada subscribed to "tasks-1": did you mean that?',
    ]);
  });

  it("that nobody was subscribed", async () => {
    ada.subscribe("tasks-1");
    await app.channel("tasks-1").subscribed();
    await trigger();
    expect(await ask({ client: undefined })).toEqual([
      "never-subscribed",
      'Nobody was subscribed to "task-1" when "new-message" went out (#4). "tasks-1" had a subscriber: did you mean that?',
    ]);
  });

  it("that she subscribed later", async () => {
    await app.idle();
    await trigger();
    (await onTask()).bind("new-message", callback);
    expect(await ask()).toEqual([
      "subscribed-later",
      'ada was subscribed to "task-1" at #4; "new-message" went out at #2, 0 ms earlier. ' +
        "Pusher keeps no events for later subscribers (cache channels: the last one).\n" +
        'Wait before triggering: await channel("task-1").subscribed({ by: "ada" })',
    ]);
    expect(answer.timeline.map(({ kind }) => kind)).toEqual(["triggered", "subscribing", "subscribed"]);
  });

  it("that she had it from the cache of a channel, when she subscribed", async () => {
    await app.idle();
    const room = { channel: "cache-room" };
    await app.server.trigger("cache-room", "new-message", { id: "m0" });
    await app.server.trigger("cache-room", "new-message", { id: "m1" });
    const heard = vi.fn();
    ada.subscribe("cache-room").bind("new-message", heard);
    await app.channel("cache-room").subscribed();
    await app.idle();
    expect(heard.mock.calls.map(([data]) => data)).toEqual([{ id: "m1" }]);
    expect(await ask(room)).toEqual([
      "received",
      expect.stringMatching(
        /^ada got "new-message" \{"id":"m1"\} on "cache-room" \(#3\) from its cache, when it subscribed \(#[56]\)\.$/,
      ),
    ]);
    expect(answer).toMatchObject({ received: true, entry: { seq: 3 } });
    expect((await ask({ ...room, data: { id: "m0" } }))[0]).toBe("subscribed-later");
    await app.channel("cache-room").received("new-message", { id: "m1" }, { by: ada });
  });

  it("that she bound too late for what the cache had for her", async () => {
    await app.idle();
    await app.server.trigger("cache-room", "new-message", { id: "m1" });
    const channel = ada.subscribe("cache-room");
    await app.channel("cache-room").subscribed();
    await app.idle();
    channel.bind("new-message", callback);
    expect(await ask({ channel: "cache-room" })).toEqual([
      "bound-later",
      'ada bound "new-message" at #5, 0 ms after it came from the cache (#4): it had arrived by then. Bind before you trigger.',
    ]);
  });

  it("that she had left", async () => {
    (await onTask()).bind("new-message", callback);
    ada.unsubscribe("task-1");
    await app.idle();
    await trigger();
    expect(await ask()).toEqual([
      "left-before",
      'ada left "task-1" at #6 by unsubscribe(), before "new-message" went out at #7. A callback was bound to it still: unsubscribe() ends the channel for everybody who uses it.',
    ]);
  });

  it("that she subscribed anew and has not bound anew", async () => {
    (await onTask()).bind("new-message", callback);
    ada.unsubscribe("task-1");
    await app.idle();
    await onTask();
    await trigger();
    expect(await ask()).toEqual([
      "unbound-before",
      'ada let go of its callback of "new-message" on "task-1" at #5 by unsubscribe(), before #9 arrived. subscribe() makes a new channel object: bind on that.',
    ]);
  });

  it("that her subscription was refused", async () => {
    app.network.failAuthorization({ status: 403 });
    ada.subscribe("private-task-1");
    await app.idle();
    await app.server.trigger("private-task-1", "new-message", {});
    expect(await ask({ channel: "private-task-1" })).toEqual([
      "subscription-refused",
      expect.stringMatching(/^"private-task-1" was refused to ada at #\d+: 403 /),
    ]);
  });

  it("that her subscription has no answer yet", async () => {
    const slow = app.client({ name: "slow", channelAuthorization: { customHandler: () => {} } } as never);
    slow.subscribe("private-task-1");
    await app.channel("private-task-1").vacated();
    await app.server.trigger("private-task-1", "new-message", {});
    answer = app.why({ event: "new-message", channel: "private-task-1", client: "slow" });
    expect([answer.reason, words(answer)]).toEqual([
      "subscription-pending",
      expect.stringMatching(
        /^slow asked for "private-task-1" at #\d and has had no answer yet; "new-message" went out at #\d\. Does its authorization endpoint answer\?$/,
      ),
    ]);
  });

  it("that she was not connected", async () => {
    (await onTask()).bind("new-message", callback);
    ada.disconnect();
    await app.idle();
    await trigger();
    expect(await ask()).toEqual([
      "not-connected",
      'ada was not connected when "new-message" on "task-1" went out at #7: its connection was closed at #5. Pusher keeps no events for those who are away.',
    ]);
  });

  it("that her connection had been dropped", async () => {
    (await onTask()).bind("new-message", callback);
    app.network.drop(ada, { code: 4200 });
    await trigger();
    expect(await ask()).toEqual([
      "not-connected",
      expect.stringMatching(
        /^ada was not connected when "new-message" on "task-1" went out at #7: its connection was closed at #5: 4200(; it was connected again at #\d+)?\. Pusher keeps no events for those who are away\.$/,
      ),
    ]);
  });

  it("that another name is bound", async () => {
    (await onTask()).bind("new_message", callback);
    await trigger();
    expect(await ask()).toEqual([
      "never-bound",
      'ada is subscribed, but nothing is bound to "new-message" on "task-1". Did you mean "new_message"? That is bound.',
    ]);
  });

  it("that it is bound on an old channel object", async () => {
    const old = await onTask();
    ada.unsubscribe("task-1");
    await app.idle();
    await onTask();
    old.bind("new-message", callback);
    await trigger();
    expect(await ask()).toEqual([
      "never-bound",
      'ada is subscribed, but nothing is bound to "new-message" on "task-1". It is bound on an old channel object (#7), which hears nothing any more: bind on what subscribe() answers now.',
    ]);
  });

  it("that she bound later", async () => {
    const channel = await onTask();
    await trigger();
    await app.idle();
    channel.bind("new-message", callback);
    expect(await ask()).toEqual([
      "bound-later",
      'ada bound "new-message" at #5, 0 ms after it went out (#4): it had arrived by then. Bind before you trigger.',
    ]);
  });

  it("that she had unbound", async () => {
    const channel = (await onTask()).bind("new-message", callback);
    channel.unbind("new-message", callback);
    await trigger();
    expect(await ask()).toEqual([
      "unbound-before",
      'ada had unbound its callback of "new-message" on "task-1" at #5, before #6 arrived.',
    ]);
  });

  it("that her callback threw", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    (await onTask()).bind("new-message", () => {
      throw new TypeError("no");
    });
    await trigger();
    expect(await ask()).toEqual([
      "callback-threw",
      'ada got "new-message" on "task-1" (#5), and its callback threw TypeError: no.',
    ]);
    expect(answer.received).toBe(true);
  });

  it("that a reset has ended her subscription", async () => {
    (await onTask()).bind("new-message", callback);
    app.reset();
    await trigger();
    expect(await ask()).toEqual([
      "reset-between",
      'ada was subscribed to "task-1" before reset() (#5), which ends subscriptions. Subscribe again.',
    ]);
  });

  it("that a reset has taken her callback", async () => {
    (await onTask()).bind("new-message", callback);
    app.reset();
    await onTask();
    await trigger();
    expect(await ask()).toEqual([
      "reset-between",
      'ada had bound "new-message" on "task-1" before reset() (#5), and a channel object from before it keeps no bindings: bind on what subscribe() answers now.',
    ]);
  });

  it("that a fault has taken it", async () => {
    (await onTask()).bind("new-message", callback);
    app.network.lose({ channel: "task-1", times: 1 });
    await trigger();
    expect(await ask()).toEqual([
      "lost",
      '"new-message" on "task-1" (#6) was lost on its way to ada: network().lose() took it.',
    ]);
  });

  it("that a fault holds it back", async () => {
    (await onTask()).bind("new-message", callback);
    const held = app.network.hold({ channel: "task-1" });
    await trigger();
    expect(await ask()).toEqual([
      "under-way",
      '"new-message" on "task-1" (#6) is on its way to ada: network().hold() keeps it back until release().',
    ]);
    held.release();
    expect(await ask()).toEqual(["received", 'ada got "new-message" {"id":"m1"} on "task-1" (#6).']);
  });

  it("that it is forgotten", async () => {
    app = world({
      delivery,
      latency: delivery === "immediate" ? 0 : 5,
      pollInterval: 5,
      limits: { journal: 10 } as never,
    });
    ada = app.client({ name: "ada" });
    (await onTask()).bind("new-message", callback);
    await trigger();
    for (let round = 0; round < 20; round += 1) await app.server.trigger("task-2", "other", { round });
    expect(await ask()).toEqual([
      "forgotten",
      '"new-message" on "task-1" was not triggered since #15; whether it was before is not known any more: ' +
        "the journal remembers nothing older. Ask sooner, or reset() between tests.",
    ]);
  });

  it("who is meant, though another has her connection's name of before the reset", async () => {
    await onTask();
    app.reset();
    const bob = app.client({ name: "bob" });
    bob.subscribe("task-1").bind("new-message", callback);
    await app.channel("task-1").subscribed({ by: "bob" });
    await trigger();
    expect((await ask({ client: bob }))[0]).toBe("received");
    expect((await ask({ client: ada }))[0]).toBe("reset-between");
  });
});

describe.each(["network", "polling"] as const)("with %s delivery", (delivery) => {
  const task = { event: "new-message", channel: "task-1", client: "ada" };

  async function underWay() {
    const app = world({ delivery, latency: delivery === "network" ? 5 : 0, pollInterval: 5 });
    const ada = app.client({ name: "ada" });
    const channel = ada.subscribe("task-1");
    const got: unknown[] = [];
    const callback = (data: unknown) => got.push(data);
    channel.bind("new-message", callback);
    // Something has to be bound, or nothing is polled.
    ada.bind("other", () => {});
    await app.channel("task-1").subscribed();
    await app.idle();
    vi.useFakeTimers();
    void app.server.trigger("task-1", "new-message", "x");
    return { app, ada, channel, callback, got };
  }

  it("an event is under way until it arrives", async () => {
    const { app, got } = await underWay();
    const answer = app.why(task);
    expect(answer.reason).toBe("under-way");
    expect(answer.text).toMatch(
      /^"new-message" on "task-1" \(#6\) is on its way to ada\. Fake timers are on, and (ada|a client) waits for one: .* in 5 ms\. {2}await vi\.advanceTimersByTimeAsync\(5\)$/,
    );
    await vi.advanceTimersByTimeAsync(5);
    expect([app.why(task).reason, got]).toEqual(["received", ["x"]]);
  });

  it("what is bound meanwhile gets it, what is unbound does not", async () => {
    const { app, channel, callback, got } = await underWay();
    channel.unbind("new-message", callback);
    await vi.advanceTimersByTimeAsync(5);
    expect([app.why(task).reason, got]).toEqual(["unbound-before", []]);
    void app.server.trigger("task-1", "new-message", "y");
    channel.bind("new-message", callback);
    await vi.advanceTimersByTimeAsync(5);
    expect([app.why(task).reason, got]).toEqual(["received", ["y"]]);
  });

  it("who leaves meanwhile does not get it", async () => {
    const { app, ada, got } = await underWay();
    ada.unsubscribe("task-1");
    expect(app.why(task).reason).toBe("left-before");
    await vi.advanceTimersByTimeAsync(20);
    expect([app.why(task).reason, got]).toEqual(["left-before", []]);
  });

  it("whose connection ends meanwhile does not get it", async () => {
    const { app, ada, got } = await underWay();
    ada.disconnect();
    await vi.advanceTimersByTimeAsync(20);
    const answer = app.why(task);
    expect([answer.reason, got]).toEqual(["not-connected", []]);
    expect(answer.text).toMatch(
      /^ada's connection was closed at #7, before "new-message" on "task-1" \(#6\) had arrived\.$/,
    );
  });
});

it("who has disconnected does not get what came before the service heard of it, though the service ended it", async () => {
  vi.useFakeTimers();
  const app = world({ delivery: "network", latency: 1 });
  const ada = app.client({ name: "ada" });
  const got = vi.fn();
  ada.subscribe("task-1").bind("new-message", got);
  await vi.advanceTimersByTimeAsync(5);
  ada.disconnect();
  void app.server.trigger("task-1", "new-message", "x");
  app.network.drop(ada, { code: 4200 });
  await vi.advanceTimersByTimeAsync(20);
  const { reason } = app.why({ event: "new-message", channel: "task-1", client: ada });
  expect([reason, got.mock.calls]).toEqual(["not-connected", []]);
});

describe.each(["immediate", "network"] as const)("with %s delivery", (delivery) => {
  /** Two clients that are to get an event, in this order; the first one does something to the second when it does, or the other way round. */
  async function meddling(order: "first" | "last", meddle: (other: MockPusherClient) => void) {
    const app = world({ delivery, latency: delivery === "immediate" ? 0 : 2 });
    const clients = [app.client({ name: "ada" }), app.client({ name: "bob" })];
    const [one, other] = order === "first" ? clients : clients.toReversed();
    const got: string[] = [];
    for (const client of clients) {
      client.subscribe("task-1").bind("new-message", () => {
        got.push(client === one ? "one" : "other");
        if (client === one) meddle(other);
      });
    }
    await app.channel("task-1").subscribed({ count: 2 });
    await app.idle();
    await app.server.trigger("task-1", "new-message", {});
    await app.idle();
    return { got, ...app.why({ event: "new-message", channel: "task-1", client: other }) };
  }

  it("who unbinds another's callback before its turn keeps it from the event, and why() says so", async () => {
    const { got, reason } = await meddling("first", (other) => other.channel("task-1")?.unbind("new-message"));
    expect([got, reason]).toEqual([["one"], "unbound-before"]);
  });

  it("who unbinds another's callback after its turn is too late, and why() says so", async () => {
    const { got, reason } = await meddling("last", (other) => other.channel("task-1")?.unbind("new-message"));
    expect([got, reason]).toEqual([["other", "one"], "received"]);
  });

  it("who disconnects another before its turn keeps it from the event, and why() says so", async () => {
    const { got, reason } = await meddling("first", (other) => other.disconnect());
    expect([got, reason]).toEqual([["one"], "not-connected"]);
  });

  it("what is bound for another after its turn does not get the event, and why() says so", async () => {
    const late = vi.fn();
    const { got, reason } = await meddling("last", (other) => {
      other.channel("task-1")?.unbind("new-message");
      other.channel("task-1")?.bind("new-message", late);
    });
    expect([got, late.mock.calls, reason]).toEqual([["other", "one"], [], "received"]);
  });
});

describe("with thousands of entries since, why() finds", () => {
  const callback = () => {};

  /** A client that has had an event, and much that has happened since. */
  function longAgo() {
    const app = world();
    const ada = app.client({ name: "ada" });
    const channel = ada.subscribe("task-1").bind("new-message", callback);
    app.state.trigger("task-1", "new-message", { n: 1 });
    channel.unbind("new-message", callback);
    for (let i = 0; i < 3_000; i += 1) app.state.trigger(i % 2 ? "task-1" : "task-2", "other", { i });
    return app;
  }

  const task = { event: "new-message", channel: "task-1", client: "ada" };

  it("what was received before them", () => {
    expect(longAgo().why(task)).toMatchObject({ received: true, entry: { seq: 5 } });
  });

  it("what was received before it happened again in vain", () => {
    const app = longAgo();
    app.state.trigger("task-1", "new-message", { n: 2 });
    expect(app.why(task)).toMatchObject({ received: true, entry: { seq: 5 } });
    expect(app.why({ ...task, data: { n: 2 } })).toMatchObject({ reason: "unbound-before", entry: { seq: 3_007 } });
  });

  it("what went out before them, though another app had it too", () => {
    const app = longAgo();
    world().state.trigger("task-1", "new-message", { n: 1 });
    const bob = app.client({ name: "bob" });
    expect(app.why({ ...task, client: bob })).toMatchObject({ reason: "not-connected", entry: { seq: 5 } });
    expect(app.why({ ...task, event: "nothing" })).toMatchObject({ reason: "never-triggered" });
  });
});

it("what was refused before is not the event that went out in its place with other data", async () => {
  const app = world();
  app
    .client({ name: "ada" })
    .subscribe("task-1")
    .bind("e", () => {});
  app.network.failTrigger({ times: 1, status: 503 });
  await app.server.trigger("task-1", "e", { id: 1 }).catch(() => {});
  expect(app.why({ event: "e", channel: "task-1", data: { id: 2 } })).toMatchObject({ reason: "rejected" });
  await app.server.trigger("task-1", "e", { id: 3 });
  const { reason, near } = app.why({ event: "e", channel: "task-1", data: { id: 2 } });
  expect([reason, near[0].differences]).toEqual(["never-triggered", ["data.id: 3 where 2 is expected"]]);
});

it("what waits for a tick in another thread has not arrived there, and why() says so", async () => {
  const app = world({ delivery: "polling", pollInterval: 600_000 });
  const worker = new Worker(
    `const { parentPort, workerData } = require("node:worker_threads");
     const { MockPusherClient } = require(${JSON.stringify(require.resolve("pushrig"))});
     const client = new MockPusherClient(workerData, { cluster: "eu", name: "ada" });
     client.subscribe("task-1").bind("new-message", () => {});
     parentPort.on("message", () => {});`,
    { eval: true, workerData: app.app.key },
  );
  try {
    await app.channel("task-1").subscribed({ by: "ada", timeout: 10_000 });
    const question = { event: "new-message", channel: "task-1", client: "ada" };
    await app.server.trigger("task-1", "new-message", { id: "m1" });
    // That thread has its mail.
    await app.idle({ timeout: 10_000 });
    const { reason, text } = app.why(question);
    expect(reason).toBe("under-way");
    expect(text).toMatch(
      /^"new-message" on "task-1" \(#\d+\) is on its way to ada\. Wait for it: await channel\("task-1"\)/,
    );
  } finally {
    await worker.terminate();
  }
});
