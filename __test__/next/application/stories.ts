// What the example does for people, however Next.js runs it.
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Application } from "./application";
import { launch, Tab } from "./tab";

export interface Stage {
  application: Application;
  browser: Browser;
  ada: Tab;
  grace: Tab;
}

/** An application with two tabs open, for the tests of one `describe`. */
export function onStage(start: () => Promise<Application>): Stage {
  const stage = {} as Stage;
  beforeAll(async () => {
    stage.application = await start();
    stage.browser = await launch();
    stage.ada = await Tab.open(stage.browser, stage.application.url, "Ada");
    stage.grace = await Tab.open(stage.browser, stage.application.url, "Grace");
  });
  afterEach(({ task }) => {
    if (task.result?.state === "fail")
      console.log(stage.application.output, stage.ada?.requests, stage.grace?.requests);
  });
  afterAll(async () => {
    await stage.browser?.close();
    await stage.application?.stop();
  });
  return stage;
}

export function tellStories(stage: Stage): void {
  it("lets two tabs chat", async () => {
    const { ada, grace } = stage;
    await ada.writes("Hello from Ada");
    expect(await grace.reads("Hello from Ada")).toBe(1);
    await grace.writes("Hello from Grace");
    expect(await ada.reads("Hello from Grace")).toBe(1);
  });

  it("shows a new title in both tabs", async () => {
    const title = "Sign in without a password";
    await stage.ada.renames(title);
    for (const tab of [stage.ada, stage.grace]) {
      await expect.poll(() => tab.task()).toEqual({ title, card: title, status: "todo", column: "todo" });
    }
  });

  it("shows what the agent does in both tabs", async () => {
    const { ada, grace } = stage;
    await grace.asksTheAgent();
    for (const tab of [ada, grace]) {
      expect(await tab.reads("Done. I have changed ui, auth, store")).toBe(1);
      await expect.poll(() => tab.task()).toMatchObject({ status: "completed", column: "completed" });
      await expect.poll(() => tab.highlighted()).toEqual(["auth", "store", "ui"]);
    }
  });

  it("shows who comes and who goes", async () => {
    const { application, browser, ada, grace } = stage;
    const alan = await Tab.open(browser, application.url, "Alan");
    for (const tab of [ada, grace, alan]) await expect.poll(() => tab.people()).toEqual(["Ada", "Alan", "Grace"]);
    await alan.close();
    for (const tab of [ada, grace]) await expect.poll(() => tab.people()).toEqual(["Ada", "Grace"]);
  });

  it("has the tabs back within 3 seconds after the gateway restarts, with what they have missed", async () => {
    const { application, ada, grace } = stage;
    const restarted = await application.fetch("/api/gateway", { method: "POST" });
    expect(restarted.status).toBe(204);
    const body = JSON.stringify({ taskId: "1", author: "Radia", text: "Said while nobody listened" });
    await application.fetch("/api/chat/message", { method: "POST", body });

    const missed = [ada, grace].map((tab) => tab.reads("Said while nobody listened", { timeout: 3000 }));
    expect(await Promise.all(missed)).toEqual([1, 1]);
    for (const tab of [ada, grace]) await expect.poll(() => tab.people()).toEqual(["Ada", "Grace"]);
    await ada.writes("Back again");
    expect(await grace.reads("Back again")).toBe(1);
  });

  it("has one broker for the instrumentation and every route", async () => {
    const state = async () => {
      const { channels, subscriptions } = await (await stage.application.fetch("/api/gateway")).json();
      return { channels: channels.map(({ name }: { name: string }) => name).sort(), connections: subscriptions.length };
    };
    const channels = ["presence-workspace-acme", "task-1", "workspace-acme"];
    await expect.poll(state).toEqual({ channels, connections: 2 });
  });

  it("says in an Edge route that there is no mock, and what to do", async () => {
    const answer = await stage.application.fetch("/api/edge");
    expect(await answer.text()).toMatch(
      /^pushrig: MockPusherServer\.trigger\(\) .* `export const runtime = "nodejs"`\.$/,
    );
    expect(answer.status).toBe(501);
  });

  it("asks nobody outside this machine, and throws nothing", () => {
    for (const { requests, errors } of [stage.ada, stage.grace]) {
      expect(requests.some((address) => /^wss?:.*\/app\/mock-pusher-key/.test(address))).toBe(true);
      expect(requests.filter((address) => !/^(localhost|127\.0\.0\.1)$/.test(new URL(address).hostname))).toEqual([]);
      expect(errors).toEqual([]);
    }
  });
}
