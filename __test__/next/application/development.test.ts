import type { StateSnapshot } from "pushrig";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../../scripts/free-port.mjs";
import { Application, type Bundler, edit } from "./application";
import { onStage, tellStories } from "./stories";
import { launch } from "./tab";

describe.each<Bundler>(["turbopack", "webpack"])("next dev --%s", (bundler) => {
  const stage = onStage(async () => {
    const application = await Application.dev(bundler, { gatewayPort: await freePort() });
    await application.compile();
    return application;
  });

  tellStories(stage);

  it("delivers once after a route, the instrumentation, and what both sides share were reloaded", async () => {
    const { application, ada, grace } = stage;
    const undo = [
      edit("src/app/api/chat/message/route.ts", (source) => source.replace("status: 201", "status: 202")),
      edit("src/instrumentation.ts", (source) => `${source}\nexport const edited = true;\n`),
      edit("src/lib/pusher.ts", (source) => source.replace("`task-${", "`reloaded-${")),
    ];
    try {
      const body = JSON.stringify({ taskId: "2", author: "Radia", text: "Is it reloaded?" });
      const post = async () => (await application.fetch("/api/chat/message", { method: "POST", body })).status;
      await expect.poll(post).toBe(202);
      const subscribers = async () => {
        const { channels } = await (await application.fetch("/api/gateway")).json();
        return Object.fromEntries(
          channels.map(({ name, subscriberCount }: StateSnapshot["channels"][number]) => [name, subscriberCount]),
        );
      };
      await expect.poll(subscribers).toEqual({ "presence-workspace-acme": 2, "reloaded-1": 2, "workspace-acme": 2 });
      await ada.isLive();
      await grace.isLive();
      grace.events.length = 0;

      await ada.writes("Said once");

      expect(await grace.reads("Said once")).toBe(1);
      expect(grace.events).toEqual(["new-message"]);
    } finally {
      for (const restore of undo) restore();
    }
  });

  it("opens the gateway once", async () => {
    const openings = () => stage.application.output.match(/pushrig: the gateway for browsers listens/g);
    await expect.poll(openings).toHaveLength(1);
  });
});

describe("USE_MOCKS=false", () => {
  const variables = {
    USE_MOCKS: "false",
    PUSHER_APP_ID: "1",
    PUSHER_KEY: "real-key",
    PUSHER_SECRET: "real-secret",
    PUSHER_CLUSTER: "eu",
    NEXT_PUBLIC_PUSHER_KEY: "real-key",
    NEXT_PUBLIC_PUSHER_CLUSTER: "eu",
  };
  let application: Application;
  let browser: Browser;
  beforeAll(async () => {
    application = await Application.dev("turbopack", { gatewayPort: await freePort(), variables });
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await application?.stop();
  });

  it("opens no gateway, and has the same tab look for the real service", async () => {
    const page = await browser.newPage();
    // Answered here: nothing leaves this machine.
    const asked = new Promise<string>((resolve) => {
      void page.routeWebSocket(/pusher\.com/, (socket) => resolve(socket.url()));
    });
    await page.goto(application.url);

    expect(await asked).toMatch(/^wss?:\/\/ws-eu\.pusher\.com(:\d+)?\/app\/real-key\?/);
    expect(application.output).not.toContain("pushrig");
  });
});
