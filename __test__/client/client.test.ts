/* oxlint-disable vitest/expect-expect -- same() asserts */
import PusherJs from "pusher-js";
import { afterEach, describe, expect, it, vi } from "vitest";
import { MockPusherClient } from "../../lib/client/client.js";
import { realClient } from "../support/real-client.js";
import { agree, clientOptions, ScriptedRig, settle } from "../support/scripted-rig.js";

vi.mock("../../lib/native/addon.js", () => import("../support/no-addon.js"));

afterEach(() => {
  for (const client of PusherJs.instances) client.disconnect();
  vi.restoreAllMocks();
  vi.useRealTimers();
  MockPusherClient.log = undefined as never;
  MockPusherClient.logToConsole = false;
});

/** What a call throws, errors and strings alike. */
function thrown(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

describe("constructing", () => {
  it.each([
    ["nothing", []],
    ["no options", ["key"]],
    ["null as options", ["key", null]],
    ["no cluster", ["key", {}]],
    ["null as cluster", ["key", { cluster: null }]],
    ["a cluster in place of options", ["key", "mt1"]],
    ["null as key", [null, { cluster: "mt1" }]],
    ["neither key nor cluster", [undefined, {}]],
  ])("with %s throws pusher-js's string", (_, args) => {
    const [Real, Mock] = [PusherJs, MockPusherClient] as unknown as (new (...args: unknown[]) => unknown)[];
    const expected = thrown(() => new Real(...args));
    expect(typeof expected).toBe("string");
    const instances = MockPusherClient.instances.length;
    expect(thrown(() => new Mock(...args))).toBe(expected);
    expect(MockPusherClient.instances).toHaveLength(instances);
  });

  it("accepts an empty key and an empty cluster, as pusher-js does", () => {
    const rig = new ScriptedRig();
    expect(new MockPusherClient("", { ...clientOptions(rig), cluster: "" }).config.wsHost).toBe("ws-.pusher.com");
  });

  it.each([
    [{}],
    [{ wsHost: "localhost", wsPort: 6001, wssPort: 0, httpHost: "h", forceTLS: false }],
    [{ activityTimeout: 1, pongTimeout: 2, unavailableTimeout: 3, statsHost: "s", wsPath: "/p", httpPath: "" }],
    [{ enableStats: true, disableStats: true, timelineParams: { a: 1 }, ignoreNullOrigin: true }],
    [{ disableStats: false, enabledTransports: ["ws"], disabledTransports: [] }],
  ])("fills in the defaults of %j, in pusher-js's order", (options) => {
    const given = { enabledTransports: ["ws"], ...options } as never;
    const expected = { ...realClient(given).client.config, nacl: undefined };
    const config = { ...new ScriptedRig().client(given).config, nacl: undefined };
    expect(Object.keys(config)).toEqual(Object.keys(expected));
    expect(JSON.stringify(config)).toBe(JSON.stringify(expected));
    expect(typeof config.channelAuthorizer).toBe("function");
  });

  it("leaves the own properties that pusher-js leaves, on client, channels and connection", () => {
    const real = realClient().client as any;
    const mock = new ScriptedRig().client() as any;
    expect(Object.keys(mock)).toEqual(Object.keys(real));
    for (const name of ["a", "private-a", "presence-a", "private-encrypted-a"]) {
      const [theirs, ours] = [real, mock].map((client) => Object.keys(client.subscribe(name)));
      expect(ours).toEqual(theirs);
    }
  });

  it("has every member that pusher-js has, on client, channels, connection, user and members", () => {
    const real = realClient().client as any;
    const mock = new ScriptedRig({ delivery: "network" }).client() as any;
    const members = (object: object): string[] => {
      const names: string[] = [];
      for (let at = object; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
        names.push(...Object.getOwnPropertyNames(at));
      }
      return names;
    };
    // What TypeScript declares private there.
    const internal =
      /^(_|start|abort|disconnectInternally|update|retry|clear|set|send(Activity)|reset|stop|build|abandon|should|handleEncrypted|bindWatchlist|timelineSender$)/;
    const look = (path: (client: any) => object) => {
      const missing = members(path(real)).filter((name) => !(name in path(mock)) && !internal.test(name));
      expect(missing).toEqual([]);
    };
    look((client) => client);
    look((client) => client.connection);
    look((client) => client.channels);
    look((client) => client.user);
    look((client) => client.user.watchlist);
    look((client) => client.timeline);
    look((client) => client.global_emitter);
    for (const name of ["a", "private-a", "presence-a", "private-encrypted-a"])
      look((client) => client.subscribe(name));
    look((client) => client.subscribe("presence-a").members);
    for (const name of ["isReady", "logToConsole", "instances", "Runtime", "ready", "getClientFeatures"]) {
      expect(MockPusherClient).toHaveProperty(name);
    }
    expect(Object.keys(MockPusherClient.Runtime)).toEqual(expect.arrayContaining(Object.keys(PusherJs.Runtime)));
  });

  it("keeps the options object and puts nacl into it, unless it is frozen", () => {
    const rig = new ScriptedRig();
    const options = clientOptions(rig);
    const client = new MockPusherClient("app-key", options);
    expect(client.options).toBe(options);
    expect(options.nacl).toBe(client.config.nacl);
    const frozen = Object.freeze(clientOptions(rig));
    expect(new MockPusherClient("app-key", frozen).connection.state).toBe("connected");
  });

  it("refuses to open sockets through Runtime, and says why", () => {
    expect(() => MockPusherClient.Runtime.createWebSocket("ws://localhost")).toThrow(/opens no connection.*listen\(\)/);
  });
});

describe("the clients that there are", () => {
  it("are in instances, connected or not, and ready() connects them", () => {
    const rig = new ScriptedRig();
    const [first, second] = [rig.client(), rig.client()];
    expect(MockPusherClient.instances).toEqual(expect.arrayContaining([first, second]));
    first.disconnect();
    expect(MockPusherClient.instances).toContain(first);
    MockPusherClient.ready();
    expect(first.connection.state).toBe("connected");
    expect(second.connection.state).toBe("connected");
  });

  it("share nothing, also with the same key", () => {
    const rig = new ScriptedRig();
    const [first, second] = [rig.client(), rig.client()];
    expect(first.connectionId).not.toBe(second.connectionId);
    first.subscribe("a");
    expect(second.allChannels()).toEqual([]);
  });
});

describe("bindings on the client", () => {
  it("chain, and are taken out in all the ways of a dispatcher", () => {
    const rig = new ScriptedRig();
    const client = rig.client();
    const [first, second, global] = [vi.fn(), vi.fn(), vi.fn()];
    expect(client.bind("e", first).bind("e", second).bind_global(global)).toBe(client);
    rig.wire.event("a", "e", "1");
    expect(client.unbind("e", first)).toBe(client);
    rig.wire.event("a", "e", "2");
    expect(client.unbind_global(global).unbind("e")).toBe(client);
    rig.wire.event("a", "e", "3");
    expect(first.mock.calls).toEqual([[1]]);
    expect(second.mock.calls).toEqual([[1], [2]]);
    expect(global.mock.calls).toEqual([
      ["e", 1],
      ["e", 2],
    ]);
    client.bind("e", first).bind_global(global).unbind_all(second);
    rig.wire.event("a", "e", "4");
    expect(first).toHaveBeenCalledTimes(1);
  });
});

describe("a callback that throws", () => {
  const failure = new Error("mine");
  const fail = () => {
    throw failure;
  };

  it("is reported with channel and event, and stops no other callback", () => {
    const report = vi.spyOn(console, "error").mockImplementation(() => {});
    const rig = new ScriptedRig();
    const client = rig.client();
    const after = [vi.fn(), vi.fn()];
    client.subscribe("a").bind_global(fail).bind("e", fail).bind("e", after[0]);
    client.bind("e", after[1]);
    rig.wire.event("a", "e", "1");
    expect(after.map((callback) => callback.mock.calls)).toEqual([[[1]], [[1]]]);
    expect(report.mock.calls).toEqual([
      ['pushrig: a callback for "e" on channel "a" threw:', failure],
      ['pushrig: a callback for "e" on channel "a" threw:', failure],
    ]);
  });

  it("is reported on connection and user too, and reaches no caller", async () => {
    const report = vi.spyOn(console, "error").mockImplementation(() => {});
    const rig = new ScriptedRig();
    const client = rig.client();
    client.connection.bind("disconnected", fail);
    client.user.bind("pusher:signin_error", fail);
    rig.failure = {};
    client.signin();
    client.disconnect();
    expect(client.connection.state).toBe("disconnected");
    await vi.waitFor(() => expect(report).toHaveBeenCalledTimes(2));
  });

  it('ends the event and is an uncaught exception with onCallbackError: "throw", as in pusher-js', async () => {
    const rig = new ScriptedRig({ onCallbackError: "throw" });
    const client = rig.client();
    const after = [vi.fn(), vi.fn()];
    client.subscribe("a").bind("e", fail).bind("e", after[0]);
    client.bind("e", after[1]);
    const listeners = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    const uncaught = new Promise((resolve) => {
      process.once("uncaughtException", resolve);
    });
    try {
      rig.wire.event("a", "e", "1");
      expect(await uncaught).toBe(failure);
    } finally {
      for (const listener of listeners) process.on("uncaughtException", listener);
    }
    expect(after[0]).not.toHaveBeenCalled();
    expect(after[1]).not.toHaveBeenCalled();
  });
});

describe("reset", () => {
  function used() {
    const rig = new ScriptedRig();
    rig.answer = agree;
    const client = rig.client();
    const channel = client.subscribe("a");
    return { rig, client, channel };
  }

  it("forgets the channels, keeps the client's bindings, and reopens silently on the next use", () => {
    const { rig, client } = used();
    const [onEvent, onState] = [vi.fn(), vi.fn()];
    client.bind("e", onEvent);
    client.connection.bind("state_change", onState);
    rig.wire.reset();
    expect(rig.wires).toHaveLength(1);
    expect(client.allChannels()).toEqual([]);
    expect(client.connection.state).toBe("connected");
    const fresh = client.subscribe("a");
    expect(fresh.subscribed).toBe(true);
    expect([client.connectionId, client.connection.socket_id]).toEqual(["mock-connection-2", "1.2"]);
    rig.wire.event("a", "e", "1");
    expect(onEvent).toHaveBeenCalledExactlyOnceWith(1);
    expect(onState).not.toHaveBeenCalled();
  });

  it.each<[string, (client: MockPusherClient) => void]>([
    ["subscribe", (client) => client.subscribe("b")],
    ["channel", (client) => client.channel("b")],
    ["bind", (client) => client.bind("e", () => {})],
    ["bind_global", (client) => client.bind_global(() => {})],
    ["connect", (client) => client.connect()],
    ["connection.bind", (client) => client.connection.bind("error", () => {})],
    ["signin", (client) => client.signin()],
    ["send_event", (client) => client.send_event("e", 1)],
  ])("gives a new connection on %s, once", (_, use) => {
    const { rig, client } = used();
    rig.wire.reset();
    use(client);
    use(client);
    expect(rig.wires).toHaveLength(2);
    expect(client.connectionId).toBe("mock-connection-2");
  });

  it("warns once when something is bound on a channel from before", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { rig, channel } = used();
    channel.bind("early", () => {});
    rig.wire.reset();
    expect(warn).not.toHaveBeenCalled();
    channel.bind("e", () => {}).bind("f", () => {});
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/"e".*channel "a".*subscribe\("a"\)/));
  });

  it("lets the user sign in anew", async () => {
    const { rig, client } = used();
    client.signin();
    rig.wire.frame("pusher:signin_success", { user_data: '{"id":"u1"}' });
    rig.wire.reset();
    expect(client.user.user_data).toBeNull();
    client.signin();
    expect(rig.wire.sent.map(({ event }) => event)).toEqual(["pusher:signin"]);
    await settle();
  });

  it("leaves a disconnected client disconnected until connect()", () => {
    const { rig, client } = used();
    client.disconnect();
    client.subscribe("a");
    expect(rig.wires).toHaveLength(1);
    client.connect();
    expect(rig.wires).toHaveLength(2);
    expect(client.channel("a").subscribed).toBe(true);
  });

  it("shows its new connection where connecting takes time", () => {
    const rig = new ScriptedRig({ delivery: "network" });
    const client = rig.client();
    rig.wire.open();
    const states: string[] = [];
    client.connection.bind("state_change", ({ current }: { current: string }) => states.push(current));
    rig.wire.reset();
    const channel = client.subscribe("a");
    expect(client.connection.state).toBe("connecting");
    rig.wire.open();
    expect(channel.subscriptionPending).toBe(true);
    expect(states).toEqual(["connecting", "connected"]);
  });
});

