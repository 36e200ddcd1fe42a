import { describe, expect, it } from "vitest";
import { openPage, receiver, story, useChromium } from "./opened.js";

useChromium();

describe("the tab Channels", () => {
  it("shows subscribers, members with what is told of them, and what a cache channel keeps", async () => {
    const { page, go } = await openPage({
      async before(app) {
        await story(app);
        app.client({ name: "ada" }).subscribe("private-cache-board");
        await app.channel("private-cache-board").subscribed();
        await app.server.trigger("private-cache-board", "saved", { version: 12 });
      },
    });
    await go("Channels");
    const task = page.getByRole("article", { name: "task-1" });
    await task.getByText("3 subscribers").waitFor();
    const room = page.getByRole("article", { name: "presence-room" });
    await room.getByText("2 members").waitFor();
    await room.getByText(`{"role":"ada's"}`).waitFor();
    const board = page.getByRole("article", { name: "private-cache-board" });
    await board.getByText(/^Cached for \d+ s more$/).waitFor();
    await board.getByText("version 12").waitFor();
    await task.getByRole("button", { name: "task-1" }).click();
    expect(await page.getByRole("searchbox").inputValue()).toBe("channel:task-1");
  });

  it("keeps up with who comes and goes", async () => {
    const { app, page, go } = await openPage({ before: story });
    await go("Channels");
    const zoe = app.client({ name: "zoe", user: { id: "zoe" } });
    zoe.subscribe("presence-room");
    const members = page.getByRole("article", { name: "presence-room" }).getByRole("heading", { name: "members" });
    await expect.poll(() => members.textContent()).toBe("3 members");
    zoe.unsubscribe("presence-room");
    await expect.poll(() => members.textContent()).toBe("2 members");
  });

  it("drops and silences a client, refuses the next, and takes faults back where they stand in red", async () => {
    const { app, page, go } = await openPage({ before: story });
    const zoe = app.client({ name: "zoe" });
    zoe.subscribe("task-1");
    await app.channel("task-1").subscribed({ by: zoe });
    await go("Channels");
    await page.getByRole("button", { name: "Silence zoe" }).click();
    const faults = page.getByRole("region", { name: "Faults that are on" });
    await faults.getByText("silence(").waitFor();
    await page.getByText("zoe hears nothing.").waitFor();
    await page.getByRole("button", { name: "Refuse the next connection" }).click();
    await faults.getByText("2 faults are on").waitFor();
    await faults.getByRole("button", { name: "Restore silence" }).click();
    await faults.getByText("A fault is on").waitFor();
    await faults.getByRole("button", { name: "Restore refuse" }).click();
    await faults.waitFor({ state: "detached" });
    const socketId = zoe.connection.socket_id;
    await page.getByRole("button", { name: "Refuse next: zoe" }).click();
    await page.getByText("When zoe connects anew, it is refused.").waitFor();
    await page.getByRole("button", { name: "Drop zoe" }).click();
    await page.getByText("zoe was dropped.").waitFor();
    await faults.getByText("struck once").waitFor();
    await expect.poll(() => zoe.connection.state).toBe("connecting");
    zoe.disconnect();
    zoe.connect();
    await expect.poll(() => zoe.connection.state).toBe("connected");
    expect(zoe.connection.socket_id).not.toBe(socketId);
  });
});

describe("the tab Send", () => {
  it("sends as the server, as a client and to a user, and remembers", async () => {
    const { app, page, go } = await openPage({ before: story });
    const zoe = app.client({ name: "zoe", user: { id: "zoe" } });
    const heard: unknown[] = [];
    zoe.user.bind("hello", (data: unknown) => heard.push(data));
    zoe.signin();
    await app.idle();
    await go("Send");
    const form = page.getByRole("form", { name: "Send an event" });
    const send = async (as: string, fields: Record<string, string>): Promise<void> => {
      await form.getByLabel("As").selectOption({ label: as });
      for (const [label, value] of Object.entries(fields)) await form.getByLabel(label, { exact: true }).fill(value);
      await form.getByRole("button", { name: "Send" }).click();
    };
    await send("the server, to a channel", { Channel: "task-1", Event: "title", Data: '{"id":"m9"}' });
    await app.channel("task-1").triggered("title", { id: "m9" });
    await send("ada: a client event", { Channel: "presence-room", Event: "client-typing", Data: '{"on":true}' });
    await app.channel("presence-room").triggered("client-typing", { on: true });
    await send("the server, to a user", { User: "zoe", Event: "hello", Data: "not JSON" });
    await expect.poll(() => heard).toEqual(["not JSON"]);
    await form.getByText("This is no JSON: it is sent as a text.").waitFor();
    const before = page.getByRole("region", { name: "Sent before" });
    await expect.poll(() => before.getByRole("listitem").count()).toBe(3);
    await page.reload();
    await expect.poll(() => before.getByRole("listitem").count()).toBe(3);
    await before.getByRole("button", { name: "title" }).click();
    expect(await form.getByLabel("Channel", { exact: true }).inputValue()).toBe("task-1");
  });

  it("remembers what was sent, whatever is written while the answer is awaited", async () => {
    const { app, page, go } = await openPage({ before: story });
    let answer = (): void => {};
    const held = new Promise<void>((resolve) => (answer = resolve));
    await page.route("**/pushrig/v1/trigger*", (route) => held.then(() => route.continue()));
    await go("Send");
    const form = page.getByRole("form", { name: "Send an event" });
    await form.getByLabel("Channel", { exact: true }).fill("task-1");
    await form.getByLabel("Event", { exact: true }).fill("first");
    const asked = page.waitForRequest("**/pushrig/v1/trigger*");
    await form.getByRole("button", { name: "Send" }).click();
    await asked;
    await form.getByLabel("Event", { exact: true }).fill("second");
    answer();
    await app.channel("task-1").triggered("first");
    const before = page.getByRole("region", { name: "Sent before" });
    await before.getByRole("button", { name: "first" }).waitFor();
    expect(await before.getByRole("listitem").count()).toBe(1);
  });

  it("says in the service's words what it does not take", async () => {
    const { page, go } = await openPage({ before: story });
    await go("Send");
    const form = page.getByRole("form", { name: "Send an event" });
    await form.getByLabel("Channel", { exact: true }).fill("what is this");
    await form.getByRole("button", { name: "Send" }).click();
    await expect.poll(() => form.getByRole("status").textContent()).toBe("Invalid channel name: 'what is this'");
  });
});

