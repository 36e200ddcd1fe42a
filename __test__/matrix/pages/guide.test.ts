// What the guide shows, in a page: as in Node once it is awaited.
import Pusher from "pusher";
import PusherClient from "pusher-js";
import {
  MockPusherClient,
  channel,
  during,
  idle,
  mark,
  network,
  pusherMockState,
  reset,
  settledWebhooks,
  webhooks,
  why,
} from "pushrig";
import { describe, expect, it, vi } from "vitest";

const server = new Pusher({ appId: "1", key: "app-key", secret: "secret", cluster: "eu" });
const connect = (options = {}) => new PusherClient("app-key", { cluster: "eu", ...options });

describe("what a server triggers", () => {
  it("has reached callbacks once that is awaited", async () => {
    const received = vi.fn();
    connect().subscribe("task-1").bind("task-title-update", received);

    await server.trigger("task-1", "task-title-update", { title: "Ship it" });

    // With the metadata that pusher-js gives, since it is pusher-js.
    expect(received.mock.calls).toEqual([[{ title: "Ship it" }, {}]]);
    expect(await pusherMockState.getSubscriberCount("task-1")).toBe(1);
    await expect(channel("task-1")).toHaveTriggered("task-title-update");
  });

  it("is remembered even when nobody listens", async () => {
    await server.trigger("task-1", "task-title-update", { title: "Ship it" });

    expect(await pusherMockState.getChannelMessages("task-1")).toMatchObject([
      { event: "task-title-update", data: { title: "Ship it" } },
    ]);
    await expect(channel("task-1")).toHaveTriggered("task-title-update", { title: expect.stringMatching("Ship") });
  });

  it("fails where the service would: 10 KB of data is the limit", async () => {
    const tooMuch = server.trigger("task-1", "task-title-update", "x".repeat(10_241));

    await expect(tooMuch).rejects.toMatchObject({ status: 413 });
    await expect(channel("task-1")).not.toHaveTriggered();
  });

  it("throws where the SDK does", () => {
    expect(() => server.trigger("task 1", "new-message", {})).toThrow("Invalid channel name: 'task 1'");
  });

  it("leaves out the sender, whose tab shows it already", async () => {
    const [ada, bob] = [connect(), connect()];
    for (const client of [ada, bob]) client.subscribe("task-1").bind("new-message", vi.fn());
    await channel("task-1").subscribed({ count: 2 });

    await server.trigger("task-1", "new-message", {}, { socket_id: ada.connection.socket_id });

    await expect(bob).toHaveReceived("task-1", "new-message");
    await expect(ada).not.toHaveReceived("task-1", "new-message");
  });

  it("comes in a batch, and to a user who has signed in", async () => {
    const ada = connect({ user: { id: "ada" } });
    const heard = vi.fn();
    ada.user.bind("greeting", heard);
    ada.signin();
    await ada.user.signinDonePromise;

    await server.triggerBatch([
      { channel: "task-1", name: "a", data: {} },
      { channel: "task-2", name: "b", data: {} },
    ]);
    await server.sendToUser("ada", "greeting", "hello");

    await expect(pusherMockState).toHaveTriggeredInOrder([{ event: "a" }, { event: "b" }, { event: "greeting" }]);
    expect(heard).toHaveBeenCalledExactlyOnceWith("hello");
  });
});

