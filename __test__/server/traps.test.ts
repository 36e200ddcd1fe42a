// What toy servers get wrong, seen through the server SDK against the broker, in `network` mode.
import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createMockPusher, type MockPusher } from "../../lib/mock/mock-pusher.js";
import { MockPusherServer } from "../../lib/server/server.js";
import { next } from "../support/next.js";

let world: MockPusher;
let server: MockPusherServer;

beforeEach(() => {
  world = createMockPusher({ delivery: "network", latency: 0, appId: 42, subscriptionCount: true });
  ({ server } = world);
});
afterEach(() => world.close());

const refusal = (sent: Promise<unknown>): Promise<any> =>
  sent.then(
    () => "accepted",
    ({ status, body }) => ({ status, body }),
  );
const answer = async (sent: Promise<any>) => (await sent).text();
const get = (path: string, params?: Record<string, unknown>) => server.get({ path, params: params as never });
/** A connected client and a channel it is subscribed to. */
async function subscriber(name: string, options: object = {}) {
  const client = world.client(options) as any;
  const channel = client.subscribe(name);
  await next(channel, "pusher:subscription_succeeded");
  const received: unknown[] = [];
  channel.bind("e", (data: unknown) => received.push(data));
  return { client, channel, received };
}

/** Everything published so far has arrived when this event has. */
async function settled(...channels: any[]): Promise<void> {
  const arrivals = channels.map((channel) => next(channel, "settled"));
  for (const channel of channels) void server.trigger(channel.name, "settled", {});
  await Promise.all(arrivals);
}