describe("the tab Webhooks", () => {
  it("shows body, signature, answer and attempts, and sends one again", async () => {
    const hook = await receiver();
    hook.status = 500;
    const { app, page, go } = await openPage({ app: { webhooks: [hook.url] } });
    app.client({ name: "ada" }).subscribe("task-1");
    await expect.poll(() => hook.received.length).toBeGreaterThan(0);
    await page.getByRole("navigation").getByText("1 failed").waitFor();
    await go("Webhooks");
    const webhook = page
      .getByRole("region", { name: "Webhooks" })
      .getByRole("listitem")
      .filter({ hasText: "channel_occupied" });
    await webhook.getByText(/retrying 500/).waitFor();
    await webhook.locator("summary").first().click();
    await webhook.getByText("x-pusher-signature").waitFor();
    await webhook.getByText(/^[0-9a-f]{64}$/).waitFor();
    await webhook.getByText('"channel_occupied"').waitFor();
    hook.status = 200;
    const sent = hook.received.length;
    await webhook.getByRole("button", { name: "Send again" }).click();
    await page.getByText("Sent again: 200.").waitFor();
    await webhook.getByText(/delivered 200/).waitFor();
    expect(hook.received.length).toBeGreaterThan(sent);
    expect(hook.received.at(-1)).toBe(hook.received[0]);
    const entry = webhook.getByRole("link");
    const seq = (await entry.textContent()) ?? "";
    await entry.click();
    await page.getByRole("complementary").getByRole("heading", { name: seq }).waitFor();
  });
});

describe("the tab Connect", () => {
  it("has the lines of every library, and no secret that was configured", async () => {
    const app = { appId: "4711", key: "acme-key", secret: "acme-secret-of-nobody-else" };
    const { page, go } = await openPage({ app, before: story });
    await go("Connect");
    const lines = page.getByRole("region", { name: "How to connect" }).locator("pre");
    for (const [library, part] of [
      ["npm pusher", 'secret: "YOUR SECRET"'],
      ["Laravel Echo", 'broadcaster: "pusher", key: "acme-key"'],
      ["Python", 'app_id="4711"'],
      ["pusher-js", 'new Pusher("acme-key"'],
    ]) {
      await page.getByRole("button", { name: library }).click();
      await expect.poll(() => lines.textContent()).toContain(part);
      expect(await page.content()).not.toContain(app.secret);
    }
    await page.getByRole("button", { name: "Copy" }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(await lines.textContent());
  });
});

describe("tabs", () => {
  it("have addresses, and the browser's Back goes through them", async () => {
    const { page, go, row } = await openPage({ before: story });
    await row("passkey").waitFor();
    await go("Channels");
    await go("Send");
    expect(page.url()).toContain("/#send");
    await page.goBack();
    await page.getByRole("region", { name: "Channels" }).waitFor();
    await page.goBack();
    await row("passkey").waitFor();
  });

  it("are of the app that is chosen", async () => {
    const other = { id: "77", key: "seven", secret: "seven-secret" };
    const { app, page, row } = await openPage({ listen: { apps: [other] }, before: story });
    await row("passkey").waitFor();
    await page.getByLabel("App").selectOption("77");
    await page.getByText("Nothing yet.").waitFor();
    await page.getByLabel("App").selectOption(app.app.id);
    await expect.poll(() => row("passkey").count()).toBe(1);
  });
});
