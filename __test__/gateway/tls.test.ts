import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, request, type RequestOptions } from "node:https";
import { type AddressInfo, connect as connectPlain, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import Pusher from "pusher";
import PusherJs from "pusher-js";
import { createMockPusher, type Activity, type Gateway, type ListenOptions, type MockPusher } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { next } from "../support/next";

// Sockets and processes take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const file = (name: string): string => join(import.meta.dirname, "certificates", name);
const tls = { cert: file("localhost.pem"), key: file("localhost-key.pem") };
const ca = readFileSync(tls.cert);

let rig: MockPusher;
let gateway: Gateway | undefined;
let client: PusherJs | undefined;

beforeEach(() => {
  rig = createMockPusher();
});
afterEach(async () => {
  client?.disconnect();
  await gateway?.close({ code: 4001 });
  client = gateway = undefined;
  rig.close();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

async function listen(options: ListenOptions = {}): Promise<Gateway> {
  gateway = await rig.listen({ port: 0, ...options });
  return gateway;
}

/** Status and body of an answer over TLS. */
function ask(options: RequestOptions, body = ""): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", ca, agent: false, ...options }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** The real pusher-js, once it is connected by wss. It has no option for a certificate. */
async function connected({ port }: Gateway, more: object = {}): Promise<PusherJs> {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  vi.spyOn(process, "emitWarning").mockReturnValue();
  const options = { cluster: "x", wsHost: "127.0.0.1", wssPort: port, forceTLS: true, ...more };
  client = new PusherJs(rig.app.key, { ...options, enabledTransports: ["ws"] });
  const { connection } = client;
  await next(connection, "connected");
  return client;
}

/** The first message of a handshake. */
async function clientHello(): Promise<Buffer> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const hello = new Promise<Buffer>((resolve) => {
    listener.once("connection", (socket) => {
      socket.once("data", (data) => {
        resolve(data);
        socket.destroy();
      });
    });
  });
  connect({ host: "127.0.0.1", port: (listener.address() as AddressInfo).port }).on("error", () => listener.close());
  return hello;
}

/** A client that says that it does not know who signed the certificate, as all but Node do. Resolves once it is hung up on. */
async function distrust(port: number): Promise<void> {
  const UNKNOWN_CA = Buffer.from([0x15, 3, 3, 0, 2, 2, 48]);
  const socket = connectPlain({ host: "127.0.0.1", port });
  const ended = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.on("error", () => {});
  socket.once("data", () => socket.write(UNKNOWN_CA));
  socket.write(await clientHello());
  return ended;
}

describe("listen({ tls })", () => {
  it("serves wss and https beside ws and http, on one port", async () => {
    const { port, url } = await listen({ tls });
    expect(url).toBe(`https://127.0.0.1:${port}`);
    expect((await ask({ port, path: "/health" })).body).toContain('"name":"pushrig"');
    expect(await (await fetch(`http://127.0.0.1:${port}/health`)).json()).toMatchObject({ name: "pushrig" });
    const channel = (await connected(gateway!)).subscribe("room");
    await next(channel, "pusher:subscription_succeeded");
    const heard = next(channel, "event");
    const { id: appId, key, secret } = rig.app;
    const server = new Pusher({
      appId,
      key,
      secret,
      host: "127.0.0.1",
      port: String(port),
      useTLS: true,
      agent: new Agent({ ca }),
    });
    const data = { text: "x".repeat(9_000) };
    await server.trigger("room", "event", data);
    expect(await heard).toEqual(data);
    expect(gateway?.connectionCount).toBe(1);
  });

  it("takes PEM text as well as paths, and a key with its passphrase", async () => {
    const read = (name: string) => readFileSync(file(name));
    const given = { cert: String(read("localhost.pem")), key: read("encrypted-key.pem"), passphrase: "secret" };
    const { port } = await listen({ tls: given });
    expect((await ask({ port, path: "/health" })).status).toBe(200);
  });

  it("says goodbye over TLS too, and is there again after a restart", async () => {
    await listen({ tls });
    const errors: unknown[] = [];
    const one = await connected(gateway!);
    one.connection.bind("error", (error: any) => errors.push(error?.data?.code ?? error?.error?.data?.code));
    const again = next(one.connection, "connected");
    await gateway!.restart();
    await again;
    expect(errors).toContain(4100);
    expect((await ask({ port: gateway!.port, path: "/health" })).status).toBe(200);
  });

  it("counts a client by TLS as one that meets the app's forceTLS", async () => {
    rig.close();
    rig = createMockPusher({ forceTLS: true });
    const { port } = await listen({ tls });
    await connected(gateway!);
    const options = { cluster: "x", wsHost: "127.0.0.1", wsPort: port, forceTLS: false };
    const plain = new PusherJs(rig.app.key, { ...options, enabledTransports: ["ws"] });
    // pusher-js comes back by TLS, to its port for that.
    const refused = await next(plain.connection, "error");
    plain.disconnect();
    expect(refused.data ?? refused.error.data).toMatchObject({ code: 4000 });
  });

  it("lets nothing through in either direction while a client is silent, and everything afterwards", async () => {
    await listen({ tls });
    const one = await connected(gateway!);
    const received: number[] = [];
    const channel = one.subscribe("room");
    channel.bind("e", (data: number) => received.push(data));
    await next(channel, "pusher:subscription_succeeded");
    const other = rig.client();
    other.subscribe("room");
    const silence = rig.network.silence(one.connection.socket_id);
    for (const data of [1, 2]) await rig.server.trigger("room", "e", data);
    one.subscribe("other-room");
    await rig.idle();
    // Another client by TLS is served meanwhile.
    expect((await ask({ port: gateway!.port, path: "/health" })).status).toBe(200);
    expect([received, one.connection.state, rig.state.getSubscriberCount("other-room")]).toEqual([[], "connected", 0]);
    silence.restore();
    await vi.waitFor(() => expect(received).toEqual([1, 2]), 5_000);
    await rig.channel("other-room").subscribed({ timeout: 5_000 });
  });

  it("has a silent client notice by its own timeouts, wait outside, and come back subscribed", async () => {
    await listen({ tls });
    const one = await connected(gateway!, { activityTimeout: 300, pongTimeout: 100, unavailableTimeout: 100 });
    const states: string[] = [];
    const channel = one.subscribe("room");
    await next(channel, "pusher:subscription_succeeded");
    one.connection.bind("state_change", ({ current }: { current: string }) => states.push(current));
    const silence = rig.network.silence(one.connection.socket_id);
    await vi.waitFor(() => expect(states).toEqual(["connecting", "unavailable"]), 10_000);
    // Who says something else of itself comes in.
    expect((await ask({ port: gateway!.port, path: "/health" })).status).toBe(200);
    silence.restore();
    await vi.waitFor(() => expect(states.at(-1)).toBe("connected"), 10_000);
    await vi.waitFor(() => expect(channel.subscribed).toBe(true), 10_000);
    // The broker lets go of the connection from before, which has ended meanwhile.
    await vi.waitFor(() => expect(rig.state.getSubscriberCount("room")).toBe(1), 10_000);
  });

  it("cuts a silent client with 4201 when the gateway's time goes on, and closes while one is silent", async () => {
    await listen({ tls });
    const one = await connected(gateway!);
    const channel = one.subscribe("room");
    await next(channel, "pusher:subscription_succeeded");
    const { socket_id: socketId } = one.connection;
    rig.network.silence(socketId);
    const did = await gateway!.advance("3m");
    expect(`${did}`).toContain(`cut ${socketId} with 4201`);
    expect(rig.state.getSubscriberCount("room")).toBe(0);
    rig.network.restore();
    rig.network.silence("all");
    await gateway!.close();
  });

  it("refuses, cuts and delays clients by TLS as others", async () => {
    await listen({ tls });
    rig.network.refuse({ code: 4004, reason: "no room", times: 1 });
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    vi.spyOn(process, "emitWarning").mockReturnValue();
    const options = { cluster: "x", wsHost: "127.0.0.1", wssPort: gateway!.port, forceTLS: true };
    const refused = new PusherJs(rig.app.key, { ...options, enabledTransports: ["wss", "ws"] } as never);
    const error = await next(refused.connection, "error");
    refused.disconnect();
    expect(error.data ?? error.error.data).toMatchObject({ code: 4004 });
    const cut = rig.network.refuse({ times: 1 });
    const upgrade = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
    const headers = { ...upgrade, "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };
    // Not with pusher-js, which waits for 15 seconds.
    const { port } = gateway!;
    await expect(ask({ port, path: `/app/${rig.app.key}?protocol=7`, headers })).rejects.toThrowError("socket hang up");
    expect(cut.strikes).toBe(1);
    const delay = rig.network.delay(100);
    const before = performance.now();
    await connected(gateway!);
    expect(performance.now() - before).toBeGreaterThanOrEqual(99);
    expect(delay.strikes).toBe(1);
  });

  it("tells once of each reason why clients break off the handshake, and what mends it", async () => {
    const seen: Activity[] = [];
    const { port } = await listen({ tls, onActivity: (activity) => seen.push(activity) });
    const away = (): string[] => seen.filter(({ type }) => type === "turnedAway").map(({ body }) => body ?? "");
    const hello = (options: object): Promise<unknown> =>
      new Promise((resolve) => connect({ host: "127.0.0.1", port, ...options }).on("error", resolve));
    // Node finds out after the handshake, other clients say so in it.
    for (let n = 0; n < 3; n += 1) expect(await hello({})).toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    await vi.waitFor(() => expect(away()).toHaveLength(1));
    expect(away()[0]).toMatch(/^a client by TLS has hung up without a word, as Node does when .*NODE_EXTRA_CA_CERTS/);
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" };
    for (let n = 0; n < 3; n += 1) expect(await hello(old)).toBeInstanceOf(Error);
    await vi.waitFor(() => expect(away()).toHaveLength(2));
    expect(away()[1]).toMatch(/^a client by TLS speaks no version that is spoken here \(.*\): 1\.2 or 1\.3$/);
    for (let n = 0; n < 3; n += 1) await distrust(port);
    await vi.waitFor(() => expect(away()).toHaveLength(3));
    expect(away()[2]).toMatch(/^a client by TLS does not trust the certificate \(.*unknown ca\)\. Let mkcert make/);
    expect(seen.every(({ type, who }) => type === "turnedAway" && who === "TLS")).toBe(true);
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "tells of a %s client that finds out behind the handshake",
    async (version) => {
      const seen: Activity[] = [];
      const { port } = await listen({ tls, onActivity: (activity) => seen.push(activity) });
      const versions = { minVersion: version, maxVersion: version };
      // Who asks for something, or waits for longer, has nothing against the certificate.
      const agent = new Agent({ ca, ...versions, keepAlive: true });
      expect((await ask({ port, path: "/health", agent })).status).toBe(200);
      agent.destroy();
      expect(seen.filter(({ type }) => type === "turnedAway")).toEqual([]);
      seen.length = 0;
      const refused = new Promise((resolve) => connect({ host: "127.0.0.1", port, ...versions }).on("error", resolve));
      expect(await refused).toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
      const away = () => seen.find(({ type }) => type === "turnedAway");
      await vi.waitFor(() => expect(away()).toMatchObject({ who: "TLS" }), 5_000);
      expect(away()?.body).toMatch(/^a client by TLS has hung up without a word, as Node does when/);
    },
  );

  it("warns of a handshake that was broken off on the console when nobody watches", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const { port } = await listen({ tls });
    await distrust(port);
    await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(1));
    expect(warn.mock.calls[0]?.[0]).toMatch(/^pushrig: a client by TLS does not trust the certificate/);
  });

  it("leaves nothing behind when its clients break off", async () => {
    const { port } = await listen({ tls });
    for (let n = 0; n < 20; n += 1) {
      const socket = connect({ host: "127.0.0.1", port, ca });
      await new Promise((resolve) => socket.on("secureConnect", resolve));
      socket.write("GET /app/");
      socket.destroy();
    }
    const half = connectPlain({ host: "127.0.0.1", port });
    half.write(Buffer.from([0x16, 3, 1]));
    half.destroy();
    expect((await ask({ port, path: "/health" })).status).toBe(200);
  });

  const outside = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === "IPv4" && !one.internal)?.address;

  it.skipIf(outside === undefined)("knows whether a client by TLS is of this machine", async () => {
    vi.spyOn(console, "log").mockReturnValue();
    rig.close();
    rig = createMockPusher();
    const { port, token } = await listen({ tls, host: "0.0.0.0", apps: [] });
    const form = "socket_id=1.1&channel_name=private-a";
    const sign = (host: string, headers = {}) =>
      ask({ host, port, path: "/pusher/auth", method: "POST", headers, checkServerIdentity: () => undefined }, form);
    // The front is of this machine; who comes through it need not be.
    expect(await sign(outside!)).toMatchObject({
      status: 403,
      body: expect.stringContaining(`it comes from ${outside}`),
    });
    expect((await sign("127.0.0.1")).body).not.toContain("it comes from");
    expect((await sign(outside!, { authorization: `Bearer ${token}` })).body).not.toContain("it comes from");
  });

  it.each(["/pusher/auth", "/nowhere"])(
    "answers a request to %s that is too large, instead of a reset",
    async (path) => {
      const { port } = await listen({ tls });
      const status = path === "/nowhere" ? 404 : 413;
      for (let round = 0; round < 5; round += 1) {
        expect(await ask({ port, path, method: "POST" }, "a".repeat(3_000_000))).toMatchObject({ status });
      }
    },
  );

  it("speaks HTTP/1.1 to browsers that would rather speak 2", async () => {
    const { port } = await listen({ tls });
    const socket = connect({ host: "127.0.0.1", port, ca, ALPNProtocols: ["h2", "http/1.1"] });
    await new Promise((resolve) => socket.on("secureConnect", resolve));
    expect(socket.alpnProtocol).toBe("http/1.1");
    socket.destroy();
  });

  const missing = file("nothing.pem");
  it.each<[unknown, string]>([
    [
      "cert.pem",
      'the option tls of listen() is an object such as { cert: "cert.pem", key: "key.pem" }, not "cert.pem"',
    ],
    [{ cert: tls.cert }, "the option tls of listen() has a cert and no key; give both, as in"],
    [{ key: tls.key }, "the option tls of listen() has a key and no cert; give both, as in"],
    [{}, "the option tls of listen() has neither cert nor key; give both, as in"],
    [{ ...tls, crt: "x" }, 'the option tls of listen() has no field "crt"; did you mean "cert"?'],
    [{ ...tls, key: 5 }, "the key of tls is PEM text or the path of a PEM file, not 5"],
    [{ ...tls, passphrase: 5 }, "the passphrase of tls is a string, not 5"],
    [{ ...tls, cert: missing }, `the cert of tls cannot be read from ${JSON.stringify(missing)} (ENOENT)`],
    [{ ...tls, key: missing }, `the key of tls cannot be read from ${JSON.stringify(missing)} (ENOENT)`],
    [{ ...tls, key: import.meta.dirname }, "(EISDIR); give the path of a PEM file, or the PEM text"],
    [{ ...tls, cert: tls.key }, "is no certificate in PEM: "],
    [{ ...tls, key: tls.cert }, "is no private key in PEM: "],
    [{ ...tls, key: file("encrypted-key.pem") }, "is encrypted; give its passphrase as the option passphrase of tls"],
    [{ ...tls, key: file("encrypted-key.pem"), passphrase: "wrong" }, "does not open with this passphrase: "],
    [{ ...tls, key: file("other-key.pem") }, "does not belong to the certificate"],
  ])("refuses %j", async (given, why) => {
    const refused = rig.listen({ port: 0, tls: given as ListenOptions["tls"] });
    await expect(refused).rejects.toThrow(why);
    await expect(refused).rejects.toBeInstanceOf(TypeError);
  });

  it("names the certificate that a key does not fit", async () => {
    const refused = rig.listen({ port: 0, tls: { ...tls, key: file("other-key.pem") } });
    await expect(refused).rejects.toThrow(new X509Certificate(ca).subjectAltName);
  });
});

describe("a gateway without a certificate", () => {
  const hello = (port: number): Promise<unknown> =>
    new Promise((resolve) => connect({ host: "127.0.0.1", port }).on("error", resolve));

  it("tells, once, that a client speaks TLS, and what mends the client", async () => {
    const seen: Activity[] = [];
    const { port } = await listen({ onActivity: (activity) => seen.push(activity) });
    for (let n = 0; n < 3; n += 1) expect(await hello(port)).toBeInstanceOf(Error);
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    expect(seen[0]).toMatchObject({ type: "turnedAway", who: "TLS" });
    expect(seen[0]?.body).toMatch(
      /^a client speaks TLS .* \(pusher-js: forceTLS: false; npm pusher: useTLS: false; .* listen\(\{ tls: \{ cert, key \} \}\)/,
    );
  });

  it("warns of it on the console when nobody watches", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const { port } = await listen();
    await hello(port);
    await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(1));
    expect(warn.mock.calls[0]?.[0]).toMatch(/^pushrig: a client speaks TLS/);
  });
});
