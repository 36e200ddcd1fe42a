// Wrong values of every option that is pushrig's own: each is refused with its name, the rule and what it was.
import {
  clientOptions,
  configure,
  createMockPusher,
  listen,
  type MockPusher,
  MockPusherClient,
  network,
} from "pushrig";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";

let world: MockPusher;

beforeEach(() => {
  world = createMockPusher();
});

afterEach(() => world.close());

const client = (options: object) => new MockPusherClient("key", { cluster: "eu", ...options } as never);

describe("a wrong value is refused, by its name", () => {
  it.each<[string, (value: any) => unknown, unknown, string]>([
    [
      "options of client()",
      (options) => world.client(options),
      "x",
      'client() takes options of a client such as { user: { id: "ann" } }, not "x"',
    ],
    // ---- settings
    ["debug", (debug) => configure({ debug }), "yes", 'debug in configure() is true or false, not "yes"'],
    [
      "debug of a world",
      (debug) => createMockPusher({ debug }),
      1,
      "debug in createMockPusher() is true or false, not 1",
    ],
    [
      "a seed",
      (seed) => configure({ latency: { min: 0, max: 1, seed } }),
      "abc",
      'the seed of latency in configure() is a whole number from -9007199254740991 to 9007199254740991, not "abc"',
    ],
    [
      "a seed that is none",
      (seed) => configure({ latency: { min: 0, max: 1, seed } }),
      NaN,
      "the seed of latency in configure()",
    ],
    [
      "a field of latency",
      (sed) => configure({ latency: { min: 0, max: 1, sed } as never }),
      1,
      'latency in configure() has no field "sed"; did you mean "seed"?',
    ],
    [
      "a latency",
      (latency) => configure({ latency }),
      3e9,
      "latency in configure() is milliseconds from 0 to 2147483647",
    ],
    [
      "a polling interval",
      (pollInterval) => configure({ pollInterval }),
      3e9,
      "pollInterval in configure() is a whole number from 1 to 2147483647, not 3000000000",
    ],
    // ---- faults
    [
      "a delay beyond timers",
      (delay) => network().delay(delay),
      3e9,
      "a delay is milliseconds from 0 to 2147483647, not 3000000000",
    ],
    ["a delay", (delay) => network().delay(delay), "soon", 'a delay is milliseconds from 0 to 2147483647, not "soon"'],
    ["a delay as text", (delay) => network().delay(delay), "5", 'not "5"'],
    [
      "times of refusals",
      (times) => network().refuse({ times }),
      "two",
      'the option times of refuse() is a whole number from 1 on, not "two"; without it, every time counts',
    ],
    ["no times", (times) => network().refuse({ times }), 0, "the option times of refuse() is a whole number from 1"],
    ["a reason", (reason) => network().refuse({ reason }), 5, "the reason of refuse() is a string, not 5"],
    [
      "a reason that is too long",
      (reason) => network().refuse({ reason }),
      "x".repeat(124),
      "the reason of refuse() has at most 123 bytes",
    ],
    [
      "a reason of a drop",
      (reason) => world.network.drop(world.client(), { reason }),
      {},
      "the reason of drop() is a string, not {}",
    ],
    [
      "times of failures",
      (times) => network().failAuthorization({ times }),
      1.5,
      "the option times of failAuthorization()",
    ],
    [
      "a status",
      (status) => network().failAuthorization({ status }),
      "403",
      'the status of failAuthorization() is a whole number from 0 to 599, not "403"',
    ],
    [
      "a channel",
      (channel) => network().failAuthorization({ channel }),
      /x/,
      'the channel of failAuthorization() is a name, in which * may stand for any text, such as "task-*", not /x/',
    ],
    [
      "a message",
      (message) => network().failAuthorization({ message }),
      1,
      "the message of failAuthorization() is a string, not 1",
    ],
    // ---- worlds and apps
    [
      "an app id",
      (appId) => createMockPusher({ appId }),
      {},
      "the appId of createMockPusher() is a string that is not empty, or a number, not {}",
    ],
    ["an app id that is NaN", (appId) => createMockPusher({ appId }), NaN, "the appId of createMockPusher()"],
    ["an app id that is null", (appId) => createMockPusher({ appId }), null, "the appId of createMockPusher()"],
    [
      "a switch",
      (enabled) => createMockPusher({ enabled }),
      "no",
      'enabled of an app of createMockPusher() is true or false, not "no"',
    ],
    [
      "a limit",
      (connections) => createMockPusher({ limits: { connections } }),
      -1,
      "the limit connections of createMockPusher() is a whole number from 0",
    ],
    [
      "a webhook's switch",
      (batch) => world.onWebhook(() => {}, { batch }),
      1,
      "the option batch is true or false, not 1",
    ],
    [
      "a webhook's prefix",
      (channelNameStartsWith) => world.onWebhook(() => {}, { channelNameStartsWith }),
      1,
      "the option channelNameStartsWith is a string, not 1",
    ],
    // ---- clients
    [
      "a route",
      (authorize) => client({ authorize }),
      "/api/auth",
      'the option authorize of a client is a function, not "/api/auth"',
    ],
    [
      "a watchlist",
      (watchlist) => client({ user: { watchlist } }),
      "ann",
      'the watchlist of the option user is a list of user ids, not "ann"',
    ],
    [
      "a watchlist of numbers",
      (watchlist) => client({ user: { watchlist } }),
      [1],
      "the watchlist of the option user is a list of user ids, not [1]",
    ],
    ["an address", (url) => clientOptions({ url }), 5, "the option url must be a gateway's address such as"],
  ])("%s", (_, call, value, text) => {
    expect(() => call(value)).toThrow(text);
  });

  afterAll(() => network().restore());
});

