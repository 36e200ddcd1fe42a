// `next dev` and a worker at one gateway, whichever was there first and whichever ends: a page notices nothing but a gap. And tests of
// Playwright beside them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import PusherJs from "pusher-js";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { freePort } from "../../../scripts/free-port.mjs";
import { Member } from "../../support/member";
import { playwright, summary } from "../../support/playwright";
import { Application, folder } from "./application";

const ended: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

/** As a worker of the application: one line beside `USE_MOCKS=true`. */
function worker(gatewayPort: number): Member {
  const one = new Member({
    USE_MOCKS: "true",
    PUSHRIG_ATTACH: "1",
    PUSHRIG_PORT: String(gatewayPort),
    PUSHRIG_PROJECT: folder,
  });
  ended.push(() => one.end("SIGKILL"));
  return one;
}

async function nextDev(gatewayPort: number): Promise<Application> {
  const application = await Application.dev("turbopack", { gatewayPort, variables: { PUSHRIG_PROJECT: folder } });
  ended.push(() => application.stop());
  return application;
}

const publish = (one: Member, messageId: string): Promise<number> =>
  one.run(
    `own.server ??= new P.MockPusherServer({ cluster: "mock-cluster" });
     return (await own.server.trigger("task-1", "new-message", { messageId: given })).status;`,
    messageId,
  );

const rename = async (application: Application): Promise<number> =>
  (
    await application.fetch("/api/tasks/1/title", {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ title: "Together" }),
    })
  ).status;

/** What a tab has: the events that came, in order. */
class Tab {
  readonly events: string[] = [];
  subscriptions = 0;

  constructor(gatewayPort: number) {
    const wire = { wsHost: "127.0.0.1", wsPort: gatewayPort, forceTLS: false, enabledTransports: ["ws" as const] };
    const pusher = new PusherJs("mock-pusher-key", { cluster: "mock-cluster", ...wire });
    onTestFinished(() => pusher.disconnect());
    const channel = pusher.subscribe("task-1");
    channel.bind("pusher:subscription_succeeded", () => (this.subscriptions += 1));
    channel.bind("new-message", ({ messageId }: { messageId: string }) => this.events.push(messageId));
    channel.bind("task-title-update", () => this.events.push("title"));
  }
}

describe("a worker and next dev", () => {
  it("meet when the worker was there first, and next dev goes on alone", async () => {
    const port = await freePort();
    const one = worker(port);
    expect(await publish(one, "nobody")).toBe(200);
    const application = await nextDev(port);
    const tab = new Tab(port);
    await expect.poll(() => tab.subscriptions).toBe(1);
    expect(await publish(one, "worker")).toBe(200);
    await expect.poll(() => tab.events).toEqual(["worker"]);
    expect(await rename(application)).toBe(200);
    await expect.poll(() => tab.events).toEqual(["worker", "title"]);
    await one.end("SIGKILL");
    await expect.poll(() => application.output).toContain("has the gateway now");
    await expect.poll(() => tab.subscriptions).toBe(2);
    expect(await rename(application)).toBe(200);
    await expect.poll(() => tab.events).toEqual(["worker", "title", "title"]);
  });

  it("meet when next dev was there first, and the worker keeps the page until it is back", async () => {
    const port = await freePort();
    const application = await nextDev(port);
    const one = worker(port);
    const tab = new Tab(port);
    await expect.poll(() => tab.subscriptions).toBe(1);
    expect(await publish(one, "first")).toBe(200);
    expect(await rename(application)).toBe(200);
    await expect.poll(() => tab.events).toEqual(["first", "title"]);
    await application.stop();
    await one.says("has the gateway now");
    await expect.poll(() => tab.subscriptions).toBe(2);
    expect(await publish(one, "alone")).toBe(200);
    await expect.poll(() => tab.events).toEqual(["first", "title", "alone"]);
    const again = await nextDev(port);
    expect(again.output).toContain("attached to the gateway of process");
    expect(await rename(again)).toBe(200);
    await expect.poll(() => tab.events).toEqual(["first", "title", "alone", "title"]);
  });
});

describe("Playwright", () => {
  it(
    "has an app for each worker of tests where a worker of the application has the gateway",
    { timeout: 300_000 },
    async () => {
      const gatewayPort = await freePort();
      const one = worker(gatewayPort);
      expect(await publish(one, "nobody")).toBe(200);
      const data = mkdtempSync(join(tmpdir(), "pushrig-e2e-"));
      ended.push(async () => rmSync(data, { recursive: true }));
      const outcome = await playwright(folder, [], {
        PORT: String(await freePort()),
        PUSHRIG_PORT: String(gatewayPort),
        PUSHRIG_PROJECT: folder,
        DATABASE_FILE: join(data, "workspace.db"),
      });
      expect(summary(outcome)).toBe("10 as expected");
      expect(await publish(one, "still-here")).toBe(200);
      // Nobody has taken its gateway, and what tests did in apps of their own has not come here.
      expect(one.output).toMatch(/^pushrig: no gateway of this project was there: [^\n]+\n$/);
      const events = await one.run<string[]>(
        `return P.pusherMockState.getChannelMessages("task-1").map(({ data }) => data.messageId)`,
      );
      expect(events.at(-1)).toBe("still-here");
    },
  );
});