describe("a probe", () => {
  it("waits for who subscribes, and for who leaves", async () => {
    const client = connect();
    client.subscribe("task-1");
    expect(await channel("task-1").subscribed({ by: client })).toEqual([client.connection.socket_id]);
    client.unsubscribe("task-1");
    await channel("task-1").vacated();
    await expect(channel("task-1")).toHaveSubscribers(0);
  });

  it("waits for what is triggered later, and for what has reached a client", async () => {
    const client = connect();
    client.subscribe("task-1").bind("new-message", vi.fn());
    const waiting = channel("task-1").triggered("new-message", { id: "m1" });
    const arriving = channel("task-1").received("new-message", { id: "m1" }, { by: client });
    await server.trigger("task-1", "new-message", { id: "m1", text: "hello" });
    expect((await waiting).data).toEqual({ id: "m1", text: "hello" });
    expect((await arriving).event).toBe("new-message");
  });

  it("knows the members of a presence channel", async () => {
    connect({ user: { id: "ada", info: { name: "Ada" } } }).subscribe("presence-room");
    connect({ user: { id: "bob" } }).subscribe("presence-room");
    expect(await channel("presence-room").members("ada", "bob")).toContainEqual({ id: "ada", info: { name: "Ada" } });
    await expect(channel("presence-room")).toHaveMembers(["ada", "bob"]);
  });

  it("says in the words of Node what has happened instead", async () => {
    await server.trigger("task-1", "new_message", { id: "m1" });
    const late = channel("task-1").triggered("new-message", undefined, { timeout: 20 });
    await expect(late).rejects.toThrow(/"new-message" was not triggered on "task-1" within 20 ms.*new_message/s);
  });

  it("counts from a mark on", async () => {
    await server.trigger("task-1", "new-message", { id: "m1" });
    const since = await mark();
    await server.trigger("task-1", "new-message", { id: "m2" });
    expect((await channel("task-1").triggered("new-message", undefined, { since })).data).toEqual({ id: "m2" });
  });
});

describe("matchers", () => {
  it("know what an act has caused, and what it has not", async () => {
    const happened = await during(() => server.trigger("task-1", "new-message", { id: "m1" }));
    await expect(happened).toHaveTriggeredTimes("new-message", 1);
    await expect(happened).not.toHaveTriggered("digest");
    expect(happened.triggers()).toMatchObject([{ channel: "task-1", recipients: [] }]);
  });

  it("tell what has come to a page from what callbacks have had", async () => {
    const client = connect();
    client.subscribe("task-1").bind("new_message", vi.fn());
    await server.trigger("task-1", "new-message", {});
    await expect(client).not.toHaveReceived("task-1", "new-message");
    const wrong = async () => expect(client).toHaveReceived("task-1", "new-message");
    await expect(wrong()).rejects.toThrow("nothing was bound to it there");
  });

  it("know a callback that has left after its first event", async () => {
    const client = connect();
    const room = client.subscribe("task-1");
    room.bind("new-message", () => room.unbind());
    await server.trigger("task-1", "new-message", {});
    await expect(client).toHaveReceived("task-1", "new-message");
  });

  it("wait for what comes, and decide that nothing comes once nothing is under way", async () => {
    const client = connect();
    client.subscribe("task-1").bind("new-message", vi.fn());
    const coming = expect(client).toReceive("task-1", "new-message", { id: "m1" });
    await server.trigger("task-1", "new-message", { id: "m1" });
    await coming;
    await expect(client).not.toReceive("task-1", "digest");
  });

  it("see client events that a page has just sent", async () => {
    const [ada, bob] = [connect(), connect()];
    const heard = vi.fn();
    const room = ada.subscribe("private-room");
    bob.subscribe("private-room").bind("client-typing", heard);
    await channel("private-room").subscribed({ count: 2 });
    room.trigger("client-typing", { name: "Ada" });
    await expect(channel("private-room")).toHaveTriggered("client-typing", { name: "Ada" });
    await idle();
    expect(heard.mock.calls[0]?.[0]).toEqual({ name: "Ada" });
  });
});

describe("pusherMockState", () => {
  it("answers what it does in Node, later", async () => {
    const client = connect();
    client.subscribe("task-1");
    expect(await pusherMockState.getSubscriberCount("task-1")).toBe(1);
    expect(await pusherMockState.getActiveChannels()).toEqual(["task-1"]);
    expect(await pusherMockState.getState()).toMatchObject({
      channels: [{ name: "task-1", subscriberCount: 1, messageCount: 0 }],
      subscriptions: [{ channelCount: 1, channels: ["task-1"] }],
    });
    expect(await pusherMockState.getSubscriptionState(client.connection.socket_id)).toEqual({
      channels: new Set(["task-1"]),
    });
    expect((await pusherMockState.getChannelState("task-1"))?.subscribers.size).toBe(1);
    expect(await pusherMockState.getChannelState("task-2")).toBeUndefined();
  });

  it("triggers, and forgets what happened", async () => {
    await pusherMockState.trigger("task-1", "new-message", { id: "m1" });
    expect(await pusherMockState.triggers()).toHaveLength(1);
    await reset();
    expect(await pusherMockState.triggers()).toEqual([]);
    expect(await pusherMockState.getMessagesSince("task-1", 0)).toEqual([]);
  });

  it("ends a connection, which its client sees", async () => {
    const client = connect();
    await vi.waitFor(() => expect(client.connection.state).toBe("connected"));
    await pusherMockState.disconnect(client.connection.socket_id);
    await vi.waitFor(() => expect(client.connection.state).toBe("disconnected"));
  });
});

