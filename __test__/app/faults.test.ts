import Pusher from "pusher";
import { createMockPusher, type Gateway, type MockPusher } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WireClient } from "../support/wire-client.js";

/** What a test does to the events of an app, in this process and at its gateway. */

let world: MockPusher;

beforeEach(() => {
  world = createMockPusher();
});

afterEach(() => {
  world.close();
  vi.restoreAllMocks();
});

/** A client of this process on a channel, and the data it gets. */
function subscriber(channel = "task-1", event = "e") {
  const client = world.client();
  const received: unknown[] = [];
  client.subscribe(channel).bind(event, (data: unknown) => received.push(data));
  return { client, received };
}

const trigger = (data: unknown, channel = "task-1", event = "e") => world.server.trigger(channel, event, data);
const history = (channel = "task-1") => world.state.getChannelMessages(channel).map(({ data }) => data);

describe("lose()", () => {
  it("has events accepted, stored and delivered to nobody", async () => {
    const { received } = subscriber();
    const fault = world.network.lose({ channel: "task-*", event: "e", times: 1 });
    expect((await trigger(1)).status).toBe(200);
    await trigger(2);
    expect([received, history(), fault.strikes]).toEqual([[2], [1, 2], 1]);
  });

  it("concerns one client, also after it has connected anew", async () => {
    const [one, two] = [subscriber(), subscriber()];
    world.network.lose({ client: one.client });
    await trigger(1);
    one.client.disconnect();
    one.client.connect();
    await trigger(2);
    expect(one.client.connection.state).toBe("connected");
    expect([one.received, two.received]).toEqual([[], [1, 2]]);
    world.network.restore();
    await trigger(3);
    expect([one.received, two.received]).toEqual([[3], [1, 2, 3]]);
  });

  it("knows a client by its connection's name and by its socket id", async () => {
    const [one, two, three] = [subscriber(), subscriber(), subscriber()];
    world.network.lose({ client: one.client.connectionId });
    world.network.lose({ client: two.client.connection.socket_id as string });
    await trigger(1);
    expect([one, two, three].map(({ received }) => received)).toEqual([[], [], [1]]);
  });

  it("knows a client by the name that the test has given it, and follows it", async () => {
    const client = world.client({ name: "ada" });
    const received: unknown[] = [];
    client.subscribe("task-1").bind("e", (data: unknown) => received.push(data));
    const fault = world.network.lose({ client: "ada" });
    client.disconnect();
    client.connect();
    await trigger(1);
    fault.restore();
    await trigger(2);
    expect([received, fault.strikes]).toEqual([[2], 1]);
  });

  it("loses client events and those that go to a user", async () => {
    const [one, two] = [world.client({ user: { id: "ann" } }), world.client({ user: { id: "bob" } })];
    one.signin();
    await vi.waitFor(() => expect(one.user.user_data?.id).toBe("ann"));
    const received: unknown[] = [];
    for (const client of [one, two]) client.subscribe("private-a").bind_global((event: string) => received.push(event));
    one.user.bind("e", () => received.push("to ann"));
    await vi.waitFor(() => expect(one.channel("private-a").subscribed).toBe(true));
    received.length = 0;
    world.network.lose({ event: "client-typing" });
    using toUsers = world.network.lose({ channel: "#server-to-user-*" });
    one.channel("private-a").trigger("client-typing", {});
    one.channel("private-a").trigger("client-typed", {});
    await world.server.sendToUser("ann", "e", 1);
    expect([received, toUsers.strikes]).toEqual([["client-typed"], 1]);
  });
});

it("duplicate() delivers events twice, and the history has them once", async () => {
  const { received } = subscriber();
  world.network.duplicate({ times: 1 });
  await trigger(1);
  await trigger(2);
  expect([received, history()]).toEqual([
    [1, 1, 2],
    [1, 2],
  ]);
});

it("a callback's own event comes behind both copies of the one that it answers", async () => {
  const { client, received } = subscriber();
  client.channel("task-1").bind("e", (data: unknown) => {
    if (data === 1) void trigger(`${received.length} seen`);
  });
  world.network.duplicate({ times: 1 });
  await trigger(1);
  expect(received).toEqual([1, 1, "1 seen", "2 seen"]);
});

