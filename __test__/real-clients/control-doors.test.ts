// Every control route, as pages of other websites reach it: refused, and nothing done.
import type { Page } from "playwright-core";
import { type Activity, createMockPusher, type Gateway, type ListenOptions } from "pushrig";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { Remote } from "../../lib/remote/remote.js";
import { Chromium } from "./chromium.js";

vi.setConfig({ testTimeout: 60_000 });

let chromium: Chromium;
const ends: Array<() => unknown> = [];

beforeAll(async () => {
  chromium = await Chromium.launch({ names: ["evil.example", "app.test"] });
}, 60_000);
afterAll(() => chromium.close());
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface World {
  gateway: Gateway;
  remote: Remote;
  told: Activity[];
  routes: Route[];
}

interface Route {
  method: string;
  path: string;
  /** What it would do, if it could. */
  body: string | undefined;
}

/** What changes something, where it is let in. */
const BODIES: Record<string, object> = {
  trigger: { channel: "room", event: "evil", data: {} },
  network: { do: "refuse" },
  advance: { by: "1h" },
  apps: { id: "evil" },
  wait: { for: "triggered", channel: "room", event: "own" },
  why: { event: "own" },
};

async function world(options: ListenOptions = {}): Promise<World> {
  const told: Activity[] = [];
  const app = createMockPusher({ webhooks: () => {} });
  const gateway = await app.listen({
    port: 0,
    onActivity: (activity: Activity) => void told.push(activity),
    ...options,
  });
  ends.push(() => app.close());
  app.client({ name: "ada" }).subscribe("room");
  await app.server.trigger("room", "own", {});
  const remote = new Remote(gateway.url);
  const { id } = await remote.sentWebhook("channel_occupied");
  const listed = (await (await fetch(`${gateway.url}/pushrig`)).json()) as {
    routes: Array<{ method: string; path: string }>;
  };
  const routes = listed.routes.map(({ method, path }) => {
    const name = path.slice("/pushrig/v1/".length);
    const body = method === "GET" ? undefined : JSON.stringify(BODIES[name] ?? {});
    return { method, path: path.replace("{id}", name.startsWith("webhooks") ? String(id) : app.app.id), body };
  });
  const read = ["/pushrig", "/pushrig/openapi.json", "/pushrig/v1/events"];
  return {
    gateway,
    told,
    remote,
    routes: [...routes, ...read.map((path) => ({ method: "GET", path, body: undefined }))],
  };
}

async function open(host: string): Promise<Page> {
  const page = await chromium.open(() => {}, host);
  ends.push(() => page.close());
  return page;
}

/** What a page's `fetch()` says of each route: a status and the beginning of the text, or nothing but that it failed. */
function ask(page: Page, base: string, routes: Route[], init: RequestInit = {}): Promise<string[]> {
  return page.evaluate(
    ({ base, routes, init }) =>
      Promise.all(
        routes.map(({ method, path, body }) =>
          fetch(base + path, { method, body, ...init }).then(
            async (response) => {
              const text = response.status === 200 && path.endsWith("/events") ? "" : await response.text();
              if (text === "") await response.body?.cancel();
              return `${response.status} ${text}`;
            },
            (error: unknown) => String(error),
          ),
        ),
      ),
    { base, routes, init },
  );
}

/** What is so, as far as a route could change it. */
async function asItIs({ remote }: World): Promise<object> {
  const { gateway, faults, apps, channels, start } = await remote.state();
  const { entries } = await remote.journal();
  const [{ attempts } = { attempts: 0 }] = await remote.webhooks();
  const own = entries.filter(({ kind }) => kind !== "request");
  return { gateway, faults, apps, channels, start, attempts, own };
}

it("lets a page of a website do and read nothing, whatever it sends", async () => {
  const here = await world();
  const before = await asItIs(here);
  const page = await open("evil.example");
  const { origin } = new URL(page.url());
  const { url } = here.gateway;
  const failed = here.routes.map(() => "TypeError: Failed to fetch");
  const opaque = here.routes.map(() => "0 ");
  // Simple requests, of which no browser asks first; with a header, of which it does; and as forms and images send them.
  expect(await ask(page, url, here.routes)).toEqual(failed);
  expect(await ask(page, url, here.routes, { headers: { authorization: `Bearer ${here.gateway.token}` } })).toEqual(
    failed,
  );
  expect(await ask(page, url, here.routes, { headers: { "content-type": "application/json" } })).toEqual(failed);
  expect(await ask(page, url, here.routes, { mode: "no-cors", credentials: "include" })).toEqual(opaque);
  const followed = await page.evaluate(
    (address) =>
      new Promise((resolve) => {
        const source = new EventSource(address);
        for (const type of ["open", "error"]) source.addEventListener(type, () => resolve(type));
      }),
    `${url}/pushrig/v1/events`,
  );
  expect(followed).toBe("error");
  expect(await asItIs(here)).toEqual(before);
  await vi.waitFor(() =>
    expect(here.told).toContainEqual(expect.objectContaining({ type: "turnedAway", who: origin })),
  );
});

it("does not answer to a name that a website points at this machine", async () => {
  const here = await world();
  const before = await asItIs(here);
  const rebound = `http://evil.example:${here.gateway.port}`;
  const page = await open("evil.example");
  // To the browser it is the page's own origin from here on.
  await page.goto(`${rebound}/`);
  for (const answer of await ask(page, rebound, here.routes)) {
    expect(answer).toMatch(/^403 .*does not go by the name evil\.example/);
    expect(answer).not.toContain(here.gateway.token);
  }
  expect(await asItIs(here)).toEqual(before);
});

it("wants the token of a page that is only named, and answers a wrong one as none", async () => {
  const here = await world({ origins: ["app.test"], token: "the-token-of-this-gateway" });
  const before = await asItIs(here);
  const page = await open("app.test");
  const { url } = here.gateway;
  const without = await ask(page, url, here.routes);
  for (const answer of without) {
    expect(answer).toMatch(/^401 .*needs the gateway's token/);
    expect(answer).not.toContain("the-token-of-this-gateway");
  }
  for (const wrong of ["x", "the-token-of-this-gatewa", "the-token-of-this-gatewayy", "THE-TOKEN-OF-THIS-GATEWAY"]) {
    expect(await ask(page, url, here.routes, { headers: { authorization: `Bearer ${wrong}` } })).toEqual(without);
  }
  expect(await asItIs(here)).toEqual(before);
  const reading = here.routes.filter(({ method, path }) => method === "GET" && !path.endsWith("/why"));
  const answers = await ask(page, url, reading, { headers: { authorization: "Bearer the-token-of-this-gateway" } });
  expect(answers.map((answer) => answer.slice(0, 3))).toEqual(reading.map(() => "200"));
});

it("answers a page of this machine without anything, and says to which it does", async () => {
  const here = await world();
  const page = await open("localhost");
  const reading = here.routes.filter(({ method, path }) => method === "GET" && !path.endsWith("/why"));
  const answers = await ask(page, here.gateway.url, reading);
  expect(answers.map((answer) => answer.slice(0, 3))).toEqual(reading.map(() => "200"));
  const trigger = here.routes.filter(({ path }) => path.endsWith("/trigger"));
  expect(await ask(page, here.gateway.url, trigger)).toEqual([expect.stringMatching(/^200 .*"subscribers":1/)]);
});
