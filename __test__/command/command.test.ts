import { createServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { join } from "node:path";
import Echo from "laravel-echo";
import Pusher from "pusher";
import PusherClient from "pusher-js";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { outsideAddress } from "../../lib/command/reporters.js";
import { snippets } from "../../lib/command/snippets.js";
import { Running, start } from "./running.js";
import { next } from "../support/next.js";

// Each test starts a process or two, which takes seconds where many others start.
vi.setConfig({ testTimeout: 60_000 });

const hasIPv6 = Object.values(networkInterfaces())
  .flat()
  .some((own) => own?.address === "::1");

/** Starts the command so that it prints what to paste. */
const startToConnect = (...args: string[]): Running => start("--connect", ...args);

/** The lines below a title, as somebody would paste them. */
async function snippet(running: Running, title: string): Promise<string> {
  await running.shows(/Ctrl-C/);
  const lines = running.stdout.split("\n");
  const first = lines.indexOf(`  ${title}`) + 1;
  return lines.slice(first, lines.indexOf("", first)).join("\n").trim();
}

/** Evaluates pasted JavaScript. */
function paste<T>(code: string, names: Record<string, unknown>): T {
  return new Function(...Object.keys(names), `return ${code}`)(...Object.values(names)) as T;
}

function connectedWith(client: PusherClient): PusherClient {
  onTestFinished(() => client.disconnect());
  return client;
}

const subscribed = (client: PusherClient, channel: string) =>
  new Promise<void>((resolve) => client.subscribe(channel).bind("pusher:subscription_succeeded", () => resolve()));

describe("what npx pushrig prints", () => {
  it("is short: where it is, where its page is, and the key", async () => {
    const running = start();
    const port = await running.port();
    await running.shows(/Ctrl-C.*\n\n$/);
    expect(running.stdout.split("\n")).toEqual([
      "",
      expect.stringMatching(/^ {2}pushrig \d+\.\d+\.\d+ · a Pusher Channels server for development$/),
      "",
      `  address   http://127.0.0.1:${port}`,
      `  page      http://127.0.0.1:${port}/ · what happens, how to connect`,
      "  key       mock-pusher-key",
      "",
      "  Ctrl-C stops the server.",
      "",
      "",
    ]);
    const page = await fetch(`http://127.0.0.1:${port}/`);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, expect.stringContaining("text/html")]);
  });

  it("names each app's key, and to other machines the token", async () => {
    const several = start("--app", "1:one:the-first-secret", "--app", "2:two:the-second-secret");
    await several.shows(/Ctrl-C/);
    expect(several.stdout).toContain("  key       one · app 1\n  key       two · app 2\n");
    expect(several.stdout).not.toMatch(/secret|token/);
    const open = start("--host", "0.0.0.0");
    await open.shows(/ {2}token {5}[\w-]{32}\n {2}key {7}mock-pusher-key\n/);
    const chosen = start("--host", "0.0.0.0", "--token", "a-token-for-others");
    await chosen.shows(/ {2}token {5}the one that was given\n {2}key {7}mock-pusher-key\n/);
  });

  it("has all credentials with --connect", async () => {
    const running = startToConnect("--app", "1:one:first", "--app", "2:two:second", "--token", "the-token");
    await running.shows(/Ctrl-C/);
    expect(running.stdout).toContain("token     the-token\n");
    for (const [id, key, secret] of [
      ["1", "one", "first"],
      ["2", "two", "second"],
    ])
      expect(running.stdout).toContain(
        `  app id    ${id}\n  key       ${key}\n  secret    ${secret}\n  cluster   mock-cluster\n`,
      );
    expect(running.stdout).toContain("These lines are for the app 1; the others differ in id, key and secret.");
  });

  it("has no links where it goes through a pipe, whatever the terminal can do", async () => {
    const running = new Running(["--port", "0"], {
      FORCE_HYPERLINK: "1",
      TERM_PROGRAM: "ghostty",
      COLORTERM: "truecolor",
    });
    const port = await running.port();
    await fetch(`http://127.0.0.1:${port}/nowhere`);
    await running.shows(/\/nowhere/);
    expect(running.stdout).not.toContain("\u001b");
  });

  it("connects pusher-js and npm pusher when it is pasted", async () => {
    const running = startToConnect();
    const client = connectedWith(paste<PusherClient>(await snippet(running, "pusher-js"), { Pusher: PusherClient }));
    const server = paste<Pusher>(await snippet(running, "npm pusher"), { Pusher });
    await subscribed(client, "task-1");
    const heard = next(client, "new-message");

    await server.trigger("task-1", "new-message", { id: 1 });

    expect(await heard).toEqual({ id: 1 });
    await running.shows(/→ new-message on task-1 to 1 client · \{"id":1\}/);
  });

  it.runIf(hasIPv6)("connects both over IPv6 too", async () => {
    const running = startToConnect("--host", "::1");
    const client = connectedWith(paste<PusherClient>(await snippet(running, "pusher-js"), { Pusher: PusherClient }));
    const server = paste<Pusher>(await snippet(running, "npm pusher"), { Pusher });
    await subscribed(client, "task-1");
    expect((await server.trigger("task-1", "new-message", {})).status).toBe(200);
  });

  it("names an address of this machine where it listens at all of them", async () => {
    const running = startToConnect("--host", "0.0.0.0");
    const port = await running.port();
    expect(await snippet(running, "npm pusher")).toContain(`host: "127.0.0.1", port: "${port}"`);
  });

  it.runIf(outsideAddress("0.0.0.0"))("says that it is open to the network, and where", async () => {
    const running = start("--host", "0.0.0.0");
    const [, url] = await running.shows(
      /network {3}(http\S+), open to every device\n {2}signing {3}for clients of this machine, at the address above, and for who has the token\n/,
    );
    expect(new URL(url).hostname).not.toBe("127.0.0.1");
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it.each([
    ["0.0.0.0", "192.0.2.1"],
    ["::", "2001:db8::1"],
    ["127.0.0.1", undefined],
  ])("other devices come to a gateway on %s by %s", (host, outside) => {
    const own = (family: "IPv4" | "IPv6", address: string, internal = false) =>
      ({ family, address, internal }) as NetworkInterfaceInfo;
    const addresses = [own("IPv6", "fe80::1"), own("IPv4", "192.0.2.1"), own("IPv6", "2001:db8::1")];
    const interfaces = { lo: [own("IPv4", "127.0.0.1", true), own("IPv6", "::1", true)], eth0: addresses };
    expect(outsideAddress(host, interfaces)).toBe(outside);
    expect(outsideAddress(host, { lo: interfaces.lo })).toBeUndefined();
  });

  it("lets pusher-js into private and presence channels, and sign in", async () => {
    const running = startToConnect();
    const client = connectedWith(paste<PusherClient>(await snippet(running, "pusher-js"), { Pusher: PusherClient }));
    await Promise.all([subscribed(client, "private-orders"), subscribed(client, "presence-room")]);
    client.signin();
    const user = await next(client, "pusher:signin_success");
    expect(user).toMatchObject({ user_data: JSON.stringify({ id: client.connection.socket_id }) });
  });

  it("lets Laravel Echo into every channel, on a page with a CSRF token too", async () => {
    const running = startToConnect();
    // A page has pusher-js as a global, and the token in its head.
    class OnPage extends Echo<"pusher"> {
      constructor(options: object) {
        super({ broadcaster: "pusher", Pusher: PusherClient, csrfToken: "token", ...options });
      }
    }
    const echo = paste<OnPage>(await snippet(running, "Laravel Echo"), { Echo: OnPage });
    onTestFinished(() => echo.disconnect());
    const channels = [echo.channel("news"), echo.private("orders"), echo.join("room")];
    await Promise.all(channels.map((channel) => new Promise<void>((resolve) => channel.subscribed(resolve))));
    expect((await running.shows(/client 1 subscribed to presence.*/))[0]).toBe("client 1 subscribed to presence-room");
  });

  it("says that an app with credentials of its own signs by itself", async () => {
    const running = startToConnect("--app", "7:key:secret");
    for (const title of ["pusher-js", "Laravel Echo"]) {
      const code = await snippet(running, title);
      expect(code).toContain("// channelAuthorization: your application's own endpoint signs for private and presence");
      expect(paste(code, { Pusher: Object, Echo: Object })).toBeInstanceOf(Object);
    }
  });

  it.each([
    ["127.0.0.1", true],
    ["[::1]", true],
    // Who comes by this address is no client of this machine.
    ["192.0.2.1", false],
  ])("to clients of %s, names a signer: %s", (host, signs) => {
    const [pusherJs] = snippets({ id: "1", key: "key", secret: "secret" }, { host, port: 6001, wsPath: "" }, true);
    expect(pusherJs.lines.join("\n").includes(`http://${host}:6001/pusher/auth`)).toBe(signs);
  });

  it("has the prefix in every address that takes one", () => {
    const [pusherJs] = snippets(
      { id: "1", key: "key", secret: "secret" },
      { host: "127.0.0.1", port: 6001, wsPath: "/ws" },
      true,
    );
    const lines = pusherJs.lines.join("\n");
    expect(lines).toContain('wsPath: "/ws",');
    expect(lines).toContain('httpPath: "/ws/pusher",');
    expect(lines).toContain('endpoint: "http://127.0.0.1:6001/ws/pusher/auth"');
    expect(lines).toContain('endpoint: "http://127.0.0.1:6001/ws/pusher/user-auth"');
  });

  it("leads browsers to https when it has a certificate, and names what is wrong with one", async () => {
    const file = (name: string): string => join(import.meta.dirname, "../gateway/certificates", name);
    const running = startToConnect("--tls-cert", file("localhost.pem"), "--tls-key", file("localhost-key.pem"));
    const port = await running.port();
    const pusherJs = await snippet(running, "pusher-js");
    expect(running.stdout).toContain(`https://127.0.0.1:${port}`);
    expect(pusherJs).toContain(`forceTLS: true, wsHost: "127.0.0.1", wssPort: ${port},`);
    expect(pusherJs).toContain(`httpsPort: ${port},`);
    expect(pusherJs).toContain(`endpoint: "https://127.0.0.1:${port}/pusher/auth"`);
    const wrong = start("--tls-cert", file("localhost.pem"), "--tls-key", file("other-key.pem"));
    expect((await wrong.ended).code).toBe(2);
    expect(wrong.stderr).toMatch(/^pushrig: the key of tls, ".*other-key\.pem", does not belong to the certificate/);
  });

  it("gives Python an app id of digits, and a host and port without TLS", async () => {
    const running = startToConnect();
    const port = await running.port();
    const python = await snippet(running, "Python");
    expect(python).toContain('app_id="1", key="mock-pusher-key", secret="mock-pusher-secret"');
    expect(python).toContain(`host="127.0.0.1", port=${port}, ssl=False`);
  });

  it("has no colours when it is not for a terminal", async () => {
    const running = start();
    await running.shows(/Ctrl-C/);
    expect(running.stdout).not.toContain("\u001b");
  });

  it("is one JSON object on each line with --json", async () => {
    const running = start("--json", "--app", "7:key:secret");
    const port = await running.port();
    running.kill("SIGTERM");
    await running.ended;
    const lines = running.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      {
        v: 1,
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        type: "listening",
        url: `http://127.0.0.1:${port}`,
        host: "127.0.0.1",
        port,
        wsPath: "",
        token: expect.stringMatching(/^[\w-]{32}$/),
        apps: [{ id: "7", key: "key" }],
      },
      { v: 1, time: expect.any(String), type: "stopping", signal: "SIGTERM" },
      { v: 1, time: expect.any(String), type: "stopped" },
    ]);
  });
});

