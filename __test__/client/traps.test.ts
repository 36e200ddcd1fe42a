import { createMockPusher, type MockPusher } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { next } from "../support/next";

const SUCCEEDED = "pusher:subscription_succeeded";

let rig: MockPusher;

beforeEach(() => {
  rig = createMockPusher({ delivery: "network", latency: 0, subscriptionCount: true });
});

afterEach(() => {
  rig.close();
  vi.restoreAllMocks();
});

async function connected(options: object = {}): Promise<any> {
  const client: any = rig.client(options);
  await next(client.connection, "connected");
  return client;
}

async function subscribed(client: any, name: string): Promise<any> {
  const channel = client.subscribe(name);
  await next(channel, SUCCEEDED);
  return channel;
}

/** Everything that was sent so far on this channel has arrived. */
async function fence(client: any, channel: string): Promise<void> {
  const arrived = next(client, "fence");
  await rig.server.trigger(channel, "fence", {});
  await arrived;
}

const user = (id: string) => ({ user: { id, info: { name: id } } });

describe("what toy mocks get wrong", () => {
  it("1. subscribe() never completes synchronously; the flags flip before the callback", async () => {
    const channel: any = (await connected()).subscribe("room");
    expect([channel.subscribed, channel.subscriptionPending]).toEqual([false, true]);
    let seen: boolean[] = [];
    channel.bind(SUCCEEDED, () => (seen = [channel.subscribed, channel.subscriptionPending]));
    await next(channel, SUCCEEDED);
    expect(seen).toEqual([true, false]);
  });

  it("2. who binds late gets no subscription_succeeded", async () => {
    const client = await connected();
    const channel = await subscribed(client, "room");
    const late = vi.fn();
    channel.bind(SUCCEEDED, late);
    client.subscribe("room");
    await fence(client, "room");
    expect(late).not.toHaveBeenCalled();
  });

  it("3. arity: (data, {}) for events, (data) for success and the client, none for falsy data", async () => {
    const client = await connected();
    const channel = client.subscribe("room");
    const [event, success, clientLevel] = [vi.fn(), vi.fn(), vi.fn()];
    channel.bind("e", event).bind(SUCCEEDED, success);
    client.bind("e", clientLevel);
    await next(channel, SUCCEEDED);
    await rig.server.trigger("room", "e", 1);
    await rig.server.trigger("room", "e", 0);
    await fence(client, "room");
    expect(success.mock.calls).toEqual([[{}]]);
    expect(event.mock.calls).toEqual([
      [1, {}],
      [0, {}],
    ]);
    expect(clientLevel.mock.calls).toEqual([[1], []]);
  });

  it("3. deviation: with immediate delivery a callback gets (data) alone", async () => {
    rig.configure({ delivery: "immediate" });
    const callback = vi.fn();
    (rig.client() as any).subscribe("room").bind("e", callback);
    await rig.server.trigger("room", "e", 0);
    expect(callback.mock.calls).toEqual([[0]]);
  });

  it("4. metadata.user_id comes on presence channels only", async () => {
    const [one, two] = [await connected(user("1")), await connected(user("2"))];
    const calls: any = {};
    for (const name of ["presence-room", "private-room"]) {
      const sender = await subscribed(one, name);
      const receiver = await subscribed(two, name);
      receiver.bind("client-e", (...args: unknown[]) => (calls[name] = args));
      const arrived = next(receiver, "client-e");
      sender.trigger("client-e", 1);
      await arrived;
    }
    expect(calls).toEqual({ "presence-room": [1, { user_id: "1" }], "private-room": [1, {}] });
  });

  it("5. globals come first, the channel before the client", async () => {
    const client = await connected();
    const channel = await subscribed(client, "room");
    const order: string[] = [];
    client.bind("e", () => order.push("client")).bind_global(() => order.push("client global"));
    channel
      .bind("e", () => order.push("channel"))
      .bind_global((event: string) => event === "e" && order.push("channel global"));
    const heard = next(client, "e");
    await rig.server.trigger("room", "e", 1);
    await heard;
    expect(order).toEqual(["channel global", "channel", "client global", "client"]);
  });

  it("6. pusher_internal events are seen by connection's message only", async () => {
    const client = await connected();
    const [frames, events]: [string[], string[]] = [[], []];
    client.connection.bind("message", ({ event }: { event: string }) => frames.push(event));
    client.bind_global((event: string) => events.push(event));
    await subscribed(client, "room");
    await fence(client, "room");
    expect(frames).toContain("pusher_internal:subscription_succeeded");
    expect(events).toEqual(["fence"]);
  });

  it("7. a sender does not hear its client event; on a public channel trigger is true and an error follows", async () => {
    const [one, two] = [await connected(), await connected()];
    const channel = await subscribed(one, "private-room");
    const own = vi.fn();
    channel.bind("client-e", own);
    const arrived = next(await subscribed(two, "private-room"), "client-e");
    channel.trigger("client-e", {});
    await arrived;
    await fence(one, "private-room");
    expect(own).not.toHaveBeenCalled();
    const error = next(one.connection, "error");
    expect((await subscribed(one, "room")).trigger("client-e", {})).toBe(true);
    expect(await error).toMatchObject({
      type: "PusherError",
      data: { message: expect.stringMatching(/^Client event rejected/) },
    });
  });

  it("8. trigger needs client-, warns and sends when unsubscribed, and throws on encrypted channels", async () => {
    const client = await connected();
    const channel = client.subscribe("private-room");
    expect(() => channel.trigger("e", {})).toThrow("Event 'e' does not start with 'client-'");
    expect(channel.trigger("client-e", {})).toBe(true);
    expect(() => client.subscribe("private-encrypted-room").trigger("client-e", {})).toThrow(
      "Client events are not currently supported for encrypted channels",
    );
  });

  it("9. trigger and disconnect in one turn deliver nothing", async () => {
    const [one, two] = [await connected(), await connected()];
    const [sender, receiver] = [await subscribed(one, "private-room"), await subscribed(two, "private-room")];
    const callback = vi.fn();
    receiver.bind("client-e", callback);
    expect(sender.trigger("client-e", {})).toBe(true);
    one.disconnect();
    await fence(two, "private-room");
    expect(callback).not.toHaveBeenCalled();
  });

  it("10. payloads are snapshots, shared by the callbacks of one client only; the string 5 is a number", async () => {
    const [one, two] = [await connected(), await connected()];
    const [here, there] = [await subscribed(one, "room"), await subscribed(two, "room")];
    const got: any[] = [];
    for (const channel of [here, here, there]) channel.bind("e", (data: unknown) => got.push(data));
    await rig.server.trigger("room", "e", { at: new Date(0), gone: undefined, not: NaN });
    await fence(one, "room");
    await fence(two, "room");
    expect(got).toEqual(Array.from({ length: 3 }, () => ({ at: "1970-01-01T00:00:00.000Z", not: null })));
    expect(new Set(got).size).toBe(2);
    const five = next(here, "f");
    await rig.server.trigger("room", "f", "5");
    expect(await five).toBe(5);
  });

  it("11. leaving while pending keeps the channel until the answer, and can be taken back", async () => {
    const client = await connected();
    const channel = client.subscribe("room");
    client.unsubscribe("room");
    expect([client.channel("room"), channel.subscriptionCancelled]).toEqual([channel, true]);
    expect(client.subscribe("room")).toBe(channel);
    await next(channel, SUCCEEDED);
    expect(channel.subscribed).toBe(true);
  });

  it("12. deviation: a channel left while pending does not come back with the next connection", async () => {
    const client = await connected();
    client.subscribe("room");
    client.unsubscribe("room");
    client.disconnect();
    expect(client.channel("room")).toBeUndefined();
  });

  it("13. leaving and coming back makes a new channel; a reconnect keeps it", async () => {
    const client = await connected();
    const old = await subscribed(client, "room");
    client.unsubscribe("room");
    const channel = await subscribed(client, "room");
    expect(channel).not.toBe(old);
    const again = next(channel, SUCCEEDED);
    rig.network.drop(client, { code: 4200 });
    await again;
    expect(client.channel("room")).toBe(channel);
  });

  it("14. members are emptied at connecting, on the same object, and kept on unsubscribe", async () => {
    const client = await connected(user("1"));
    const channel = await subscribed(client, "presence-room");
    const { members } = channel;
    const [removed, connecting] = [vi.fn(), next(client.connection, "connecting")];
    channel.bind("pusher:member_removed", removed);
    const again = next(channel, SUCCEEDED);
    rig.network.drop(client, { code: 4200 });
    await connecting;
    expect([channel.members === members, members.count]).toEqual([true, 0]);
    await again;
    client.unsubscribe("presence-room");
    expect([members.count, removed.mock.calls]).toEqual([1, []]);
  });

  it("15. a known id is added again without being counted; a removed one carries its stored info", async () => {
    const channel = await subscribed(await connected(user("1")), "presence-room");
    const [added, removed] = [vi.fn(), vi.fn()];
    channel.bind("pusher:member_added", added).bind("pusher:member_removed", removed);
    const tell = (what: string, data: object) => channel.handleEvent({ event: `pusher_internal:member_${what}`, data });
    tell("added", { user_id: "1", user_info: "new" });
    tell("removed", { user_id: "nobody" });
    expect([channel.members.count, added.mock.calls, removed.mock.calls]).toEqual([
      1,
      [[{ id: "1", info: "new" }]],
      [],
    ]);
    tell("removed", { user_id: "1" });
    expect(removed).toHaveBeenCalledExactlyOnceWith({ id: "1", info: "new" });
  });

  it("16. me.id keeps its type, each() gives strings in the order of object keys", async () => {
    await subscribed(await connected({ user: { id: "b" } }), "presence-room");
    const customHandler = ({ socketId, channelName }: any, callback: any) =>
      callback(null, rig.server.authorizeChannel(socketId, channelName, { user_id: 10 } as never));
    const channel = await subscribed(await connected({ channelAuthorization: { customHandler } }), "presence-room");
    const ids: unknown[] = [];
    channel.members.each(({ id }: { id: unknown }) => ids.push(id));
    expect([channel.members.me.id, ids, channel.members.count]).toEqual([10, ["10", "b"], 2]);
  });

  it("17. one user on two sockets is one member, and nobody is told of their own coming", async () => {
    const one = await connected(user("1"));
    const channel = await subscribed(one, "presence-room");
    const added = vi.fn();
    channel.bind("pusher:member_added", added);
    await subscribed(await connected(user("1")), "presence-room");
    await fence(one, "presence-room");
    expect([channel.members.count, added.mock.calls]).toEqual([1, []]);
  });

  it("18. after a cut the state stays connected for a second, while nothing can be sent", async () => {
    const client = await connected();
    const channel = await subscribed(client, "room");
    const pause = next(client.connection, "connecting_in");
    rig.network.drop(client);
    await pause;
    expect([client.connection.state, channel.subscribed, client.send_event("e", {})]).toEqual([
      "connected",
      true,
      false,
    ]);
  });

  it("19. errors come twice after connecting, once during the handshake", async () => {
    const client = await connected();
    const errors: string[] = [];
    client.connection.bind("error", ({ type }: { type: string }) => errors.push(type));
    const away = next(client.connection, "disconnected");
    rig.network.drop(client, { code: 4009 });
    await away;
    expect(errors).toEqual(["PusherError", "WebSocketError"]);
    rig.network.refuse({ code: 4009 });
    const refused = next(client.connection, "disconnected");
    client.connect();
    await refused;
    expect(errors).toEqual(["PusherError", "WebSocketError", "WebSocketError"]);
  });

  it.each([
    [4000, "connecting", true],
    [4099, "disconnected", false],
    [4200, "connecting", false],
    [4300, "disconnected", false],
  ])("20. after close code %i the client is %s", async (code, state, usesTLS) => {
    const client = await connected({ forceTLS: false });
    const reached = next(client.connection, state);
    rig.network.drop(client, { code });
    await reached;
    expect(client.connection.isUsingTLS()).toBe(usesTLS);
  });

  it("20. after close code 4100 the client says connecting_in 1, twice", async () => {
    const client = await connected();
    const pauses: number[] = [];
    client.connection.bind("connecting_in", (seconds: number) => pauses.push(seconds));
    const back = next(client.connection, "connecting");
    rig.network.drop(client, { code: 4100 });
    await back;
    expect(pauses).toEqual([1, 1]);
  });

  it("21. where nobody answers there is no error; the client is unavailable and goes on trying", async () => {
    rig.network.refuse({ times: 1 });
    const client = rig.client({ unavailableTimeout: 20 }) as any;
    const error = vi.fn();
    client.connection.bind("error", error).bind("connecting_in", error);
    await next(client.connection, "unavailable");
    expect([client.connection.state, error.mock.calls]).toEqual(["unavailable", []]);
    client.disconnect();
  });

  it("22. state_change comes before the state, connected has a socket_id, disconnected no argument", async () => {
    const client: any = rig.client();
    const calls: unknown[] = [];
    for (const event of ["state_change", "connecting", "connected", "disconnected"]) {
      client.connection.bind(event, (...args: unknown[]) => calls.push([event, ...args]));
    }
    await next(client.connection, "connected");
    client.disconnect();
    client.disconnect();
    expect(calls).toEqual([
      ["state_change", { previous: "connecting", current: "connected" }],
      ["connected", { socket_id: expect.stringMatching(/^\d+\.\d+$/) }],
      ["state_change", { previous: "connected", current: "disconnected" }],
      ["disconnected"],
    ]);
  });

  it("22. deviation: connected, bound while connected, is called once, later", async () => {
    const client = await connected();
    const callback = vi.fn();
    client.connection.bind("connected", callback);
    expect(callback).not.toHaveBeenCalled();
    await next(client.connection, "connected");
    expect(callback).toHaveBeenCalledOnce();
  });

  it("23. disconnect() is synchronous and keeps the socket_id; a reconnect authorizes with a new one", async () => {
    const sockets: string[] = [];
    const customHandler = ({ socketId, channelName }: any, callback: any) => {
      sockets.push(socketId);
      callback(null, rig.server.authorizeChannel(socketId, channelName));
    };
    const client = await connected({ channelAuthorization: { customHandler } });
    const channel = await subscribed(client, "private-room");
    client.disconnect();
    expect([client.connection.state, client.connection.socket_id]).toEqual(["disconnected", sockets[0]]);
    const again = next(channel, SUCCEEDED);
    client.connect();
    await again;
    expect(new Set(sockets).size).toBe(2);
  });

  it("24. the constructor throws strings, options before key", () => {
    const thrown = (...args: unknown[]): unknown => {
      try {
        Reflect.construct(rig.client().constructor, args);
      } catch (error) {
        return error;
      }
      return undefined;
    };
    expect(thrown()).toBe("You must pass an options object");
    expect(thrown(undefined, {})).toBe("Options object must provide a cluster");
    expect(thrown(null, { cluster: "eu" })).toBe("You must pass your app key when you instantiate Pusher.");
  });

  it("25. an authorization error has type, error and perhaps status, on the channel; subscribe() tries again", async () => {
    const client = await connected();
    rig.network.failAuthorization({ status: 403, message: "no", times: 1 });
    const error = vi.fn();
    client.subscribe("private-room").bind("pusher:subscription_error", error);
    await vi.waitFor(() => expect(error).toHaveBeenCalled());
    expect(error.mock.calls).toEqual([[{ type: "AuthError", error: "no", status: 403 }]]);
    await subscribed(client, "private-room");
  });

  it("26. the legacy authorizer is called for each authorization, with a channel", async () => {
    const names: string[] = [];
    const authorizer = (channel: any) => ({
      authorize: (socketId: string, callback: any) => {
        names.push(channel.name);
        callback(null, rig.server.authorizeChannel(socketId, channel.name));
      },
    });
    const client = await connected({ authorizer });
    const again = next(await subscribed(client, "private-room"), SUCCEEDED);
    rig.network.drop(client, { code: 4200 });
    await again;
    expect(names).toEqual(["private-room", "private-room"]);
  });

  it("27. unbind takes (null, fn) and (null, null, context); duplicates fire twice; globals stay", async () => {
    const channel = (await connected()).subscribe("room");
    const [fn, context, global] = [vi.fn(), {}, vi.fn()];
    channel.bind("e", fn).bind("e", fn).bind("e", fn, context).bind_global(global);
    channel.emit("e");
    channel.unbind(null, null, context).emit("e");
    channel.unbind(null, fn).emit("e");
    channel.unbind().emit("e");
    expect([fn.mock.calls.length, global.mock.calls.length]).toEqual([5, 4]);
    expect(fn.mock.contexts.slice(0, 3)).toEqual([globalThis, globalThis, context]);
  });

  it("28. a callback that is bound during an emit runs in it, one that is unbound too", async () => {
    const channel = (await connected()).subscribe("room");
    const [added, removed] = [vi.fn(), vi.fn()];
    channel.bind("e", () => channel.bind("e", added)).bind("e", () => channel.unbind("e", removed));
    channel.bind("e", removed).emit("e");
    expect([added.mock.calls.length, removed.mock.calls.length]).toEqual([1, 1]);
  });

  it("28. deviation: a callback that throws is reported and stops no other", async () => {
    const report = vi.spyOn(console, "error").mockImplementation(() => {});
    const channel = (await connected()).subscribe("room");
    const next = vi.fn();
    const failure = new Error("mine");
    channel.bind("e", () => {
      throw failure;
    });
    channel.bind("e", next).emit("e");
    expect(next).toHaveBeenCalledOnce();
    expect(report.mock.calls.flat()).toContain(failure);
  });

  it("29. signin() asks once, again after a reconnect; its success is the client's event", async () => {
    const client = await connected(user("1"));
    const ofUser = vi.fn();
    client.user.bind("pusher:signin_success", ofUser);
    const success = next(client, "pusher:signin_success");
    client.signin();
    client.signin();
    expect(JSON.parse((await success).user_data)).toMatchObject({ id: "1" });
    const again = next(client, "pusher:signin_success");
    rig.network.drop(client, { code: 4200 });
    await again;
    client.disconnect();
    expect([client.user.user_data, ofUser.mock.calls]).toEqual([null, []]);
  });

  it("30. a count of 0 leaves the property; a cache miss passes (undefined, {})", async () => {
    const client = await connected();
    const miss = vi.fn();
    const channel = client.subscribe("cache-room");
    channel.bind("pusher:cache_miss", miss);
    await next(client, "pusher:cache_miss");
    expect(miss.mock.calls).toEqual([[undefined, {}]]);
    await vi.waitUntil(() => channel.subscriptionCount === 1, { interval: 1 });
    const zero = next(channel, "pusher:subscription_count");
    channel.handleEvent({ event: "pusher_internal:subscription_count", data: { subscription_count: 0 } });
    expect([await zero, channel.subscriptionCount]).toEqual([{ subscription_count: 0 }, 1]);
  });

  it("31. names like integers are subscribed first after a reconnect", async () => {
    const client = await connected();
    const order: string[] = [];
    const channels = [];
    for (const name of ["b", "10", "a", "2"]) channels.push(await subscribed(client, name));
    const all = channels.map((channel) => next(channel, SUCCEEDED).then(() => order.push(channel.name)));
    rig.network.drop(client, { code: 4200 });
    await Promise.all(all);
    expect(order).toEqual(["2", "10", "b", "a"]);
  });

  it("32. deviation: a handshake that cannot be understood does not wedge the client", async () => {
    const client = await connected();
    client.disconnect();
    const { strategy } = client.connection;
    const error = "No activity timeout specified in handshake";
    vi.spyOn(strategy, "connect").mockImplementationOnce((_priority: unknown, callback: any) => {
      setTimeout(() => callback(null, { action: "error", error }), 0);
      return { abort() {}, forceMinPriority() {} };
    });
    const [failure, pause, back] = ["error", "connecting_in", "connected"].map((event) =>
      next(client.connection, event),
    );
    client.connect();
    expect(await failure).toEqual({ type: "HandshakeError", error });
    expect(await pause).toBe(1);
    await back;
  });

  it("32. deviation: names of Object.prototype are channels like others", async () => {
    const channel = await subscribed(await connected(), "constructor");
    expect(channel.name).toBe("constructor");
  });

  it("32. deviation: a callback that is no function is refused by bind", async () => {
    const channel = (await connected()).subscribe("room");
    expect(() => channel.bind("e", undefined)).toThrow(TypeError);
  });
});
