import { configure, createMockPusher, type MockPusher, MockPusherClient, network, reset } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

/** The test's hand on the client's side of the wire. */

beforeEach(() => {
  vi.useFakeTimers();
});

let world: MockPusher | undefined;

afterEach(() => {
  world?.close();
  vi.useRealTimers();
});

describe.each(["immediate", "network"] as const)("with %s delivery", (delivery) => {
  let rig: MockPusher;

  beforeEach(() => {
    world = rig = createMockPusher({ delivery, latency: 0 });
  });

  /** A connected client, on a channel. */
  async function subscribed(name = "task-1") {
    const client = rig.client();
    const channel = client.subscribe(name);
    await vi.advanceTimersByTimeAsync(10);
    expect([client.connection.state, channel.subscribed]).toEqual(["connected", true]);
    const received = vi.fn();
    channel.bind("e", received);
    return { client, channel, received };
  }

  async function publish(): Promise<void> {
    void rig.server.trigger("task-1", "e", 1);
    await vi.advanceTimersByTimeAsync(10);
  }

  it("a cut cable is noticed a second later, and everything is subscribed again", async () => {
    const { client, received } = await subscribed();
    const { socket_id } = client.connection;
    rig.network.drop(client);
    await publish();
    expect([client.connection.state, received.mock.calls.length]).toEqual(["connected", 0]);
    await vi.advanceTimersByTimeAsync(1_020);
    expect(client.connection.state).toBe("connected");
    expect(client.connection.socket_id).not.toBe(socket_id);
    await publish();
    expect(received).toHaveBeenCalledTimes(1);
  });

  it("a client is dropped by itself, by its connection's name and by its socket id", async () => {
    const { client } = await subscribed();
    for (const name of [() => client, () => client.connectionId, () => client.connection.socket_id]) {
      const states: string[] = [];
      client.connection.bind("state_change", ({ current }: { current: string }) => states.push(current));
      rig.network.drop(name(), { code: 4200 });
      await vi.advanceTimersByTimeAsync(10);
      expect(states).toEqual(["connecting", "connected"]);
      client.connection.unbind("state_change");
    }
  });

  it("close codes below 4100 keep a client away, with an error that says why", async () => {
    const { client, received } = await subscribed();
    const errors = vi.fn();
    client.connection.bind("error", errors);
    rig.network.drop(client, { code: 4009, reason: "go away" });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.connection.state).toBe("disconnected");
    expect(errors.mock.calls[0][0]).toEqual({ type: "PusherError", data: { code: 4009, message: "go away" } });
    await publish();
    expect(received).not.toHaveBeenCalled();
  });

  it("who is refused is unavailable after ten seconds and goes on trying until it is let in", async () => {
    rig.network.refuse({ times: 1 });
    const states: string[] = [];
    const client = rig.client();
    client.connection.bind("state_change", ({ current }: { current: string }) => states.push(current));
    const channel = client.subscribe("task-1");
    await vi.advanceTimersByTimeAsync(10_020);
    expect(client.connection.state).toBe("unavailable");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(states).toEqual(["unavailable", "connected"]);
    expect(channel.subscribed).toBe(true);
  });

  it("everybody is refused until it is restored", async () => {
    rig.network.refuse();
    const client = rig.client();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(client.connection.state).toBe("unavailable");
    rig.network.restore();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.connection.state).toBe("connected");
  });

  it("who is refused with a code does what the code asks for", async () => {
    rig.network.refuse({ code: 4001, reason: "no such app" });
    const client = rig.client();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.connection.state).toBe("disconnected");
    const errors = vi.fn();
    client.connection.bind("error", errors);
    client.connect();
    await vi.advanceTimersByTimeAsync(10);
    const error = { type: "PusherError", data: { code: 4001, message: "no such app" } };
    expect(errors.mock.calls).toEqual([[{ type: "WebSocketError", error }]]);
  });

  it("of several clients the one that is named is refused, when it connects anew", async () => {
    const [one, other] = [rig.client(), rig.client()];
    await vi.advanceTimersByTimeAsync(10);
    const fault = rig.network.refuse({ client: one, code: 4004, times: 1 });
    for (const client of [other, one]) rig.network.drop(client, { code: 4200 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([one.connection.state, other.connection.state]).toEqual(["disconnected", "connected"]);
    one.connect();
    await vi.advanceTimersByTimeAsync(10);
    expect([one.connection.state, fault.strikes]).toEqual(["connected", 1]);
  });

  it("one client is refused beside all, and each by the latest that is about it", async () => {
    const [one, other] = [rig.client(), rig.client()];
    await vi.advanceTimersByTimeAsync(10);
    const faults = [{ client: one, code: 4001 }, { code: 4002 }, { client: one, code: 4003 }].map((options) =>
      rig.network.refuse({ ...options, times: 1 }),
    );
    for (const client of [other, one]) rig.network.drop(client, { code: 4200 });
    await vi.advanceTimersByTimeAsync(10);
    expect(faults.map(({ strikes }) => strikes)).toEqual([0, 1, 1]);
  });

  it("connecting takes as long as it is delayed", async () => {
    rig.network.delay(300);
    const client = rig.client();
    const channel = client.subscribe("task-1");
    await vi.advanceTimersByTimeAsync(290);
    expect([client.connection.state, channel.subscribed]).toEqual(["connecting", false]);
    await vi.advanceTimersByTimeAsync(20);
    expect([client.connection.state, channel.subscribed]).toEqual(["connected", true]);
  });

  it("authorization fails for the channel, as often and with the words that are asked for", async () => {
    rig.network.failAuthorization({ channel: "private-a", status: 403, message: "not you", times: 1 });
    const client = rig.client();
    await vi.advanceTimersByTimeAsync(10);
    const failed = vi.fn();
    const [a, b] = ["private-a", "private-b"].map((name) => client.subscribe(name));
    a.bind("pusher:subscription_error", failed);
    expect([a, b].map(({ subscriptionPending }) => subscriptionPending)).toEqual([true, true]);
    await vi.advanceTimersByTimeAsync(10);
    expect([a.subscribed, b.subscribed]).toEqual([false, true]);
    expect(failed.mock.calls).toEqual([[{ type: "AuthError", error: "not you", status: 403 }]]);
    client.subscribe("private-a");
    await vi.advanceTimersByTimeAsync(10);
    expect(a.subscribed).toBe(true);
  });

  it("signing in fails, and who binds behind signin() hears of it", async () => {
    rig.network.failAuthorization({ channel: "user", status: 401, message: "not you", times: 1 });
    const client = rig.client({ user: { id: "ada" } });
    await vi.advanceTimersByTimeAsync(10);
    client.signin();
    const failed = vi.fn();
    client.user.bind("pusher:signin_error", failed);
    await vi.advanceTimersByTimeAsync(10);
    expect(failed.mock.calls).toEqual([[{ type: "AuthError", error: "not you", status: 401 }]]);
    await client.user.signinDonePromise;
    expect(client.user.user_data).toBeNull();
  });

  it("a reset takes every fault back", async () => {
    rig.network.refuse();
    rig.network.delay(1_000);
    rig.network.failAuthorization();
    rig.reset();
    const channel = rig.client().subscribe("private-a");
    await vi.advanceTimersByTimeAsync(10);
    expect(channel.subscribed).toBe(true);
  });
});

