import PusherJs from "pusher-js";
import { clientOptions, network } from "pushrig";
import type { Page } from "playwright-core";
import { afterEach, describe, expect, it } from "vitest";
import { PusherJsDriver } from "./drivers/pusher-js.js";
import { World } from "./world.js";

const world = World.forThisFile({ browser: true });
const pages: Page[] = [];

async function open(): Promise<Page> {
  const page = await world.chromium().open(() => {});
  pages.push(page);
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
