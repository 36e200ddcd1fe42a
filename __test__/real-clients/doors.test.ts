import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import Pusher from "pusher";
import type { Frame, Page } from "playwright-core";
import {
  type Activity,
  type Gateway,
  type ListenOptions,
  MockPusherClient,
  MockPusherServer,
  listen,
  pusherMockState,
  reset,
} from "pushrig";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { outsideAddress } from "../../lib/command/reporters.js";
import { Chromium } from "./chromium.js";

vi.setConfig({ testTimeout: 60_000 });

const credentials = { appId: "1", key: "mock-pusher-key", secret: "mock-pusher-secret" };
const outside = outsideAddress("0.0.0.0");
const hasIPv6 = Object.values(networkInterfaces())
  .flat()
  .some((own) => own?.address === "::1");

let chromium: Chromium;
const pages: Page[] = [];
const gateways: Gateway[] = [];
let told: Activity[] = [];

beforeAll(async () => {
  vi.spyOn(console, "log").mockReturnValue();
  const names = ["evil.example", "app.test", "storefront", "pushrig", "host.docker.internal"];
  chromium = await Chromium.launch({ names, host: hasIPv6 ? "::" : "0.0.0.0" });
}, 60_000);
afterAll(() => chromium.close());
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(pages.splice(0).map((page) => page.close()));
  await Promise.all(gateways.splice(0).map((gateway) => gateway.close()));
  reset();
  told = [];
});

async function gatewayWith(options: ListenOptions = {}): Promise<Gateway> {
  // Programs that look for gateways on this machine ask each of them for its health.
  const onActivity = (activity: Activity) => void (activity.type === "requested" || told.push(activity));
  const gateway = await listen({ port: 0, onActivity, ...options });
  gateways.push(gateway);
  return gateway;
}

async function open(host: string): Promise<Page> {
  const page = await chromium.open(() => {}, host);
  pages.push(page);
  return page;
}

/** Where the page's client finds the gateway when it calls it by this host. */
const at = (host: string, { port }: Gateway): string => `http://${host}:${port}`;

/** Connects and subscribes in a page. Resolves to `"joined"`, or to what the client was told instead. */
function join(page: Page | Frame, url: string, channel = "room", options: object = {}): Promise<string> {
  return page.evaluate(
    ({ url, channel, options }) =>
      new Promise<string>((resolve) => {
        const { MockPusherClient } = window.pushrig;
        const client = new MockPusherClient("mock-pusher-key", { cluster: "mock-cluster", url, ...options });
        let error = "";
        client.connection.bind("error", (what: unknown) => (error = JSON.stringify(what)));
        // The state in which pusher-js stays when it does not try again.
        client.connection.bind("disconnected", () => resolve(error));
        client
          .subscribe(channel)
          .bind("pusher:subscription_succeeded", () => resolve("joined"))
          .bind("pusher:subscription_error", (what: unknown) => resolve(JSON.stringify(what)));
      }),
    { url, channel, options },
  );
}

/** What a page's `fetch()` says: a status and a text, or nothing but that it failed. */
function ask(page: Page, url: string, init: RequestInit = {}): Promise<string> {
  return page.evaluate(
    ({ url, init }) =>
      fetch(url, init).then(
        async (response) => `${response.status} ${await response.text()}`,
        (error: unknown) => String(error),
      ),
    { url, init },
  );
}

const FAILED = "TypeError: Failed to fetch";

