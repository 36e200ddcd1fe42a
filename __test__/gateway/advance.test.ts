import { createMockPusher, type Gateway, type MockPusher } from "pushrig";
import RealPusher from "pusher-js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WireClient } from "../support/wire-client.js";

/** Time at a gateway, moved by a test. */

let world: MockPusher;
let gateway: Gateway;
const sockets: WireClient[] = [];

beforeEach(async () => {
  world = createMockPusher();
  gateway = await world.listen({ port: 0 });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  await gateway.close();
  world.close();
  vi.useRealTimers();
});

const NOT_MOVED = "Timers of pages and of Node are not moved: page.clock, vi.advanceTimersByTime.";

async function connect(): Promise<WireClient> {
  const socket = await WireClient.connect(gateway.port, world.app.key);
  sockets.push(socket);
  return socket;
}

it("says that nothing was due", async () => {
  const did = await gateway.advance("90s");
  expect([did.passed, `${did}`]).toEqual([90_000, `advance("90s") did nothing: nothing was due. ${NOT_MOVED}`]);
});

describe("a socket that does not answer", () => {
  it("is asked for a sign of life after 120 seconds and cut with 4201 after 30 more", async () => {
    const mute = await connect();
    const pinged = await gateway.advance("2m");
    expect([pinged.text, pinged.cut]).toEqual([`advance("2m") did: ping to 1 socket. ${NOT_MOVED}`, []]);
    const cut = await gateway.advance(30_000);
    expect(cut.text).toBe(`advance(30000) did: cut ${mute.socketId} with 4201 (no pong). ${NOT_MOVED}`);
    expect((await mute.frame("pusher:error")).data).toMatchObject({ code: 4201 });
  });

  it("is gone for the others, and webhooks tell so, held back and sent again", async () => {
    const statuses = [500];
    const told: string[] = [];
    world.onWebhook(async (request) => {
      for (const { name, user_id: user = "" } of (await request.json()).events) told.push(`${name} ${user}`.trim());
      return new Response(null, { status: statuses.shift() ?? 200 });
    });
    const ann = await connect();
    const data = JSON.stringify({ user_id: "ann" });
    const { auth } = world.server.authorizeChannel(ann.socketId, "presence-a", { user_id: "ann" });
    ann.send("pusher:subscribe", { channel: "presence-a", auth, channel_data: data });
    await vi.waitFor(() => expect(told).toContain("member_added ann"));
    const did = await gateway.advance("3m");
    expect(did.cut).toEqual([{ socketId: ann.socketId, code: 4201 }]);
    expect(told.filter((event) => event === "channel_occupied")).toHaveLength(2);
    expect(told.slice(-2)).toEqual(["member_removed ann", "channel_vacated"]);
    expect(did.webhooks.every(({ state }) => state === "delivered")).toBe(true);
  });
});

it("pusher-js answers in time, however much time is skipped, and stays", async () => {
  const client = new RealPusher(world.app.key, {
    wsHost: "127.0.0.1",
    wsPort: gateway.port,
    forceTLS: false,
    cluster: "",
    enabledTransports: ["ws"],
  });
  try {
    const channel = client.subscribe("task-1");
    await vi.waitFor(() => expect(channel.subscribed).toBe(true));
    const states = vi.fn();
    client.connection.bind("state_change", states);
    const did = await gateway.advance("1h");
    expect([did.pinged.length, did.cut, states.mock.calls]).toEqual([30, [], []]);
    expect(did.text).toBe(`advance("1h") did: ping to 1 socket. ${NOT_MOVED}`);
  } finally {
    client.disconnect();
  }
});

it("a silent client is cut while others answer, and comes back when it is heard again", async () => {
  const options = {
    wsHost: "127.0.0.1",
    wsPort: gateway.port,
    forceTLS: false,
    cluster: "",
    enabledTransports: ["ws"],
  };
  const [one, two] = [new RealPusher(world.app.key, options as never), new RealPusher(world.app.key, options as never)];
  try {
    const channels = [one, two].map((client) => client.subscribe("task-1"));
    await vi.waitFor(() => expect(channels.map(({ subscribed }) => subscribed)).toEqual([true, true]));
    const { socket_id: socketId } = one.connection;
    const silence = world.network.silence(socketId);
    const did = await gateway.advance("5m");
    expect(did.cut).toEqual([{ socketId, code: 4201 }]);
    expect([one.connection.state, world.state.getSubscriberCount("task-1")]).toEqual(["connected", 1]);
    silence.restore();
    await vi.waitFor(() => expect(world.state.getSubscriberCount("task-1")).toBe(2), 5_000);
    expect(one.connection.socket_id).not.toBe(socketId);
  } finally {
    for (const client of [one, two]) client.disconnect();
  }
});

it("cache channels forget their event after half an hour", async () => {
  await world.server.trigger("cache-a", "e", 1);
  await gateway.advance("29m");
  const early = await connect();
  early.send("pusher:subscribe", { channel: "cache-a" });
  await early.frame("pusher_internal:subscription_succeeded");
  expect((await early.frame("e")).data).toBe(1);
  early.close();
  const did = await gateway.advance("1m");
  expect([did.expired, did.text]).toEqual([["cache-a"], expect.stringContaining('forgot the event of "cache-a"')]);
  const late = await connect();
  late.send("pusher:subscribe", { channel: "cache-a" });
  await late.frame("pusher_internal:subscription_succeeded");
  await late.frame("pusher:cache_miss");
});

