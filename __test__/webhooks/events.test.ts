import { createMockPusher, type Gateway, type MockPusher, type MockPusherOptions } from "pushrig";
import PusherJs from "pusher-js";
import { afterEach, describe, expect, it, vi } from "vitest";
import { next } from "../support/next";
import { lines, receiver, story } from "./receiver";

// Sockets and processes take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

let rig: MockPusher;
let gateway: Gateway | undefined;
const sockets: PusherJs[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.disconnect();
  await gateway?.close({ code: 4001 });
  gateway = undefined;
  rig.close();
});

/** An app whose webhooks go nowhere but into the list, without holding departures back unless asked to. */
function world(options: MockPusherOptions = {}): MockPusher {
  rig = createMockPusher({ webhookHold: 0, webhooks: () => {}, ...options });
  return rig;
}

/** The real pusher-js, connected over the network, as whoever the mock signs for. */
async function socket(user?: string): Promise<PusherJs> {
  gateway ??= await rig.listen({ port: 0 });
  const customHandler = ({ socketId, channelName }: any, callback: any) => {
    callback(
      null,
      rig.server.authorizeChannel(socketId, channelName, user === undefined ? undefined : { user_id: user }),
    );
  };
  const client = new PusherJs(rig.app.key, {
    cluster: "mt1",
    wsHost: "127.0.0.1",
    wsPort: gateway.port,
    forceTLS: false,
    enabledTransports: ["ws"],
    channelAuthorization: { customHandler } as never,
  });
  sockets.push(client);
  await next(client.connection, "connected");
  return client;
}

async function subscribed(client: any, name: string): Promise<any> {
  const channel = client.subscribe(name);
  await next(channel, "pusher:subscription_succeeded");
  return channel;
}

describe("mock clients and sockets cause the same webhooks", () => {
  const clients: [string, (user: string) => Promise<any>][] = [
    ["a mock client", async (user) => rig.client({ user: { id: user } })],
    ["the real pusher-js", socket],
  ];

  describe.each(clients)("%s", (_, connect) => {
    it("occupies and vacates a channel", async () => {
      world();
      const [one, two] = [await connect("1"), await connect("2")];
      await subscribed(one, "room");
      await subscribed(two, "room");
      expect(await story(rig)).toEqual(["channel_occupied room"]);
      one.unsubscribe("room");
      two.unsubscribe("room");
      await until(() => rig.state.getSubscriberCount("room") === 0);
      expect(await story(rig)).toEqual(["channel_occupied room", "channel_vacated room"]);
    });

    it("is a member once, however many connections it has", async () => {
      world();
      const [one, again, two] = [await connect("1"), await connect("1"), await connect("2")];
      for (const client of [one, again, two]) await subscribed(client, "presence-room");
      one.disconnect();
      again.disconnect();
      await until(() => rig.state.getSubscriberCount("presence-room") === 1);
      expect(await story(rig)).toEqual([
        "channel_occupied presence-room",
        "member_added presence-room 1",
        "member_added presence-room 2",
        "member_removed presence-room 1",
      ]);
    });

    it("sends client events, with the sender's user on presence channels only", async () => {
      world({ webhooks: { to: () => {}, events: ["client_event"] } });
      const [one, two] = [await connect("1"), await connect("2")];
      const rooms = [await subscribed(one, "private-room"), await subscribed(one, "presence-room")];
      const heard = next(await subscribed(two, "presence-room"), "client-typing");
      rooms[0].trigger("client-typing", "text");
      rooms[1].trigger("client-typing", { by: 1 });
      await heard;
      const id = one.connection.socket_id;
      const sent = await rig.settledWebhooks();
      expect(sent.map(({ events }) => events[0])).toStrictEqual([
        { name: "client_event", channel: "private-room", event: "client-typing", data: "text", socket_id: id },
        {
          name: "client_event",
          channel: "presence-room",
          event: "client-typing",
          data: '{"by":1}',
          socket_id: id,
          user_id: "1",
        },
      ]);
    });

    it("misses the event of a cache channel once, while nobody fills it", async () => {
      world({ webhookHold: 3000, webhooks: { to: () => {}, events: ["cache_miss"] } });
      const [one, two] = [await connect("1"), await connect("2")];
      await subscribed(one, "cache-room");
      await subscribed(two, "cache-room");
      expect(await story(rig)).toEqual(["cache_miss cache-room"]);
    });

    it("is counted, where the app has that switched on", async () => {
      world({ subscriptionCount: true, webhooks: { to: () => {}, events: ["subscription_count"] } });
      const [one, two] = [await connect("1"), await connect("2")];
      await subscribed(one, "room");
      await subscribed(two, "room");
      one.disconnect();
      await until(() => rig.state.getSubscriberCount("room") === 1);
      expect(await story(rig)).toEqual([
        "subscription_count room 1",
        "subscription_count room 2",
        "subscription_count room 1",
      ]);
    });
  });

  it("25. who is back within the hold was never away", async () => {
    world({ webhookHold: 60_000 });
    const before = await socket("1");
    await subscribed(before, "presence-room");
    before.disconnect();
    await until(() => rig.state.getSubscriberCount("presence-room") === 0);
    await subscribed(await socket("1"), "presence-room");
    expect(await story(rig)).toEqual(["channel_occupied presence-room", "member_added presence-room 1"]);
  });

  it("a mock client and a socket on one presence channel are two members of one story", async () => {
    world();
    await subscribed(rig.client({ user: { id: "mock" } }), "presence-room");
    await subscribed(await socket("real"), "presence-room");
    expect(await story(rig)).toEqual([
      "channel_occupied presence-room",
      "member_added presence-room mock",
      "member_added presence-room real",
    ]);
  });

  it("the state manager's connections occupy channels as well", async () => {
    world();
    rig.state.subscribe("somebody", "room");
    rig.state.unsubscribe("somebody", "room");
    expect(await story(rig)).toEqual(["channel_occupied room", "channel_vacated room"]);
  });

  it("nothing is told of what happened before there was a receiver, nor of publishing", async () => {
    rig = createMockPusher({ webhookHold: 0 });
    rig.client().subscribe("before");
    expect(await rig.settledWebhooks()).toEqual([]);
    const { handler, requests } = receiver();
    rig.onWebhook(handler);
    await rig.server.trigger("before", "event", {});
    rig.client().subscribe("after");
    expect(lines(await rig.settledWebhooks())).toEqual(["channel_occupied after"]);
    expect(requests).toHaveLength(1);
  });
});

/** Waits for the broker to know; a socket's farewell takes its time. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