describe("a mistake of the test", () => {
  beforeEach(() => {
    world = createMockPusher();
  });

  it("is a name that nobody has", () => {
    const client = world!.client();
    client.disconnect();
    expect(() => world!.network.drop(client)).toThrowError(
      `pushrig: drop() has no connection to end: client "${client.connectionId}" is not connected`,
    );
    expect(() => world!.network.refuse({ client: "nobody" })).toThrowError(
      'pushrig: refuse() knows no client "nobody"; pass a client of this app',
    );
    for (const who of ["mock-connection-99", "1.2", undefined, {}] as never[]) {
      expect(() => world!.network.drop(who)).toThrowError(
        /^pushrig: drop\(\) knows no client .*; pass a client of this app, its name, user id, connectionId or socket id$/,
      );
    }
  });

  it.each([0, 999, 5000, 4000.5, Number.NaN])("is the close code %d", (code) => {
    expect(() => world!.network.drop(world!.client(), { code })).toThrowError(RangeError);
    expect(() => world!.network.refuse({ code })).toThrowError(RangeError);
  });

  it.each<[string, (network: any, options: unknown) => void]>([
    ["drop()", (network, options) => network.drop(world!.client(), options)],
    ["refuse()", (network, options) => network.refuse(options)],
    ["failAuthorization()", (network, options) => network.failAuthorization(options)],
  ])("is what %s does not know", (call, use) => {
    const { network } = world!;
    const near = call === "failAuthorization()" ? ["statu", "status"] : ["cod", "code"];
    expect(() => use(network, { [near[0]]: 4100 })).toThrowError(
      `pushrig: ${call} has no option "${near[0]}"; did you mean "${near[1]}"? The options are `,
    );
    for (const options of [4100, null]) {
      expect(() => use(network, options)).toThrowError(
        new RegExp(`${call.slice(0, -2)}.* takes an object .*, not ${options}$`),
      );
    }
  });

  it.each([-1, Number.NaN])("is a delay of %d", (milliseconds) => {
    expect(() => world!.network.delay(milliseconds)).toThrowError(RangeError);
  });
});

