// What a test asks for and does not wait for.
import { expect, test } from "pushrig/playwright";

test("a waiter", async ({ pusher }) => {
  void pusher.channel("chat").subscribed({ timeout: 30_000 });
});

test("one that has failed already", async ({ pusher }) => {
  void pusher.channel("chat").received("never", undefined, { timeout: 0 });
  await expect(pusher.channel("chat").subscribed({ timeout: 300 })).rejects.toThrow("Nobody was subscribed");
});

test("a matcher, and a webhook", async ({ pusher }) => {
  void expect(pusher.channel("chat")).toHaveTriggered("never");
  void pusher.sentWebhook("channel_vacated");
});

test.describe.serial("what somebody else has taken", () => {
  test("is late", async ({ pusher }) => {
    void pusher.channel("chat").subscribed({ timeout: 300 }).then(String);
    void pusher.events()[Symbol.asyncIterator]().next();
  });

  test("and the next test hears nothing of it", async ({ pusher }) => {
    await expect(pusher.channel("chat").subscribed({ timeout: 1_000 })).rejects.toThrow("Nobody was subscribed");
  });
});

test("errors are placed where the test has asked", async ({ pusher }) => {
  const error = await pusher
    .channel("chat")
    .subscribed({ timeout: 0 })
    .catch((reason: Error) => reason);
  expect((error as Error).stack).toContain("awaits.e2e.ts");
});
