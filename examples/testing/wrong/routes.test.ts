// Each of these is wrong in a way of its own; what is said of it is asserted in the repository's tests.
import { MockPusherClient, channel, createMockPusher, during, pusherMockState, sentWebhook } from "pushrig";
import { expect, it, vi } from "vitest";
import { startDigest } from "../src/jobs/digest";
import { db } from "../src/lib/db";
import { pusherServer } from "../src/lib/pusher";
import { POST } from "../src/routes/chat";
import { PUT } from "../src/routes/title";

const url = "http://localhost/api/chat";
const message = { taskId: "1", author: "ada", text: "hello" };
const send = (text = "hello") => POST(new Request(url, { method: "POST", body: JSON.stringify({ ...message, text }) }));

it("asks for a misspelt channel", async () => {
  await send();
  expect(channel("tsk-1")).toHaveTriggered("new-message");
});

it("asks for a misspelt event", async () => {
  await send();
  expect(channel("task-1")).toHaveTriggered("new_message");
});

it("asks for other data", async () => {
  await send();
  expect(channel("task-1")).toHaveTriggered("new-message", { author: "bob", text: "hello" });
});

it("expects nothing where something was triggered", async () => {
  const happened = await during(() => send());
  expect(happened).not.toHaveTriggered();
});

it("expects the board to be told first", async () => {
  await PUT(new Request(url, { method: "PUT", body: '{"title":"Ship it"}' }), "1");
  expect(pusherMockState).toHaveTriggeredInOrder([
    { channel: "board", event: "task-title-update" },
    { channel: "task-1", event: "task-title-update" },
  ]);
});

it("counts wrong", async () => {
  await send();
  await send("again");
  expect(channel("task-1")).toHaveTriggeredTimes("new-message", 1);
});

it("asks a name instead of a channel", async () => {
  await send();
  expect("task-1").toHaveTriggered("new-message");
});

it("asks the server what was triggered", async () => {
  await send();
  expect(pusherServer).toHaveTriggered("new-message");
});

it("breaks the contract", async () => {
  await pusherServer.trigger("task-1", "task-title-update", { title: 7 as unknown as string });
  expect(channel("task-1")).toHaveTriggered("task-title-update");
});

it("misspells an event that it triggers", async () => {
  new MockPusherClient("key", { cluster: "eu", name: "ada" }).subscribe("task-1").bind("new-message", vi.fn());
  await pusherServer.trigger("task-1", "new-messages" as "new-message", { id: "m1", author: "ada", text: "hello" });
  expect(channel("task-1")).toHaveTriggered("new-messages");
});

it("does not await what it triggers", async () => {
  void pusherServer.trigger("task-1", "new-message", { id: "m1", author: "ada", text: "hello" });
  expect(channel("task-1")).toHaveTriggered("new-message");
});

it("waits for a job whose minute never comes", async () => {
  vi.useFakeTimers();
  await db.save("1", "ada", "hello");
  const digest = startDigest("1");
  try {
    await channel("task-1").triggered("digest", undefined, { timeout: 50 });
  } finally {
    digest.stop();
  }
});

it("does not await what it waits for", async () => {
  void channel("task-1").triggered("new-message");
  await send();
});

it("waits for a webhook that nobody gets", async () => {
  new MockPusherClient("key", { cluster: "eu", name: "ada" }).subscribe("task-1");
  await sentWebhook("channel_occupied", { channel: "task-1" }, { timeout: 50 });
});

it("looks into an app that was closed", async () => {
  const app = createMockPusher();
  app.close();
  expect(app.channel("task-1")).not.toHaveTriggered();
});