describe("a page of a website that the developer reads", () => {
  it("is refused over WebSocket, told why, and does not come back", async () => {
    const gateway = await gatewayWith();
    const page = await open("evil.example");
    const { origin } = new URL(page.url());
    const outcome = await join(page, gateway.url);
    expect(outcome).toContain('"code":4009');
    expect(outcome).toContain(`pages of ${origin} may not use this gateway`);
    expect(outcome).toContain(`--origin ${origin}`);
    expect(told).toEqual([
      { v: 1, time: expect.any(Number), type: "turnedAway", who: origin, body: expect.stringContaining("may not use") },
    ]);
  });

  it("opens no session over XHR, with a preflight or without", async () => {
    const gateway = await gatewayWith();
    const page = await open("evil.example");
    const url = `${gateway.url}/pusher/app/mock-pusher-key/1/abcdefgh/xhr_streaming?protocol=7`;
    const json = { "content-type": "application/json" };
    expect(await ask(page, url, { method: "POST", headers: json })).toBe(FAILED);
    expect(await ask(page, url, { method: "POST" })).toBe(FAILED);
    expect(await ask(page, url, { method: "POST", mode: "no-cors" })).toMatch(/^0 /);
    expect(gateway.connectionCount).toBe(0);
    expect(told.map(({ type }) => type)).toEqual(["turnedAway"]);
  });

  it("publishes nothing, although it signs with the secret that everybody knows", async () => {
    const gateway = await gatewayWith();
    const page = await open("evil.example");
    const heard: unknown[] = [];
    const client = new MockPusherClient("mock-pusher-key", { cluster: "mock-cluster" });
    client.subscribe("room").bind_global((event: string, data: unknown) => heard.push([event, data]));
    const body = JSON.stringify({ name: "evil", channel: "room", data: "{}" });
    const sdk = new Pusher({ ...credentials, host: "127.0.0.1", port: `${gateway.port}` });
    const signed = sdk.createSignedQueryString({ method: "POST", path: "/apps/1/events", body, params: {} });
    // As a form could: no browser asks before it sends this.
    expect(await ask(page, `${gateway.url}/apps/1/events?${signed}`, { method: "POST", mode: "no-cors", body })).toBe(
      "0 ",
    );
    await new MockPusherServer({ ...credentials, cluster: "mock-cluster" }).trigger("room", "own", {});
    expect(heard.filter(([event]: any) => !event.startsWith("pusher:"))).toEqual([["own", {}]]);
    expect(pusherMockState.getChannelMessages("room")).toHaveLength(1);
  });

  it.each(["/pusher/auth", "/pusher/user-auth"])("gets no signature from %s", async (path) => {
    const gateway = await gatewayWith();
    const own = await open("localhost");
    expect(await join(own, gateway.url)).toBe("joined");
    const [socketId] = pusherMockState.getChannelState("room")!.subscribers;
    const page = await open("evil.example");
    const body = `socket_id=${socketId}&channel_name=private-room&user_id=ann`;
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect(await ask(page, gateway.url + path, { method: "POST", headers, body })).toBe(FAILED);
    expect(
      await ask(page, gateway.url + path, { method: "POST", headers: { ...headers, authorization: "x" }, body }),
    ).toBe(FAILED);
    expect(await ask(own, gateway.url + path, { method: "POST", headers, body })).toMatch(/^200 .*"auth":/);
  });

  it.each(["/", "/health", "/nothing"])("reads nothing at %s", async (path) => {
    const gateway = await gatewayWith();
    const page = await open("evil.example");
    expect(await ask(page, gateway.url + path)).toBe(FAILED);
    const loaded = await page.evaluate(
      (url) =>
        new Promise((resolve) => {
          const image = Object.assign(new Image(), { src: url });
          for (const type of ["load", "error"]) image.addEventListener(type, () => resolve(type));
        }),
      gateway.url + path,
    );
    expect(loaded).toBe("error");
    await vi.waitFor(() => expect(told.map(({ who }) => who)).toEqual([new URL(page.url()).origin, "cross-site"]));
  });

  it("reaches nothing under a name of its own that it points at this machine", async () => {
    const gateway = await gatewayWith();
    const page = await open("evil.example");
    const rebound = at("evil.example", gateway);
    const response = await page.goto(`${rebound}/`);
    expect(response?.status()).toBe(403);
    expect(await response?.text()).toMatch(
      /^pushrig: this gateway does not go by the name evil\.example, which any website/,
    );
    // To the browser this is the same origin now.
    for (const path of ["/health", "/apps/1/channels"]) {
      expect(await ask(page, rebound + path)).toMatch(
        /^403 pushrig: this gateway does not go by the name evil\.example/,
      );
    }
    expect(await ask(page, `${rebound}/pusher/auth`, { method: "POST", body: "socket_id=1.2" })).toMatch(/^403 /);
    const elsewhere = await open("evil.example");
    expect(await join(elsewhere, rebound)).toContain("does not go by the name evil.example");
    expect(gateway.connectionCount).toBe(0);
  });

  it("may link to the gateway's page, and not frame it", async () => {
    const gateway = await gatewayWith();
    const frameIn = async (page: Page): Promise<string> => {
      const [response] = await Promise.all([
        page.waitForResponse((response) => response.url() === `${gateway.url}/`),
        page.evaluate(
          (src) => document.body.append(Object.assign(document.createElement("iframe"), { src })),
          gateway.url,
        ),
      ]);
      return `${response.status()} ${response.headers()["x-frame-options"]}`;
    };
    expect(await frameIn(await open("evil.example"))).toBe("403 undefined");
    const own = await open("localhost");
    expect(await frameIn(own)).toBe("403 undefined");
    const page = await open("evil.example");
    await page.evaluate((href) => {
      document.body.append(Object.assign(document.createElement("a"), { href, textContent: "gateway" }));
    }, gateway.url);
    await page.click("a");
    await page.waitForURL(`${gateway.url}/`);
    expect(await page.title()).toMatch(/^pushrig/);
  });
});