describe("what happens", () => {
  it("is told line by line: who comes, subscribes, is refused and leaves", async () => {
    const running = start();
    const port = await running.port();
    const options = {
      cluster: "x",
      forceTLS: false,
      wsHost: "127.0.0.1",
      wsPort: port,
      enabledTransports: ["ws" as const],
    };
    const client = connectedWith(new PusherClient("another-key", options));
    await subscribed(client, "room");
    await running.shows(/! a client uses the key another-key, the app's is mock-pusher-key/);
    await running.shows(/\+ client 1 connected by WebSocket · 1 connected/);
    await running.shows(/client 1 subscribed to room/);

    const credentials = { appId: "1", key: "mock-pusher-key", host: "127.0.0.1", port: String(port), useTLS: false };
    const server = new Pusher({ ...credentials, secret: "mock-pusher-secret" });
    await server.trigger("rooms", "hello", {});
    await running.shows(/! hello on rooms reached nobody: nobody is subscribed/);
    const stranger = new Pusher({ ...credentials, secret: "wrong" });
    await expect(stranger.trigger("room", "hello", {})).rejects.toMatchObject({ status: 401 });
    await running.shows(/! POST \/events → 401 Invalid signature/);

    client.send_event("client-hello", {}, "private-other");
    await running.shows(/! client 1 was refused: /);
    client.disconnect();
    await running.shows(/- client 1 left · 0 connected/);
  });

  it("is told why an authorization was refused", async () => {
    const running = start();
    const port = await running.port();
    const body = new URLSearchParams({ socket_id: "1.2", channel_name: "private-a" });
    await fetch(`http://127.0.0.1:${port}/pusher/auth`, { method: "POST", body });
    const found = await running.shows(/! .*/);
    expect(found[0]).toMatch(
      /^! POST \/pusher\/auth → 403 pushrig: no client of the default app has the socket id '1\.2'/,
    );
  });

  it("is told where a client looked for an app, and where apps are", async () => {
    const running = start("--ws-path", "/ws");
    const lost = { cluster: "x", forceTLS: false, wsHost: "127.0.0.1", wsPort: await running.port() };
    connectedWith(new PusherClient("mock-pusher-key", { ...lost, enabledTransports: ["ws"] }));
    const found = await running.shows(/! a client was refused: .*/);
    expect(found[0]).toBe(
      "! a client was refused: 4005 Path not found: it asked for /app/mock-pusher-key, apps are at /ws/app/KEY",
    );
  });

  it("is told of every request with --verbose", async () => {
    const running = start("--verbose");
    const port = await running.port();
    for (const path of ["/", "/health", "/elsewhere"]) await fetch(`http://127.0.0.1:${port}${path}`);
    const all = /GET \/ → 200\n[^]*GET \/health → 200\n[^]*! GET \/elsewhere → 404 404 NOT FOUND\n/;
    expect((await running.shows(all)).index).toBeGreaterThan(0);
  });

  it("is told with the app in which it happens, if there are several", async () => {
    const running = start("--app", "1:one:secret", "--app", "2:two:secret");
    const port = String(await running.port());
    const server = new Pusher({ appId: "2", key: "one", secret: "secret", host: "127.0.0.1", port, useTLS: false });
    await expect(server.trigger("room", "hello", {})).rejects.toMatchObject({ status: 400 });
    const found = await running.shows(/! .*/);
    expect(found[0]).toBe(
      "! app 2: POST /events → 400 Unknown auth_key: the request was signed with the key one, the app's is two",
    );
  });

  it("names its app to programs", async () => {
    const running = start("--json", "--app", "7:key:secret");
    const options = { cluster: "x", forceTLS: false, wsHost: "127.0.0.1", wsPort: await running.port() };
    await subscribed(connectedWith(new PusherClient("key", { ...options, enabledTransports: ["ws"] })), "room");
    const [line] = await running.shows(/.*"subscribed".*\n/);
    expect(JSON.parse(line)).toMatchObject({ type: "subscribed", channel: "room", appId: "7" });
  });

  it("is sent as webhooks to --webhook, of every app", async () => {
    const received: Array<{ key: unknown; events: Array<{ name: string }> }> = [];
    const receiver = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        received.push({ key: request.headers["x-pusher-key"], events: JSON.parse(body).events });
        response.end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void receiver.close());
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`;

    const running = start("--webhook", url, "--app", "1:one:secret", "--app", "2:two:secret");
    const port = await running.port();
    for (const key of ["one", "two"]) {
      const options = {
        cluster: "x",
        forceTLS: false,
        wsHost: "127.0.0.1",
        wsPort: port,
        enabledTransports: ["ws" as const],
      };
      await subscribed(connectedWith(new PusherClient(key, options)), "room");
    }
    await vi.waitFor(() => expect(received.map(({ key }) => key).sort()).toEqual(["one", "two"]), 30_000);
    expect(received[0].events).toMatchObject([{ name: "channel_occupied", channel: "room" }]);
    // Two receivers' answers come in either order.
    for (const app of [1, 2]) {
      await running.shows(new RegExp(`↗ app ${app}: webhook channel_occupied of room to ${url} → 200`));
    }
  });

  it("is not told with --quiet, problems excepted", async () => {
    const running = start("--quiet");
    const port = await running.port();
    expect(running.stdout).not.toContain("new Pusher");
    const server = new Pusher({
      appId: "1",
      key: "mock-pusher-key",
      secret: "mock-pusher-secret",
      host: "127.0.0.1",
      port: String(port),
      useTLS: false,
    });
    await server.get({ path: "/channels" });
    await server.trigger("rooms", "hello", {});
    await running.shows(/reached nobody/);
    expect(running.stdout).not.toContain("GET");
  });
});

/** Publishes that nobody hears. */
async function flood(server: Pusher, events: number): Promise<void> {
  const batch = Array.from({ length: 10 }, (_, n) => ({ channel: `c-${n}`, name: "x".repeat(200), data: "{}" }));
  for (let sent = 0; sent < events; sent += 100) {
    await Promise.all(Array.from({ length: 10 }, () => server.triggerBatch(batch)));
  }
}

function serverOf(port: number, appId = "mock-app-id"): Pusher {
  return new Pusher({
    appId,
    key: "mock-pusher-key",
    secret: "mock-pusher-secret",
    host: "127.0.0.1",
    port: String(port),
    useTLS: false,
  });
}

describe("a reader that stops", () => {
  it("is told how many lines it has missed once it reads again, and memory stays", async () => {
    const running = start("--json", "--verbose");
    const server = serverOf(await running.port());
    running.stall();
    await flood(server, 10_000);
    running.resume();
    const [, count] = await running.shows(/"type":"lostLines","count":(\d+)/);
    expect(Number(count)).toBeGreaterThan(1_000);
    expect(running.stdout.length).toBeLessThan(3 * 1024 * 1024);
  });
});

describe("a publish that reaches nobody", () => {
  it("says which channel may have been meant", async () => {
    const running = start();
    const port = await running.port();
    const client = connectedWith(
      new PusherClient("mock-pusher-key", { cluster: "c", wsHost: "127.0.0.1", wsPort: port, forceTLS: false }),
    );
    await subscribed(client, "room-1");
    await serverOf(port).trigger("rooom-1", "e", {});
    const [, meant] = await running.shows(
      /! e on rooom-1 reached nobody: .* did you mean (.*), which has subscribers\?/,
    );
    expect(meant).toBe("room-1");
  });

  it("or that names another app is told, where the mock's own app takes any", async () => {
    const running = start();
    const server = serverOf(await running.port(), "4711");
    await server.trigger("room", "e", {});
    const [, id] = await running.shows(/! a server names the app 4711, the app's id is (.*): let in here, refused by/);
    expect(id).toBe("mock-app-id");
  });

  it("by the id for libraries that take digits only is as good as by its own", async () => {
    const running = start();
    const port = await running.port();
    await serverOf(port, "1").trigger("room", "e", {});
    await serverOf(port, "2").trigger("room", "e", {});
    await running.shows(/names the app 2,/);
    expect(running.stdout).not.toMatch(/names the app 1,/);
  });
});

describe("the end", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "%s says goodbye to clients, who come back, and exits with 0",
    async (signal) => {
      const running = start();
      const port = await running.port();
      const options = {
        cluster: "x",
        forceTLS: false,
        wsHost: "127.0.0.1",
        wsPort: port,
        enabledTransports: ["ws" as const],
      };
      const client = connectedWith(new PusherClient("mock-pusher-key", options));
      const goodbye = next(client.connection, "error");
      await subscribed(client, "room");

      running.kill(signal);
      // As Ctrl-C in a terminal, which reaches the command once by itself and once through npm.
      running.kill(signal);

      expect(await running.ended).toEqual({ code: 0, signal: null });
      expect(await goodbye).toMatchObject({ data: { code: 4100 } });
      expect(running.stdout).toContain(`${signal}: stopping, saying goodbye to 1 client`);
      expect(running.stderr).toBe("");
    },
  );

  it("comes on a signal although nobody reads the output", async () => {
    const running = start("--json", "--verbose");
    const server = serverOf(await running.port());
    running.stall();
    // More than pipes hold.
    await flood(server, 4_000);
    running.kill("SIGTERM");
    // Nothing of the output is read until the process has gone.
    expect(await running.exited).toEqual({ code: 0, signal: null });
  });

  it("is quiet when whoever reads the output has gone", async () => {
    const running = start();
    const port = await running.port();
    await running.shows(/Ctrl-C.*\n\n$/);
    running.closeOutput();
    // It is logged, which ends the process, perhaps before the answer has left.
    await fetch(`http://127.0.0.1:${port}/apps/1/channels`).catch(() => {});
    expect(await running.ended).toEqual({ code: 0, signal: null });
    expect(running.stderr).toBe("");
  });
});

