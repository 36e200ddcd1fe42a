import { join } from "node:path";
import PusherJs from "pusher-js";
import { clientOptions, listen, MockPusherServer, network, pusherMockState } from "pushrig";
import type { Page } from "playwright-core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { PusherJsDriver } from "./drivers/pusher-js.js";
import { World } from "./world.js";

const world = World.forThisFile({ browser: true });
const pages: Page[] = [];

async function open(host?: string): Promise<Page> {
  const page = await world.chromium().open(() => {}, host);
  pages.push(page);
  return page;
}

/** The same page over https. */
async function openOverHttps(): Promise<Page> {
  const page = await open();
  await page.goto(world.chromium().secureOrigin);
  return page;
}

afterEach(async () => {
  await Promise.all(pages.splice(0).map((page) => page.close()));
});

describe("an application in a page", { timeout: 30_000 }, () => {
  it("constructs what belongs to the server, and hears so when it uses it", async () => {
    const page = await open();
    const said = await page.evaluate(() => {
      const { MockPusherServer, pusherMockState } = window.pushrig;
      const server = new MockPusherServer({ appId: "1", key: "key", secret: "secret", cluster: "eu" });
      const errors: string[] = [];
      for (const use of [() => server.trigger("room", "e", 1), () => pusherMockState.getState()]) {
        try {
          use();
        } catch (error) {
          errors.push((error as Error).message);
        }
      }
      return errors;
    });
    expect(said).toEqual([
      expect.stringContaining("pushrig: MockPusherServer.trigger() is server-only"),
      expect.stringContaining("pushrig: PusherMockState.getState() is server-only"),
    ]);
  });

  it("knows its clients and their names", async () => {
    const page = await open();
    const client = await page.evaluate(async (url) => {
      const { MockPusherClient } = window.pushrig;
      const client = new MockPusherClient("mock-pusher-key", { cluster: "mock-cluster", url });
      const before = client.connectionId;
      await new Promise((resolve) => client.connection.bind("connected", resolve));
      return {
        before,
        name: client.connectionId,
        socketId: client.connection.socket_id,
        isInstance: client instanceof MockPusherClient && MockPusherClient.instances.includes(client),
      };
    }, world.gateway.url);
    expect(client).toEqual({ before: undefined, name: client.socketId, socketId: client.socketId, isInstance: true });
    expect(client.socketId).toMatch(/^\d+\.\d+$/);
  });

  it("hears from the class what pusher-js says in browsers: first about the key", async () => {
    const page = await open();
    const thrown = await page.evaluate(() => {
      const Client = window.pushrig.MockPusherClient as new (...args: unknown[]) => unknown;
      return [[], ["key"], ["key", {}]].map((args) => {
        try {
          return new Client(...args);
        } catch (error) {
          return error;
        }
      });
    });
    expect(thrown).toEqual([
      "You must pass your app key when you instantiate Pusher.",
      "You must pass an options object",
      "Options object must provide a cluster",
    ]);
  });

  it("joins encrypted channels with an implementation of nacl only, as with pusher-js", async () => {
    const page = await open();
    const refusal = await page.evaluate((url) => {
      const client = new window.pushrig.MockPusherClient("mock-pusher-key", { cluster: "mock-cluster", url });
      try {
        return client.subscribe("private-encrypted-diary").name;
      } catch (error) {
        return (error as Error).message;
      }
    }, world.gateway.url);
    expect(refusal).toContain(
      "Tried to subscribe to a private-encrypted- channel but no nacl implementation available",
    );
  });

  it("asks its own route for authorization when it names one", async () => {
    const page = await open();
    const asked: (string | null)[] = [];
    await page.route("**/api/pusher/auth", async (route) => {
      const form = new URLSearchParams(route.request().postData() ?? "");
      asked.push(form.get("channel_name"));
      const signed = world.server.authorizeChannel(form.get("socket_id")!, form.get("channel_name")!);
      await route.fulfill({ json: signed });
    });
    await page.evaluate(async (url) => {
      const options = { cluster: "mock-cluster", url, authEndpoint: "/api/pusher/auth" };
      const client = new window.pushrig.MockPusherClient("mock-pusher-key", options);
      const channel = client.subscribe("private-room");
      await new Promise((resolve) => channel.bind("pusher:subscription_succeeded", resolve));
    }, world.gateway.url);
    expect(asked).toEqual(["private-room"]);
  });
});

