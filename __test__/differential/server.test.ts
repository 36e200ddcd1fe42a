import Pusher from "pusher";
import { type MockPusher, MockPusherServer, createMockPusher } from "pushrig";
import { describe, expect, it } from "vitest";
import { observe } from "../support/outcome.js";

/** Which server makes a call, and over what. */
type Cast = "npm pusher at the gateway" | "the mock at the gateway" | "the mock in process";

const credentials = { appId: "417", key: "the-key", secret: "the-secret" };
const encryptionMasterKeyBase64 = Buffer.alloc(32, 7).toString("base64");

interface Case {
  name: string;
  call: (server: any, socketId: string) => unknown;
  /** Other options of the server than the app's. */
  options?: object;
  /** Options of the app. */
  app?: object;
  /** In process any key finds the default app. */
  overHttpOnly?: true;
}

const trigger = (server: any) => server.trigger("room", "e", { a: 1 });
const get = (path: string, params?: object) => (server: any) => server.get({ path, params });
const post = (path: string, body: unknown) => (server: any) => server.post({ path, body });
const event = (more: object) => post("/events", { name: "e", data: "{}", ...more });

const cases: Case[] = [
  // ---- publishing
  { name: "an event", call: trigger },
  { name: "an event without text", call: (server) => server.trigger("room", "e", undefined) },
  { name: "a string", call: (server) => server.trigger("room", "e", "text") },
  { name: "an event to several channels", call: (server) => server.trigger(["room", "presence-room"], "e", [1]) },
  { name: "an event to the same channel twice", call: (server) => server.trigger(["room", "room"], "e", 1) },
  { name: "an event to nobody", call: (server) => server.trigger("empty", "e", 1) },
  {
    name: "an event that leaves a socket out",
    call: (server, socketId) => server.trigger("room", "e", 1, { socket_id: socketId }),
  },
  {
    name: "an event that leaves a stranger out",
    call: (server) => server.trigger("room", "e", 1, { socket_id: "1.2" }),
  },
  {
    name: "an event whose answer tells how many there are",
    call: (server) => server.trigger(["room", "presence-room"], "e", 1, { info: "user_count,subscription_count" }),
    app: { subscriptionCount: true },
  },
  {
    name: "asking for counts that are not enabled",
    call: (server) => server.trigger("room", "e", 1, { info: "subscription_count" }),
  },
  { name: "asking for what does not exist", call: (server) => server.trigger("room", "e", 1, { info: "weather" }) },
  { name: "data at the limit", call: (server) => server.trigger("room", "e", "x".repeat(10_240)) },
  { name: "data over the limit", call: (server) => server.trigger("room", "e", "x".repeat(10_241)) },
  { name: "data over the limit in bytes only", call: (server) => server.trigger("room", "e", "ü".repeat(5121)) },
  { name: "a reserved event name", call: (server) => server.trigger("room", "pusher:e", 1) },
  { name: "an event name of 200 characters", call: (server) => server.trigger("room", "e".repeat(200), 1) },
  { name: "an event name of 201 characters", call: (server) => server.trigger("room", "e".repeat(201), 1) },
  { name: "a channel name that is none", call: (server) => server.trigger("no room", "e", 1) },
  { name: "a channel name that only the SDK accepts", call: (server) => server.trigger("c".repeat(165), "e", 1) },
  { name: "a hundred channels", call: (server) => server.trigger(numbered(100), "e", 1) },
  { name: "a hundred and one channels", call: (server) => server.trigger(numbered(101), "e", 1) },
  { name: "no channel", call: (server) => server.trigger([], "e", 1) },
  { name: "a private channel", call: (server) => server.trigger("private-room", "e", 1) },
  { name: "a cache channel", call: (server) => server.trigger("cache-room", "e", 1) },
  { name: "two encrypted channels", call: (server) => server.trigger(["private-encrypted-a", "b"], "e", 1) },
  { name: "an encrypted channel without a key", call: (server) => server.trigger("private-encrypted-a", "e", 1) },
  {
    name: "an encrypted channel",
    options: { encryptionMasterKeyBase64 },
    call: (server) => server.trigger("private-encrypted-a", "e", 1),
  },

  // ---- batches
  { name: "a batch", call: (server) => server.triggerBatch([entry("room", 1), entry("room", 2), entry("empty", 3)]) },
  {
    name: "a batch that asks for counts",
    call: (server) => server.triggerBatch([{ ...entry("presence-room", 1), info: "user_count" }, entry("room", 2)]),
  },
  { name: "an empty batch", call: (server) => server.triggerBatch([]) },
  { name: "a batch of 11", call: (server) => server.triggerBatch(numbered(11).map((name) => entry(name, 1))) },
  {
    name: "a batch with one event too large",
    call: (server) => server.triggerBatch([entry("room", 1), entry("room", "x".repeat(10_241))]),
  },
  {
    name: "a batch with a reserved name",
    call: (server) => server.triggerBatch([entry("room", 1), { ...entry("room", 2), name: "pusher:e" }]),
  },
  { name: "a batch of what is no event", call: post("/batch_events", { batch: [{ channels: ["room"] }] }) },

  // ---- users
  { name: "an event to a user", call: (server) => server.sendToUser("ann", "e", { a: 1 }) },
  { name: "an event to a user who is not there", call: (server) => server.sendToUser("zoe", "e", { a: 1 }) },
  { name: "an event to nobody's user id", call: (server) => server.sendToUser("", "e", { a: 1 }) },
  { name: "ending a user's connections", call: (server) => server.terminateUserConnections("ann") },
  { name: "ending nobody's connections", call: (server) => server.terminateUserConnections("zoe") },

  // ---- questions
  { name: "the channels", call: get("/channels") },
  { name: "the channels with a prefix", call: get("/channels", { filter_by_prefix: "presence-" }) },
  {
    name: "the channels with their users",
    call: get("/channels", { filter_by_prefix: "presence-", info: "user_count" }),
  },
  { name: "users of channels that have none", call: get("/channels", { info: "user_count" }) },
  { name: "an occupied channel", call: get("/channels/room") },
  { name: "an empty channel", call: get("/channels/empty") },
  { name: "a presence channel", call: get("/channels/presence-room", { info: "user_count" }) },
  { name: "users of a channel that has none", call: get("/channels/room", { info: "user_count" }) },
  { name: "counts that are not enabled", call: get("/channels/room", { info: "subscription_count" }) },
  {
    name: "counts that are enabled",
    call: get("/channels/room", { info: "subscription_count" }),
    app: { subscriptionCount: true },
  },
  { name: "the members", call: get("/channels/presence-room/users") },
  { name: "the members of an empty channel", call: get("/channels/presence-empty/users") },
  { name: "the members of a channel that has none", call: get("/channels/room/users") },
  { name: "the members with extras", call: get("/channels/presence-room/users", { info: "x" }) },
  { name: "a path that is none", call: get("/weather") },

  // ---- bodies that the SDK would not send
  { name: "an event without name", call: post("/events", { data: "{}", channel: "room" }) },
  { name: "an event with a number for a name", call: event({ name: 1, channel: "room" }) },
  { name: "an event without data", call: post("/events", { name: "e", channel: "room" }) },
  { name: "an event without channel", call: event({}) },
  { name: "an event with channel and channels", call: event({ channel: "room", channels: ["presence-room"] }) },
  { name: "a socket id that is none", call: event({ channel: "room", socket_id: "abc" }) },
  { name: "no socket id", call: event({ channel: "room", socket_id: null }) },
  { name: "a body that is no object", call: post("/events", [1]) },

  // ---- credentials
  { name: "a wrong secret", options: { secret: "wrong" }, call: trigger },
  { name: "a wrong secret for a question", options: { secret: "wrong" }, call: get("/channels") },
  { name: "another app's id", options: { appId: "999" }, call: trigger },
  { name: "an unknown key", options: { key: "stranger" }, call: trigger, overHttpOnly: true },
];

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, number) => `channel-${number}`);
}