describe.each(["immediate", "polling", "network"] as const)(
  "who makes a client, and then listens, with %s delivery",
  (delivery) => {
    /** What a new client's connection has said by the end of 10 ms. */
    async function said(client: MockPusherClient) {
      const heard: unknown[] = [];
      client.connection.bind("error", ({ error }: any) => heard.push(error?.data));
      client.connection.bind("state_change", ({ current }: { current: string }) => heard.push(current));
      client.connection.bind("connecting_in", (seconds: number) => heard.push(seconds));
      await vi.advanceTimersByTimeAsync(10);
      return heard;
    }

    it.each([
      [4004, [{ code: 4004, message: "no room" }, "disconnected"]],
      [4100, [{ code: 4100, message: "no room" }, 1]],
      [4200, [{ code: 4200, message: "no room" }, "connected"]],
    ])("hears that it was refused with %d", async (code, heard) => {
      world = createMockPusher({ delivery, latency: 0 });
      world.network.refuse({ code, reason: "no room", times: 1 });
      const client = world.client();
      expect(client.connection.state).toBe("connecting");
      expect(await said(client)).toEqual(heard);
    });

    it("hears that the app is closed", async () => {
      world = createMockPusher({ delivery, latency: 0 });
      const client = world.client();
      await vi.advanceTimersByTimeAsync(10);
      world.close();
      await vi.advanceTimersByTimeAsync(10);
      client.connect();
      expect(await said(client)).toEqual([{ code: 4001, message: "The mock app was closed" }, "disconnected"]);
    });

    it("hears nothing when it has left meanwhile", async () => {
      world = createMockPusher({ delivery, latency: 0 });
      const refusals = world.network.refuse({ code: 4004, times: 1 });
      const client = world.client();
      client.disconnect();
      expect(await said(client)).toEqual([]);
      expect(refusals.strikes).toBe(1);
    });

    it("hears that nobody can sign for an encrypted channel without a key", async () => {
      configure({ delivery, latency: 0 });
      const client = new MockPusherClient("mock-pusher-key", { cluster: "mock-cluster" });
      await vi.advanceTimersByTimeAsync(10);
      const failed = vi.fn();
      client.subscribe("private-encrypted-a").bind("pusher:subscription_error", failed);
      await vi.advanceTimersByTimeAsync(10);
      const error = "No shared_secret key in auth payload for encrypted channel: private-encrypted-a";
      expect(failed.mock.calls).toEqual([[{ type: "AuthError", error }]]);
      reset();
      configure({ delivery: "immediate" });
    });

    it("gets there by moving fake timers alone", () => {
      world = createMockPusher({ delivery, latency: 0 });
      world.network.refuse({ code: 4100, times: 2 });
      const client = world.client();
      vi.advanceTimersByTime(2_100);
      expect(client.connection.state).toBe("connected");
    });
  },
);

it("network() is that of the default app, and concerns no other", () => {
  network().refuse();
  world = createMockPusher();
  const client = new MockPusherClient("mock-pusher-key", { cluster: "mock-cluster" });
  expect([client.connection.state, world.client().connection.state]).toEqual(["connecting", "connected"]);
  client.disconnect();
  reset();
});

describe("who is meant", () => {
  beforeEach(() => {
    world = createMockPusher();
  });

  /** Two clients of one user, and somebody else, all on a presence channel. */
  async function people() {
    const own = (name: string, id: string) => {
      const client = world!.client({ name, user: { id } });
      client.subscribe("presence-room");
      return client;
    };
    const [tab, phone, bob] = [own("tab", "ann"), own("phone", "ann"), own("bob", "bob")];
    await world!.channel("presence-room").subscribed({ count: 3 });
    return { tab, phone, bob };
  }

  it("is a client by its name, its user's id, its connectionId or its socket id, or itself", async () => {
    for (const call of [
      (bob: MockPusherClient) => bob,
      () => "bob",
      (bob: MockPusherClient) => bob.connectionId,
      (bob: MockPusherClient) => bob.connection.socket_id!,
    ]) {
      const { tab, bob } = await people();
      world!.network.drop(call(bob), { code: 4009 });
      await vi.advanceTimersByTimeAsync(60_000);
      expect([tab.connection.state, bob.connection.state]).toEqual(["connected", "disconnected"]);
      world!.reset();
    }
  });

  it("is every connection of a user", async () => {
    const { tab, phone, bob } = await people();
    world!.network.drop("ann", { code: 4009 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([tab, phone, bob].map(({ connection }) => connection.state)).toEqual([
      "disconnected",
      "disconnected",
      "connected",
    ]);
  });

  it("loses events of a user on each of its connections, and follows them when they connect anew", async () => {
    const { tab, phone, bob } = await people();
    const heard: string[] = [];
    for (const client of [tab, phone, bob]) {
      client
        .channel("presence-room")
        .bind("e", (data: number) => heard.push(`${client === bob ? "bob" : "ann"} ${data}`));
    }
    const lost = world!.network.lose({ client: "ann", event: "e" });
    await world!.server.trigger("presence-room", "e", 1);
    phone.disconnect();
    phone.connect();
    await world!.channel("presence-room").subscribed({ count: 3 });
    await world!.server.trigger("presence-room", "e", 2);
    expect(heard).toEqual(["bob 1", "bob 2"]);
    expect(lost.strikes).toBe(2);
    lost.restore();
    await world!.server.trigger("presence-room", "e", 3);
    expect(heard.slice(2).toSorted()).toEqual(["ann 3", "ann 3", "bob 3"]);
  });
});
