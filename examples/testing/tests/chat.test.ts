// What routes trigger, and what they do not.
import { MockPusherClient, channel, during, pusherMockState } from "pushrig";
import { expect, it, vi } from "vitest";
import { POST } from "../src/routes/chat";
import { PUT } from "../src/routes/title";

const url = "http://localhost/api/chat";

it("tells everybody on the task about a new message", async () => {
  const body = JSON.stringify({ taskId: "1", author: "ada", text: "hello" });
  await POST(new Request(url, { method: "POST", body }));

  expect(channel("task-1")).toHaveTriggered("new-message", { author: "ada", text: "hello" });
});

it("leaves out the sender, whose tab shows the message already", async () => {
  const ada = new MockPusherClient("key", { cluster: "eu", name: "ada" });
  const bob = new MockPusherClient("key", { cluster: "eu", name: "bob" });
  for (const client of [ada, bob]) client.subscribe("task-1").bind("new-message", vi.fn());

  const body = JSON.stringify({ taskId: "1", author: "ada", text: "hello", socketId: ada.connection.socket_id });
  await POST(new Request(url, { method: "POST", body }));

  expect(bob).toHaveReceived("task-1", "new-message", { text: "hello" });
  expect(ada).not.toHaveReceived("task-1", "new-message");
});

it("refuses a message without a text, and tells nobody", async () => {
  const body = JSON.stringify({ taskId: "1", author: "ada", text: " " });
  const happened = await during(() => POST(new Request(url, { method: "POST", body })));

  expect(happened.result.status).toBe(400);
  expect(happened).not.toHaveTriggered();
});

it("tells whoever is mentioned, each in their own inbox", async () => {
  const body = JSON.stringify({ taskId: "1", author: "ada", text: "@bob and @eve, look" });
  await POST(new Request(url, { method: "POST", body }));

  expect(channel("private-inbox-bob")).toHaveTriggered("mentioned", { taskId: "1", by: "ada" });
  expect(channel("private-inbox-eve")).toHaveTriggeredTimes("mentioned", 1);
  expect(channel("private-inbox-ada")).not.toHaveTriggered();
});

it("tells who has the task open of its title before who looks at the board", async () => {
  await PUT(new Request("http://localhost/api/tasks/1/title", { method: "PUT", body: '{"title":"Ship it"}' }), "1");

  expect(pusherMockState).toHaveTriggeredInOrder([
    { channel: "task-1", event: "task-title-update", data: { title: "Ship it" } },
    { channel: "board", event: "task-title-update", data: { taskId: "1" } },
  ]);
});

it("fails where the service would: a message may be 10 KB", async () => {
  const body = JSON.stringify({ taskId: "1", author: "ada", text: "x".repeat(10_240) });

  await expect(POST(new Request(url, { method: "POST", body }))).rejects.toMatchObject({ status: 413 });
  expect(channel("task-1")).not.toHaveTriggered("new-message");
});