function entry(channel: string, data: unknown): { channel: string; name: string; data: unknown } {
  return { channel, name: "e", data };
}

/** An app with people in it: what they hear goes into `heard`. */
async function populate(rig: MockPusher): Promise<{ heard: string[]; socketId: string }> {
  const heard: string[] = [];
  const clients = ["ann", "bob"].map((id) => rig.client({ user: { id, info: { name: id } } }));
  for (const [number, client] of clients.entries()) {
    const note = (what: string) => (data: unknown) => heard.push(`${number} ${what} ${JSON.stringify(data)}`);
    for (const name of ["room", "presence-room", "private-room"]) {
      client.subscribe(name).bind("e", note(name));
    }
    client.signin();
    client.user.bind("e", note("user"));
    client.connection.bind("disconnected", () => note("is cut")(null));
  }
  await expect.poll(() => clients.every(({ user }) => user.user_data !== null)).toBe(true);
  await expect.poll(() => rig.state.getSubscriberCount("#server-to-user-bob")).toBe(1);
  return { heard, socketId: clients[0].connection.socket_id };
}

/** What comes from the gateway's thread comes in order: when this is there, so is everything before. */
async function fence(rig: MockPusher, sdk: Pusher): Promise<void> {
  const client = rig.client();
  const reached = new Promise((resolve) => client.subscribe("fence").bind("reached", resolve));
  await sdk.trigger("fence", "reached", {});
  await reached;
}

async function play({ call, options, app }: Case, cast: Cast): Promise<unknown> {
  const rig = createMockPusher({ ...credentials, ...app });
  const gateway = await rig.listen({ port: 0 });
  try {
    const { heard, socketId } = await populate(rig);
    const elsewhere = { host: "127.0.0.1", port: String(gateway.port), useTLS: false };
    const own = { ...credentials, ...options };
    const server =
      cast === "the mock in process"
        ? new MockPusherServer(own)
        : new (cast === "the mock at the gateway" ? MockPusherServer : Pusher)({ ...own, ...elsewhere });
    const outcome = await observe(() => call(server, socketId));
    await fence(rig, new Pusher({ ...credentials, ...elsewhere }));
    return { outcome: comparable(outcome), heard: [...heard], messages: rig.state.getChannelMessages("room").length };
  } finally {
    await gateway.close({ code: 4001 });
    rig.close();
  }
}

/** Without what differs from run to run: where the server is, when it was asked, and what it signed. */
function comparable(outcome: unknown): unknown {
  const text = JSON.stringify(outcome)
    .replace(/https?:\/\/[^/"]+/g, "")
    .replace(/(auth_timestamp=)\d+/g, "$1…")
    .replace(/(auth_signature=|body_md5=|but you sent \\+")[0-9a-f]+/g, "$1…");
  return JSON.parse(text);
}

describe.each(cases)("$name", (one) => {
  it.each(
    one.overHttpOnly
      ? (["the mock at the gateway"] as const)
      : (["the mock at the gateway", "the mock in process"] as const),
  )("has the same outcome through npm pusher and through %s", async (cast) => {
    expect(await play(one, cast)).toStrictEqual(await play(one, "npm pusher at the gateway"));
  });
});
