import type { Scenario, World } from "./world.js";

const SUCCEEDED = "pusher:subscription_succeeded";
const MEMBERS = ["pusher:member_added", "pusher:member_removed"];

const flags = (channel: any) => [channel.subscribed, channel.subscriptionPending, channel.subscriptionCancelled];

/** A client on a presence channel. */
async function member(world: World, id: unknown, name = "presence-room", info: object = { name: `User ${id}` }) {
  const client = await world.connected({ channelAuthorization: world.authorization({ user_id: id, user_info: info }) });
  return { client, channel: await world.subscribed(client, name, ...MEMBERS) };
}

/** A client that may join private channels. */
const privately = (world: World) => world.connected({ channelAuthorization: world.authorization() });

const users = (world: World, id: string, watchlist?: string[]) =>
  world.connected({ userAuthentication: world.authentication({ id, user_info: { name: id }, watchlist }) });

async function signedIn(world: World, id: string, watchlist?: string[]) {
  const client = await users(world, id, watchlist);
  world.listen(client, client, ["pusher:signin_success"]);
  client.signin();
  await world.heard(client, "pusher:signin_success");
  return client;
}

/** Publishes one event and waits until the client's `label` has got it. */
async function publish(world: World, client: any, channel: string, data: unknown, label = `${channel} e`) {
  const before = world.count(client, label);
  await world.server.trigger(channel, "e", data);
  await world.heard(client, label, before + 1);
}

const payloads: [string, unknown][] = [
  ["an object", { a: [1, { b: null }] }],
  ["a string", "text"],
  ["a string that is a number", "5"],
  ["a string that is JSON", '{"a":1}'],
  ["an empty string", ""],
  ["a number", 0],
  ["false", false],
  ["an array", []],
  ["a date, NaN and undefined", { at: new Date(0), not: NaN, gone: undefined }],
  ["text beyond ASCII", { text: "grüße 👋 \u2028" }],
];

const closes = [1000, 1001, 1006, 1011, 1002, 4001, 4009, 4099, 4100, 4199, 4200, 4299, 4300];
const staysAway = (code: number) => (code >= 4001 && code < 4100) || code >= 4300;

