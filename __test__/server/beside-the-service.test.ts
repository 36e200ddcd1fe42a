// What the service makes of a call: npm `pusher` over HTTP against the gateway, and the mock's server, in process and over HTTP,
// against one app.
import Pusher from "pusher";
import { createMockPusher, type Gateway, type MockPusher, MockPusherServer } from "pushrig";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { observe } from "../support/outcome.js";
import { next } from "../support/next.js";

const CREDENTIALS = {
  appId: "3",
  key: "beside-the-service",
  secret: "the-secret",
  encryptionMasterKeyBase64: Buffer.alloc(32, 7).toString("base64"),
};

let world: MockPusher;
let gateway: Gateway;

beforeAll(async () => {
  world = createMockPusher({ ...CREDENTIALS, subscriptionCount: true });
  gateway = await world.listen({ port: 0 });
});
afterAll(async () => {
  await gateway.close();
  world.close();
});

type Call = (server: any, socketId: string) => unknown;

const long = (letter: string, length: number) => letter.repeat(length);
const one = { channel: "a", name: "e", data: { n: 1 } };
const get =
  (path: string, params?: object): Call =>
  (s) =>
    s.get({ path, params });
const post =
  (path: string, body: unknown): Call =>
  (s) =>
    s.post({ path, body });

const calls: Array<[name: string, call: Call, options?: object]> = [
  ["an event", (s) => s.trigger("a", "e", { n: 1 })],
  ["text as data", (s) => s.trigger("a", "e", "{ not json")],
  ["null as data", (s) => s.trigger("a", "e", null)],
  ["an event to three channels, one of them twice", (s) => s.trigger(["a", "b", "a"], "e", 1)],
  ["an event without its sender", (s, socket_id) => s.trigger("a", "e", 1, { socket_id })],
  ["an event without a stranger", (s) => s.trigger("a", "e", 1, { socket_id: "1.2" })],
  ["an event to a private and to a cache channel", (s) => s.trigger(["private-a", "cache-a"], "e", 1)],
  ["an event with a count of subscriptions", (s) => s.trigger(["a", "b"], "e", 1, { info: "subscription_count" })],
  ["an event with a count of users", (s) => s.trigger("presence-a", "e", 1, { info: "user_count" })],
  ["a count of users where there are none", (s) => s.trigger("a", "e", 1, { info: "user_count" })],
  ["info that does not exist", (s) => s.trigger("a", "e", 1, { info: "weather" })],
  ["parameters that overwrite the event", (s) => s.trigger("a", "e", 1, { name: "other" })],
  ["a socket id as a string, as before version 5", (s, socketId) => s.trigger("a", "e", 1, socketId)],
  ["undefined as data", (s) => s.trigger("a", "e", undefined)],
  ["an empty event name", (s) => s.trigger("a", "", 1)],
  ["an event name of 200 characters", (s) => s.trigger("a", long("e", 200), 1)],
  ["a reserved event name", (s) => s.trigger("a", "pusher:e", 1)],
  ["no channel", (s) => s.trigger([], "e", 1)],
  ["a channel of 165 characters", (s) => s.trigger(long("c", 165), "e", 1)],
  [
    "a hundred channels",
    (s) =>
      s.trigger(
        Array.from({ length: 100 }, (_, i) => `c${i}`),
        "e",
        1,
      ),
  ],
  ["10 KB of data", (s) => s.trigger("a", "e", long("x", 10_240))],
  ["a byte more than 10 KB", (s) => s.trigger("a", "e", long("x", 10_241))],
  ["more than 10 KB in bytes only", (s) => s.trigger("a", "e", long("ü", 5121))],
  ["an encrypted event", (s) => s.trigger("private-encrypted-a", "e", { n: 1 })],
  ["a batch", (s) => s.triggerBatch([{ ...one }, { ...one, channel: "b", data: "text" }])],
  [
    "a batch without its sender",
    (s, socket_id) =>
      s.triggerBatch([
        { ...one, socket_id },
        { ...one, data: 2 },
      ]),
  ],
  ["a batch with info", (s) => s.triggerBatch([{ ...one, info: "subscription_count" }, { ...one }])],
  ["an empty batch", (s) => s.triggerBatch([])],
  ["a batch of eleven", (s) => s.triggerBatch(Array.from({ length: 11 }, () => ({ ...one })))],
  ["a batch with an illegal channel", (s) => s.triggerBatch([{ ...one }, { ...one, channel: "ä" }])],
  ["a batch with a reserved event name", (s) => s.triggerBatch([{ ...one }, { ...one, name: "pusher:e" }])],
  ["a batch with an event too large", (s) => s.triggerBatch([{ ...one }, { ...one, data: long("x", 10_241) }])],
  ["a batch of what is no event", post("/batch_events", { batch: [{ channels: ["a"] }] })],
  ["an event for a user", (s) => s.sendToUser("ann", "e", { n: 1 })],
  ["an event for nobody", (s) => s.sendToUser("nobody", "e", { n: 1 })],
  ["the end of a user's connections", (s) => s.terminateUserConnections("ann")],
  ["the end of nobody's connections", (s) => s.terminateUserConnections("nobody")],
  ["/channels", get("/channels")],
  ["/channels with a prefix", get("/channels", { filter_by_prefix: "presence-", info: "user_count" })],
  ["/channels with users of all channels", get("/channels", { info: "user_count" })],
  ["/channels with info that does not exist", get("/channels", { info: "weather" })],
  ["a channel", get("/channels/a", { info: "subscription_count" })],
  ["a presence channel", get("/channels/presence-a", { info: "user_count,subscription_count" })],
  ["a channel that nobody is on", get("/channels/nobody")],
  ["a channel whose name is illegal", get("/channels/a$b")],
  ["users of a presence channel", get("/channels/presence-a/users")],
  ["users of a channel that has none", get("/channels/a/users")],
  ["users of a channel that nobody is on", get("/channels/presence-nobody/users")],
  ["users with parameters that do not exist", get("/channels/presence-a/users", { info: "x" })],
  ["a path that leads nowhere", get("/nowhere")],
  ["a GET where a POST belongs", get("/events")],
  ["a POST where a GET belongs", post("/channels", {})],
  ["no body", post("/events", undefined)],
  ["a body that is no object", post("/events", [1])],
  ["a body without a name", post("/events", { channels: ["a"], data: "x" })],
  ["a body without data", post("/events", { name: "e", channels: ["a"] })],
  ["a body without channels", post("/events", { name: "e", data: "x" })],
  ["a body with a name that is no string", post("/events", { name: 1, channel: "a", data: "x" })],
  ["a body with channel and channels", post("/events", { name: "e", channel: "a", channels: ["b"], data: "x" })],
  ["a body with a socket id that is none", post("/events", { name: "e", channel: "a", data: "x", socket_id: "abc" })],
  ["a body with null for a socket id", post("/events", { name: "e", channel: "a", data: "x", socket_id: null })],
  ["a body with data that is no string", post("/events", { name: "e", channel: "a", data: { n: 1 } })],
  ["a wrong secret", (s) => s.trigger("a", "e", 1), { secret: "another" }],
  ["a wrong secret for a question", get("/channels"), { secret: "another" }],
  ["another app's id", (s) => s.trigger("a", "e", 1), { appId: "4" }],
];

