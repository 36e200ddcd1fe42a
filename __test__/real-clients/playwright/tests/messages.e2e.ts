import { expect, test } from "pushrig/playwright";

for (const text of ["one", "two", "three"]) {
  test(`a message appears, and none of the other tests: ${text}`, async ({ page, pusher }) => {
    await page.goto("/");
    await pusher.channel("task-1").subscribed();
    await pusher.trigger("task-1", "new-message", { text });
    await expect(page.getByRole("listitem")).toHaveText([text]);
  });
}

for (const transport of ["ws", "xhr_streaming", "xhr_polling"]) {
  test(`what a route says appears, by ${transport}`, async ({ page, pusher }) => {
    await page.goto(`/?transport=${transport}`);
    await pusher.channel("task-1").subscribed();
    await page.evaluate(() => fetch("/say", { method: "POST", body: "text=from the route" }));
    await pusher.channel("task-1").received("new-message", { text: "from the route" });
    await expect(page.getByRole("listitem")).toHaveText(["from the route"]);
  });
}

test("two people see one another come and go", async ({ page, browser, baseURL, pusher }) => {
  await page.goto("/?as=ada");
  const context = await browser.newContext({ baseURL });
  const grace = await context.newPage();
  await grace.goto("/?as=grace");
  await pusher.channel("presence-room").members("ada", "grace");
  for (const one of [page, grace]) await expect(one.locator("#who")).toHaveText("ada, grace");
  await context.close();
  await pusher.channel("presence-room").members("ada");
  await expect(page.locator("#who")).toHaveText("ada");
});

test("a refused authorization is shown, and the next one is not", async ({ page, pusher }) => {
  await pusher.network.failAuthorization({ channel: "presence-*", status: 401, message: "not you", times: 1 });
  const answered = page.waitForResponse("**/auth");
  await page.goto("/");
  await expect(page.locator("#error")).toHaveText("401");
  expect([(await answered).status(), await (await answered).text()]).toEqual([401, "not you\n"]);
  await page.reload();
  await pusher.channel("presence-room").members("ada");
});

test("a page is back after a restart", async ({ page, pusher }) => {
  await page.goto("/");
  await pusher.channel("task-1").subscribed();
  await pusher.restart();
  await pusher.channel("task-1").subscribed();
  await pusher.trigger("task-1", "new-message", { text: "back" });
  await expect(page.getByRole("listitem")).toHaveText(["back"]);
});

test("a job outside of a request is the default app's", async ({ pusher }) => {
  await pusher.standard.channel("jobs").triggered("tick");
  expect((await pusher.journal()).entries.filter(({ event }) => event === "tick")).toEqual([]);
});

test("a request of the test's own is about its app", async ({ request, pusher }) => {
  await request.post("/say", { headers: pusher.headers, data: "text=own" });
  await pusher.channel("task-1").triggered("new-message", { text: "own" });
});

test("a page that is cut off comes back", async ({ page, pusher }) => {
  await page.goto("/");
  await pusher.channel("task-1").subscribed();
  await pusher.network.dropAll({ code: 4200 });
  await pusher.channel("task-1").subscribed();
  await expect(page.locator("#state")).toHaveText("connected");
});