describe("the page's address", { timeout: 30_000 }, () => {
  it.each(["ws", "xhr_streaming", "xhr_polling"] as const)("may be localhost, also over %s", async (transport) => {
    const page = await open("localhost");
    const transportUsed = await page.evaluate(
      async ([port, transport]) => {
        const options = { cluster: "mock-cluster", wsPort: port, enabledTransports: [transport] };
        const client = new window.pushrig.MockPusherClient("mock-pusher-key", options);
        await new Promise((resolve) => client.connection.bind("connected", resolve));
        return [client.config.wsHost, client.connection.connection.transport.name];
      },
      [world.gateway.port, transport] as const,
    );
    expect(transportUsed).toEqual(["localhost", transport]);
  });

  it.each(["ws", "xhr_streaming"] as const)(
    "may be below a prefix that the gateway has, over %s",
    async (transport) => {
      const page = await open();
      const gateway = await listen({ port: 0, wsPath: "/mock" });
      const member = await page.evaluate(
        async ([url, transport]) => {
          const options = { cluster: "mock-cluster", url, enabledTransports: [transport], user: { id: "ann" } };
          const channel = new window.pushrig.MockPusherClient("mock-pusher-key", options).subscribe("presence-room");
          return new Promise((resolve) => {
            channel.bind("pusher:subscription_succeeded", ({ me }: { me: { id: string } }) => resolve(me.id));
          });
        },
        [gateway.url, transport] as const,
      );
      await gateway.close({ code: 4001 });
      expect(member).toBe("ann");
    },
  );

  it("is the gateway's, with port 6001, unless something else was said", async () => {
    const page = await open("app.localhost");
    expect(await page.evaluate(() => window.pushrig.clientOptions())).toMatchObject({
      wsHost: "app.localhost",
      wsPort: 6001,
      channelAuthorization: { endpoint: "http://app.localhost:6001/pusher/auth" },
    });
  });

  it.each(["ws", "xhr_streaming", "xhr_polling"] as const)(
    "has a certificate where the page came over https, and is reached by TLS over %s",
    async (transport) => {
      const page = await openOverHttps();
      const certificate = (name: string) => join(import.meta.dirname, "../gateway/certificates", name);
      const tls = { cert: certificate("localhost.pem"), key: certificate("localhost-key.pem") };
      const gateway = await listen({ port: 0, tls });
      const clientOptions = { url: gateway.url.replace("127.0.0.1", "localhost"), enabledTransports: [transport] };
      const heard = page.evaluate(async (options) => {
        const health = await (await fetch(`${options.url}/health`)).json();
        const client = new window.pushrig.MockPusherClient("mock-pusher-key", { cluster: "x", ...options });
        const channel = client.subscribe("private-room");
        return new Promise((resolve) => {
          channel.bind("event", (data: unknown) => {
            client.disconnect();
            resolve([health.name, location.protocol, client.config.useTLS, data]);
          });
        });
      }, clientOptions);
      await vi.waitFor(() => expect(pusherMockState.getSubscriberCount("private-room")).toBe(1), 20_000);
      await new MockPusherServer({}).trigger("private-room", "event", "over TLS");
      expect(await heard).toEqual(["pushrig", "https:", true, "over TLS"]);
      await gateway.close({ code: 4001 });
    },
  );

  it("is warned about once if it is https, because pusher-js then insists on TLS", async () => {
    const page = await openOverHttps();
    const logged: string[] = [];
    page.on("console", (message) => logged.push(message.text()));
    const secure = await page.evaluate(() => {
      window.pushrig.clientOptions();
      window.pushrig.clientOptions({ url: "http://localhost:6001" });
      return window.pushrig.clientOptions({ url: "https://localhost:6443" });
    });
    expect(secure).toMatchObject({ forceTLS: true, wssPort: 6443 });
    await expect.poll(() => logged).toEqual([expect.stringContaining("pushrig: this page came over https")]);
  });
});

