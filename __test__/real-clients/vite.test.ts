// Vite's own development server with a page on it, as a project has it: the gateway beside its hot reload.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type Page, chromium as playwright } from "playwright-core";
import { type Activity, type Gateway, MockPusherServer, listen, pusherMockState, reset } from "pushrig";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { freePort } from "../../scripts/free-port.mjs";
import { chromium } from "../../scripts/real-clients.mjs";
import { ordinaryEnvironment } from "../support/environment.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const root = fileURLToPath(new URL("../..", import.meta.url));
const PATIENCE = { timeout: 30_000 };

const INDEX = `<!doctype html><title>page</title><h1></h1><script type="module" src="/main.js"></script>`;
const MAIN = `
import { MockPusherClient } from "pushrig";
import * as first from "./show.js";

let { show } = first;
import.meta.hot.accept("./show.js", (edited) => ({ show } = edited));

const client = new MockPusherClient("mock-pusher-key", { cluster: "mock-cluster", user: { id: "ann" } });
client
  .subscribe("private-task-1")
  .bind("pusher:subscription_succeeded", () => show("joined"))
  .bind("title", ({ title }) => show(title));
`;
const SHOW = `export const show = (title) => void (document.querySelector("h1").textContent = "Title: " + title);\n`;

const credentials = { appId: "1", key: "mock-pusher-key", secret: "mock-pusher-secret", cluster: "mock-cluster" };
const server = new MockPusherServer(credentials);

let gateway: Gateway;
let folder: string;
let vite: ChildProcess;
let browser: Browser;
let page: Page;
let url: string;
const turnedAway: Activity[] = [];
/** Addresses of the page's WebSockets. */
const sockets: string[] = [];
let loads = 0;

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

beforeAll(async () => {
  gateway = await listen({
    port: 0,
    onActivity: (activity) => void (activity.type === "turnedAway" && turnedAway.push(activity)),
  });
  folder = mkdtempSync(join(tmpdir(), "pushrig-vite-"));
  const installed = join(folder, "node_modules");
  for (const name of ["pusher-js", "tweetnacl"]) {
    cpSync(join(root, "node_modules", name), join(installed, name), { recursive: true, dereference: true });
  }
  mkdirSync(join(installed, "pushrig"));
  for (const name of ["package.json", "dist"])
    cpSync(join(root, name), join(installed, "pushrig", name), { recursive: true });
  write("package.json", `{ "name": "page", "private": true, "type": "module" }`);
  // As docs/browser.md says.
  write(
    "vite.config.js",
    `export default { define: { "process.env.NEXT_PUBLIC_PUSHRIG_URL": JSON.stringify("${gateway.url}") } };\n`,
  );
  write("index.html", INDEX);
  write("main.js", MAIN);
  write("show.js", SHOW);
  const port = await freePort();
  url = `http://localhost:${port}/`;
  const words = [join(root, "node_modules/vite/bin/vite.js"), "--port", String(port), "--strictPort"];
  vite = spawn(process.execPath, words, { cwd: folder, env: ordinaryEnvironment(), stdio: "ignore" });
  await vi.waitUntil(
    () =>
      fetch(url).then(
        ({ ok }) => ok,
        () => false,
      ),
    PATIENCE,
  );
  browser = await playwright.launch({
    executablePath: chromium(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  page = await browser.newPage();
  page.on("websocket", (socket) => sockets.push(socket.url()));
  page.on("load", () => (loads += 1));
  await page.goto(url);
});

afterAll(async () => {
  await browser?.close();
  if (vite?.exitCode === null) {
    const ended = once(vite, "close");
    vite.kill();
    await ended;
  }
  await gateway?.close();
  reset();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const shows = (text: string): Promise<void> => page.getByText(text, { exact: true }).waitFor(PATIENCE);
const publish = (title: string) => server.trigger("private-task-1", "title", { title });

it("a page of `vite` joins without an option, and hears", async () => {
  await shows("Title: joined");
  await publish("Ship it");
  await shows("Title: Ship it");
  expect(gateway.connectionCount).toBe(1);
});

it("an edited module is exchanged while the connection stays", async () => {
  const [before] = pusherMockState.getState().subscriptions;
  const loadsBefore = loads;
  write("show.js", SHOW.replace("Title: ", "Edited: "));
  await vi.waitFor(async () => {
    await publish("Still here");
    await page.getByText("Edited: Still here", { exact: true }).waitFor({ timeout: 1_000 });
  }, PATIENCE);
  expect(pusherMockState.getState().subscriptions).toEqual([before]);
  expect(loads).toBe(loadsBefore);
});

it("a page that Vite loads anew has one connection, as before", async () => {
  const [{ connectionId: before }] = pusherMockState.getState().subscriptions;
  write("main.js", `${MAIN}document.title = "edited";\n`);
  await vi.waitFor(async () => expect(await page.title()).toBe("edited"), PATIENCE);
  await vi.waitFor(() => {
    const connections = pusherMockState.getState().subscriptions.map(({ connectionId }) => connectionId);
    expect(connections).toHaveLength(1);
    expect(connections).not.toContain(before);
  }, PATIENCE);
  await shows("Edited: joined");
});

it("nobody was turned away, and Vite's own WebSocket is another one", () => {
  expect(turnedAway).toEqual([]);
  const { host } = new URL(url);
  const own = sockets.filter((address) => new URL(address).host === host);
  expect(own.length).toBeGreaterThan(0);
  expect(sockets.some((address) => address.includes("/app/mock-pusher-key"))).toBe(true);
});
