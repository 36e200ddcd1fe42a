import { connect, createServer, type AddressInfo } from "node:net";
import { createMockPusher, MockPusherServer, type Gateway, type ListenOptions, type MockPusher } from "pushrig";
import PusherJs from "pusher-js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BAD_PATHS } from "../support/bad-paths";
import { next } from "../support/next";

// Sockets and processes take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

let rig: MockPusher;
const gateways: Gateway[] = [];
const clients: PusherJs[] = [];

beforeEach(() => {
  rig = createMockPusher();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  for (const gateway of gateways.splice(0)) await gateway.close({ code: 4001 });
  rig.close();
});

async function listen(options: ListenOptions = {}): Promise<Gateway> {
  const gateway = await rig.listen({ port: 0, ...options });
  gateways.push(gateway);
  return gateway;
}

/** The real pusher-js, on its way. */
function client({ port }: { port: number }, key = rig.app.key, options: object = {}): PusherJs {
  const made = new PusherJs(key, {
    cluster: "mt1",
    wsHost: "127.0.0.1",
    wsPort: port,
    forceTLS: false,
    enabledTransports: ["ws"],
    ...options,
  });
  clients.push(made);
  return made;
}

async function connected(gateway: Gateway, ...more: [key?: string, options?: object]): Promise<PusherJs> {
  const made = client(gateway, ...more);
  await next(made.connection, "connected");
  return made;
}

/** The next error that the service sends a client, before or after it is connected. */
async function error(one: any): Promise<{ code: number; message: string }> {
  const { data, error: wrapped } = await next(one.connection, "error");
  return data ?? wrapped.data;
}

/** The error that a client is turned away with. */
function refused(gateway: Gateway, key?: string, options?: object): Promise<{ code: number; message: string }> {
  return error(client(gateway, key, options));
}

const health = async ({ url }: Gateway) => (await fetch(`${url}/health`)).json();