describe("a port that is taken", () => {
  it("by another terminal's gateway is used from there, and taken when that ends", async () => {
    const first = start();
    const port = await first.port();
    const second = new Running(["--port", String(port)]);
    await second.shows(
      new RegExp(`attached to the gateway of process ${first.pid} \\(npx pushrig\\) on 127\\.0\\.0\\.1:${port}`),
    );
    const status = new Running(["status", "--url", `http://127.0.0.1:${port}`]);
    await status.ended;
    expect(status.stdout).toContain(`\nattached  process ${second.pid} (npx pushrig)\n`);
    // Its log says what happens at the other one.
    const body = JSON.stringify({ channel: "room", event: "told", data: {} });
    await expect
      .poll(async () => {
        // It may have begun to listen after the one before.
        await fetch(`http://127.0.0.1:${port}/pushrig/v1/trigger`, { method: "POST", body });
        return second.stdout;
      })
      .toMatch(/told on room reached nobody/);
    first.kill("SIGKILL");
    await second.shows(
      new RegExp(`process ${first.pid} \\(npx pushrig\\) has ended; this process \\(npx pushrig, ${second.pid}\\) has`),
    );
    expect(await second.port()).toBe(port);
    second.kill("SIGTERM");
    expect((await second.ended).code).toBe(0);
    expect(second.stderr).toBe("");
  });

  it("by the gateway of another project is said to be so, with both folders", async () => {
    const first = start();
    const port = await first.port();
    const second = new Running(["--port", String(port)], { PUSHRIG_PROJECT: "/elsewhere" });
    expect((await second.ended).code).toBe(1);
    expect(second.stderr).toMatch(
      /^pushrig: the gateway on 127\.0\.0\.1:\d+ is of ".+", and this process is of "\/elsewhere"\. Set PUSHRIG_PORT/,
    );
  });

  it.each([
    ["another HTTP server", () => createServer((_request, response) => response.end("hello"))],
    ["another program", () => createTcpServer((socket) => socket.end("220 mail ready\r\n").on("error", () => {}))],
  ])("by %s is said to be so", async (who, make) => {
    const holder = make();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void holder.close());
    const running = new Running(["--port", String((holder.address() as AddressInfo).port)]);
    expect((await running.ended).code).toBe(1);
    expect(running.stderr).toContain(`is taken by ${who}.`);
  });
});

it("says what is wrong with an address it cannot bind", async () => {
  const running = new Running(["--host", "192.0.2.1", "--port", "0"]);
  expect((await running.ended).code).toBe(1);
  expect(running.stderr).toBe("pushrig: 192.0.2.1 is not an address of this machine, choose 127.0.0.1 or 0.0.0.0\n");
});

it("answers --help and --version", async () => {
  const help = new Running(["--help"]);
  expect(await help.ended).toEqual({ code: 0, signal: null });
  expect(help.stdout).toContain("Usage: pushrig [options]\n       pushrig COMMAND [options]");
  const version = new Running(["--version"]);
  expect(await version.ended).toEqual({ code: 0, signal: null });
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it("exits with 2 for options it does not understand, before it listens", async () => {
  const running = new Running(["--port", "many"]);
  expect(await running.ended).toEqual({ code: 2, signal: null });
  expect(running.stderr).toBe(
    'pushrig: --port is a whole number from 0 to 65535, not "many"\nRun pushrig --help for the options.\n',
  );
  expect(running.stdout).toBe("");
});
