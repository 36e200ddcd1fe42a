import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as mock from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Remote } from "../../lib/remote/remote";
import { WireClient } from "../support/wire-client";
import { PageApps } from "../../lib/runners/page-apps";

const apps = new PageApps(() => mock as never);
const server = createServer((request, response) => apps.answer(request, response, () => response.writeHead(418).end()));
let base: string;

beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/__pushrig__/apps`;
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
});

/** As a page of the same server asks. */
async function ask(path: string, body: unknown = {}, site = "same-origin"): Promise<Record<string, any>> {
  const response = await fetch(base + path, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "sec-fetch-site": site },
  });
  return { status: response.status, ...(await response.json()) };
}

describe("what pages of browser mode ask beside Vite", () => {
  it("is an app of their own each, of which none knows the other", async () => {
    const [first, second] = [await ask(""), await ask("")];
    expect(first.url).not.toBe(second.url);
    const [one, other] = [new Remote(first.url), new Remote(second.url)];
    await one.trigger("task-1", "new-message", {});
    const question = { event: "new-message", channel: "task-1" };
    expect((await one.why(question)).reason).toBe("never-subscribed");
    expect((await other.why(question)).reason).toBe("never-triggered");
    expect((await other.journal()).entries).toEqual([]);
  });

  it("takes clients with the application's own key, and ends with its file", async () => {
    const { id, url } = await ask("");
    const client = await WireClient.connect(Number(new URL(url).port), "any-key");
    const { entries } = await new Remote(url).journal();
    expect(entries).toMatchObject([{ kind: "connected", connection: client.socketId }]);
    await ask(`/${id}/close`);
    expect((await client.frame("pusher:error")).data.code).toBe(4001);
    await vi.waitFor(() => expect(new Remote(url).journal()).rejects.toMatchObject({ code: "no-gateway" }));
  });

  it("is refused to pages of other sites, to programs, and to GET", async () => {
    expect((await ask("", {}, "cross-site")).status).toBe(403);
    expect((await ask("", {}, "same-site")).status).toBe(403);
    expect((await fetch(base, { method: "POST" })).status).toBe(403);
    expect((await fetch(base, { headers: { "sec-fetch-site": "same-origin" } })).status).toBe(403);
  });

  it("is nothing that Vite serves", async () => {
    expect((await fetch(base.replace("apps", "appsandmore"), { method: "POST" })).status).toBe(418);
  });
});
