import { expect, test } from "pushrig/playwright";

const said = (text: string) => ({ method: "POST", body: `text=${text}` });

test("matchers look again until it is so", async ({ page, pusher }) => {
  await page.goto("/");
  const room = pusher.channel("presence-room");
  await expect(room).toHaveMembers(["ada"]);
  await expect(room).toHaveSubscribers(1);
  await page.evaluate(
    (init) => setTimeout(() => void fetch("/say", init).then(() => fetch("/say", init)), 300),
    said("later"),
  );
  await expect(pusher.channel("task-1")).toHaveTriggered("new-message", { text: /late/ });
  await expect(pusher).toHaveTriggeredTimes("new-message", 2);
  await expect(pusher).toHaveTriggeredInOrder(["new-message", { event: "new-message", channel: "task-1" }]);
  await expect(pusher.client("ada")).toHaveReceived("task-1", "new-message", { text: expect.any(String) });
  await expect(pusher.client("ada")).toReceive("task-1", "new-message", (data: { text: string }) => data.text !== "");
  await page.close();
  await expect(room).toHaveSubscribers(0);
  await expect(room).not.toHaveMembers(["ada"]);
});

test("what has not happened is told once nothing is under way any more", async ({ page, pusher }) => {
  await page.goto("/");
  await pusher.channel("task-1").subscribed();
  await pusher.trigger("task-1", "new-message", { text: "one" });
  await expect(pusher).not.toHaveTriggered("something-else");
  await expect(pusher.client("ada")).not.toReceive("task-1", "something-else");
  await expect(pusher).not.toHaveSentWebhook("client_event");
});

test("what during() answers stays as it is", async ({ pusher }) => {
  const happened = await pusher.during(() =>
    pusher.triggerBatch([
      { channel: "task-1", event: "a", data: 1 },
      { channel: "task-2", event: "b", data: { n: 2 } },
    ]),
  );
  await pusher.trigger("task-1", "c", 3);
  expect(happened.result.events.map(({ channel }) => channel)).toEqual(["task-1", "task-2"]);
  expect(happened.triggers().map(({ event, data }) => [event, data])).toEqual([
    ["a", 1],
    ["b", { n: 2 }],
  ]);
  await expect(happened).toHaveTriggered("b", { n: 2 });
  await expect(happened).not.toHaveTriggered("c");
});

const quick = expect.configure({ timeout: 300 });
const errorOf = (act: () => unknown): Promise<string> =>
  Promise.resolve()
    .then(act)
    .then(
      () => "no error",
      (error: Error) => error.message,
    );

test("a matcher that fails says what there was instead", async ({ page, pusher }) => {
  await page.goto("/");
  await expect(pusher.channel("presence-room")).toHaveMembers(["ada"]);
  await pusher.trigger("task-1", "new-mesage", {});
  const said = await Promise.all([
    errorOf(() => quick(pusher.channel("task-1")).toHaveTriggered("new-message")),
    errorOf(() => quick(pusher).not.toHaveTriggered("new-mesage")),
    errorOf(() => quick(pusher).toHaveTriggeredTimes("new-mesage", 2)),
    errorOf(() => quick(pusher.channel("presence-room")).toHaveMembers(["ada", "grace"])),
    errorOf(() => quick(pusher.client("ada")).toReceive("task-1", "new-message")),
    errorOf(() => quick(pusher).toHaveSentWebhook("channel_occupied")),
  ]);
  for (const [place, text] of [
    'expected "task-1" to have triggered "new-message"',
    'expected the app not to have triggered "new-mesage", but it did',
    'expected the app to have triggered "new-mesage" twice, but it was once',
    'expected "presence-room" to have the members ada and grace; it has the member ada. Missing: grace.',
    'to have received "new-message" on "task-1" within 300 ms',
    'expected a webhook "channel_occupied" to have been sent',
  ].entries()) {
    expect(said[place]).toContain(text);
  }
});

