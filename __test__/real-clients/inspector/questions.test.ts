import { describe, expect, it } from "vitest";
import { openPage, receiver, useChromium } from "./opened.js";

// The questions of docs/inspector.md, each answered from `/` in at most three actions.

useChromium();

/** What went wrong in an application. */
async function accident() {
  const hook = await receiver();
  const opened = await openPage({
    app: { webhooks: [hook.url] },
    async before(app) {
      const [first, second] = ["first tab", "second tab"].map((name) =>
        app.client({ name, user: { id: name.split(" ")[0], info: { tab: name } } }),
      );
      first.subscribe("task-1").bind("title", () => undefined);
      first.subscribe("presence-room");
      second.subscribe("presence-room");
      await app.channel("presence-room").subscribed({ count: 2 });
      await app.channel("task-1").subscribed();
      await app.server.trigger("task-1", "title", { id: "m1", text: "Sign in" });
      await app.server.trigger("task-1", "title", { id: "m2", text: "Search" });
      await app.server.trigger("task-1", "title", { id: "m2", text: "Search" });
      second.subscribe("task-1").bind("title", () => undefined);
      await app.channel("task-1").subscribed({ count: 2 });
      await app.idle({ timeout: 20_000 });
      hook.status = 500;
      app.client({ name: "third tab" }).subscribe("task-2");
      await app.channel("task-2").subscribed();
    },
  });
  return { ...opened, hook };
}

describe("a stranger finds out", () => {
  it("why the second tab did not see the title", async () => {
    const { row, details } = await accident();
    await row("Sign in").click();
    const told = details.locator(".got li", { hasText: "second tab" });
    await told.waitFor();
    expect(await told.textContent()).toMatch(/was subscribed to "task-1" at #\d+; "title" went out at #\d+/);
  });

  it("what the server sent twice", async () => {
    const { page, row } = await accident();
    await row("Sign in").waitFor();
    await page.getByRole("button", { name: "event", exact: true }).click();
    await page.getByRole("button", { name: "twice", exact: true }).click();
    await expect
      .poll(() => page.locator(".row .what").allTextContents())
      .toEqual([expect.stringContaining('"m2"'), expect.stringContaining('"m2"')]);
  });

  it("which webhook failed, and what was in it", async () => {
    const { page, go } = await accident();
    await page.getByRole("navigation").getByText("1 failed").waitFor();
    await go("Webhooks");
    const failed = page.locator('.webhooks li[data-state="retrying"]');
    await failed.locator("summary").first().click();
    await failed.getByText('"task-2"').waitFor();
    expect(await failed.first().textContent()).toContain("retrying 500");
  });

  it("who is in the room", async () => {
    const { page, go } = await accident();
    await go("Channels");
    const room = page.getByRole("article", { name: "presence-room" });
    await room.getByText("2 members").waitFor();
    expect(await room.getByText(/^{"tab":/).allTextContents()).toEqual(['{"tab":"first tab"}', '{"tab":"second tab"}']);
  });

  it("how to send that again to one client only", async () => {
    const { app, page, row } = await accident();
    await row("Sign in").click();
    await page.getByRole("button", { name: "Replay to second tab only" }).click();
    await app.channel("task-1").received("title", { id: "m1" }, { by: "second tab" });
    await expect.poll(() => row("Sign in").locator(".reach").allTextContents()).toEqual(["1 client", "1 of 2 clients"]);
  });
});
