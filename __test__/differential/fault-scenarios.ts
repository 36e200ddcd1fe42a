import type { Scenario, World } from "./world.js";

const SUCCEEDED = "pusher:subscription_succeeded";

/** A client that may join private channels. */
const privately = (world: World) => world.connected({ channelAuthorization: world.authorization() });

async function trigger(world: World, channel: string, event: string, ...all: unknown[]): Promise<void> {
  for (const data of all) await world.server.trigger(channel, event, data);
}

/** How the faults of `network()` look to clients. */
export const faultScenarios: Scenario[] = [
  {
    name: "events that get lost, by channel, event and times",
    play: async (world) => {
      const client = await world.connected();
      for (const channel of ["room-1", "room-2", "hall"]) await world.subscribed(client, channel, "e", "f");
      const fault = world.network.lose({ channel: "room-*", event: "e", times: 3 });
      for (const channel of ["room-1", "room-2", "hall"]) {
        await trigger(world, channel, "e", 1, 2);
        await trigger(world, channel, "f", 3);
        // Channels overtake each other.
        await world.fence(client, channel);
      }
      world.note(fault.strikes);
    },
  },
  {
    name: "events that get lost for one of two clients",
    play: async (world) => {
      const [one, two] = [await world.connected(), await world.connected()];
      for (const client of [one, two]) await world.subscribed(client, "room", "e");
      const fault = world.network.lose({ client: one.connection.socket_id, event: "e" });
      await trigger(world, "room", "e", 1, 2);
      fault.restore();
      await trigger(world, "room", "e", 3);
      for (const client of [one, two]) await world.fence(client, "room");
    },
  },
  {
    name: "events that come twice, client events and those of a user too",
    play: async (world) => {
      const sender = await privately(world);
      const user = world.authentication({ id: "ann" });
      const client = await world.connected({ channelAuthorization: world.authorization(), userAuthentication: user });
      world.listen(client, client, ["pusher:signin_success"]);
      client.signin();
      await world.heard(client, "pusher:signin_success");
      world.listen(client, client.user, ["e"], "user");
      const channel = await world.subscribed(sender, "private-room", "client-e");
      await world.subscribed(client, "private-room", "client-e", "e");
      world.network.duplicate();
      channel.trigger("client-e", { x: 1 });
      await world.heard(client, "private-room client-e", 2);
      await trigger(world, "private-room", "e", 1, 2);
      await world.server.sendToUser("ann", "e", 3);
      await world.heard(client, "user e", 2);
      await world.fence(sender);
    },
  },
  {
    name: "a sender is left out also where events come twice",
    play: async (world) => {
      const [one, two] = [await world.connected(), await world.connected()];
      for (const client of [one, two]) await world.subscribed(client, "room", "e");
      world.network.duplicate({ event: "e" });
      await world.server.trigger("room", "e", 1, { socket_id: one.connection.socket_id });
      for (const client of [one, two]) await world.fence(client, "room");
    },
  },
  {
    name: "events that are held back, overtaken and released",
    play: async (world) => {
      const [stays, leaves] = [await world.connected(), await world.connected()];
      for (const client of [stays, leaves]) await world.subscribed(client, "room", "slow", "e");
      const held = world.network.hold({ event: "slow" });
      await trigger(world, "room", "slow", 1, 2);
      await trigger(world, "room", "e", 3);
      for (const client of [stays, leaves]) await world.fence(client, "room");
      leaves.unsubscribe("room");
      await world.fence(leaves);
      const late = await world.connected();
      await world.subscribed(late, "room", "slow");
      held.release();
      await world.heard(stays, "room slow", 2);
      await trigger(world, "room", "slow", 4);
      await world.fence(stays, "room");
      held.restore();
      await world.heard(late, "room slow");
      for (const client of [stays, late]) await world.fence(client, "room");
      await world.fence(leaves);
    },
  },
  {
    name: "a newcomer of a cache channel gets an event that got lost",
    play: async (world) => {
      const client = await world.connected();
      await world.subscribed(client, "cache-room", "e");
      world.network.lose({ event: "e", times: 1 });
      await trigger(world, "cache-room", "e", 1);
      const late = await world.connected();
      const channel = late.subscribe("cache-room");
      world.listen(late, channel, [SUCCEEDED, "e"], "cache-room");
      await world.heard(late, "cache-room e");
      for (const one of [client, late]) await world.fence(one, "cache-room");
    },
  },
  {
    name: "calls that fail have published nothing",
    play: async (world) => {
      const client = await world.connected();
      await world.subscribed(client, "room", "e");
      world.network.failTrigger({ channel: "room", status: 503, times: 1 });
      world.network.failTrigger({ error: "ECONNRESET", times: 1 });
      for (const data of [1, 2, 3]) {
        const outcome = await world.server.trigger("room", "e", data).then(
          ({ status }) => status,
          ({ message, status, error }) => [message, status, error?.code],
        );
        world.note(outcome);
      }
      await world.fence(client, "room");
    },
  },
  {
    name: "a silent client gets everything when it is heard again, and so does who it has sent to",
    play: async (world) => {
      const [one, two] = [await privately(world), await privately(world)];
      const channel = await world.subscribed(one, "private-room", "e", "client-e");
      await world.subscribed(two, "private-room", "e", "client-e");
      const silence = world.network.silence(one.connection.socket_id);
      await trigger(world, "private-room", "e", 1, 2);
      world.note(channel.trigger("client-e", { x: 1 }), one.connection.state);
      await world.fence(two, "private-room");
      silence.restore();
      await world.heard(one, "private-room e", 2);
      await world.heard(two, "private-room client-e");
      for (const client of [one, two]) await world.fence(client, "private-room");
    },
  },
  {
    name: "a silent client notices, is unavailable, and comes back when it is let in",
    play: async (world) => {
      const timeouts = { activityTimeout: 300, pongTimeout: 200, unavailableTimeout: 300 };
      const client = await world.connected(timeouts);
      const channel = await world.subscribed(client, "room", "e");
      const silence = world.network.silence("all");
      await trigger(world, "room", "e", 1);
      await world.until(() => client.connection.state === "unavailable");
      world.note(channel.subscribed);
      silence.restore();
      await world.heard(client, `room ${SUCCEEDED}`, 2);
      await trigger(world, "room", "e", 2);
      await world.heard(client, "room e");
      await world.fence(client, "room");
    },
  },
  {
    name: "an authorization that is refused, and asked for again with the next connection",
    play: async (world) => {
      const client = await privately(world);
      const fault = world.network.failAuthorization({
        channel: "private-*",
        status: 401,
        message: "not you",
        times: 1,
      });
      const channel = client.subscribe("private-room");
      world.listen(client, channel, [SUCCEEDED], "private-room");
      // Where an endpoint elsewhere has signed, the gateway says so in a frame, which has metadata too.
      const error = await new Promise((resolve) => channel.bind("pusher:subscription_error", resolve));
      world.note(error, fault.strikes, channel.subscribed);
      world.drop(client, { code: 4200 });
      await world.heard(client, `private-room ${SUCCEEDED}`);
    },
  },
  {
    name: "who is refused with a pause tries again after it",
    play: async (world) => {
      const client = await world.connected();
      await world.subscribed(client, "room", "e");
      world.network.refuse({ code: 4100, reason: "busy", times: 1 });
      world.drop(client, { code: 4200 });
      await world.heard(client, `room ${SUCCEEDED}`, 2);
      await world.fence(client, "room");
    },
  },
  {
    name: "who is refused for good stays away",
    play: async (world) => {
      const client = await world.connected();
      await world.subscribed(client, "room");
      world.network.refuse({ code: 4004, reason: "no room" });
      world.drop(client, { code: 4200 });
      await world.heard(client, "disconnected");
    },
  },
  {
    name: "connecting takes as long as it is delayed",
    play: async (world) => {
      world.network.delay(200);
      const client = world.client();
      const channel = client.subscribe("room");
      world.listen(client, channel, [SUCCEEDED], "room");
      world.note(client.connection.state, channel.subscribed);
      await world.heard(client, `room ${SUCCEEDED}`);
    },
  },
  {
    name: "everybody is sent away by a deployment and comes back",
    play: async (world) => {
      const clients = [await world.connected(), await world.connected()];
      for (const client of clients) await world.subscribed(client, "room", "e");
      world.network.simulate("deploy", { seed: 1 }).restore();
      for (const client of clients) await world.heard(client, `room ${SUCCEEDED}`, 2);
      await trigger(world, "room", "e", 1);
      for (const client of clients) await world.fence(client, "room");
    },
  },
  {
    name: "everybody is cut and comes back",
    play: async (world) => {
      const clients = [await world.connected(), await world.connected()];
      for (const client of clients) await world.subscribed(client, "room", "e");
      world.network.simulate("failover", { seed: 2 }).restore();
      for (const client of clients) await world.heard(client, `room ${SUCCEEDED}`, 2);
      await trigger(world, "room", "e", 1);
      for (const client of clients) await world.fence(client, "room");
    },
  },
];