describe("a page without a gateway", { timeout: 30_000 }, () => {
  it("is told once what is missing, and where it was looked for", async () => {
    const page = await open();
    const warned: string[] = [];
    page.on("console", (message) => message.type() === "warning" && warned.push(message.text()));
    await page.clock.install();
    await world.whileClosed(async () => {
      await page.evaluate((url) => {
        const connect = () => new window.pushrig.MockPusherClient("mock-pusher-key", { cluster: "mock-cluster", url });
        Object.assign(window, { clients: [connect(), connect()] });
      }, `${world.gateway.url}/mock`);
      await page.clock.runFor(11_000);
      expect(await page.evaluate("clients.map((client) => client.connection.state)")).toEqual([
        "unavailable",
        "unavailable",
      ]);
    });
    await expect
      .poll(() => warned)
      .toEqual([
        `pushrig: no gateway answers at ${world.gateway.url}/mock; start one with "npx pushrig" or listen(), ` +
          "or set NEXT_PUBLIC_PUSHRIG_URL to the address of one that runs.",
      ]);
  });
});

describe("traps of the wire, in a page", { timeout: 30_000 }, () => {
  it("7. on a public channel trigger() is true, and an error follows", async () => {
    const page = await open();
    const seen = await page.evaluate(async (url) => {
      const client = new window.pushrig.MockPusherClient("mock-pusher-key", { cluster: "mock-cluster", url });
      const channel = client.subscribe("room");
      await new Promise((resolve) => channel.bind("pusher:subscription_succeeded", resolve));
      const error = new Promise((resolve) => client.connection.bind("error", resolve));
      return [channel.trigger("client-e", {}), await error, client.connection.state];
    }, world.gateway.url);
    const data = { code: null, message: "Client event rejected - only supported on private and presence channels" };
    expect(seen).toEqual([true, { type: "PusherError", data }, "connected"]);
  });

  it("9. trigger() and disconnect() in one turn deliver nothing", async () => {
    const page = await open();
    const heard: unknown[] = [];
    const listener = new PusherJs("mock-pusher-key", clientOptions({ url: world.gateway.url }));
    const room = listener.subscribe("private-room").bind("client-e", (data: unknown) => heard.push(data));
    await expect.poll(() => room.subscribed).toBe(true);
    const wasSent = await page.evaluate(async (url) => {
      const client = new window.pushrig.MockPusherClient("mock-pusher-key", { cluster: "mock-cluster", url });
      const channel = client.subscribe("private-room");
      await new Promise((resolve) => channel.bind("pusher:subscription_succeeded", resolve));
      channel.trigger("client-e", 1);
      await new Promise((resolve) => setTimeout(resolve, 0));
      const isSent = channel.trigger("client-e", 2);
      client.disconnect();
      return isSent;
    }, world.gateway.url);
    await expect.poll(() => world.subscribers("private-room")).toBe(1);
    const fence = new Promise((resolve) => room.bind("fence", resolve));
    await world.server.trigger("private-room", "fence", {});
    await fence;
    listener.disconnect();
    expect([wasSent, heard]).toEqual([true, [1]]);
  });

  it("21. where nobody listens there is no error; after 10 seconds the client is unavailable and goes on trying", async () => {
    const page = await open();
    await page.clock.install();
    await world.whileClosed(async () => {
      await page.evaluate((url) => {
        const client = new window.pushrig.MockPusherClient("mock-pusher-key", { cluster: "mock-cluster", url });
        const heard: string[] = [];
        client.connection.bind_global((event: string) => heard.push(event));
        Object.assign(window, { client, heard });
      }, world.gateway.url);
      await page.clock.runFor(11_000);
      expect(await page.evaluate("heard")).toEqual(["state_change", "unavailable"]);
    });
    await page.clock.runFor(60_000);
    await page.waitForFunction("client.connection.state === 'connected'");
  });

  it("a tab that is closed has left at once", async () => {
    const page = await open();
    await page.evaluate((url) => {
      new window.pushrig.MockPusherClient("mock-pusher-key", { cluster: "mock-cluster", url }).subscribe("room");
    }, world.gateway.url);
    await expect.poll(() => world.subscribers("room")).toBe(1);
    await page.close();
    await expect.poll(() => world.subscribers("room")).toBe(0);
  });
});