describe("polling", () => {
  function polling() {
    vi.useFakeTimers();
    const rig = new ScriptedRig({ delivery: "polling" });
    rig.answer = agree;
    const client = rig.client();
    return { rig, client, channel: client.subscribe("a") };
  }
  const polls = (rig: ScriptedRig) => {
    const before = rig.wire.polls;
    vi.advanceTimersByTime(1000);
    return rig.wire.polls - before;
  };

  it("starts with the first binding, on a channel, the client or the user, and stops with the last", () => {
    const { rig, client, channel } = polling();
    const callback = () => {};
    expect(polls(rig)).toBe(0);
    channel.bind("e", callback);
    expect(polls(rig)).toBe(10);
    client.bind_global(callback);
    channel.unbind("e", callback);
    expect(polls(rig)).toBe(10);
    client.unbind_global();
    expect(polls(rig)).toBe(0);
    client.user.bind("e", callback);
    expect(polls(rig)).toBe(10);
    client.user.unbind_all();
    expect(polls(rig)).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("stops when the channel is left or the client disconnects, and goes on when it connects again", () => {
    const { rig, client, channel } = polling();
    channel.bind("e", () => {});
    client.disconnect();
    expect(vi.getTimerCount()).toBe(0);
    client.connect();
    expect(polls(rig)).toBe(10);
    client.unsubscribe("a");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not keep the process alive", () => {
    const unref = vi.fn();
    vi.stubGlobal("setInterval", () => ({ unref }));
    vi.stubGlobal("clearInterval", () => {});
    const rig = new ScriptedRig({ delivery: "polling" });
    rig.client().bind("e", () => {});
    expect(unref).toHaveBeenCalledTimes(1);
    vi.unstubAllGlobals();
  });
});

describe("logging", () => {
  it("writes pusher-js's lines", () => {
    const lines = [PusherJs, MockPusherClient].map((Class: any) => {
      const written: string[] = [];
      Class.log = (line: string) => written.push(line);
      const rig = new ScriptedRig({ delivery: "network" });
      const { client, lines } =
        Class === PusherJs ? realClient() : { client: rig.client({ enabledTransports: ["ws"] }), lines: rig.wires };
      lines[0].open("7.7");
      client.subscribe("a");
      lines[0].frame("pusher_internal:subscription_succeeded", {}, "a");
      lines[0].frame("e", { x: 1 }, "a");
      (client as any).channel("a").trigger("client-e", 1);
      lines[0].frame("pusher:error", { code: 4301, message: "no" });
      lines[0].frame("pusher_internal:watchlist_events", { events: [{ name: "online" }] });
      client.disconnect();
      Class.log = undefined;
      return written;
    });
    expect(lines[0].length).toBeGreaterThan(10);
    expect(lines[1]).toEqual(lines[0]);
    expect(lines[1]).toContain('Pusher :  : ["State changed","connecting -> connected with new socket ID 7.7"]');
  });

  it("goes to the console with logToConsole, from the next client on", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const rig = new ScriptedRig();
    const client = rig.client();
    MockPusherClient.logToConsole = true;
    client.disconnect();
    expect(log).not.toHaveBeenCalled();
    rig.client();
    expect(log).toHaveBeenCalledWith(expect.stringContaining("State changed"));
    rig.wire.frame("pusher:error", { code: 4301, message: "no" });
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("4301"));
  });

  it("shows what JSON cannot say", () => {
    const written: string[] = [];
    MockPusherClient.log = (line: string) => written.push(line);
    const rig = new ScriptedRig();
    const client = rig.client();
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    expect(() => client.send_event("e", cyclic)).toThrow(TypeError);
    expect(written.at(-1)).toContain("Event sent");
  });
});

it("keeps a timeline of its connection and sends no statistics", () => {
  vi.useFakeTimers();
  const client = new ScriptedRig().client({ enableStats: true });
  expect(client.timelineSender.options).toEqual({ host: "stats.pusher.com", path: "/timeline/v2/xhr" });
  vi.advanceTimersByTime(60_000);
  expect(client.timeline.isEmpty()).toBe(true);
  client.disconnect();
  expect(client.timelineSenderTimer).toBeNull();
  expect(vi.getTimerCount()).toBe(0);
});