describe("an option of listen() or close()", () => {
  it.each<[object, string]>([
    [{ maxConnections: 0 }, "maxConnections of listen() is a whole number from 1 to 4294967295, not 0"],
    [{ onActivity: "log" }, 'the option onActivity of listen() is a function, not "log"'],
  ])("%j is refused", async (options, text) => {
    await expect(listen({ port: 0, ...options })).rejects.toThrow(text);
  });

  it.each<[unknown, string]>([
    [{ cod: 4001 }, 'close() of a gateway takes an object such as { code: 4100 }, not {"cod":4001}'],
    [null, "close() of a gateway takes an object such as { code: 4100 }, not null"],
    [4001, "close() of a gateway takes an object such as { code: 4100 }, not 4001"],
    [{ code: "4001" }, 'a whole number from 4000 to 4999, not "4001"'],
  ])("%j is refused by the gateway", async (options, text) => {
    const gateway = await world.listen({ port: 0 });
    await expect(gateway.close(options as never)).rejects.toThrow(text);
    await gateway.close();
  });

  it.each([
    [{ host: undefined }, { host: "127.0.0.1" }],
    [{}, { host: "localhost" }],
    [{}, { maxQueuedBytes: 1_048_576, maxQueuedWrites: 8192, wsPath: "" }],
    [{ wsPath: "/ä" }, { wsPath: "/%C3%A4" }],
  ])("that says the same as the first call, %j and %j, is not said to be ignored", async (first, again) => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const gateway = await world.listen({ port: 0, ...first });
    expect(await world.listen({ port: gateway.port, ...again })).toBe(gateway);
    expect(warn).not.toHaveBeenCalled();
    await world.listen({ port: gateway.port, host: "0.0.0.0" });
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("does not take over host"));
    warn.mockRestore();
  });
});

describe("a value that is long", () => {
  const long = "x".repeat(5000);
  it.each<[string, () => unknown]>([
    ["a setting", () => configure({ delivery: long as never })],
    ["the name of a setting", () => configure({ [long]: 1 } as never)],
    ["a function", () => configure({ debug: new Function(`return "${long}"`) as never })],
    ["an error", () => configure({ debug: new Error(long) as never })],
    ["a field", () => createMockPusher({ appId: { [long]: long } as never })],
    ["an event that is bound", () => client({}).bind(long, undefined as never)],
    ["a connection id", () => world.state.bind(long, "a", "e", undefined as never)],
    ["a host", () => clientOptions({ url: long })],
  ])("makes no long message: %s", (_, call) => {
    let message = "";
    try {
      call();
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).not.toBe("");
    expect(message.length).toBeLessThan(600);
  });

  it("is shown in pieces when its own text cannot be had", () => {
    const value = {
      toString() {
        throw new Error("never");
      },
    };
    class Own {
      toString = value.toString;
    }
    expect(() => configure({ debug: new Own() as never })).toThrow(
      "debug in configure() is true or false, not an object",
    );
  });
});

it("a world that cannot be made leaves no app behind", () => {
  expect(() => createMockPusher({ key: "left-behind", encryptionMasterKeyBase64: "short" })).toThrow("base64");
  expect(() => createMockPusher({ key: "left-behind" }).close()).not.toThrow();
});