it("subscribers of a large channel are told how many they are", async () => {
  const crowd = createMockPusher({ subscriptionCount: true });
  const own = await crowd.listen({ port: 0 });
  try {
    for (let i = 0; i < 150; i++) crowd.state.subscribe(`connection-${i}`, "task-1");
    const did = await own.advance("10s");
    expect([did.counts, did.text]).toEqual([1, expect.stringContaining("did: 1 subscription_count.")]);
  } finally {
    await own.close();
    crowd.close();
  }
});

it("who is not authorized in time is cut with 4009", async () => {
  const strict = createMockPusher({ authorizedConnections: true });
  const own = await strict.listen({ port: 0 });
  try {
    const socket = await WireClient.connect(own.port, strict.app.key);
    const did = await own.advance("30s");
    expect(did.cut).toEqual([{ socketId: socket.socketId, code: 4009 }]);
    socket.close();
  } finally {
    await own.close();
    strict.close();
  }
});

it("mock clients of the app have its time as well: held webhooks are sent", async () => {
  const handler = vi.fn(async () => new Response());
  world.onWebhook(handler);
  const client = world.client();
  client.subscribe("task-1");
  await vi.waitFor(() => expect(handler).toHaveBeenCalledTimes(1));
  client.unsubscribe("task-1");
  const did = await gateway.advance("3s");
  expect(did.webhooks.map(({ events }) => events[0].name)).toEqual(["channel_vacated"]);
  expect(did.text).toBe(`advance("3s") did: sent 1 webhook. ${NOT_MOVED}`);
});

it("a webhook that fails is sent again until five minutes are over", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  world.onWebhook(async () => new Response());
  world.network.failWebhooks({ status: 503 });
  world.client().subscribe("task-1");
  const did = await gateway.advance("5m");
  expect(did.webhooks.map(({ state, attempts }) => [state, attempts])).toEqual([["failed", 9]]);
  vi.restoreAllMocks();
});

it("a receiver that a test keeps from answering is given up after half a minute, and asked again, without real time", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const handler = vi.fn(async () => new Response());
  world.onWebhook(handler);
  world.network.failWebhooks({ error: "timeout", times: 1 });
  vi.useFakeTimers();
  world.client().subscribe("task-1");
  const early = await gateway.advance("29s");
  expect([early.webhooks.length, handler.mock.calls.length]).toEqual([0, 0]);
  const did = await gateway.advance("2s");
  expect(did.webhooks.map(({ state, attempts }) => [state, attempts])).toEqual([["delivered", 2]]);
  vi.restoreAllMocks();
});

it("says which simulations are over", async () => {
  await connect();
  for (const preset of ["laptop-lid", "subway"] as const) world.network.simulate(preset);
  const did = await gateway.advance("1m");
  expect([did.simulated, did.text]).toEqual([["subway"], `advance("1m") did: ended simulate("subway"). ${NOT_MOVED}`]);
});

it("fake timers and advance() move two different clocks of one test", async () => {
  const socket = await connect();
  await socket.subscribe("task-1");
  vi.useFakeTimers();
  const client = world.client();
  const { socket_id: before } = client.connection;
  // The gateway's socket is asked and cut; the client of this process waits for its own timers.
  world.network.drop(client);
  const did = await gateway.advance("150s");
  expect(did.cut).toEqual([{ socketId: socket.socketId, code: 4201 }]);
  expect(client.connection.socket_id).toBe(before);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(client.connection.state).toBe("connected");
  expect(client.connection.socket_id).not.toBe(before);
});

it("signatures are compared with the wall clock: the SDK goes on", async () => {
  await gateway.advance("1h");
  const { id: appId, key, secret } = world.app;
  const { default: Pusher } = await import("pusher");
  const sdk = new Pusher({ appId, key, secret, host: "127.0.0.1", port: String(gateway.port), useTLS: false });
  expect((await sdk.trigger("task-1", "e", 1)).status).toBe(200);
});

it("two calls move it one after the other", async () => {
  await connect();
  const [first, second] = await Promise.all([gateway.advance("2m"), gateway.advance("30s")]);
  expect([first.pinged.length, first.cut.length, second.pinged.length, second.cut.length]).toEqual([1, 0, 0, 1]);
});

describe("a mistake of the test", () => {
  it.each([-5, Number.NaN, Infinity, "2 minutes", "", "-1s", "2", undefined, null, "25h"])(
    "is the time %j",
    async (time) => {
      await expect(gateway.advance(time as never)).rejects.toThrowError(
        'pushrig: give advance() a number of milliseconds or a text such as "2m"',
      );
    },
  );

  it("is a gateway that was closed, before or meanwhile", async () => {
    await connect();
    const advanced = gateway.advance("2m");
    const outcome = advanced.then(String, (error: Error) => error.message);
    await gateway.close();
    expect(await outcome).toMatch(/^(advance\("2m"\) did|pushrig: this gateway was closed)/);
    await expect(gateway.advance("1s")).rejects.toThrowError(
      "pushrig: this gateway was closed; call listen() for a new one",
    );
  });
});