describe("without any option", () => {
  it.each(["localhost", "127.0.0.1", "shop.localhost", ...(hasIPv6 ? ["[::1]"] : [])])(
    "a page at %s gets everything, as those of Next.js, Vite, Storybook and Playwright are",
    async (host) => {
      const gateway = await gatewayWith();
      const page = await open(host);
      for (const transport of ["ws", "xhr_streaming", "xhr_polling"]) {
        const options = { enabledTransports: [transport], user: { id: "ann" } };
        for (const channel of ["room", "private-room", "presence-room"]) {
          expect(await join(page, gateway.url, channel, options)).toBe("joined");
          // A browser has a handful of connections for requests to one host.
          await page.evaluate(() => window.pushrig.MockPusherClient.instances.at(-1)?.disconnect());
        }
      }
      expect(told.filter(({ type }) => type === "turnedAway")).toEqual([]);
    },
  );

  it("Laravel Echo gets into private channels", async () => {
    const gateway = await gatewayWith();
    const page = await open("localhost");
    await page.evaluate((url) => window.connectWith("laravel-echo", { url, user: { id: "ann" } }), gateway.url);
    const joined = page.evaluate(() => window.perform(window.driver, "subscribe", "private-room", []));
    await expect(joined).resolves.toBeUndefined();
  });

  it("a story in its frame gets everything, as the page around it does", async () => {
    const gateway = await gatewayWith();
    const page = await open("localhost");
    const src = page.url().replace("localhost", "127.0.0.1");
    await page.evaluate((src) => {
      const frame = Object.assign(document.createElement("iframe"), { src });
      const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
      document.body.append(frame);
      return loaded;
    }, src);
    const [, frame] = page.frames();
    expect(frame.url()).toBe(src);
    expect(await join(frame, gateway.url, "private-room")).toBe("joined");
  });

  it.runIf(outside)("a phone joins at the address of this machine, and private channels with the token", async () => {
    const gateway = await gatewayWith({ host: "0.0.0.0" });
    const url = at(outside!, gateway);
    const page = await open(outside!);
    expect(await join(page, url)).toBe("joined");
    const refused = await join(page, url, "private-room");
    expect(refused).toMatch(/"status":403/);
    const document = readFileSync(new URL("../../docs/gateway.md", import.meta.url), "utf8");
    const [, block = ""] =
      /<!-- run by __test__\/real-clients\/doors\.test\.ts -->\n+```ts\n(.*?)^```$/ms.exec(document) ?? [];
    const code = block.replaceAll("http://192.168.1.5:6001", url);
    const joined = page.evaluate(
      ({ code, token }) => {
        const pusher = new Function("MockPusherClient", "token", `${code}; return pusher`)(
          window.pushrig.MockPusherClient,
          token,
        );
        return new Promise((resolve) => {
          pusher.subscribe("private-room").bind("pusher:subscription_succeeded", () => resolve("joined"));
        });
      },
      { code, token: gateway.token },
    );
    expect(await joined).toBe("joined");
  });
});

describe("with the one option that the refusal names", () => {
  /** Joins, or takes from the refusal what it names, and joins a gateway where that is named. */
  async function joinAsTold(page: Page | Frame, host: string, options: ListenOptions = {}): Promise<string> {
    const refused = await join(page, at(host, await gatewayWith(options)));
    const [, named] = /PUSHRIG_ORIGINS=([^\s"]+)/.exec(refused) ?? [];
    if (named === undefined) throw new Error(`nothing is named in ${refused}`);
    vi.stubEnv("PUSHRIG_ORIGINS", named);
    expect(await join(page, at(host, await gatewayWith(options)))).toBe("joined");
    return named;
  }

  it("a page at a host of its own joins", async () => {
    const page = await open("app.test");
    expect(await joinAsTold(page, "app.test")).toBe(new URL(page.url()).origin);
    const other = await open("app.test");
    expect(await join(other, gateways[1].url)).toBe("joined");
  });

  it("a page that a test has set joins", async () => {
    const page = await chromium.blank();
    pages.push(page);
    await page.setContent(`<script src="${chromium.origin}/page.js"></script>`);
    expect(await joinAsTold(page, "127.0.0.1")).toBe("null");
  });

  it("a sandboxed frame joins", async () => {
    const page = await open("localhost");
    await page.evaluate(() => {
      const frame = Object.assign(document.createElement("iframe"), { src: "/" });
      frame.setAttribute("sandbox", "allow-scripts");
      const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
      document.body.append(frame);
      return loaded;
    });
    expect(await joinAsTold(page.frames()[1], "127.0.0.1")).toBe("null");
  });

  it("a browser in a container joins a gateway in another one", async () => {
    const page = await open("storefront");
    expect(await joinAsTold(page, "pushrig", { host: "0.0.0.0" })).toBe(new URL(page.url()).origin);
  });

  it.each([{ host: "0.0.0.0" }, {}])("a page of host.docker.internal joins a gateway with %j", async (options) => {
    const page = await open("host.docker.internal");
    expect(await joinAsTold(page, "host.docker.internal", options)).toBe(new URL(page.url()).origin);
  });
});
