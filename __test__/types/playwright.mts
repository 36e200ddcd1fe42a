// A project with a `test` and an `expect` of its own, in strict TypeScript.
import { expect as baseExpect, mergeExpects, mergeTests, test as base } from "@playwright/test";
import {
  expect,
  type Pusher,
  type PusherFixture,
  pusherFixtures,
  pusherMatchers,
  type PusherWorkerFixture,
  type PushrigUse,
  test,
} from "pushrig/playwright";

const own = base.extend<PusherFixture, PusherWorkerFixture>(pusherFixtures);
const ownExpect = baseExpect.extend(pusherMatchers);

const further = own.extend<{ room: string }>({
  room: async ({ pusher }: { pusher: Pusher }, use) => use(pusher.key),
});
const merged = mergeTests(base, test);
const all = mergeExpects(baseExpect, expect);

export const use: PushrigUse = { url: "http://127.0.0.1:6001", token: "t", isolate: false, timeout: 1_000 };
// @ts-expect-error -- no such option
export const wrong: PushrigUse = { urll: "http://127.0.0.1:6001" };

further("asks", async ({ pusher, room }) => {
  const names: string[] = await pusher.channel(room).subscribed({ count: 2, timeout: 100 });
  const { data, seq } = await pusher.channel("task-1").received("new-message", { id: 1 }, { by: names[0] });
  const { events } = await pusher.triggerBatch([{ channel: "task-1", event: "x", data, socketId: "1.2" }]);
  const happened = await pusher.during(() => pusher.advance("2m"), { timeout: 100 });
  const text: string = happened.result.text;
  await ownExpect(happened).toHaveTriggered("x", { seq, events, text });
  await expect(pusher).toHaveTriggeredTimes("x", 1);
  await all(pusher.client("ada")).toReceive("task-1", "x", undefined, { timeout: 100 });
  await expect(pusher.channel("presence-a")).toHaveMembers(["ada", 7]);
  // @ts-expect-error -- how many
  await expect(pusher.channel("task-1")).toHaveSubscribers("two");
  // @ts-expect-error -- a list
  await pusher.channel("presence-a").members({ ids: [] });
  // @ts-expect-error -- a name
  pusher.channel(5);
});

merged("steers", async ({ pusher, page }) => {
  const fault = await pusher.network.failAuthorization({ channel: "presence-*", status: 403 });
  await fault.restore();
  await pusher.attach(page.context());
  const reached: boolean = (await pusher.why({ event: "x", channel: "task-1" })).received;
  const key: string = (await pusher.standard.state()).app.key;
  await expect(page.getByText(key)).toBeVisible({ visible: reached });
});
