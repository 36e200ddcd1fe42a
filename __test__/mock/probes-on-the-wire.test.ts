// Sockets of a gateway in this process, as probes see them.
import PusherServer from "pusher";
import PusherJs from "pusher-js";
import { createMockPusher, type ChannelAuthorizationHandler, type Gateway, type MockPusher } from "pushrig";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { messageOf } from "../support/rejected";
import { WireClient } from "../support/wire-client";

let app: MockPusher;
let gateway: Gateway;
const clients: PusherJs[] = [];

beforeEach(async () => {
  app = createMockPusher({ webhookHold: 0 });
  gateway = await app.listen({ port: 0 });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  await gateway.close();
  app.close();
});

/** pusher-js itself. */
function page(): PusherJs {
  const authorize: ChannelAuthorizationHandler = ({ socketId, channelName }, callback) => {
    const member = channelName.startsWith("presence-") ? { user_id: "ann" } : undefined;
    callback(null, app.server.authorizeChannel(socketId, channelName, member));
  };
  const client = new PusherJs(app.app.key, {
    cluster: "x",
    wsHost: "127.0.0.1",
    wsPort: gateway.port,
    forceTLS: false,
    enabledTransports: ["ws"],
    channelAuthorization: { customHandler: authorize } as never,
  });
  clients.push(client);
  return client;
}

/** npm pusher itself. */
function sdk(): PusherServer {
  const { id: appId, key, secret } = app.app;
  return new PusherServer({ appId, key, secret, host: "127.0.0.1", port: String(gateway.port), useTLS: false });
}

describe("a socket of a gateway in this process", () => {
  it("is waited for as a mock client is, by its socket id and by its user", async () => {
    const client = page();
    client.subscribe("presence-room");
    const [name] = await app.channel("presence-room").subscribed();
    expect(await app.channel("presence-room").subscribed({ by: name })).toEqual([client.connection.socket_id]);
    expect(await app.channel("presence-room").subscribed({ by: "ann" })).toEqual([name]);
    expect(await app.channel("presence-room").members("ann")).toEqual([{ id: "ann" }]);
    client.disconnect();
    await app.channel("presence-room").vacated();
  });

  it("gets what a server has triggered by HTTP", async () => {
    const client = page();
    client.subscribe("private-task-1");
    await app.channel("private-task-1").subscribed();
    await sdk().trigger("private-task-1", "new-message", { id: "m1" });
    const { data, seq } = await app.channel("private-task-1").triggered("new-message");
    expect(data).toEqual({ id: "m1" });
    const recipient = client.connection.socket_id;
    for (const by of [client, recipient]) {
      expect(await app.channel("private-task-1").received("new-message", { id: "m1" }, { by })).toMatchObject({ seq });
    }
    expect(app.state.triggers()).toMatchObject([{ event: "new-message", recipients: [recipient] }]);
  });

  it("sends client events, which count as triggered", async () => {
    const [one, two] = [page(), page()];
    for (const client of [one, two]) client.subscribe("private-task-1");
    await app.channel("private-task-1").subscribed({ count: 2 });
    const channel = one.channel("private-task-1");
    // Its own side knows of the subscription a moment later.
    if (!channel.subscribed) await new Promise((resolve) => channel.bind("pusher:subscription_succeeded", resolve));
    channel.trigger("client-typing", { on: true });
    await app.channel("private-task-1").received("client-typing", { on: true }, { by: two.connection.socket_id });
    expect(app.state.triggers()).toMatchObject([
      { event: "client-typing", by: one.connection.socket_id, recipients: [two.connection.socket_id] },
    ]);
  });

  it("is told of webhooks like any other", async () => {
    app.onWebhook(() => {});
    page().subscribe("task-1");
    const { state } = await app.sentWebhook("channel_occupied", { channel: "task-1" });
    expect(state).toBe("delivered");
  });

  it("that has gone does not come back under its socket id", async () => {
    const socket = await WireClient.connect(gateway.port, app.app.key);
    const by = socket.socketId;
    const waiting = messageOf(app.channel("task-1").subscribed({ by, timeout: 60_000 }));
    socket.close();
    expect(await waiting).toMatch(
      new RegExp(`^socket ${by} will not be subscribed to "task-1": socket ${by} is not connected since #\\d+`),
    );
  });

  it("is refused a channel, and the waiter says why", async () => {
    const socket = await WireClient.connect(gateway.port, app.app.key);
    const by = socket.socketId;
    const waiting = messageOf(app.channel("private-task-1").subscribed({ by, timeout: 60_000 }));
    socket.send("pusher:subscribe", { channel: "private-task-1", auth: "wrong" });
    expect(await waiting).toMatch(
      /^socket \d+\.\d+ will not be subscribed to "private-task-1": "private-task-1" was refused to socket /,
    );
    socket.close();
  });
});

describe("during(act) with sockets", () => {
  it("takes what an act causes over HTTP", async () => {
    page().subscribe("task-1");
    await app.channel("task-1").subscribed();
    const happened = await app.during(() => sdk().trigger("task-1", "e", 1));
    expect(happened.triggers()).toMatchObject([
      { channel: "task-1", event: "e", data: 1, recipients: [expect.any(String)] },
    ]);
  });
});