describe("a page never leaves the machine", { timeout: 30_000 }, () => {
  /** What an application's options for production may well be. */
  const forProduction = {
    cluster: "eu",
    forceTLS: true,
    enableStats: true,
    wsHost: "ws-eu.pusher.com",
    wsPort: 443,
    httpHost: "sockjs-eu.pusher.com",
    statsHost: "stats.pusher.com",
  };

  const connect = (page: Page) =>
    page.evaluate(
      ([options, url]) => {
        const { MockPusherClient } = window.pushrig;
        new MockPusherClient("mock-pusher-key", { ...options, url }).connection.bind("connected", () => {
          document.title = "connected";
        });
      },
      [forProduction, world.gateway.url] as const,
    );

  /** What the page contacts from now on, besides its own server. */
  function watch(): () => string[] {
    const { contacted, origin } = world.chromium();
    const before = contacted.length;
    return () => {
      const elsewhere = contacted.slice(before).filter((url) => url.origin !== origin);
      return [...new Set(elsewhere.map(({ protocol, host }) => `${protocol}//${host}`))].toSorted();
    };
  }

  it("with an application's options for production", async () => {
    const page = await open();
    const contacted = watch();
    await connect(page);
    await expect.poll(() => page.title()).toBe("connected");
    expect(contacted()).toEqual([`ws://${new URL(world.gateway.url).host}`]);
  });

  it("while the gateway is down, however long", async () => {
    const page = await open();
    await page.clock.install();
    const { host } = new URL(world.gateway.url);
    await world.whileClosed(async () => {
      const contacted = watch();
      await connect(page);
      // Every fallback and every retry of the first minutes has its turn.
      for (let minutes = 0; minutes < 3; minutes += 1) await page.clock.runFor(60_000);
      await expect.poll(contacted).toEqual([`http://${host}`, `ws://${host}`]);
    });
  });
});

describe("the connection of a page ends as that of pusher-js in Node", { timeout: 30_000 }, () => {
  async function inPage(code: number): Promise<string[]> {
    const page = await open();
    const socketId = await page.evaluate(async (url) => {
      const client = new window.pushrig.MockPusherClient("mock-pusher-key", { cluster: "mock-cluster", url });
      window.driver = new window.PusherJsDriver(client, () => {});
      const socketId = await window.driver.connect();
      Object.assign(window, { trace: window.driver.traceEnd() });
      return socketId;
    }, world.gateway.url);
    network().drop(socketId, { code, reason: "by the test" });
    return page.evaluate(() => (window as unknown as { trace: Promise<string[]> }).trace);
  }

  async function inNode(code: number): Promise<string[]> {
    const client = new PusherJs("mock-pusher-key", clientOptions({ url: world.gateway.url }));
    const driver = new PusherJsDriver(client, () => {});
    const socketId = await driver.connect();
    const trace = driver.traceEnd();
    network().drop(socketId, { code, reason: "by the test" });
    return trace.finally(() => client.disconnect());
  }

  it.each([1000, 1001, 1011, 4001, 4009, 4099, 4100, 4199, 4200, 4299, 4300])("with close code %i", async (code) => {
    const [page, node] = await Promise.all([inPage(code), inNode(code)]);
    expect(page).toEqual(node);
  });
});