/** Signatures and times differ from call to call, ciphertext too, and socket ids from client to client. */
function withoutWhatDiffers(value: unknown, socketId: string): unknown {
  const shorten = (key: string, part: unknown): unknown => {
    if (typeof part !== "string") return part;
    if (key === "nonce" || key === "ciphertext") return "…";
    return part
      .replace(/https?:\/\/[^/]+/g, "")
      .replace(/(auth_timestamp|body_md5|auth_signature)=\w+/g, "$1=…")
      .replace(/but you sent "\w+"/, "but you sent …")
      .replaceAll(socketId, "<socket>");
  };
  return JSON.parse(JSON.stringify(value, shorten));
}

/** Makes the call while somebody is subscribed: what it ended in, and what has been delivered. */
async function effect(server: object, call: Call): Promise<unknown> {
  const client = world.client({ user: { id: "ann" } });
  const received: unknown[] = [];
  client.bind_global((event: string, data: unknown) => event.startsWith("pusher") || received.push([event, data]));
  client.signin();
  const channels = ["a", "presence-a", "private-encrypted-a"].map((name) => client.subscribe(name));
  await Promise.all(channels.map((channel) => next(channel, "pusher:subscription_succeeded")));
  await vi.waitUntil(() => world.state.getSubscriberCount("#server-to-user-ann") === 1);
  const { socket_id } = client.connection;
  const outcome = await observe(() => call(server, socket_id));
  // Delivered on this thread, behind all that the gateway has published; the client itself may have been cut.
  const last = world.client().subscribe("settled");
  await new Promise<void>((resolve) => {
    last.bind("settled", () => resolve());
    void world.server.trigger("settled", "settled", {});
  });
  const { state } = client.connection;
  const kept = ["a", "b", "presence-a"].map((name) =>
    world.state.getChannelMessages(name).map(({ event, data }) => [event, data]),
  );
  client.disconnect();
  world.reset();
  return withoutWhatDiffers({ outcome, received, state, kept }, socket_id);
}

const atTheGateway = () => ({ host: "127.0.0.1", port: String(gateway.port) });

it.each(calls)("%s", async (_, call, options = {}) => {
  const own = { ...CREDENTIALS, ...options };
  const expected = await effect(new Pusher({ ...own, ...atTheGateway() }), call);
  expect(await effect(new MockPusherServer(own), call)).toEqual(expected);
  expect(await effect(new MockPusherServer({ ...own, ...atTheGateway() }), call)).toEqual(expected);
});

it("a key that the gateway does not know", async () => {
  const own = { ...CREDENTIALS, key: "stranger", ...atTheGateway() };
  const expected = await effect(new Pusher(own), (s) => s.trigger("a", "e", 1));
  expect(await effect(new MockPusherServer(own), (s) => s.trigger("a", "e", 1))).toEqual(expected);
});
