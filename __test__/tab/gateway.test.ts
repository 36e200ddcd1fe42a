// What a page asks of the gateway of its test file.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as mock from "pushrig";
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { PageApps } from "../../lib/runners/page-apps.js";

const apps = new PageApps(
  () => mock as never,
  () => ({ trace: false, dir: "" }),
);
const server = createServer((request, response) => apps.answer(request, response, () => response.writeHead(418).end()));
let page: string;

beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  page = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  vi.unstubAllGlobals();
  vi.resetModules();
  await new Promise((resolve) => server.close(resolve));
});

const realFetch = fetch;
/** As browsers say it of a page's own requests. */
const asPage: typeof fetch = (url, init) => realFetch(url, { ...init, headers: { "sec-fetch-site": "same-origin" } });

async function open() {
  vi.stubGlobal("location", { href: page });
  vi.stubGlobal("fetch", asPage);
  const tab = await import("../../lib/tab/gateway.js");
  const opened = (await (await asPage(`${page}__pushrig__/apps`, { method: "POST" })).json()) as {
    url: string;
    id: string;
  };
  tab.setGateway(opened);
  onTestFinished(() => void asPage(`${page}__pushrig__/apps/${opened.id}/close`, { method: "POST" }).catch(() => {}));
  return tab;
}

it("reaches the app, and is told that it was closed once the file is over", async () => {
  const { askGateway, closeOwnApp } = await open();
  await askGateway("trigger", { channel: "task-1", event: "new-message", data: { id: "m1" } });
  expect(await askGateway("journal")).toMatchObject({ entries: [{ kind: "triggered", data: '{"id":"m1"}' }] });
  await closeOwnApp();
  await expect(askGateway("journal")).rejects.toThrow(
    "the app of this test file was closed; what is asked now comes after",
  );
});

it("has a deadline behind that of what waits", async () => {
  const { askGateway } = await open();
  const late = askGateway("wait", { for: "triggered", channel: "task-1", event: "new-message", timeout: 5 });
  await expect(late).rejects.toMatchObject({ code: "not-met", message: expect.stringContaining("within 5 ms") });
});