describe("hold()", () => {
  it("keeps events back until they are released, in their order, and others overtake them", async () => {
    const { received } = subscriber();
    const slow = subscriber("task-1", "slow").received;
    const held = world.network.hold({ event: "slow" });
    for (const data of [1, 2]) await trigger(data, "task-1", "slow");
    await trigger("quick");
    expect([received, slow, held.waiting, held.strikes]).toEqual([["quick"], [], 4, 2]);
    held.release();
    expect([slow, held.waiting]).toEqual([[1, 2], 0]);
    await trigger(3, "task-1", "slow");
    expect(slow).toEqual([1, 2]);
    held.restore();
    expect(slow).toEqual([1, 2, 3]);
    await trigger(4, "task-1", "slow");
    expect(slow).toEqual([1, 2, 3, 4]);
  });

  it("holds 64 MiB at most, and says what was lost beyond it, in the journal and at the end", async () => {
    const app = createMockPusher({ limits: { dataBytes: 1024 * 1024 } });
    const client = app.client({ name: "ada" });
    const received: unknown[] = [];
    client.subscribe("task-1").bind("e", (data: string) => received.push(data.length));
    const held = app.network.hold();
    for (let i = 0; i < 35; i += 1) await app.server.trigger("task-1", "e", "x".repeat(1024 * 1024 - 2));
    expect([held.strikes, held.waiting]).toEqual([35, 32]);
    const { reason, text } = app.why({ event: "e", client: "ada" });
    expect([reason, text]).toEqual([
      "lost",
      expect.stringContaining("network().hold() keeps back 100,000 events or 64 MiB already"),
    ]);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    held.restore();
    app.close();
    expect(received).toHaveLength(32);
    expect(warn.mock.calls).toEqual([
      ["pushrig: hold() keeps back 100,000 events or 64 MiB at most: 3 events were lost for which there was no room"],
    ]);
  });

  it("forgets what it holds when the app is reset", async () => {
    const { client } = subscriber();
    const held = world.network.hold();
    await trigger(1);
    world.reset();
    const received: unknown[] = [];
    client.subscribe("task-1").bind("e", (data: unknown) => received.push(data));
    held.release();
    held.restore();
    await trigger(2);
    expect([received, held.waiting]).toEqual([[2], 0]);
  });

  it("releases to those who are still on the channel, not to those who have come since", async () => {
    const [stays, leaves] = [subscriber(), subscriber()];
    const held = world.network.hold();
    await trigger(1);
    leaves.client.unsubscribe("task-1");
    const late = subscriber();
    held.restore();
    expect([stays, leaves, late].map(({ received }) => received)).toEqual([[1], [], []]);
  });
});

describe.each(["network", "polling"] as const)("with %s delivery", (delivery) => {
  it("faults strike as they do with immediate delivery", async () => {
    world.configure({ delivery, latency: 0, pollInterval: 5 });
    const { client, received } = subscriber();
    await vi.waitFor(() => expect(client.channel("task-1").subscribed).toBe(true));
    world.network.lose({ times: 1 });
    world.network.duplicate({ times: 1 });
    const held = world.network.hold({ times: 1 });
    for (const data of [1, 2, 3, 4]) await trigger(data);
    await vi.waitFor(() => expect(received).toEqual([2, 2, 4]));
    held.release();
    await vi.waitFor(() => expect(received).toEqual([2, 2, 4, 3]));
  });
});