test("what is asked wrongly is said at once", async ({ pusher }) => {
  for (const [act, text] of [
    [() => pusher.channel(""), "pusher.channel() takes the name of a channel, a string such as"],
    [() => pusher.channel(5 as never), "not 5"],
    [() => pusher.client(undefined as never), "pusher.client() takes the id of a user, or a socket id, not undefined"],
    [() => pusher.during(5 as never), "pusher.during() takes a function that does something"],
    [
      () => pusher.attach("page" as never),
      'pusher.attach() takes a browser context, such as page.context(), not "page"',
    ],
    [() => pusher.trigger("task-1", 5 as never, {}), "pusher.trigger() takes the name of an event"],
    [
      () => pusher.network.failAuthorization({ chanel: "x" } as never),
      'failAuthorization() has no option "chanel"; did you mean "channel"? The options are channel, status, message, times',
    ],
    [() => pusher.network.drop("ada", { kode: 1 } as never), 'drop() has no option "kode"; did you mean "code"?'],
    [() => pusher.triggerBatch([]), "has at least one event"],
    [() => pusher.channel("task-1").triggered("x", () => true), "a function does not get there"],
    [() => pusher.channel("task-1").subscribed({ timeout: "x" as never }), "timeout"],
    [() => (expect("task-1") as any).toHaveTriggered("x"), 'give it channel("task-1")'],
    [() => (expect(pusher) as any).toHaveMembers(["ada"]), "is asked of a channel"],
    [() => expect(pusher.channel("task-1")).toHaveMembers(["ada"]), "is asked of presence channels"],
    [() => (expect(pusher) as any).toHaveTriggered(5), "takes the name of an event"],
  ] as Array<[() => unknown, string]>) {
    expect(await errorOf(act)).toContain(text);
  }
});

test("what is wrong with a fault or a time is said as in the gateway's process", async ({ pusher }) => {
  const channel = 'is a name, in which * may stand for any text, such as "task-*", not "task 1"';
  for (const [act, text] of [
    [
      () => pusher.network.simulate("subwy" as never),
      'simulate() has no preset "subwy"; did you mean "subway"? The presets are subway, laptop-lid, deploy, failover',
    ],
    [
      () => pusher.network.lose({ channel: "task 1" }),
      `the channel of lose() ${channel}; channels have letters, digits and _-=@,.; in their names`,
    ],
    [
      () => pusher.network.hold({ times: 0 }),
      "the option times of hold() is a whole number from 1 on, not 0; without it, every time counts",
    ],
    [
      () => pusher.network.silence("nobody"),
      'silence() knows no client "nobody"; pass a client of this app, its name, user id, connectionId or socket id',
    ],
    [() => pusher.network.delay(-5), "a delay is milliseconds from 0 to 2147483647, not -5"],
    ...([-5, "soon"] as const).map((by) => [
      () => pusher.advance(by),
      `give pusher.advance() a number of milliseconds or a text such as "2m" (ms, s, m or h), of at most 24 hours, not ${JSON.stringify(by)}`,
    ]),
  ] as Array<[() => unknown, string]>) {
    expect(await errorOf(act)).toBe(`pushrig: ${text}`);
  }
  expect(await pusher.network.faults()).toEqual([]);
});

test("a fault that matches nothing", async ({ pusher }) => {
  await pusher.network.lose({ channel: "task-2" });
  await pusher.trigger("task-1", "new-message", {});
  await using _taken = await pusher.network.hold();
  await pusher.trigger("task-1", "new-message", {});
});

test.describe.serial("a context that a test has opened", () => {
  test("and leaves open", async ({ browser, baseURL, pusher }) => {
    const page = await browser.newPage({ baseURL });
    await page.goto("/?as=grace");
    await pusher.channel("presence-room").members("grace");
  });

  test("is closed when it is over: its page does not come back", async ({ page, browser, pusher }) => {
    expect(browser.contexts()).toEqual([page.context()]);
    await page.goto("/");
    await pusher.restart();
    await pusher.channel("presence-room").members("ada");
  });
});