it.each([
  ["an event", (rig: MockPusher) => rig.server.trigger("room", "e", 1)],
  ["an event to two channels", (rig: MockPusher) => rig.server.trigger(["room", "hall"], "e", 1)],
  ["a batch", (rig: MockPusher) => rig.server.triggerBatch([{ channel: "room", name: "e", data: 1 }])],
  ["a question", (rig: MockPusher) => rig.server.get({ path: "/channels" })],
  ["the state's event", async (rig: MockPusher) => rig.state.trigger("room", "e", 1)],
])("an app that is not in service refuses %s with 403", async (_, call) => {
  const rig = createMockPusher({ enabled: false });
  await expect(call(rig)).rejects.toMatchObject({ status: 403, body: "Application disabled\n" });
  expect(rig.state.triggers()).toEqual([]);
  rig.close();
});

it("an app that is not in service says so, and blames no limit", () => {
  const rig = createMockPusher({ enabled: false });
  expect(() => rig.state.subscribe("somebody", "room")).toThrow(
    'pushrig: connection "somebody" was refused with 4003, as a client would be: Application disabled',
  );
  rig.close();
  const full = createMockPusher({ limits: { connections: 0 } });
  expect(() => full.state.subscribe("somebody", "room")).toThrow("was refused with 4004");
  full.close();
});

describe("the verbose log changes no outcome", () => {
  const requests: [string, any][] = [
    ["a path that is none", { path: "/nothing" }],
    ["a path that is none, with a body", { path: "/nothing", body: { a: 1 } }],
    ["no body", { path: "/events" }],
    ["a batch that is none", { path: "/events", body: { batch: 5 } }],
    ["a batch that is none, where one is due", { path: "/batch_events", body: { batch: 5 } }],
    ["a batch of nothing", { path: "/batch_events", body: { batch: [null, 7] } }],
    ["channels that are none", { path: "/events", body: { name: "e", data: "1", channels: 5 } }],
    ["channels that are no names", { path: "/events", body: { name: "e", data: "1", channels: [null, {}] } }],
    ["names that are none", { path: "/events", body: { name: {}, data: 1, channel: 9 } }],
    ["a list", { path: "/events", body: [1] }],
    ["text", { path: "/events", body: "text" }],
    ["what is right", { path: "/events", body: { name: "e", data: "1", channels: ["a", "b"] } }],
  ];

  it.each(requests)("of %s", async (_, request) => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const outcome = async (debug: boolean, isInCallback: boolean) => {
      const rig = createMockPusher({ debug });
      const send = async () => {
        try {
          const { status } = await rig.server.post(structuredClone(request));
          return status;
        } catch (error: any) {
          return [error.name, error.status, error.body];
        }
      };
      let outcome = send();
      if (isInCallback) {
        rig
          .client()
          .subscribe("start")
          .bind("e", () => (outcome = send()));
        await rig.server.trigger("start", "e", 1);
      }
      const settled = await outcome;
      rig.close();
      return settled;
    };
    const expected = await outcome(false, false);
    for (const isInCallback of [false, true]) {
      expect(await outcome(false, isInCallback)).toEqual(expected);
      expect(await outcome(true, isInCallback)).toEqual(expected);
    }
    log.mockRestore();
  });

  it("also where the console throws", async () => {
    const rig = createMockPusher({ debug: true });
    const log = vi.spyOn(console, "log").mockImplementation(() => {
      throw new Error("no logging in tests");
    });
    expect((await rig.server.trigger("a", "e", 1)).status).toBe(200);
    log.mockRestore();
    rig.close();
  });
});

it.each<[string, (rig: MockPusher) => unknown]>([
  ["trigger", (rig) => rig.server.trigger("a", "e", 1)],
  ["get", (rig) => rig.server.get({ path: "/channels" })],
  ["state.trigger", (rig) => rig.state.trigger("a", "e", 1)],
  ["state.subscribe", (rig) => rig.state.subscribe("c", "a")],
  ["state.getState", (rig) => rig.state.getState()],
  ["state.reset", (rig) => rig.state.reset()],
  ["reset", (rig) => rig.reset()],
  ["configure", (rig) => rig.configure({ delivery: "network" })],
  ["onWebhook", (rig) => rig.onWebhook(() => {})],
  ["network.drop", (rig) => rig.network.drop("c")],
  ["client", (rig) => rig.client()],
])("%s() of a closed app says what to do, and has no code of the addon's", (_, call) => {
  const rig = createMockPusher();
  rig.close();
  let error: any;
  try {
    void call(rig);
  } catch (thrown) {
    error = thrown;
  }
  expect(error?.message).toBe("pushrig: this app was closed; make a new one with createMockPusher()");
  expect(error).not.toHaveProperty("code");
});