describe("failTrigger()", () => {
  /** How a call fails, without what differs in every signed URL. */
  const failure = (call: () => Promise<unknown>) =>
    call().then(
      () => "nothing failed",
      ({ name, message, status, body, error }) => ({
        name,
        message,
        status,
        body,
        error: error && {
          name: error.name,
          type: error.type,
          code: error.code,
          message: error.message.replace(/http\S+/, "URL"),
        },
      }),
    );

  it("answers with a status, and nothing is published on any channel of the call", async () => {
    const { received } = subscriber();
    world.network.failTrigger({ channel: "task-2", status: 503 });
    for (const call of [
      () => world.server.trigger(["task-1", "task-2"], "e", 1),
      () => world.server.trigger("task-2", "e", 1),
      () => world.server.triggerBatch(["task-1", "task-2"].map((channel) => ({ channel, name: "e", data: 1 }))),
    ]) {
      expect(await failure(call)).toMatchObject({
        name: "PusherRequestError",
        message: "Unexpected status code 503",
        status: 503,
        body: "pushrig: network().failTrigger() has refused this\n",
      });
    }
    await trigger(1);
    expect([received, history(), history("task-2")]).toEqual([[1], [1], []]);
  });

  it("fails as often as it is asked to, by default with 500", async () => {
    world.network.failTrigger({ times: 2 });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push(await trigger(i).catch((error) => error.status));
    expect(statuses.slice(0, 2)).toEqual([500, 500]);
    expect(history()).toEqual([2]);
  });

  it("throws before there is a promise, if it is asked to", () => {
    world.network.failTrigger({ status: 400, throws: true });
    expect(() => void trigger(1)).toThrowError("Unexpected status code 400");
    expect(() => world.state.trigger("task-1", "e", 1)).toThrowError("Unexpected status code 400");
  });

  it("does not answer until the server's timeout", async () => {
    world.network.failTrigger({ error: "timeout" });
    const { key, secret, cluster, id: appId } = world.app;
    const { MockPusherServer } = await import("pushrig");
    const patient = new MockPusherServer({ appId, key, secret, cluster, timeout: 20 });
    expect(await failure(() => patient.trigger("task-1", "e", 1))).toEqual({
      name: "PusherRequestError",
      message: "Request failed with an error",
      error: { name: "AbortError", type: "aborted", message: "The user aborted a request." },
    });
    vi.useFakeTimers();
    try {
      const endless = failure(() => trigger(1));
      await vi.advanceTimersByTimeAsync(120_000);
      expect(await endless).toMatchObject({ error: { code: "ETIMEDOUT", type: "system" } });
    } finally {
      vi.useRealTimers();
    }
  });

  describe("at a gateway", () => {
    let gateway: Gateway;

    beforeEach(async () => {
      gateway = await world.listen({ port: 0 });
    });

    const sdk = (options = {}) => {
      const { id: appId, key, secret } = world.app;
      return new Pusher({
        appId,
        key,
        secret,
        host: "127.0.0.1",
        port: String(gateway.port),
        useTLS: false,
        ...options,
      });
    };

    it.each([{ status: 503 }, { status: 429 }, { error: "ECONNRESET" as const }])(
      "the SDK fails with %j as it does in this process",
      async (options) => {
        world.network.failTrigger(options);
        const atGateway = await failure(() => sdk().trigger("task-1", "e", 1));
        expect(atGateway).toMatchObject({ name: "PusherRequestError" });
        expect(await failure(() => trigger(1))).toEqual(atGateway);
        expect(history()).toEqual([]);
      },
    );

    it("the SDK's timeout is over before there is an answer, and the gateway closes all the same", async () => {
      const fault = world.network.failTrigger({ error: "timeout" });
      const inProcess = failure(() => sdk({ timeout: 50 }).trigger("task-1", "e", 1));
      expect(await inProcess).toMatchObject({ error: { name: "AbortError", type: "aborted" } });
      const { strikes: before } = fault;
      const waiting = failure(() => sdk().trigger("task-1", "e", 1));
      await vi.waitFor(() => expect(fault.strikes).toBeGreaterThan(before), 10_000);
      await gateway.close();
      expect(await waiting).toMatchObject({ error: { code: "ECONNRESET" } });
    });
  });
});

describe("at a gateway", () => {
  it("sockets meet with the same faults, each by itself", async () => {
    const gateway = await world.listen({ port: 0 });
    const connect = () => WireClient.connect(gateway.port, world.app.key);
    const [one, two] = [await connect(), await connect()];
    for (const client of [one, two]) await client.subscribe("task-1");
    const data = async (client: WireClient, count: number) => {
      const frames = [];
      while (frames.length < count) frames.push((await client.frame()).data);
      return frames;
    };
    world.network.lose({ client: one.socketId, times: 1 });
    world.network.duplicate({ client: two.socketId, times: 1 });
    const held = world.network.hold({ event: "slow" });
    await trigger(1);
    await trigger(2);
    await trigger(3, "task-1", "slow");
    await trigger(4);
    expect(await data(one, 2)).toEqual([2, 4]);
    expect(await data(two, 4)).toEqual([1, 1, 2, 4]);
    expect(held.waiting).toBe(2);
    held.release();
    await trigger(5);
    expect([await data(one, 2), await data(two, 2)]).toEqual([
      [3, 5],
      [3, 5],
    ]);
    for (const client of [one, two]) client.close();
  });
});