export const scenarios: Scenario[] = [
  // ---- payloads and arity
  ...payloads.map(([what, data]): Scenario => ({
    name: `an event with ${what}`,
    play: async (world) => {
      const client = await world.connected();
      const channel = await world.subscribed(client, "room", "e");
      channel.bind_global(world.record(client, "global"));
      world.listen(client, client, ["e"], "client");
      await publish(world, client, "room", data);
    },
  })),

  // ---- subscriptions
  {
    name: "subscribing is pending until the service agrees",
    play: async (world) => {
      const client = await world.connected();
      const channel = client.subscribe("room");
      world.note(...flags(channel), client.subscribe("room") === channel);
      channel.bind(SUCCEEDED, () => world.note("in the callback", ...flags(channel)));
      await world.until(() => channel.subscribed);
    },
  },
  {
    name: "subscribing before there is a connection",
    play: async (world) => {
      const client = world.client();
      const channel = client.subscribe("room");
      world.note(...flags(channel));
      world.listen(client, channel, [SUCCEEDED]);
      await world.heard(client, SUCCEEDED);
    },
  },
  {
    name: "binding to a subscription that has succeeded",
    play: async (world) => {
      const client = await world.connected();
      const channel = await world.subscribed(client, "room");
      channel.bind(SUCCEEDED, world.record(client, "late"));
      client.subscribe("room");
      await world.fence(client, "room");
    },
  },
  {
    name: "leaving while pending",
    play: async (world) => {
      const client = await world.connected();
      const channel = client.subscribe("room");
      world.listen(client, channel, [SUCCEEDED]);
      client.unsubscribe("room");
      world.note(...flags(channel), client.channel("room") === channel);
      await world.until(() => client.channel("room") === undefined);
      world.note(...flags(channel));
      await world.fence(client);
    },
  },
  {
    name: "leaving while pending and coming back",
    play: async (world) => {
      const client = await world.connected();
      const channel = client.subscribe("room");
      world.listen(client, channel, [SUCCEEDED, "e"], "room");
      client.unsubscribe("room");
      world.note(client.subscribe("room") === channel, ...flags(channel));
      await world.until(() => channel.subscribed);
      await publish(world, client, "room", 1);
    },
  },
  {
    name: "leaving and coming back makes a new channel",
    play: async (world) => {
      const client = await world.connected();
      const old = await world.subscribed(client, "room", "e");
      client.unsubscribe("room");
      world.note(...flags(old), client.allChannels().length);
      const channel = await world.subscribed(client, "room");
      world.note(channel === old);
      channel.bind("e", world.record(client, "new e"));
      await publish(world, client, "room", 1, "new e");
    },
  },
  {
    name: "leaving twice, and what was never joined",
    play: async (world) => {
      const client = await world.connected();
      await world.subscribed(client, "room");
      client.unsubscribe("room");
      client.unsubscribe("room");
      client.unsubscribe("other");
      await world.fence(client);
      world.note(client.channel("room"), client.channel("other"));
    },
  },
  {
    name: "no event arrives after leaving",
    play: async (world) => {
      const client = await world.connected();
      const channel = await world.subscribed(client, "room", "e");
      client.bind("e", world.record(client, "client e"));
      await publish(world, client, "room", 1);
      client.unsubscribe("room");
      await world.fence(client);
      await world.server.trigger("room", "e", 2);
      await world.fence(client);
      world.note(...flags(channel));
    },
  },
  {
    name: "many channels, integer names among them, after a reconnect",
    play: async (world) => {
      const client = await world.connected();
      for (const name of ["b", "10", "a", "2"]) await world.subscribed(client, name);
      world.drop(client, { code: 4200 });
      for (const name of ["b", "10", "a", "2"]) await world.heard(client, `${name} ${SUCCEEDED}`, 2);
      world.note(client.allChannels().map(({ name }) => name));
    },
  },
  {
    name: "a channel keeps its bindings over a reconnect",
    play: async (world) => {
      const client = await world.connected();
      const channel = await world.subscribed(client, "room", "e");
      world.drop(client, { code: 4200 });
      await world.heard(client, `room ${SUCCEEDED}`, 2);
      await publish(world, client, "room", { after: true });
      world.note(client.channel("room") === channel);
    },
  },
  {
    name: "names that cannot be subscribed",
    play: async (world) => {
      const client = await world.connected();
      world.noteError(() => client.subscribe("#room"));
      world.noteError(() => client.subscribe("#server-to-user-1"));
      world.note(client.channel("nowhere"));
    },
  },
  {
    name: "a channel name that the service refuses",
    play: async (world) => {
      const client = await world.connected();
      const channel = client.subscribe("a room");
      world.listen(client, channel, [SUCCEEDED, "pusher:subscription_error"]);
      await world.heard(client, "error");
      await world.fence(client);
      world.note(...flags(channel));
    },
  },

  // ---- dispatch
  {
    name: "globals before specifics, the channel before the client",
    play: async (world) => {
      const client = await world.connected();
      client.bind("e", world.record(client, "client"));
      client.bind_global(world.record(client, "client global"));
      const channel = client.subscribe("room");
      channel.bind("e", world.record(client, "first"));
      channel.bind_global(world.record(client, "global"));
      channel.bind("e", world.record(client, "second"));
      await world.until(() => channel.subscribed);
      await world.server.trigger("room", "e", { x: 1 });
      await world.heard(client, "client");
    },
  },
  {
    name: "one object for the callbacks of one client, another for the next client",
    play: async (world) => {
      const [one, two] = [await world.connected(), await world.connected()];
      const [here, there] = [await world.subscribed(one, "room"), await world.subscribed(two, "room")];
      here.bind("e", (data: any) => (data.changed = true));
      here.bind("e", world.record(one, "room e"));
      there.bind("e", world.record(two, "room e"));
      await world.server.trigger("room", "e", {});
      await world.heard(one, "room e");
      await world.heard(two, "room e");
    },
  },
  {
    name: "events in the order of publishing, over channels and a batch",
    play: async (world) => {
      const client = await world.connected();
      const channel = await world.subscribed(client, "room", "e", "f");
      for (let i = 0; i < 20; i++) await world.server.trigger("room", i % 2 ? "e" : "f", i);
      await world.server.triggerBatch([1, 2, 3].map((data) => ({ channel: "room", name: "e", data })) as never);
      await world.heard(client, "room e", 13);
      world.note(flags(channel));
    },
  },
  {
    name: "a publisher is excluded by its socket id",
    play: async (world) => {
      const [one, two] = [await world.connected(), await world.connected()];
      await world.subscribed(one, "room", "e");
      await world.subscribed(two, "room", "e");
      await world.server.trigger("room", "e", 1, { socket_id: one.connection.socket_id });
      await world.fence(one, "room");
      await world.heard(two, "room e");
    },
  },
  {
    name: "one event on several channels",
    play: async (world) => {
      const client = await world.connected();
      await world.subscribed(client, "a", "e");
      await world.subscribed(client, "b", "e");
      await world.server.trigger(["a", "b"], "e", 1);
      await world.heard(client, "b e");
      await world.heard(client, "a e");
      world.note(world.count(client, "a e"), world.count(client, "b e"));
    },
  },

  // ---- bind and unbind
  {
    name: "unbinding: every combination of name, callback and context",
    play: async (world) => {
      const client = await world.connected();
      const channel = await world.subscribed(client, "room");
      const context = { of: "the callback" };
      const matrix: [string, ...any[]][] = [
        ["nothing"],
        ["name", "e"],
        ["empty name", ""],
        ["callback", null, 0],
        ["name and callback", "e", 0],
        ["context", null, null, context],
        ["name and context", "e", null, context],
        ["all three", "e", 0, context],
        ["another context", "e", 0, {}],
      ];
      for (const [what, name, callback, of] of matrix) {
        const calls: string[] = [];
        const fn = () => void calls.push("fn");
        channel.bind("e", fn).bind("e", fn, context).bind("f", fn);
        channel.bind("e", () => void calls.push("other"));
        channel.bind_global(() => void calls.push("global"));
        channel.unbind(name, callback === 0 ? fn : callback, of);
        channel.emit("e", 1);
        channel.emit("f", 1);
        world.note(what, calls);
        channel.unbind_all();
      }
    },
  },
  {
    name: "unbinding globals",
    play: async (world) => {
      const client = await world.connected();
      const channel = await world.subscribed(client, "room");
      const [one, two] = [world.record(client, "one"), world.record(client, "two")];
      channel.bind_global(one).bind_global(two).unbind_global(one).emit("e", 1);
      channel.unbind_global().emit("e", 2);
    },
  },
  {
    name: "a callback bound twice, and its this",
    play: async (world) => {
      const client = await world.connected();
      const channel = await world.subscribed(client, "room");
      const context = { of: "the callback" };
      function fn(this: unknown) {
        world.note(this === globalThis, this === context);
      }
      channel.bind("e", fn).bind("e", fn).bind("e", fn, context);
      channel.emit("e");
    },
  },
  {
    name: "binding and unbinding while an event is dispatched",
    play: async (world) => {
      const client = await world.connected();
      const channel = await world.subscribed(client, "room");
      const second = world.record(client, "second");
      channel.bind("e", () => channel.bind("e", world.record(client, "bound meanwhile")));
      channel.bind("e", () => channel.unbind("e", second));
      channel.bind("e", second);
      channel.emit("e", 1);
      channel.emit("e", 2);
    },
  },
  {
    name: "emit: how many arguments",
    play: async (world) => {
      const client = await world.connected();
      const channel = await world.subscribed(client, "room");
      world.listen(client, channel, ["e"]);
      for (const data of [undefined, null, 0, false, "", 1]) channel.emit("e", data);
      for (const data of [undefined, 0, 1]) channel.emit("e", data, { user_id: "1" });
    },
  },

  // ---- private channels and authorization
  {
    name: "a private channel",
    play: async (world) => {
      const client = await privately(world);
      await world.subscribed(client, "private-room", "e");
      await publish(world, client, "private-room", { x: 1 });
    },
  },
  ...(
    [
      ["an Error", new Error("not you")],
      ["a string", "not you"],
    ] as [string, any][]
  ).map(([what, failure]): Scenario => ({
    name: `an authorization handler that answers with ${what}, and then agrees`,
    play: async (world) => {
      let attempts = 0;
      const { customHandler } = world.authorization() as any;
      const client = await world.connected({
        channelAuthorization: {
          customHandler: (params: any, callback: any) => {
            world.note(params.channelName, Object.keys(params).sort());
            if (attempts++ > 0) customHandler(params, callback);
            else setImmediate(callback, failure, null);
          },
        },
      });
      const channel = client.subscribe("private-room");
      world.listen(client, channel, ["pusher:subscription_error", SUCCEEDED]);
      await world.heard(client, "pusher:subscription_error");
      world.note(...flags(channel));
      client.subscribe("private-room");
      await world.until(() => channel.subscribed);
    },
  })),
  {
    name: "an authorization that fails at once is over when subscribe returns",
    play: async (world) => {
      const customHandler = (_: unknown, callback: any) => callback(new Error("no"), null);
      const client = await world.connected({ channelAuthorization: { customHandler } });
      const channel = client.subscribe("private-room");
      world.note(...flags(channel), client.allChannels().length);
      client.unsubscribe("private-room");
      world.note(client.allChannels().length);
    },
  },
  {
    name: "a wrong signature",
    play: async (world) => {
      const customHandler = (_: unknown, callback: any) => callback(null, { auth: "key:0000" });
      const client = await world.connected({ channelAuthorization: { customHandler } });
      const channel = client.subscribe("private-room");
      await world.until(() => world.count(client, "error") > 0);
      await world.until(() => client.connection.state !== "connected" || channel.subscriptionPending);
      world.note(channel.subscribed);
    },
  },
  {
    name: "the legacy authorizer",
    play: async (world) => {
      const authorizer = (channel: any, options: any) => ({
        authorize: (socketId: string, callback: any) => {
          world.note(channel.name, Object.keys(options).sort());
          callback(null, world.server.authorizeChannel(socketId, channel.name));
        },
      });
      const client = await world.connected({ authorizer });
      await world.subscribed(client, "private-room");
    },
  },
  {
    name: "a new authorization with every connection",
    play: async (world) => {
      const client = await privately(world);
      await world.subscribed(client, "private-room", "e");
      world.drop(client, { code: 4200 });
      await world.heard(client, `private-room ${SUCCEEDED}`, 2);
      await publish(world, client, "private-room", 1);
    },
  },

  // ---- presence
  {
    name: "a presence channel of one",
    play: async (world) => {
      const { channel } = await member(world, "1");
      world.note(channel.members.count, channel.members.me, channel.members.myID, channel.members.get("toString"));
    },
  },
  {
    name: "ids that are numbers",
    play: async (world) => {
      const { channel } = await member(world, 7);
      world.note(channel.members.me);
      channel.members.each((one: any) => world.note("each", one));
    },
  },
  ...["e:1", "google-oauth2|12", "a+b c", "Zoë", "x".repeat(128)].map((id): Scenario => ({
    name: `a member whose id is ${id.length > 40 ? "as long as may be" : JSON.stringify(id)}`,
    play: async (world) => {
      const one = await member(world, "1");
      const two = await member(world, id);
      await world.heard(one.client, "presence-room pusher:member_added");
      world.note(two.channel.members.me, one.channel.members.get(id));
      world.listen(one.client, one.channel, ["client-e"]);
      two.channel.trigger("client-e", {});
      await world.heard(one.client, "client-e");
      two.client.unsubscribe("presence-room");
      await world.heard(one.client, "presence-room pusher:member_removed");
    },
  })),
  {
    name: "a member whose id is too long",
    play: async (world) => {
      const client = await world.connected({
        channelAuthorization: world.authorization({ user_id: "x".repeat(129) }),
      });
      client.subscribe("presence-room");
      await world.heard(client, "error");
    },
  },
  {
    name: "members come and go",
    play: async (world) => {
      const one = await member(world, "1");
      const two = await member(world, "2");
      await world.heard(one.client, "presence-room pusher:member_added");
      world.note(one.channel.members.count, two.channel.members.members);
      two.client.unsubscribe("presence-room");
      await world.heard(one.client, "presence-room pusher:member_removed");
      world.note(one.channel.members.count, two.channel.members.count);
    },
  },
  {
    name: "members that are first looked at when others have come and gone",
    play: async (world) => {
      const client = await world.connected({
        channelAuthorization: world.authorization({ user_id: 1, user_info: { name: "Ann" } }),
      });
      const channel: any = await world.subscribed(client, "presence-room", "e");
      const [two, three] = [await member(world, "2"), await member(world, "3", "presence-room", { tags: ["a"] })];
      two.client.unsubscribe("presence-room");
      await world.heard(three.client, "presence-room pusher:member_removed");
      await world.server.trigger("presence-room", "e", {});
      await world.heard(client, "presence-room e");
      world.note(channel.members.count, channel.members.me, channel.members);
      channel.members.get("3").info.tags.push("b");
      world.note(channel.members.get("3"), three.channel.members.get("3"), channel.members.get("2"));
      await world.subscribed(two.client, "presence-room");
      await world.fence(client, "presence-room");
      world.note(channel.members.members);
    },
  },
  {
    name: "an event between two arrivals",
    play: async (world) => {
      const client = await world.connected({ channelAuthorization: world.authorization({ user_id: "1" }) });
      const channel: any = await world.subscribed(client, "presence-room");
      channel.bind("e", () => world.note("members at the event", Object.keys(channel.members.members)));
      await member(world, "2");
      await world.server.trigger("presence-room", "e", {});
      await member(world, "3");
      await world.fence(client, "presence-room");
      world.note("members at the end", Object.keys(channel.members.members), channel.members.count);
    },
  },
  {
    name: "a member whose connection ends",
    play: async (world) => {
      const one = await member(world, "1");
      const two = await member(world, "2");
      await world.heard(one.client, "presence-room pusher:member_added");
      two.client.disconnect();
      world.note(two.channel.members.count, two.channel.members.me);
      await world.heard(one.client, "presence-room pusher:member_removed");
    },
  },
  {
    name: "one user with two connections is one member",
    play: async (world) => {
      const one = await member(world, "1");
      const [two, three] = [await member(world, "2"), await member(world, "2")];
      two.client.unsubscribe("presence-room");
      await world.fence(two.client);
      await world.fence(one.client, "presence-room");
      world.note(one.channel.members.count, three.channel.members.count);
      three.client.unsubscribe("presence-room");
      await world.heard(one.client, "presence-room pusher:member_removed");
    },
  },
  {
    name: "members over a reconnect",
    play: async (world) => {
      const { client, channel } = await member(world, "1");
      const { members } = channel;
      client.connection.bind("connecting", () => world.note("connecting", members.count, members.me));
      world.drop(client, { code: 4200 });
      await world.heard(client, `presence-room ${SUCCEEDED}`, 2);
      world.note(channel.members === members, members.count);
    },
  },
  {
    name: "a presence channel without channel_data",
    play: async (world) => {
      const customHandler = ({ socketId, channelName }: any, callback: any) => {
        callback(null, world.server.authorizeChannel(socketId, channelName));
      };
      const client = await world.connected({ channelAuthorization: { customHandler } });
      const channel = client.subscribe("presence-room");
      world.listen(client, channel, ["pusher:subscription_error"]);
      await world.heard(client, "pusher:subscription_error");
      world.note(...flags(channel));
    },
  },

  // ---- client events
  {
    name: "a client event reaches the others once and not its sender",
    play: async (world) => {
      const [one, two] = [await privately(world), await privately(world)];
      const channel = await world.subscribed(one, "private-room", "client-e");
      await world.subscribed(two, "private-room", "client-e");
      two.bind("client-e", world.record(two, "client-level"));
      world.note(channel.trigger("client-e", { at: new Date(0), gone: undefined }));
      await world.heard(two, "client-level");
      await world.fence(one, "private-room");
    },
  },
  {
    name: "a client event on a presence channel says whose it is",
    play: async (world) => {
      const [one, two] = [await member(world, "1"), await member(world, "2")];
      world.listen(two.client, two.channel, ["client-e"]);
      one.channel.trigger("client-e", { x: 1 });
      one.channel.trigger("client-e", "5");
      await world.heard(two.client, "client-e", 2);
    },
  },
  {
    name: "a client event of a user whose id is a number",
    play: async (world) => {
      const [one, two] = [await member(world, 1), await member(world, 2)];
      world.listen(two.client, two.channel, ["client-e"]);
      one.channel.trigger("client-e", {});
      await world.heard(two.client, "client-e");
    },
  },
  {
    name: "a client event on a public channel",
    play: async (world) => {
      const client = await world.connected();
      const channel = await world.subscribed(client, "room");
      client.bind("pusher:error", world.record(client, "client-level"));
      world.note(channel.trigger("client-e", {}));
      await world.heard(client, "client-level");
    },
  },
  {
    name: "client events with other names, and when not connected",
    play: async (world) => {
      const client = await privately(world);
      const channel = await world.subscribed(client, "private-room");
      world.noteError(() => channel.trigger("e", {}));
      client.disconnect();
      world.noteError(() => channel.trigger("e", {}));
      world.note(channel.trigger("client-e", {}), client.send_event("client-e", {}));
    },
  },
  {
    name: "a client event and a disconnect in one turn",
    play: async (world) => {
      const [one, two] = [await privately(world), await privately(world)];
      const channel = await world.subscribed(one, "private-room");
      await world.subscribed(two, "private-room", "client-e");
      world.note(channel.trigger("client-e", {}));
      one.disconnect();
      await world.fence(two, "private-room");
    },
  },

  {
    name: "a client event that no WebSocket message has room for",
    play: async (world) => {
      const [one, two] = [await privately(world), await privately(world)];
      const channel = await world.subscribed(one, "private-room");
      await world.subscribed(two, "private-room", "client-e");
      world.note(channel.trigger("client-e", "x".repeat(200_000)));
      await world.heard(one, `private-room ${SUCCEEDED}`, 2);
      channel.trigger("client-e", { short: true });
      await world.heard(two, "private-room client-e");
    },
  },

  // ---- encrypted channels
  ...([{ x: 1 }, "text", 0] as unknown[]).map((data): Scenario => ({
    name: `an encrypted event with ${JSON.stringify(data)}`,
    play: async (world) => {
      const client = await privately(world);
      const channel = await world.subscribed(client, "private-encrypted-room", "e");
      client.bind("e", (box: any) => world.note("client-level", Object.keys(box).sort()));
      world.noteError(() => channel.trigger("client-e", {}));
      await publish(world, client, "private-encrypted-room", data);
    },
  })),
  {
    name: "an encrypted channel without its key",
    play: async (world) => {
      const customHandler = ({ socketId, channelName }: any, callback: any) => {
        const { auth } = world.server.authorizeChannel(socketId, channelName);
        callback(null, { auth });
      };
      const client = await world.connected({ channelAuthorization: { customHandler } });
      client.connection.bind("connected", () => {});
      const channel = (client as any).channels.add("private-encrypted-room", client);
      world.listen(client, channel, ["pusher:subscription_error"]);
      client.subscribe("private-encrypted-room");
      await world.heard(client, "pusher:subscription_error");
    },
  },

  // ---- users and watchlists
  {
    name: "signing in",
    play: async (world) => {
      const client = await signedIn(world, "1");
      world.note(client.user.user_data, client.allChannels().length);
    },
  },
  {
    name: "signing in with an id that the service refuses",
    play: async (world) => {
      const client = await users(world, "e:2");
      client.signin();
      await world.heard(client, "disconnected");
    },
  },
  {
    name: "events for a user",
    play: async (world) => {
      const client = await signedIn(world, "1");
      world.listen(client, client.user, ["e"], "user");
      client.bind("e", world.record(client, "client"));
      await world.until(() => (client.user as any).serverToUserChannel?.subscribed);
      await world.server.sendToUser("1", "e", { x: 1 });
      await world.heard(client, "user e");
    },
  },
  {
    name: "signing in fails once",
    play: async (world) => {
      const customHandler = (_: unknown, callback: any) => callback(new Error("no"), null);
      const client = await world.connected({ userAuthentication: { customHandler } });
      world.listen(client, client.user, ["pusher:signin_error"], "user");
      client.signin();
      client.signin();
      await world.heard(client, "user pusher:signin_error");
      world.note(client.user.user_data);
    },
  },
  {
    name: "signing in again with a new connection",
    play: async (world) => {
      const client = await signedIn(world, "1");
      world.drop(client, { code: 4200 });
      await world.heard(client, "pusher:signin_success", 2);
      client.disconnect();
      world.note(client.user.user_data);
    },
  },
  {
    name: "a user's connections are terminated",
    play: async (world) => {
      const client = await signedIn(world, "1");
      await world.server.terminateUserConnections("1");
      await world.heard(client, "disconnected");
    },
  },
  {
    name: "a watched user comes and goes",
    play: async (world) => {
      const watcher = await users(world, "1", ["2"]);
      world.listen(watcher, watcher.user.watchlist, ["online", "offline"], "watchlist");
      watcher.signin();
      await world.until(() => Boolean(watcher.user.user_data));
      const watched = await signedIn(world, "2");
      await world.heard(watcher, "watchlist online");
      watched.disconnect();
      await world.heard(watcher, "watchlist offline", 2);
    },
  },

  // ---- cache channels and counts
  {
    name: "a cache channel that is empty",
    play: async (world) => {
      const client = await world.connected();
      client.bind("pusher:cache_miss", world.record(client, "client-level"));
      await world.subscribed(client, "cache-room", "pusher:cache_miss");
      await world.heard(client, "client-level");
    },
  },
  {
    name: "a cache channel that has an event",
    play: async (world) => {
      await world.server.trigger("cache-room", "e", { last: true });
      const client = await world.connected();
      await world.subscribed(client, "cache-room", "e", "pusher:cache_miss");
      await world.heard(client, "cache-room e");
    },
  },
  {
    name: "subscription counts",
    app: { subscriptionCount: true },
    play: async (world) => {
      const client = await world.connected();
      const channel = client.subscribe("room") as any;
      world.note("subscriptionCount" in channel);
      world.listen(client, channel, ["pusher:subscription_count"]);
      await world.heard(client, "pusher:subscription_count");
      world.note(channel.subscriptionCount);
    },
  },

  // ---- the connection
  ...closes.map((code): Scenario => ({
    name: `the service closes with ${code}`,
    play: async (world) => {
      const client = await world.connected();
      const channel = await world.subscribed(client, "room");
      world.drop(client, { code, reason: code === 1006 ? "" : "because" });
      if (staysAway(code)) await world.heard(client, "disconnected");
      else await world.heard(client, `room ${SUCCEEDED}`, 2);
      world.note(client.connection.state, ...flags(channel));
    },
  })),
  {
    name: "the dead second after a cut cable",
    play: async (world) => {
      const client = await world.connected();
      const channel = await world.subscribed(client, "room");
      world.drop(client, { code: 1006 });
      await world.heard(client, "connecting_in");
      world.note(client.connection.state, channel.subscribed, client.send_event("e", {}));
      await world.heard(client, `room ${SUCCEEDED}`, 2);
    },
  },
  {
    name: "disconnecting and connecting again",
    play: async (world) => {
      const client = await world.connected();
      await world.subscribed(client, "room");
      const socketId = client.connection.socket_id;
      client.disconnect();
      client.disconnect();
      world.note(client.connection.state, client.connection.socket_id === socketId);
      client.connect();
      await world.heard(client, `room ${SUCCEEDED}`, 2);
      world.note(client.connection.socket_id === socketId);
    },
  },
  {
    name: "a channel is pending in a callback for connected",
    play: async (world) => {
      const client = await world.connected();
      const channel = await world.subscribed(client, "room");
      client.connection.bind("connected", () => world.note(...flags(channel)));
      world.note("reconnecting");
      client.disconnect();
      client.connect();
      await world.heard(client, `room ${SUCCEEDED}`, 2);
    },
  },
  {
    name: "another key than the app's",
    play: async (world) => {
      const client = await world.connected();
      client.switchCluster({ appKey: "another", cluster: "eu" });
      await world.heard(client, "disconnected");
    },
  },
  {
    name: "frames that the service does not know",
    play: async (world) => {
      const client = await world.connected();
      client.bind_global(world.record(client, "client-level"));
      world.note(client.send_event("unheard-of", { x: 1 }), client.send_event("pusher:unheard-of", {}));
      await world.fence(client);
    },
  },
];