describe("listen()", () => {
  it("answers where it listens, and tells scripts who it is", async () => {
    const gateway = await listen();
    expect(gateway).toMatchObject({ host: "127.0.0.1", url: `http://127.0.0.1:${gateway.port}`, isClosed: false });
    const { version } = await import("../../package.json");
    expect(await health(gateway)).toMatchObject({
      status: "ok",
      name: "pushrig",
      version,
      pid: process.pid,
      connections: 0,
    });
  });

  it("called again with the same port answers the running gateway, with another one opens one more", async () => {
    const first = await listen();
    expect(await rig.listen({ port: first.port })).toBe(first);
    const second = await listen();
    expect(second.port).not.toBe(first.port);
    const [one, two] = [await connected(first), await connected(second)];
    const [a, b] = [one.subscribe("room"), two.subscribe("room")];
    await Promise.all([a, b].map((channel) => next(channel, "pusher:subscription_succeeded")));
    const heard = Promise.all([a, b].map((channel) => next(channel, "event")));
    await rig.server.trigger("room", "event", 7);
    expect(await heard).toEqual([7, 7]);
  });

  it("called again with the same port says what it does not take over", async () => {
    const app = { id: "77", key: "seven", secret: "seven-secret" };
    const first = await listen({ apps: [app], webhooks: () => {} });
    const again = { host: "127.0.0.1", apps: [{ ...app }], webhooks: () => {}, port: first.port };
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    await rig.listen(again);
    expect(warn).not.toHaveBeenCalled();
    expect(await rig.listen({ ...again, apps: [], wsPath: "/ws", onActivity: () => {} })).toBe(first);
    await rig.listen({ port: first.port, maxConnections: 1 });
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      `pushrig: a gateway listens on port ${first.port} already, and listen() answers that one; it does not take over ` +
        "apps, wsPath, onActivity. Close it first, or choose another port. This is said once.",
    );
    warn.mockRestore();
  });

  it("says that a port is taken, and by whom it would have to be freed", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    try {
      await expect(rig.listen({ port })).rejects.toMatchObject({
        message: `pushrig: port ${port} on 127.0.0.1 is in use, choose another or 0 for any free one`,
        code: "EADDRINUSE",
        address: "127.0.0.1",
        port,
      });
    } finally {
      other.close();
    }
  });

  it("lets whoever finds the port taken see that a gateway has it", async () => {
    const gateway = await listen();
    const another = createMockPusher();
    const { code, address, port } = await another.listen({ port: gateway.port }).catch((reason) => reason);
    expect(code).toBe("EADDRINUSE");
    expect(await health({ url: `http://${address}:${port}` } as Gateway)).toMatchObject({
      name: "pushrig",
    });
    another.close();
  });

  it("leaves nothing behind when it cannot listen", async () => {
    const gateway = await listen();
    const another = createMockPusher({ webhookHold: 0 });
    const app = { id: "1", key: "left-behind", secret: "s" };
    await expect(another.listen({ port: gateway.port, apps: [app], webhooks: () => {} })).rejects.toThrowError(
      "in use",
    );
    another.state.subscribe("somebody", "room");
    expect(await another.settledWebhooks()).toEqual([]);
    another.close();
  });

  it.each([
    [null, TypeError, "pushrig: listen() takes an object such as { port: 6001 }, not null"],
    [
      { prot: 1 },
      TypeError,
      'pushrig: listen() has no option "prot"; did you mean "port"? The options are port, host, wsPath,',
    ],
    [{ port: "6001" }, RangeError, 'whole number from 0 (any free one) to 65535, not "6001"'],
    [
      { port: 6000 },
      RangeError,
      "the port of listen() is 6000, a port of another protocol: browsers and fetch connect to nobody there",
    ],
    [{ port: -1 }, RangeError, "not -1"],
    [{ port: 65_536 }, RangeError, "not 65536"],
    [{ port: 1.5 }, RangeError, "not 1.5"],
    [{ port: Number.NaN }, RangeError, "not NaN"],
    [{ host: "" }, TypeError, 'an address or a name without scheme and port, such as "127.0.0.1", not ""'],
    [{ host: "http://localhost" }, TypeError, 'not "http://localhost"'],
    [{ host: 7 }, TypeError, "not 7"],
    [
      { wsPath: "ws" },
      TypeError,
      'pushrig: the wsPath of listen() starts with a slash and ends without one, as in /ws; between slashes it has no "." and ' +
        'no "..", anywhere no "?", "#", backslash or space, and "%" only as in "%C3%A9"; not "ws"',
    ],
    ...BAD_PATHS.map((wsPath): [object, typeof TypeError, string] => [
      { wsPath },
      TypeError,
      `not ${JSON.stringify(wsPath)}`,
    ]),
    [{ wsPath: 7 }, TypeError, "not 7"],
    [{ maxConnections: 0 }, RangeError, "maxConnections of listen() is a whole number from 1 to 4294967295, not 0"],
    [{ messagesPerSecond: 0.5 }, RangeError, "messagesPerSecond of listen() is a whole number"],
    [
      { maxQueuedBytes: "1 MB" },
      RangeError,
      'maxQueuedBytes of listen() is a whole number from 1 to 4294967295, not "1 MB"',
    ],
    [{ maxQueuedWrites: -5 }, RangeError, "maxQueuedWrites of listen()"],
    [{ onActivity: true }, TypeError, "the option onActivity of listen() is a function, not true"],
    [
      { apps: { id: "7", secret: "s" } },
      TypeError,
      'the option apps of listen() is a list of { id, key, secret }, not {"id":"7","secret":"…"}',
    ],
    [{ apps: ["app"] }, TypeError, 'an app of listen() is an object { id, key, secret }, not "app"'],
    [
      { apps: [{ id: "1", key: "k" }] },
      TypeError,
      "the secret of an app of listen() is a string that is not empty, not undefined",
    ],
    [
      { apps: [{ id: 1, key: "k", secret: "s" }] },
      TypeError,
      "the id of an app of listen() is a string that is not empty, not 1",
    ],
    [
      { apps: [{ id: "1", key: "", secret: "s" }] },
      TypeError,
      'the key of an app of listen() is a string that is not empty, not ""',
    ],
    [
      { apps: [{ id: "1", key: "k", secret: "s", name: "x" }] },
      TypeError,
      'no option "name"; the options are id, key, secret,',
    ],
    [
      { apps: [{ id: "1", key: "k", secret: "s", clientEvents: 1 }] },
      TypeError,
      "clientEvents of an app of listen() is true or false, not 1",
    ],
    [
      { apps: [{ id: "1", key: "k", secret: "s", limits: { connection: 1 } }] },
      TypeError,
      'no limit "connection"; did you mean "connections"? The limits are dataBytes,',
    ],
    [
      { apps: [{ id: "1", key: "k", secret: "s", limits: { connections: "5" } }] },
      RangeError,
      'the limit connections of listen() is a whole number from 0 to 4294967295, not "5"',
    ],
    [
      { apps: [{ id: "1", key: "k", secret: "s", limits: null }] },
      TypeError,
      "the limits of listen() are an object such as { presenceMembers: 100 }, not null",
    ],
    [
      { apps: ["1", "2"].map((id) => ({ id, key: "same", secret: "s" })) },
      TypeError,
      'two apps of listen() have the key "same", and clients could not tell them apart; give each its own',
    ],
    [
      { apps: ["a", "b"].map((key) => ({ id: "1", key, secret: "s" })) },
      TypeError,
      'two apps of listen() have the id "1"',
    ],
  ])("refuses %j", async (options, type, part) => {
    const refusal = await rig.listen(options as never).catch((reason) => reason);
    expect(refusal).toBeInstanceOf(type);
    expect(refusal.message).toContain(part);
  });

  it.each([
    ["203.0.113.7", "EADDRNOTAVAIL", "203.0.113.7 is not an address of this machine, choose 127.0.0.1 or 0.0.0.0"],
    ["no.such.host.invalid", "ENOTFOUND", "the host no.such.host.invalid has no address, choose 127.0.0.1 or 0.0.0.0"],
  ])("cannot listen on %s, and says why", async (host, code, part) => {
    const refusal = await rig.listen({ port: 0, host }).catch((reason) => reason);
    expect(refusal).toMatchObject({ code, address: host });
    expect(refusal.message).toContain(part);
  });

  it("belongs to an app that is open", async () => {
    rig.close();
    await expect(rig.listen({ port: 0 })).rejects.toThrowError(
      "this app was closed; make a new one with createMockPusher()",
    );
  });

  it("serves several apps, each to clients with its key, and turns others away with 4001", async () => {
    const app = { id: "77", key: "seven", secret: "seven-secret" };
    const gateway = await listen({ apps: [app] });
    const [own, theirs] = [await connected(gateway), await connected(gateway, "seven")];
    const rooms = [own.subscribe("room"), theirs.subscribe("room")];
    await Promise.all(rooms.map((room) => next(room, "pusher:subscription_succeeded")));
    const heard = next(rooms[0], "event");
    rooms[1].bind("event", () => expect.unreachable("an event of another app"));
    await rig.server.trigger("room", "event", 1);
    expect(await heard).toBe(1);
    expect(await refused(gateway, "eight")).toEqual({
      code: 4001,
      message: "App key eight not in this cluster. Did you forget to specify the cluster?",
    });
  });

  it("answers below a prefix, if it has one, at every address", async () => {
    const gateway = await listen({ wsPath: "/ws" });
    expect(gateway.url).toBe(`http://127.0.0.1:${gateway.port}/ws`);
    const client = await connected(gateway, rig.app.key, { wsPath: "/ws" });
    expect((await refused(gateway)).code).toBe(4005);
    const page = await (await fetch(gateway.url)).text();
    expect(page).toContain("<title>pushrig</title>");
    expect(await (await fetch(`${gateway.url}/health`)).json()).toMatchObject({ name: "pushrig", connections: 1 });
    // A server that follows PUSHRIG_URL keeps its path.
    const heard = next(client.subscribe("room"), "event");
    await next(client.channel("room"), "pusher:subscription_succeeded");
    vi.stubEnv("PUSHRIG_URL", `${gateway.url}/`);
    const { id: appId, key, secret } = rig.app;
    const answer = await new MockPusherServer({ appId, key, secret }).trigger("room", "event", { n: 1 });
    vi.unstubAllEnvs();
    expect(new URL(answer.url).pathname).toBe(`/ws/apps/${appId}/events`);
    expect(await heard).toEqual({ n: 1 });
  });

  it("knows a prefix that clients write with percent signs", async () => {
    const gateway = await listen({ wsPath: "/wé" });
    const client = await connected(gateway, rig.app.key, { wsPath: "/w%C3%A9" });
    expect(client.connection.socket_id).toMatch(/^\d+\.\d+$/);
  });

  it("lets as many clients in as maxConnections says, of all apps together", async () => {
    const gateway = await listen({ maxConnections: 2, apps: [{ id: "77", key: "seven", secret: "s" }] });
    await connected(gateway);
    const second = await connected(gateway, "seven");
    expect(await refused(gateway)).toEqual({ code: 4100, message: "Over capacity" });
    clients.pop()?.disconnect();
    second.disconnect();
    await vi.waitFor(() => expect(gateway.connectionCount).toBe(1));
    await connected(gateway);
  });

  it("lets as many clients of an app in as its limit says, those of this process included", async () => {
    rig.close();
    rig = createMockPusher({ limits: { connections: 2 } });
    const gateway = await listen();
    rig.client();
    await connected(gateway);
    expect(await refused(gateway)).toEqual({ code: 4004, message: "Account over quota" });
  });

  it("ends the connection of a client that sends more than messagesPerSecond", async () => {
    const gateway = await listen({ messagesPerSecond: 5 });
    const one = await connected(gateway);
    const dropped = error(one);
    for (let message = 0; message < 20; message++) one.send_event("pusher:ping", {});
    expect((await dropped).code).toBe(4100);
  });

  it("cuts a client that does not read, and serves the others", async () => {
    const seen: string[] = [];
    const gateway = await listen({ maxQueuedBytes: 50_000, onActivity: ({ type }) => seen.push(type) });
    const reader = (await connected(gateway)).subscribe("room");
    await next(reader, "pusher:subscription_succeeded");
    const slow = connect(gateway.port, "127.0.0.1").pause();
    slow.on("error", () => {});
    slow.write(
      `GET /app/${rig.app.key}?protocol=7 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    const subscribe = '{"event":"pusher:subscribe","data":{"channel":"room"}}';
    // A client's text frame with a mask of zeros.
    slow.write(Buffer.from([0x81, 0x80 | subscribe.length, 0, 0, 0, 0]));
    slow.write(subscribe);
    await vi.waitFor(() => expect(rig.state.getSubscriberCount("room")).toBe(2));
    // Far more than the kernel takes for it.
    for (let event = 0; gateway.connectionCount === 2; event++) {
      expect(event).toBeLessThan(10_000);
      const heard = next(reader, "event");
      await rig.server.trigger("room", "event", "x".repeat(10_000));
      await heard;
    }
    await vi.waitFor(() => expect(seen).toContain("tooSlow"));
    slow.destroy();
  });

  it.each([
    [{ enabled: false }, 4003, "Application disabled"],
    [{ forceTLS: true }, 4000, "Application only accepts SSL connections, reconnect using wss://"],
    [
      { authorizedConnections: true, limits: { authorizationTimeoutMs: 20 } },
      4009,
      "Connection not authorized within timeout",
    ],
  ])("turns clients away from an app with %j", async (options, code, message) => {
    rig.close();
    rig = createMockPusher(options);
    expect(await refused(await listen())).toEqual({ code, message });
  });

  it("a client of this process is turned away with the same code", async () => {
    rig.close();
    rig = createMockPusher({ enabled: false, delivery: "network", latency: 0 });
    expect(await error(rig.client())).toEqual({ code: 4003, message: "Application disabled" });
  });
});

describe("a gateway", () => {
  it("closes with the code that is asked for, once, and then nothing listens", async () => {
    const gateway = await listen();
    const one = await connected(gateway);
    const dropped = error(one);
    await Promise.all([gateway.close({ code: 4001 }), gateway.close()]);
    expect((await dropped).code).toBe(4001);
    expect([gateway.isClosed, gateway.connectionCount]).toEqual([true, 0]);
    await expect(health(gateway)).rejects.toThrowError("fetch failed");
    await expect(gateway.restart()).rejects.toThrowError("this gateway was closed; call listen() for a new one");
  });

  it.each([[3999], [5000], ["4200"], [Number.NaN]])("refuses to close with %s", async (code) => {
    const gateway = await listen();
    await expect(gateway.close({ code: code as number })).rejects.toThrowError("a whole number from 4000 to 4999");
    expect(gateway.isClosed).toBe(false);
  });

  it("restarts on the same port, and its clients come back", async () => {
    const gateway = await listen();
    const one = await connected(gateway);
    const channel = one.subscribe("room");
    await next(channel, "pusher:subscription_succeeded");
    const back = next(channel, "pusher:subscription_succeeded");
    const started = performance.now();
    await Promise.all([gateway.restart(), gateway.restart()]);
    await back;
    // 4100 makes pusher-js wait for a second.
    expect(performance.now() - started).toBeGreaterThan(900);
    const heard = next(channel, "event");
    await rig.server.trigger("room", "event", 1);
    expect(await heard).toBe(1);
  });

  it("closes with the app it was opened for", async () => {
    const gateway = await listen();
    const dropped = error(await connected(gateway));
    rig.close();
    expect((await dropped).code).toBe(4001);
    await gateway.close();
    await expect(health(gateway)).rejects.toThrowError("fetch failed");
  });

  it("that listens at every address names one that can be connected to", async () => {
    const gateway = await listen({ host: "0.0.0.0" });
    expect(gateway).toMatchObject({ host: "0.0.0.0", url: `http://127.0.0.1:${gateway.port}` });
    await health(gateway);
  });

  it("gives its port to the next one, also while it is being closed", async () => {
    const { port } = await listen();
    rig.close();
    rig = createMockPusher();
    const [next, same] = await Promise.all([listen({ port }), listen({ port })]);
    expect([next.port, same]).toEqual([port, next]);
    await connected(next);
    void next.close();
    await connected(await listen({ port }));
  });

  it("that is closed while it restarts stays closed", async () => {
    const gateway = await listen();
    const restarted = gateway.restart();
    await gateway.close();
    await restarted;
    await expect(health(gateway)).rejects.toThrowError("fetch failed");
  });

  it.runIf(process.platform === "linux")("has one thread while it listens, and none after", async () => {
    const { readdirSync, readFileSync } = await import("node:fs");
    const threads = () =>
      readdirSync("/proc/self/task").filter((task) => {
        try {
          return readFileSync(`/proc/self/task/${task}/comm`, "utf8").trim() === "pushrig-gateway";
        } catch {
          return false; // ended meanwhile
        }
      });
    // The system still lists a thread for a moment after it was joined: that of the gateway before, and then this one's.
    const before = threads();
    const own = () => threads().filter((task) => !before.includes(task));
    const gateway = await listen();
    // It names itself as soon as it runs.
    await vi.waitFor(() => expect(own()).toHaveLength(1));
    await gateway.close();
    await vi.waitFor(() => expect(own()).toEqual([]));
  });
});
