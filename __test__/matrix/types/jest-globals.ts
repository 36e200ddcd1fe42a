// What the global `expect` of @types/jest takes where pushrig's types are seen.
import * as assert from "pushrig/assert";
import { pushrigMatchers } from "pushrig/matchers";
import { channel, createMockPusher, pusherMockState } from "pushrig";

expect.extend(pushrigMatchers);

const app = createMockPusher();
const client = app.client();

it("takes partial data and asymmetric matchers", async () => {
  expect(app).toHaveTriggered();
  expect(app).toHaveTriggered("new-message", { id: "m1", author: { name: expect.any(String) } });
  expect(app).not.toHaveTriggered("new-message", (data: { id: string }) => data.id === "m1");
  expect(app).toHaveTriggeredTimes("new-message", 2);
  expect(app).toHaveTriggeredInOrder(["started", { event: "progress", channel: "task-1", data: { percent: 50 } }]);
  expect(app).toHaveSubscribers(1);
  expect(app).toHaveMembers(["ann", 1]);
  expect(client).toHaveReceived("task-1", "new-message", { id: "m1" });
  expect(app).toHaveSentWebhook("channel_occupied", { channel: "task-1" });
  const received: Promise<void> = expect(client).toReceive("task-1", "new-message", undefined, { timeout: 500 });
  await received;
  await expect(client).not.toReceive("task-1", "new-message");
  await expect(Promise.resolve(app)).resolves.toHaveTriggered("new-message");

  // @ts-expect-error -- the name of an event
  expect(app).toHaveTriggered(5);
  // @ts-expect-error -- how many
  expect(app).toHaveTriggeredTimes("new-message");
  // @ts-expect-error -- no field of an event
  expect(app).toHaveTriggeredInOrder([{ evnt: "started" }]);
  // @ts-expect-error -- the event, too
  expect(client).toHaveReceived("task-1");
  // @ts-expect-error -- no event of webhooks
  expect(app).toHaveSentWebhook("channel_ocupied");
  // @ts-expect-error -- no matcher
  expect(app).toHaveTriggerd("new-message");
});

it("has the same as functions", async () => {
  assert.triggered(app, "new-message", { id: "m1" });
  assert.notReceived(client, "task-1", "new-message");
  await assert.receives(client, "task-1", "new-message", undefined, { timeout: 500 });
  assert.triggered(channel("task-1"), "new-message");
  assert.triggered(pusherMockState, "new-message");
  // @ts-expect-error -- the name of a channel is none
  assert.triggered("task-1", "new-message");
});
