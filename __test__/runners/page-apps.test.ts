import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as mock from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Remote } from "../../lib/remote/remote";
import { WireClient } from "../support/wire-client";
import type { Integration } from "../../lib/runners/options";
import { PageApps } from "../../lib/runners/page-apps";

let trace: Integration["trace"] = false;
let dir: string;
const apps = new PageApps(
  () => mock as never,
  () => ({ trace, dir }),
);
const server = createServer((request, response) => apps.answer(request, response, () => response.writeHead(418).end()));
let base: string;

beforeEach(async () => {
  trace = false;
  dir = join(mkdtempSync(join(tmpdir(), "pushrig-page-apps-")), "traces");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/__pushrig__/apps`;
});
afterEach(async () => {
  rmSync(dirname(dir), { recursive: true });
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

describe("a trace of a test in a page", () => {
  const about = { test: "a room > tells everybody", file: "src/room.test.ts", runner: "vitest" };
  const traces = (): Array<{ name: string; text: string; lines: Array<Record<string, any>> }> =>
    (existsSync(dir) ? readdirSync(dir) : [])
      .filter((name) => name.endsWith(".jsonl"))
      .map((name) => {
        const text = readFileSync(join(dir, name), "utf8");
        return {
          name,
          text,
          lines: text
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line)),
        };
      });

  it("is written where it has failed, says why, and has no secret of a server in the page", async () => {
    trace = "on-failure";
    const { id, url } = await ask("");
    await new Remote(url).trigger("task-1", "said", { note: "secret-of-a-server" });
    const secrets = ["secret-of-a-server"];
    const passed = await ask(`/${id}/traced`, { secrets, test: { about, isAlone: true, end: {} } });
    expect([passed.told, traces()]).toEqual([[], []]);

    const failure = "expected secret-of-a-server to be told";
    const failed = await ask(`/${id}/traced`, { secrets, test: { about, isAlone: true, end: { failure } } });
    const [{ name, text, lines }] = traces();
    expect(failed.told).toEqual([`pushrig: trace of the default app: ${join(dir, name)}`]);
    expect(lines[0]).toMatchObject({ v: 1, trace: "pushrig", app: id, ...about });
    expect(lines).toContainEqual(expect.objectContaining({ kind: "triggered", channel: "task-1" }));
    expect(lines.at(-1)!.failure).toBe("expected [blanked] to be told");
    expect(text).not.toContain("secret-of");
  });

  it("is another one for each browser, and for each attempt", async () => {
    trace = "on-failure";
    for (const more of [{}, { project: "chromium" }, { project: "firefox" }, { retry: 1 }]) {
      const { id, url } = await ask("");
      await new Remote(url).trigger("task-1", "said", {});
      const test = { about: { ...about, ...more }, isAlone: true, end: { failure: "never" } };
      await ask(`/${id}/traced`, { secrets: [], test });
    }
    expect(traces()).toHaveLength(4);
  });

  it("has with always what has happened so far, before anybody says that the test is over", async () => {
    trace = "always";
    const { id, url } = await ask("");
    const remote = new Remote(url);
    await remote.trigger("task-1", "before", {});
    await remote.reset();
    await ask(`/${id}/traced`, { secrets: [], test: { about, isAlone: true } });
    await ask(`/${id}/traced`, { secrets: ["secret-of-a-server"] });
    await remote.trigger("task-1", "said", { note: "secret-of-a-server" });
    const events = (): unknown[] => traces().flatMap(({ lines }) => lines.flatMap(({ event }) => event ?? []));
    await vi.waitFor(() => expect(events()).toEqual(["said"]), { timeout: 10_000 });
    expect(traces()[0].lines.some((line) => "failure" in line)).toBe(false);
    expect(traces()[0].text).not.toContain("secret-of");

    const { told } = await ask(`/${id}/traced`, { secrets: [], test: { about, isAlone: true, end: {} } });
    expect(told).toEqual([]);
    expect(traces()).toMatchObject([{ lines: expect.arrayContaining([expect.objectContaining({ failure: null })]) }]);
    // Of no test.
    await remote.trigger("task-1", "after", {});
    await remote.idle();
    expect(events()).toEqual(["said"]);
  });

  it("is not written of the app that concurrent tests share, which is said", async () => {
    trace = "on-failure";
    const { id, url } = await ask("");
    await new Remote(url).trigger("task-1", "said", {});
    const test = { about, isAlone: false, end: { failure: "never" } };
    expect((await ask(`/${id}/traced`, { secrets: [], test })).told).toEqual([
      "pushrig: no trace of the default app, which concurrent tests share: let those that need one run in turn",
    ]);
    expect(traces()).toEqual([]);
  });

  it("is none where nobody wants one, and what is no JSON is answered with an error", async () => {
    const { id, url } = await ask("");
    await new Remote(url).trigger("task-1", "said", {});
    const test = { about, isAlone: true, end: { failure: "never" } };
    expect((await ask(`/${id}/traced`, { secrets: [], test })).told).toEqual([]);
    expect(traces()).toEqual([]);
    expect((await ask(`/${id}/traced`, "{")).status).toBe(500);
  });
});