describe("sockets of a gateway that are named by their user's id", () => {
  let gateway: Gateway;
  let sockets: WireClient[];

  beforeEach(async () => {
    gateway = await world.listen({ port: 0 });
    sockets = [];
  });
  afterEach(() => {
    for (const socket of sockets) socket.close();
  });

  async function socket(): Promise<WireClient> {
    const opened = await WireClient.connect(gateway.port, world.app.key);
    sockets.push(opened);
    return opened;
  }

  /** Who has signed in. */
  async function signedIn(id: string): Promise<WireClient> {
    const one = await socket();
    one.send("pusher:signin", world.server.authenticateUser(one.socketId, { id }));
    await one.frame("pusher:signin_success");
    await one.subscribe("task-1");
    return one;
  }

  /** Who is a member, and has not signed in. */
  async function member(id: string): Promise<WireClient> {
    const one = await socket();
    const channel = `presence-of-${id}`;
    one.send("pusher:subscribe", { channel, ...world.server.authorizeChannel(one.socketId, channel, { user_id: id }) });
    await one.frame("pusher_internal:subscription_succeeded");
    await one.subscribe("task-1");
    return one;
  }

  it("are silent on each of the user's connections, and nobody else is", async () => {
    const [tab, phone, bob] = [await signedIn("ann"), await signedIn("ann"), await signedIn("bob")];
    const silence = world.network.silence("ann");
    await trigger(1);
    expect((await bob.frame("e")).data).toBe(1);
    // What was written is there before the answer to what is asked afterwards.
    expect([tab.unread, phone.unread, silence.strikes]).toEqual([[], [], 2]);
    silence.restore();
    for (const one of [tab, phone]) expect((await one.frame("e")).data).toBe(1);
  });

  it("lose, hold and double what comes to a user, who may be no more than a member", async () => {
    const [ann, bob, eve] = [await signedIn("ann"), await member("bob"), await member("eve")];
    world.network.lose({ client: "ann", event: "e" });
    world.network.duplicate({ client: "bob", event: "e" });
    const held = world.network.hold({ client: "eve", event: "e" });
    await trigger(1);
    await trigger(2, "task-1", "f");
    const names = async (one: WireClient, count: number) => {
      const got: string[] = [];
      while (got.length < count) got.push((await one.frame()).event);
      return got;
    };
    expect(await names(ann, 1)).toEqual(["f"]);
    expect(await names(bob, 3)).toEqual(["e", "e", "f"]);
    expect(await names(eve, 1)).toEqual(["f"]);
    held.release();
    expect(await names(eve, 1)).toEqual(["e"]);
    expect(world.why({ channel: "task-1", event: "e", client: "ann" }).reason).toBe("lost");
  });

  it("are dropped, and somebody who has left is not connected", async () => {
    const [tab, phone, bob] = [await signedIn("ann"), await member("ann"), await signedIn("bob")];
    world.network.drop("ann", { code: 4009 });
    await Promise.all([tab, phone].map((one) => one.closed));
    await trigger(1);
    expect((await bob.frame("e")).data).toBe(1);
    bob.close();
    await world.channel("task-1").vacated();
    expect(() => world.network.drop("bob")).toThrowError(
      'pushrig: drop() finds nobody: "bob" is not connected any more',
    );
    expect(() => world.network.lose({ client: "ann" })).toThrowError(
      'pushrig: lose() finds nobody: "ann" is not connected any more',
    );
    expect(() => world.network.silence("eve")).toThrowError(
      /^pushrig: silence\(\) knows no client "eve"; pass a client/,
    );
  });
});

