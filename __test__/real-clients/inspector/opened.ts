// A gateway with people on it, and its page in Chromium.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createMockPusher, type Gateway, type ListenOptions, type MockPusher, type MockPusherOptions } from "pushrig";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium as playwright,
  type Page,
} from "playwright-core";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { chromium as installedChromium } from "../../../scripts/real-clients.mjs";

let browser: Browser;
/** The tab of tests that ask for nothing special. Each has a gateway of its own, and so an origin that knows nothing of the others. */
let usual: Page;

/** One Chromium for a file of tests, with one tab: to open another takes as long as many a test. */
export function useChromium(): void {
  beforeAll(async () => {
    browser = await playwright.launch({
      executablePath: installedChromium(),
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
    usual = await (await contextWith({})).newPage();
  }, 60_000);
  afterAll(() => browser.close());
}

export interface Opened {
  app: MockPusher;
  gateway: Gateway;
  page: Page;
  /** The line in the timeline with this text. */
  row(text: string | RegExp): ReturnType<Page["locator"]>;
  /** What stands beside the timeline. */
  details: ReturnType<Page["locator"]>;
  go(tab: string): Promise<void>;
  /** What the page says of its gateway: `live`. */
  link(text: string): ReturnType<Page["locator"]>;
}

export interface Opening {
  app?: MockPusherOptions;
  listen?: ListenOptions;
  browser?: BrowserContextOptions;
  /** Behind the address of the gateway. */
  path?: string;
  /** Done before the page is opened. */
  before?(app: MockPusher, gateway: Gateway): unknown;
}

export async function openPage({
  app: options,
  listen,
  browser: context,
  path = "/",
  before,
}: Opening = {}): Promise<Opened> {
  const app = createMockPusher(options);
  onTestFinished(() => app.close());
  const gateway = await app.listen({ port: 0, ...listen });
  await before?.(app, gateway);
  return { app, gateway, ...(await pageAt(gateway.url + path, context)) };
}

function contextWith(options: BrowserContextOptions): Promise<BrowserContext> {
  return browser.newContext({
    viewport: { width: 1280, height: 800 },
    permissions: ["clipboard-read", "clipboard-write"],
    ...options,
  });
}

/** The page at an address. An error in it fails the test. */
export async function pageAt(url: string, options?: BrowserContextOptions): Promise<Omit<Opened, "app" | "gateway">> {
  const context = options === undefined ? undefined : await contextWith(options);
  const page = (await context?.newPage()) ?? usual;
  page.setDefaultTimeout(20_000);
  const errors: Error[] = [];
  const onError = (error: Error): void => void errors.push(error);
  page.on("pageerror", onError);
  onTestFinished(async () => {
    // Nobody asks the gateway any more.
    await page.goto("about:blank");
    page.off("pageerror", onError);
    await context?.close();
    if (errors.length > 0) throw errors[0];
  });
  await page.goto(url);
  return {
    page,
    row: (text) => page.locator(".row", { hasText: text }),
    details: page.locator("aside.details"),
    link: (text) => page.locator(`.link[data-link="${text}"]`),
    go: (tab) => page.getByRole("navigation").getByRole("button", { name: tab }).click(),
  };
}

/** Ada hears titles, Grace has bound another name, and Bob comes when it is over. */
export async function story(app: MockPusher): Promise<void> {
  const [ada, grace, bob] = ["ada", "grace", "bob"].map((name) =>
    app.client({ name, user: { id: name, info: { role: `${name}'s` } } }),
  );
  ada.subscribe("task-1").bind("title", () => undefined);
  grace.subscribe("task-1").bind("titel", () => undefined);
  ada.subscribe("presence-room");
  grace.subscribe("presence-room");
  await app.channel("presence-room").members("ada", "grace");
  await app.channel("task-1").subscribed({ count: 2 });
  await app.server.trigger("task-1", "title", { id: "m1", text: "Sign in with a passkey" });
  await app.server.trigger("task-2", "status", "done");
  bob.subscribe("task-1").bind("title", () => undefined);
  await app.channel("task-1").subscribed({ by: bob });
}

/** A receiver of webhooks, which answers with the status that is set. */
export async function receiver(): Promise<{ url: string; status: number; received: string[] }> {
  const told = { url: "", status: 200, received: [] as string[] };
  const server: Server = createServer(async (request, response) => {
    told.received.push((await request.toArray()).join(""));
    response.writeHead(told.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  told.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return told;
}
