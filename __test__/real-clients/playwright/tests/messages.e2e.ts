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

test("events get lost, come twice and come late, in one page of two", async ({ page, browser, baseURL, pusher }) => {
  await page.goto("/?as=ada");
  const grace = await browser.newPage({ baseURL });
  await grace.goto("/?as=grace");
  await pusher.channel("task-1").subscribed({ count: 2 });
  await pusher.channel("presence-room").members("ada", "grace");
  const say = (text: string) => pusher.trigger("task-1", "new-message", { text });
  const lost = await pusher.network.lose({ client: "ada", event: "new-message", times: 1 });
  await say("one");
  const twice = await pusher.network.duplicate({ channel: "task-*", client: "ada", times: 1 });
  await say("two");
  expect([await lost.strikes(), await twice.strikes()]).toEqual([1, 1]);
  const late = await pusher.network.hold({ client: "ada", times: 1 });
  await say("three");
  await say("four");
  await expect(page.getByRole("listitem")).toHaveText(["two", "two", "four"]);
  await late.release();
  await expect(page.getByRole("listitem")).toHaveText(["two", "two", "four", "three"]);
  await expect(grace.getByRole("listitem")).toHaveText(["one", "two", "three", "four"]);
  expect((await pusher.why({ event: "new-message", data: { text: "one" }, client: "ada" })).reason).toBe("lost");
});

test("a page whose cable is out is gone for the others, says so by its own clock, and comes back", async ({
  page,
  pusher,
}) => {
  await page.clock.install();
  await page.goto("/?as=ada");
  await pusher.channel("presence-room").members("ada");
  const silence = await pusher.network.silence("ada");
  const did = await pusher.advance("150s");
  expect(`${did}`).toMatch(/^advance\("150s"\) did: ping to 1 socket, cut /);
  expect(did.cut).toEqual([{ socketId: expect.any(String), code: 4201 }]);
  await pusher.channel("presence-room").vacated();
  await page.clock.runFor("02:42");
  await expect(page.locator("#state")).toHaveText("unavailable");
  await silence.restore();
  await expect(async () => {
    await page.clock.runFor(1_000);
    expect(await page.locator("#state").textContent()).toBe("connected");
  }).toPass();
  await pusher.channel("presence-room").members("ada");
});