describe("failWebhooks()", () => {
  it("has receivers fail with a status, and the webhooks sent again", async () => {
    vi.useFakeTimers();
    try {
      const bodies: string[] = [];
      world.onWebhook(async (request) => {
        bodies.push(await request.text());
        return new Response();
      });
      const fault = world.network.failWebhooks({ channel: "task-*", event: "channel_*", status: 503, times: 2 });
      subscriber("other");
      subscriber("task-1");
      await vi.advanceTimersByTimeAsync(0);
      const sent = () => world.webhooks().map(({ state, status, attempts }) => [state, status, attempts]);
      expect([sent(), bodies.length]).toEqual([
        [
          ["delivered", 200, 1],
          ["retrying", 503, 1],
        ],
        1,
      ]);
      await vi.advanceTimersByTimeAsync(3_000);
      expect([sent()[1], bodies.length, fault.strikes]).toEqual([["delivered", 200, 3], 2, 2]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("has receivers cut the connection, or not answer in time", async () => {
    vi.useFakeTimers();
    try {
      world.onWebhook("http://127.0.0.1:9/");
      world.network.failWebhooks({ error: "ECONNRESET", times: 1 });
      world.network.failWebhooks({ error: "timeout" });
      vi.spyOn(console, "warn").mockImplementation(() => {});
      subscriber("task-1");
      await vi.advanceTimersByTimeAsync(0);
      expect(world.webhooks()[0]).toMatchObject({ state: "retrying", error: { code: "ECONNRESET" } });
      await vi.advanceTimersByTimeAsync(31_000);
      expect(world.webhooks()[0]).toMatchObject({ state: "retrying", attempts: 2 });
      expect(String(world.webhooks()[0].error)).toContain("no answer within 30 seconds");
    } finally {
      vi.useRealTimers();
    }
  });
});

it("failAuthorization() takes patterns, and is a fault like the others", async () => {
  const fault = world.network.failAuthorization({ channel: "private-*" });
  const client = world.client();
  for (const name of ["private-a", "presence-a"]) client.subscribe(name);
  await vi.waitFor(() => expect([fault.strikes, client.channel("presence-a").subscribed]).toEqual([1, true]));
  expect(client.channel("private-a").subscribed).toBe(false);
  fault.restore();
  client.subscribe("private-a");
  await vi.waitFor(() => expect(client.channel("private-a").subscribed).toBe(true));
});

describe("a fault that struck nothing", () => {
  const said = () => vi.mocked(console.warn).mock.calls.map(([text]) => text as string);

  beforeEach(() => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
  });

  it("says so when it is taken back, and what was triggered", async () => {
    world.network.failTrigger({ channel: "task-1" });
    await trigger(1, "task-2");
    await trigger(1, "task-2", "f");
    world.network.restore();
    expect(said()).toEqual([
      'pushrig: failTrigger() matched nothing ({ channel: "task-1" }); triggered were: "task-2"',
    ]);
  });

  it("says so at a reset and when the app is closed, with events where it was about an event", async () => {
    world.network.lose({ event: "new-message" });
    await trigger(1, "task-1", "new_message");
    world.reset();
    const client = world.client();
    world.network.hold({ client });
    world.close();
    expect(said()).toEqual([
      'pushrig: lose() matched nothing ({ event: "new-message" }); triggered were: "new_message" on "task-1"',
      'pushrig: hold() matched nothing ({ client: "mock-connection-1" }); nothing was triggered',
    ]);
  });

  it("says nothing once it has struck", async () => {
    const fault = world.network.lose({ times: 1 });
    await trigger(1);
    fault.restore();
    fault.restore();
    expect([said(), fault.strikes]).toEqual([[], 1]);
  });
});

describe("the journal", () => {
  const lines = () => world.why({ event: "e" }).timeline.map(({ kind, text }) => (kind === "fault" ? text : kind));

  it("says of each fault when it begins, strikes and ends, and why() why an event did not arrive", async () => {
    const { client } = subscriber();
    const why = (data: number) => world.why({ event: "e", client, data });
    using fault = world.network.lose({ channel: "task-*", client, times: 1 });
    await trigger(1);
    expect(why(1)).toMatchObject({ received: false, reason: "lost" });
    expect(why(1).text).toMatch(
      /^"e" on "task-1" \(#\d+\) was lost on its way to .*: network\(\)\.lose\(\) took it\.$/,
    );
    expect(lines()).toContain("network().lose() took it");
    const held = world.network.hold();
    await trigger(2);
    expect(why(2)).toMatchObject({ received: false, reason: "under-way" });
    expect(why(2).text).toContain("network().hold() keeps it back until release()");
    held.release();
    expect(why(2)).toMatchObject({ received: true });
    held.restore();
    using silence = world.network.silence(client);
    await trigger(3);
    expect(why(3)).toMatchObject({ received: false, reason: "under-way" });
    expect(why(3).text).toContain("whose cable is out: network().silence().");
    silence.restore();
    expect(why(3)).toMatchObject({ received: true });
    expect(fault.strikes).toBe(1);
  });

  it("says of a call that failed why the event was refused", async () => {
    subscriber();
    world.network.failTrigger({ status: 503 });
    await trigger(1).catch(() => {});
    expect(world.why({ event: "e" })).toMatchObject({ reason: "rejected" });
  });
});

it("`using` takes a fault back at the end of the block", async () => {
  const { received } = subscriber();
  {
    using fault = world.network.lose();
    await trigger(1);
    expect(fault.strikes).toBe(1);
  }
  await trigger(2);
  expect(received).toEqual([2]);
});

describe("a mistake of the test", () => {
  const calls = ["failTrigger", "lose", "duplicate", "hold", "failWebhooks"] as const;
  const begin = (call: (typeof calls)[number], options: unknown) => () => world.network[call](options as never);

  it.each(calls)("is what %s() does not know", (call) => {
    expect(begin(call, { chanel: "a" })).toThrowError(
      `pushrig: ${call}() has no option "chanel"; did you mean "channel"?`,
    );
    expect(begin(call, "task-1")).toThrowError(
      `pushrig: ${call}() takes an object such as { channel: "task-*" }, not "task-1"`,
    );
    for (const times of [0, -1, 1.5, Number.NaN, "1"]) {
      expect(begin(call, { times })).toThrowError(`pushrig: the option times of ${call}() is a whole number from 1`);
    }
  });

  it.each(calls)("is a pattern for %s() that is none", (call) => {
    const rule = `pushrig: the channel of ${call}() is a name, in which * may stand for any text, such as "task-*", not `;
    for (const channel of [/task/, "", null, 1]) expect(begin(call, { channel })).toThrowError(rule);
    expect(begin(call, { channel: "task 1" })).toThrowError(
      `${rule}"task 1"; channels have letters, digits and _-=@,.; in their names`,
    );
    for (const event of ["", 1, /e/])
      expect(begin(call, { event })).toThrowError(`pushrig: the event of ${call}() is a name`);
  });

  it("is a client of another app, or one that nobody knows", () => {
    const other = createMockPusher();
    try {
      const stranger = other.client();
      // One of the same name is here as well.
      expect(world.client().connectionId).toBe(stranger.connectionId);
      for (const call of ["lose", "duplicate", "hold", "drop", "silence"] as const) {
        const isAlone = call === "drop" || call === "silence";
        expect(() => world.network[call]((isAlone ? stranger : { client: stranger }) as never)).toThrowError(
          `pushrig: the client of ${call}() belongs to the app with the key "${other.app.key}"; take one of the app with the key "${world.app.key}"`,
        );
      }
      for (const client of ["nobody", "1.2", {}, 5, null]) {
        expect(begin("lose", { client })).toThrowError(
          `pushrig: lose() knows no client ${JSON.stringify(client)}; pass a client of this app`,
        );
      }
      expect(() => world.network.silence(undefined as never)).toThrowError("pushrig: silence() knows no client ");
    } finally {
      other.close();
    }
  });

  it("is a failure that contradicts itself", () => {
    expect(begin("failTrigger", { status: 200 })).toThrowError(
      "pushrig: the status of failTrigger() is a whole number from 400 to 599, not 200",
    );
    expect(begin("failTrigger", { error: "EPIPE" })).toThrowError(
      'pushrig: the error of failTrigger() is one of "ECONNRESET", "timeout", not "EPIPE"',
    );
    expect(begin("failTrigger", { status: 500, error: "timeout" })).toThrowError("give it one of the two");
  });

  it("is a fault on an app that was closed", () => {
    const fault = world.network.hold();
    world.close();
    for (const call of calls) expect(begin(call, {})).toThrowError("pushrig: this app was closed");
    fault.release();
    fault.restore();
    expect([fault.strikes, fault.waiting]).toEqual([0, 0]);
  });
});
