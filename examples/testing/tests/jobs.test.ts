// What happens without anybody asking.
import { MockPusherClient, channel, configure, during, onWebhook, pusherMockState, sentWebhook } from "pushrig";
import { expect, it, onTestFinished, vi } from "vitest";
import { startDigest } from "../src/jobs/digest";
import { db } from "../src/lib/db";
import { POST, openRooms } from "../src/routes/webhook";

it("sends a digest every minute, of what has come in it", async () => {
  vi.useFakeTimers();
  const digest = startDigest("1");
  onTestFinished(() => digest.stop());
  await db.save("1", "ada", "one");
  await db.save("1", "ada", "two");

  const first = await during(() => vi.advanceTimersByTimeAsync(60_000));
  const second = await during(() => vi.advanceTimersByTimeAsync(60_000));

  expect(first).toHaveTriggered("digest", { messages: 2 });
  expect(second).not.toHaveTriggered("digest");
});

it("waits for a job that nobody can await", async () => {
  const digest = startDigest("1");
  digest.stop();
  void db.save("1", "ada", "one").then(() => pusherMockState.trigger("task-1", "digest", { messages: 1 }));

  const { data } = await channel("task-1").triggered("digest");

  expect(data).toEqual({ messages: 1 });
});

it("knows from webhooks which rooms are open", async () => {
  configure({ webhookHold: 0 }); // Pusher waits three seconds before it says that a room is empty.
  const webhooks = onWebhook(POST);
  onTestFinished(() => webhooks.remove());
  const bob = new MockPusherClient("key", { cluster: "eu", user: { id: "bob", info: { name: "Bob" } } });

  bob.subscribe("presence-room-1");
  await sentWebhook("channel_occupied", { channel: "presence-room-1" });
  expect(openRooms).toContain("presence-room-1");

  bob.disconnect();
  await sentWebhook("channel_vacated", { channel: "presence-room-1" });
  expect(openRooms).not.toContain("presence-room-1");
});