describe("network()", () => {
  it("loses an event until it is restored", async () => {
    const heard = vi.fn();
    connect().subscribe("task-1").bind("new-message", heard);
    const fault = await network().lose({ channel: "task-1" });
    await server.trigger("task-1", "new-message", 1);
    expect(heard).not.toHaveBeenCalled();
    await fault.restore();
    await server.trigger("task-1", "new-message", 2);
    expect(heard.mock.calls.map(([data]) => data)).toEqual([2]);
  });

  it("cuts a connection, and the client comes back by itself", async () => {
    const client = connect();
    client.subscribe("task-1");
    await channel("task-1").subscribed({ by: client });
    const before = client.connection.socket_id;
    await network().drop(client, { code: 4200 });
    await vi.waitFor(() => expect(client.connection.socket_id).not.toBe(before));
    await channel("task-1").subscribed({ by: client });
  });

  it("makes a call fail", async () => {
    await network().failTrigger({ status: 503, times: 1 });
    await expect(server.trigger("task-1", "new-message", {})).rejects.toMatchObject({ status: 503 });
    await server.trigger("task-1", "new-message", {});
  });

  it("makes authorization fail", async () => {
    await network().failAuthorization({ channel: "private-room", status: 403 });
    const failed = vi.fn();
    connect().subscribe("private-room").bind("pusher:subscription_error", failed);
    await vi.waitFor(() => expect(failed.mock.calls[0]?.[0]).toMatchObject({ status: 403 }));
  });
});

describe("who signs", () => {
  it("is the gateway where nobody answers at the application's endpoint, and that is said once", async () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    const client = connect({ authEndpoint: "/api/pusher/auth", user: { id: "ada" } });
    client.subscribe("presence-room");
    await channel("presence-room").members("ada");
    client.subscribe("private-room");
    await channel("private-room").subscribed();
    expect(warned.mock.calls.map(String)).toEqual([expect.stringContaining("so the gateway signs")]);
    warned.mockRestore();
  });

  it("is the test, by a server in the page", async () => {
    type Answer = (error: null, data: ReturnType<typeof server.authorizeChannel>) => void;
    const customHandler = async ({ socketId, channelName }: Record<string, string>, answer: Answer) =>
      answer(
        null,
        await server.authorizeChannel(socketId, channelName, { user_id: "eve", user_info: { name: "Eve" } }),
      );
    connect({ channelAuthorization: { customHandler } }).subscribe("presence-room");
    expect(await channel("presence-room").members("eve")).toEqual([{ id: "eve", info: { name: "Eve" } }]);
  });
});

it("answers why an event has not come", async () => {
  const answer = await why({ event: "new-message", channel: "task-1" });
  expect(answer.reason).toBe("never-triggered");
});

it("knows an option that there is not, and names the nearest", async () => {
  const wrong = { timout: 5 } as never;
  for (const wait of [
    () => channel("a").subscribed(wrong),
    () => channel("a").triggered("e", {}, wrong),
    () => channel("presence-a").members(["x"], wrong),
    () => during(() => {}, wrong),
    () => idle(wrong),
  ])
    await expect(wait()).rejects.toThrow(/has no option "timout"; did you mean "timeout"\?/);
  await expect((async () => why({ evnt: "e" } as never))()).rejects.toThrow(
    'the question of why() has no field "evnt"; did you mean "event"?',
  );
});

it("has no webhooks, as nobody takes them", async () => {
  await server.trigger("task-1", "new-message", {});
  expect(await webhooks()).toEqual([]);
  expect(await settledWebhooks()).toEqual([]);
});

it("has one class of clients under every name", () => {
  expect(MockPusherClient).toBe(PusherClient);
  expect(connect()).toBeInstanceOf(PusherClient);
});
