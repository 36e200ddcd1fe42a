import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as mock from "pushrig";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
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
    await ask(`/${first.id}/trigger`, { channel: ["task-1"], event: "new-message", data: {} });
    const question = { event: "new-message", channel: "task-1" };
    expect((await ask(`/${first.id}/why`, question)).reason).toBe("never-subscribed");
    expect((await ask(`/${second.id}/why`, question)).reason).toBe("never-triggered");
    expect((await ask(`/${second.id}/journal`)).entries).toEqual([]);
  });

  it("takes clients with the application's own key, and ends with its file", async () => {
    const { id, url } = await ask("");
    const client = await WireClient.connect(Number(new URL(url).port), "any-key");
    const { entries } = await ask(`/${id}/journal`);
    expect(entries).toMatchObject([{ kind: "connected", connection: client.socketId }]);
    await ask(`/${id}/close`);
    expect((await client.frame("pusher:error")).data.code).toBe(4001);
    expect(await ask(`/${id}/journal`)).toMatchObject({ status: 404, error: { code: "unknown-app" } });
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

  it.each([
    ["nonsense", {}, 404, 'there is no route "nonsense"'],
    ["trigger", "{", 400, "is a JSON object"],
    ["trigger", "[]", 400, "is a JSON object"],
    ["network", { do: "constructor" }, 400, 'network has no "constructor"'],
    ["network", { do: "drop", client: "1.1" }, 409, 'drop() knows no client "1.1"'],
    ["trigger", { channel: ["task 1"], event: "e", data: 1 }, 409, "Invalid channel name: 'task 1'"],
    ["trigger", { channel: ["task-1"], event: "e", data: "x".repeat(10_241) }, 413, "10240"],
    ["wait", { for: "triggered", channel: "task-1", event: "e", timeout: 1 }, 409, "was not triggered"],
  ])("says what is wrong with %s, %#", async (route, body, status, text) => {
    const { id } = await ask("");
    const answer = await ask(`/${id}/${route}`, body);
    expect([answer.status, answer.error.message]).toEqual([status, expect.stringContaining(text)]);
  });

  it("changes the network, and takes back what it has changed", async () => {
    const { id } = await ask("");
    const { fault } = await ask(`/${id}/network`, { do: "failTrigger", status: 503 });
    const event = { channel: ["task-1"], event: "e", data: {} };
    expect((await ask(`/${id}/trigger`, event)).status).toBe(503);
    await ask(`/${id}/network`, { do: "restore", id: fault.id });
    expect((await ask(`/${id}/trigger`, event)).status).toBe(200);
  });
});
