import type PusherJs from "pusher-js";
import type { Scenario, World } from "./world.js";

const SUCCEEDED = "pusher:subscription_succeeded";

/** A client that may join private channels. */
const privately = (world: World) => world.connected({ channelAuthorization: world.authorization() });

/** From its next connection on: a busy machine may take longer for the first one. */
function soonUnavailable(client: PusherJs, after = 1_000): void {
  (client.connection as unknown as { options: { unavailableTimeout: number } }).options.unavailableTimeout = after;
}

/** Who does not wait for the next attempt. */
function connectNow(client: PusherJs): void {
  soonUnavailable(client, 10_000);
  client.disconnect();
  client.connect();
}

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
      const client = await world.connected({ activityTimeout: 500, pongTimeout: 1_500 });
      soonUnavailable(client);
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
    name: "who connects while that is delayed waits, and who connects afterwards does not",
    play: async (world) => {
      const fault = world.network.delay(30_000);
      const delayed = world.client();
      await world.until(() => fault.strikes === 1);
      fault.restore();
      const other = await world.connected();
      world.note(delayed.connection.state, other.connection.state);
      delayed.disconnect();
      await world.heard(delayed, "disconnected");
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
  {
    name: "a refusal for good of one of two clients",
    play: async (world) => {
      const [one, two] = [await world.connected(), await world.connected()];
      for (const client of [one, two]) await world.subscribed(client, "room", "e");
      const fault = world.network.refuse({ client: one.connection.socket_id, code: 4001, reason: "not you", times: 1 });
      world.drop(two, { code: 4200 });
      await world.heard(two, `room ${SUCCEEDED}`, 2);
      world.note(fault.strikes);
      world.drop(one, { code: 4200 });
      await world.heard(one, "disconnected");
      world.note(fault.strikes);
      one.connect();
      await world.heard(one, `room ${SUCCEEDED}`, 2);
      await trigger(world, "room", "e", 1);
      for (const client of [one, two]) await world.fence(client, "room");
    },
  },
  {
    name: "nobody answers who connects, until somebody does",
    play: async (world) => {
      const fault = world.network.refuse();
      const client = world.client({ unavailableTimeout: 200 });
      const channel = client.subscribe("room");
      world.listen(client, channel, [SUCCEEDED], "room");
      await world.until(() => client.connection.state === "unavailable");
      world.note(client.connection.state, fault.strikes);
      fault.restore();
      connectNow(client);
      await world.heard(client, `room ${SUCCEEDED}`);
      await world.fence(client, "room");
    },
  },
  ...[
    { status: 400 },
    { status: 429 },
    { status: 503 },
    { error: "ECONNRESET" as const },
    { error: "timeout" as const },
    { status: 500, throws: true },
    { error: "ECONNRESET" as const, throws: true },
  ].map((how): Scenario => ({
    name: `every kind of call fails with ${JSON.stringify(how)}, and has published nothing`,
    play: async (world) => {
      const client = await world.connected();
      for (const channel of ["room", "hall"]) await world.subscribed(client, channel, "e");
      const service = world.service("error" in how && how.error === "timeout" ? { timeout: 200 } : {});
      const patient = world.service();
      const fault = world.network.failTrigger({ channel: "room", event: "e", ...how });
      await world.noteOutcome(() => service.trigger("room", "e", 1));
      await world.noteOutcome(() => service.trigger(["hall", "room"], "e", 2));
      await world.noteOutcome(() =>
        service.triggerBatch(["hall", "room"].map((channel) => ({ channel, name: "e", data: 3 }))),
      );
      await world.noteOutcome(() => patient.trigger("hall", "e", 4));
      // Who gives up in time may have done so before the call was there.
      const isSeen = !("error" in how && how.error === "timeout");
      if (isSeen) world.note(fault.strikes);
      const users = world.network.failTrigger({ channel: "#server-to-user-*", ...how });
      await world.noteOutcome(() => service.sendToUser("ann", "e", 5));
      if (isSeen) world.note(users.strikes);
      users.restore();
      await world.noteOutcome(() => patient.sendToUser("ann", "e", 6));
      world.network.restore();
      await world.noteOutcome(() => patient.trigger("room", "e", 7));
      for (const channel of ["room", "hall"]) await world.fence(client, channel);
    },
  })),
  ...["private-room", "presence-room", "private-cache-room", "presence-cache-room", "private-encrypted-room"].map(
    (name): Scenario => ({
      name: `joining ${name} is refused once where the application has signed`,
      play: async (world) => {
        const client = await world.connected({ channelAuthorization: world.authorization({ user_id: "ann" }) });
        const fault = world.network.failAuthorization({ channel: name, status: 403, message: "not you", times: 1 });
        const channel = client.subscribe(name);
        world.listen(client, channel, [SUCCEEDED], name);
        // Where an endpoint elsewhere has signed, the gateway says so in a frame, which has metadata too.
        const error = await new Promise((resolve) => channel.bind("pusher:subscription_error", resolve));
        world.note(error, fault.strikes, channel.subscribed);
        fault.restore();
        world.drop(client, { code: 4200 });
        await world.heard(client, `${name} ${SUCCEEDED}`);
      },
    }),
  ),
  {
    name: "every authorization is refused until it is taken back",
    play: async (world) => {
      const client = await privately(world);
      const fault = world.network.failAuthorization();
      for (const name of ["private-a", "private-b", "room"]) {
        const channel = client.subscribe(name);
        world.listen(client, channel, [SUCCEEDED], name);
        const refused = new Promise<{ type: string; status: number }>((resolve) =>
          channel.bind("pusher:subscription_error", resolve),
        );
        if (name === "room") {
          await world.heard(client, `room ${SUCCEEDED}`);
          continue;
        }
        // Without a message each says in its own words that there was none.
        const { type, status } = await refused;
        world.note(name, type, status, channel.subscribed);
      }
      world.note(fault.strikes);
      fault.restore();
      world.drop(client, { code: 4200 });
      for (const name of ["private-a", "private-b"]) await world.heard(client, `${name} ${SUCCEEDED}`);
    },
  },
  {
    name: "signing in is refused once where the application has signed",
    play: async (world) => {
      const client = await world.connected({ userAuthentication: world.authentication({ id: "ann" }) });
      const fault = world.network.failAuthorization({ channel: "user", status: 401, message: "not you", times: 1 });
      world.listen(client, client, ["pusher:signin_success"]);
      // Where an endpoint elsewhere has signed, pusher-js has no other word for it than an error of the connection.
      client.connection.unbind("error");
      client.signin();
      await world.until(() => fault.strikes === 1);
      await world.fence(client);
      world.note(client.user.user_data);
      fault.restore();
      world.drop(client, { code: 4200 });
      await world.heard(client, "pusher:signin_success");
      world.note(client.user.user_data);
    },
  },
  {
    name: "webhooks that come to nothing, in every way, are sent again when they are due",
    app: { webhookHold: 0 },
    play: async (world) => {
      const receiver = world.receiver();
      const ways = [{ status: 503 }, { error: "ECONNRESET" as const }, { error: "timeout" as const }, { status: 429 }];
      const faults = ways.map((how) => world.network.failWebhooks({ channel: "room", times: 1, ...how }));
      const client = await world.connected();
      for (const name of ["hall", "room"]) {
        await world.subscribed(client, name);
        await world.settledWebhooks();
      }
      // Attempts after 1, 2, 4 and 8 seconds, and half a minute for the answer that does not come.
      await world.advance("46s");
      client.unsubscribe("room");
      await world.fence(client);
      await world.settledWebhooks();
      receiver.remove();
      receiver.noteSent();
      world.note(faults.map(({ strikes }) => strikes));
    },
  },
  {
    name: "webhooks that fail for five minutes are given up, and those of other events are not",
    app: { webhookHold: 0 },
    play: async (world) => {
      const receiver = world.receiver();
      const fault = world.network.failWebhooks({ event: "channel_occupied" });
      const client = await world.connected();
      await world.subscribed(client, "room");
      await world.settledWebhooks();
      client.unsubscribe("room");
      await world.fence(client);
      await world.settledWebhooks();
      await world.advance("5m");
      receiver.remove();
      receiver.noteSent();
      world.note(fault.strikes);
    },
  },
  {
    name: "a train in a tunnel: silence, then everybody is cut, and what was on its way is lost",
    play: async (world) => {
      const clients = [await world.connected(), await world.connected()];
      for (const client of clients) await world.subscribed(client, "room", "e");
      const fault = world.network.simulate("subway", { seed: 4 });
      await trigger(world, "room", "e", 1);
      await world.advance("4s");
      world.note(...clients.map(({ connection }) => connection.state));
      await trigger(world, "room", "e", 2);
      await world.advance("37s");
      for (const client of clients) await world.heard(client, `room ${SUCCEEDED}`, 2);
      world.note(fault.strikes);
      await trigger(world, "room", "e", 3);
      for (const client of clients) await world.fence(client, "room");
    },
  },
  {
    name: "a laptop whose lid was closed for ten minutes",
    play: async (world) => {
      const timeouts = { activityTimeout: 500, pongTimeout: 1_500 };
      const member = { channelAuthorization: world.authorization({ user_id: "ann" }), ...timeouts };
      const client = await world.connected(member);
      soonUnavailable(client);
      const channel = await world.subscribed(client, "presence-room", "e");
      const fault = world.network.simulate("laptop-lid");
      await trigger(world, "presence-room", "e", 1);
      await world.until(() => client.connection.state === "unavailable");
      await world.advance("100s");
      world.note(world.subscribers("presence-room"), client.connection.state);
      await world.advance("60s");
      world.note(world.subscribers("presence-room"), client.connection.state);
      await world.advance("10m");
      await world.heard(client, `presence-room ${SUCCEEDED}`, 2);
      world.note(fault.strikes, channel.members.count);
      await trigger(world, "presence-room", "e", 2);
      await world.fence(client, "presence-room");
    },
  },
  {
    name: "a deployment: all are sent away, and for two seconds nobody answers",
    play: async (world) => {
      const clients = [await world.connected(), await world.connected()];
      for (const client of clients) await world.subscribed(client, "room", "e");
      for (const client of clients) soonUnavailable(client);
      const fault = world.network.simulate("deploy");
      const early = world.client({ unavailableTimeout: 1_000 });
      // On a busy machine somebody may take longer than two seconds to try.
      const start = performance.now();
      const guard = world.network.refuse();
      for (const client of clients) await world.heard(client, "error");
      await world.until(() => [...clients, early].every(({ connection }) => connection.state === "unavailable"));
      world.note(performance.now() - start < 2_000 ? guard.strikes : 0);
      await trigger(world, "room", "e", 1);
      await world.advance("3s");
      guard.restore();
      world.note(fault.strikes, world.subscribers("room"));
      // Who does not wait for the next attempt is let in now.
      for (const client of clients) {
        connectNow(client);
        await world.heard(client, `room ${SUCCEEDED}`, 2);
      }
      await trigger(world, "room", "e", 2);
      for (const client of clients) await world.fence(client, "room");
    },
  },
  {
    name: "a failover: all are cut, and half of the attempts to come back are refused",
    play: async (world) => {
      const client = await world.connected();
      soonUnavailable(client);
      await world.subscribed(client, "room", "e");
      const fault = world.network.simulate("failover", { seed: 1 });
      await trigger(world, "room", "e", 1);
      await world.until(() => client.connection.state === "unavailable");
      // It was refused once. Who does not wait for the next attempt is let in.
      connectNow(client);
      await world.heard(client, `room ${SUCCEEDED}`, 2);
      world.note(fault.strikes);
      fault.restore();
      await trigger(world, "room", "e", 2);
      await world.fence(client, "room");
    },
  },
];