describe("the traps of the server API", () => {
  it("1. validation throws at once, HTTP errors reject", async () => {
    expect(() => server.trigger("abc$", "e", {})).toThrowError("Invalid channel name: 'abc$'");
    expect(() => server.sendToUser("", "e", {})).toThrowError("Invalid user id: ''");
    const sent = server.trigger("abc", "pusher:e", {});
    await expect(sent).rejects.toBeInstanceOf(MockPusherServer.RequestError);
  });

  it("2. new Pusher.forURL() works, and an app id that is no number becomes NaN", () => {
    expect(new MockPusherServer.forURL("http://k:s@api-eu.pusher.com/apps/my-app").config.appId).toBeNaN();
  });

  it("3. refusals have real codes and plain text ending in a newline, success is exactly {}", async () => {
    expect(await answer(server.trigger("a", "e", {}))).toBe("{}");
    expect(await refusal(server.post({ path: "/events", body: { channels: ["a"], data: "x" } }))).toStrictEqual({
      status: 400,
      body: "Expected name parameter to be a string\n",
    });
    expect(await refusal(get("/nowhere"))).toStrictEqual({ status: 404, body: "404 NOT FOUND\n" });
  });

  it("4. triggerBatch without info answers {}", async () => {
    const event = { channel: "a", name: "e", data: 1 };
    expect(await answer(server.triggerBatch([event]))).toBe("{}");
    expect(await answer(server.triggerBatch([event, { ...event, info: "subscription_count" }]))).toBe(
      '{"batch":[{},{"subscription_count":0}]}',
    );
  });

  it("5. an unknown channel is unoccupied, an empty presence channel has no users, both with 200", async () => {
    expect(await answer(get("/channels/nobody"))).toBe('{"occupied":false}');
    expect(await answer(get("/channels/presence-nobody/users"))).toBe('{"users":[]}');
  });

  it("6. /channels lists occupied channels only, without attributes unless asked", async () => {
    await subscriber("occupied");
    await server.trigger("published-only", "e", {});
    expect(await answer(get("/channels"))).toBe('{"channels":{"occupied":{}}}');
    expect(await answer(get("/channels", { filter_by_prefix: "x" }))).toBe('{"channels":{}}');
    expect(await refusal(get("/channels", { info: "user_count" }))).toStrictEqual({
      status: 400,
      body: "user_count may only be requested for presence channels - please supply filter_by_prefix begining with presence-\n",
    });
  });

  it("7. the signature covers all parameters, decoded and sorted", () => {
    const query = server.createSignedQueryString({ method: "get", path: "/x", params: { b: "ü", a: [1, 2] } });
    const [signed, signature] = query.split("&auth_signature=");
    expect(signed).toMatch(/^a=1,2&auth_key=[0-9a-f]+&auth_timestamp=\d+&auth_version=1\.0&b=ü$/);
    expect(signature).toBe(createHmac("sha256", world.app.secret).update(`GET\n/x\n${signed}`).digest("hex"));
  });

  it("8. channel_data and user_data are signed as the text that is answered", () => {
    const { auth, channel_data } = server.authorizeChannel("1.1", "presence-a", { user_id: "ü", user_info: {} });
    const signature = createHmac("sha256", world.app.secret).update(`1.1:presence-a:${channel_data}`).digest("hex");
    expect(auth).toBe(`${world.app.key}:${signature}`);
  });

  it("9. published data arrives as the text that was sent", async () => {
    const { channel, received } = await subscriber("a");
    const texts = ["plain", '{"a": 1}', "żółć 🎈", '"quoted"', "", "{broken"];
    for (const text of texts) await server.trigger("a", "e", text);
    await settled(channel);
    expect(received).toStrictEqual(["plain", { a: 1 }, "żółć 🎈", "quoted", "", "{broken"]);
  });

  it("12. socket_id excludes in every channel and in batches; ids nobody has are ignored", async () => {
    const own = await subscriber("a");
    const other = await subscriber("a");
    const more = own.client.subscribe("b");
    await next(more, "pusher:subscription_succeeded");
    more.bind("e", (data: unknown) => own.received.push(data));
    const { socket_id } = own.client.connection;
    await server.trigger("a", "e", 1, { socket_id });
    await server.trigger(["a", "b"], "e", 2, { socket_id });
    await server.triggerBatch([{ channel: "a", name: "e", data: 3, socket_id }]);
    await server.trigger("a", "e", 4, { socket_id: "9999999.1" });
    await server.trigger("a", "e", 5, { socket_id: "" });
    await settled(own.channel, other.channel, more);
    expect(own.received).toStrictEqual([4, 5]);
    expect(other.received).toStrictEqual([1, 2, 3, 4, 5]);
  });

  it("13. info of a channel that is named twice is keyed once", async () => {
    await subscriber("a");
    const sent = server.trigger(["a", "b", "a"], "e", {}, { info: "subscription_count" });
    expect(JSON.parse(await answer(sent))).toStrictEqual({
      channels: { a: { subscription_count: 1 }, b: { subscription_count: 0 } },
    });
  });

  it("14. a user with two connections comes once and goes once; who joins sees itself, and no announcement of it", async () => {
    const users = async (): Promise<number> =>
      JSON.parse(await answer(get("/channels/presence-a", { info: "user_count" }))).user_count;
    const heard: string[] = [];
    const ann = await subscriber("presence-a", { user: { id: "ann" } });
    ann.channel.bind_global((event: string, { id }: any) => {
      if (event.startsWith("pusher:member")) heard.push(`${event} ${id}`);
    });
    const phone = await subscriber("presence-a", { user: { id: "bob" } });
    const announced = vi.fn();
    phone.channel.bind("pusher:member_added", announced);
    const laptop = await subscriber("presence-a", { user: { id: "bob" } });
    expect([laptop.channel.members.count, await users()]).toStrictEqual([2, 2]);
    expect(laptop.channel.members.me).toStrictEqual({ id: "bob", info: null });
    phone.client.disconnect();
    await settled(ann.channel);
    expect([announced.mock.calls, heard]).toStrictEqual([[], ["pusher:member_added bob"]]);
    laptop.client.disconnect();
    await next(ann.channel, "pusher:member_removed");
    expect(heard).toStrictEqual(["pusher:member_added bob", "pusher:member_removed bob"]);
    expect(await users()).toBe(1);
  });

  it("15. /users answers ids as strings", async () => {
    await subscriber("presence-a", { user: { id: "7" } });
    expect(await answer(get("/channels/presence-a/users"))).toBe('{"users":[{"id":"7"}]}');
    expect(await refusal(get("/channels/a/users"))).toStrictEqual({
      status: 400,
      body: "Users can only be retrieved for presence channels\n",
    });
  });

  it("16. a client event names its sender on presence channels only, and nobody can name another", async () => {
    for (const [name, metadata] of [
      ["presence-a", { user_id: "ann" }],
      ["private-a", {}],
    ] as const) {
      const ann = await subscriber(name, { user: { id: "ann" } });
      const bob = await subscriber(name, { user: { id: "bob" } });
      const received = vi.fn();
      bob.channel.bind("client-e", received);
      const frame = { event: "client-e", channel: name, data: { n: 1 }, user_id: "forged" };
      ann.client.connection.send(JSON.stringify(frame));
      await next(bob.channel, "client-e");
      expect(received.mock.calls).toStrictEqual([[{ n: 1 }, metadata]]);
    }
  });

  it("17. client events are not echoed, not cached, need a subscription, and ten a second are enough", async () => {
    const own = await subscriber("private-cache-a");
    const other = await subscriber("private-cache-a");
    const received: number[] = [];
    for (const { channel } of [own, other]) channel.bind("client-e", ({ n }: any) => received.push(n));
    const stranger = world.client() as any;
    await next(stranger.connection, "connected");
    stranger.send_event("client-e", { n: -1 }, "private-cache-a");
    expect(await next(stranger.connection, "error")).toMatchObject({
      data: { message: "Cannot broadcast client event (connection not subscribed to channel private-cache-a)" },
    });
    for (let n = 0; n < 11; n += 1) own.channel.trigger("client-e", { n });
    expect(await next(own.client.connection, "error")).toMatchObject({ data: { code: 4301 } });
    await settled(own.channel, other.channel);
    expect([received, own.client.connection.state]).toStrictEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], "connected"]);
    // What was sent last is the server's, not the clients'.
    const late = world.client().subscribe("private-cache-a");
    const cached = vi.fn();
    late.bind("client-e", cached);
    await next(late, "settled");
    expect(cached).not.toHaveBeenCalled();
  });

  it("18. a cache channel hands its last event to who comes, after success, also when everybody had left", async () => {
    const first = world.client().subscribe("cache-a");
    await next(first, "pusher:cache_miss");
    void server.trigger("cache-a", "e", { n: 1 });
    await next(first, "e");
    (first.pusher as any).disconnect();
    await vi.waitUntil(() => world.state.getSubscriberCount("cache-a") === 0);
    expect(JSON.parse(await answer(get("/channels/cache-a", { info: "cache" })))).toStrictEqual({
      occupied: false,
      cache: { data: '{"n":1}', ttl: 1800 },
    });
    const heard: string[] = [];
    const late = world.client().subscribe("cache-a");
    late.bind_global((event: string) => heard.push(event));
    await next(late, "e");
    expect(heard).toStrictEqual(["pusher:subscription_succeeded", "e"]);
    // The prefix counts, not the word.
    await server.trigger("a-cache-a", "e", { n: 1 });
    const { received, channel } = await subscriber("a-cache-a");
    await settled(channel);
    expect(received).toStrictEqual([]);
  });

  it("19. a user's channel can be published to by sendToUser but not authorized", async () => {
    expect(await answer(server.sendToUser("u1", "e", {}))).toBe("{}");
    expect(() => server.authorizeChannel("1.1", "#server-to-user-u1")).toThrowError("Invalid channel name");
    expect(() => server.trigger("#server-to-user-u1", "e", {})).toThrowError("Invalid channel name");
  });

  it("20. terminating an unknown user is no error, and presence members stay", async () => {
    const { client } = await subscriber("presence-a", { user: { id: "u1" } });
    expect(await answer(server.terminateUserConnections("u2"))).toBe("{}");
    expect(await answer(server.terminateUserConnections("u1"))).toBe("{}");
    expect(await answer(get("/channels/presence-a/users"))).toBe('{"users":[{"id":"u1"}]}');
    expect(client.connection.state).toBe("connected");
  });

  it("24. a webhook's content type must be exactly application/json", () => {
    const rawBody = '{"time_ms":1,"events":[]}';
    const signature = createHmac("sha256", world.app.secret).update(rawBody).digest("hex");
    const valid = (type: string) =>
      server
        .webhook({
          headers: { "x-pusher-key": world.app.key, "x-pusher-signature": signature, "content-type": type },
          rawBody,
        })
        .isValid();
    expect([valid("application/json"), valid("application/json; charset=utf-8")]).toStrictEqual([true, false]);
  });

  it("26. event names that begin with pusher are refused", async () => {
    for (const name of ["pusher:e", "pusher-notification", "pusher"]) {
      expect(await refusal(server.trigger("a", name, {}))).toStrictEqual({
        status: 400,
        body: "The 'pusher' namespace is reserved for internal usage\n",
      });
    }
    expect(world.state.getChannelMessages("a")).toStrictEqual([]);
  });

  it("27. the limit of 10 KB is on the data's bytes, with 413", async () => {
    expect(await answer(server.trigger("a", "e", "x".repeat(10_240)))).toBe("{}");
    expect(await answer(server.trigger("a", "e", "ü".repeat(5120)))).toBe("{}");
    const tooLarge = { status: 413, body: expect.stringContaining("exceeds the allowed maximum (10240 bytes)") };
    expect(await refusal(server.trigger("a", "e", "x".repeat(10_241)))).toStrictEqual(tooLarge);
    expect(await refusal(server.trigger("a", "e", "ü".repeat(5121)))).toStrictEqual(tooLarge);
    expect(await refusal(server.trigger(["a", "b"], "e", "x".repeat(10_241)))).toStrictEqual(tooLarge);
    // Shorter than the limit before it is encrypted, longer after.
    expect(await refusal(server.trigger("private-encrypted-a", "e", "x".repeat(8000)))).toStrictEqual(tooLarge);
  });

  it("28. subscribing twice and leaving what one is not on are errors that change nothing", async () => {
    const { client, channel, received } = await subscriber("a");
    const error = () => next(client.connection, "error");
    client.send_event("pusher:subscribe", { channel: "a", auth: "" });
    expect(await error()).toMatchObject({ data: { code: null, message: "Existing subscription to channel a" } });
    client.send_event("pusher:unsubscribe", { channel: "b" });
    expect(await error()).toMatchObject({ data: { code: null, message: expect.stringContaining("channel b") } });
    await server.trigger("a", "e", 1);
    await settled(channel);
    expect([received, world.state.getSubscriberCount("a")]).toStrictEqual([[1], 1]);
  });

  it("30. encrypted channels are relayed as ciphertext, and data given to sign is signed", async () => {
    await server.trigger("private-encrypted-a", "e", { secret: true });
    const [message] = world.state.getChannelMessages("private-encrypted-a");
    expect(Object.keys(message.data)).toStrictEqual(["nonce", "ciphertext"]);
    const { auth, channel_data } = server.authorizeChannel("1.1", "private-encrypted-a", { user_id: "1" });
    const signed = createHmac("sha256", world.app.secret).update(`1.1:private-encrypted-a:${channel_data}`);
    expect(auth).toBe(`${world.app.key}:${signed.digest("hex")}`);
  });
});
