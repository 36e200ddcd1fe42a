import { expect, test } from "pushrig/playwright";
import { board, unique } from "./board";

const PRESENCE = "presence-workspace-acme";

test("a message that somebody sends by the API appears", async ({ page, request, pusher }) => {
  const ada = board(page);
  await ada.open("Ada");
  await pusher.channel("task-1").subscribed();
  const text = unique("From a script");

  const data = { taskId: "1", author: "Radia", text };
  await request.post("/api/chat/message", { headers: pusher.headers, data });

  await pusher.channel("task-1").received("new-message");
  await expect(ada.message(text)).toHaveCount(1);
});

test("two people chat, and each message is shown once", async ({ page, browser, baseURL }) => {
  const [ada, grace] = [board(page), board(await browser.newPage({ baseURL }))];
  await ada.open("Ada");
  await grace.open("Grace");
  const [question, answer] = [unique("Is it you?"), unique("It is.")];

  await ada.write(question);
  await expect(grace.message(question)).toHaveCount(1);
  await grace.write(answer);

  for (const one of [ada, grace]) {
    for (const text of [question, answer]) await expect(one.message(text)).toHaveCount(1);
  }
});

test("two people see one another come and go", async ({ page, browser, baseURL, pusher }) => {
  const ada = board(page);
  await ada.open("Ada");
  const context = await browser.newContext({ baseURL });
  const grace = board(await context.newPage());
  await grace.open("Grace");

  await pusher.channel(PRESENCE).members("ada", "grace");
  for (const one of [ada, grace]) await expect(one.people).toHaveText(["Ada", "Grace"]);

  await context.close();
  await pusher.channel(PRESENCE).members("ada");
  await expect(ada.people).toHaveText(["Ada"]);
});

test("a new title is shown on every board", async ({ page, browser, baseURL }) => {
  const [ada, grace] = [board(page), board(await browser.newPage({ baseURL }))];
  await ada.open("Ada");
  await grace.open("Grace");
  const title = unique("Sign in");

  await ada.title.fill(title);
  await ada.title.press("Enter");

  await expect(grace.title).toHaveValue(title);
});

test("the agent goes on when the request is over, and says that it is done", async ({ page, pusher }) => {
  const ada = board(page);
  await ada.open("Ada");

  const happened = await pusher.during(async () => {
    await page.getByRole("button", { name: "Ask the agent" }).click();
    await pusher.channel("task-1").received("workflow-status-update", { status: "completed" }, { timeout: 20_000 });
  });

  const events = happened.entries.filter(({ kind, channel }) => kind === "triggered" && channel === "task-1");
  expect(events.map(({ event }) => event)).toEqual([
    "new-message",
    "workflow-status-update",
    "new-message",
    "workflow-status-update",
  ]);
  await expect(ada.status).toHaveText("Done");
});

test("who may not join is not shown, and chats all the same", async ({ page, pusher }) => {
  const ada = board(page);
  const refused = page.waitForResponse("**/api/pusher/auth");
  await pusher.network.failAuthorization({ channel: PRESENCE, status: 403 });
  await ada.open("Ada");

  expect((await refused).status()).toBe(403);
  expect(await pusher.channel(PRESENCE).members()).toEqual([]);
  const text = unique("Nobody sees me");
  await ada.write(text);
  await expect(ada.message(text)).toHaveCount(1);
  await expect(ada.people).toHaveCount(0);
});

test("the board fetches what it has missed while the gateway was away", async ({ page, request, pusher }) => {
  const ada = board(page);
  await ada.open("Ada");
  await pusher.channel("task-1").subscribed();
  const text = unique("Said while nobody listened");

  await pusher.restart();
  await request.post("/api/chat/message", { headers: pusher.headers, data: { taskId: "1", author: "Radia", text } });

  await expect(ada.message(text)).toHaveCount(1);
  await expect(ada.people).toHaveText(["Ada"]);
});

test("the board says that it is offline, and that it is back", async ({ page, pusher }) => {
  const ada = board(page);
  await ada.open("Ada");
  await expect(ada.connection).toHaveText("connected");

  const refusal = await pusher.network.refuse();
  await pusher.network.dropAll({ code: 4200 });
  await expect.poll(() => refusal.strikes()).toBeGreaterThan(0);
  await expect(ada.connection).toHaveText("connecting");

  await pusher.network.restore();
  await expect(ada.connection).toHaveText("connected");
});

test("a message whose event comes twice is shown once", async ({ page, request, pusher }) => {
  const ada = board(page);
  await ada.open("Ada");
  await pusher.channel("task-1").subscribed();
  await pusher.network.duplicate({ event: "new-message" });
  const text = unique("Twice");

  await request.post("/api/chat/message", { headers: pusher.headers, data: { taskId: "1", author: "Radia", text } });
  await pusher.idle();

  await expect(ada.message(text)).toHaveCount(1);
});
