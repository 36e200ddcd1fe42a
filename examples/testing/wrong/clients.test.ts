// Each of these is wrong in a way of its own; what is said of it is asserted in the repository's tests.
import { MockPusherClient, channel, createMockPusher, reset } from "pushrig";
import { expect, it, vi } from "vitest";
import { getPusherClient, pusherServer } from "../src/lib/pusher";

const hello = { id: "m1", author: "ada", text: "hello" };
const client = (name: string) =>
  new MockPusherClient("key", { cluster: "eu", name, user: { id: name, info: { name } } });

it("binds too late", async () => {
  const ada = client("ada");
  const task = ada.subscribe("task-1");
  await pusherServer.trigger("task-1", "new-message", hello);
  task.bind("new-message", vi.fn());
  expect(ada).toHaveReceived("task-1", "new-message");
});

it("subscribes too late", async () => {
  const ada = client("ada");
  await pusherServer.trigger("task-1", "new-message", hello);
  ada.subscribe("task-1").bind("new-message", vi.fn());
  await expect(ada).toReceive("task-1", "new-message", hello, { timeout: 50 });
});

it("binds another event", async () => {
  const ada = client("ada");
  ada.subscribe("task-1").bind("message-new", vi.fn());
  await pusherServer.trigger("task-1", "new-message", hello);
  expect(ada).toHaveReceived("task-1", "new-message");
});

it("subscribes to another channel", async () => {
  const ada = client("ada");
  ada.subscribe("task-2").bind("new-message", vi.fn());
  await pusherServer.trigger("task-1", "new-message", hello);
  expect(ada).toHaveReceived("task-1", "new-message");
});

it("expects the sender to hear itself", async () => {
  const ada = client("ada");
  ada.subscribe("task-1").bind("new-message", vi.fn());
  await pusherServer.trigger("task-1", "new-message", hello, { socket_id: ada.connection.socket_id });
  expect(ada).toHaveReceived("task-1", "new-message");
});

it("has left before", async () => {
  const ada = client("ada");
  ada.subscribe("task-1").bind("new-message", vi.fn());
  await channel("task-1").subscribed();
  ada.unsubscribe("task-1");
  await pusherServer.trigger("task-1", "new-message", hello);
  expect(ada).toHaveReceived("task-1", "new-message");
});

it("expects nothing where something arrives", async () => {
  const ada = client("ada");
  ada.subscribe("task-1").bind("new-message", vi.fn());
  await pusherServer.trigger("task-1", "new-message", hello);
  await expect(ada).not.toReceive("task-1", "new-message");
});

it("waits for a subscription that is refused", async () => {
  getPusherClient().subscribe("private-inbox-bob");
  await channel("private-inbox-bob").subscribed({ by: getPusherClient() });
});

it("expects a member who is not there", async () => {
  client("ada").subscribe("presence-room-1");
  await channel("presence-room-1").members(["ada", "bob"], { timeout: 50 });
});

it("expects a subscription to outlive reset()", async () => {
  const ada = client("ada");
  ada.subscribe("task-1").bind("new-message", vi.fn());
  reset();
  await pusherServer.trigger("task-1", "new-message", hello);
  expect(ada).toHaveReceived("task-1", "new-message");
});

it("triggers in another app", async () => {
  const ada = client("ada");
  ada.subscribe("task-1").bind("new-message", vi.fn());
  await createMockPusher().server.trigger("task-1", "new-message", hello);
  expect(ada).toHaveReceived("task-1", "new-message");
});
