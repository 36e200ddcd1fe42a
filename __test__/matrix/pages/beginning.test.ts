// Each test begins empty, with the client that the application keeps.
import Pusher from "pusher";
import PusherClient from "pusher-js";
import { channel, pusherMockState } from "pushrig";
import { expect, it, vi } from "vitest";

const server = new Pusher({ appId: "1", key: "key", secret: "secret", cluster: "eu" });
const kept = new PusherClient("key", { cluster: "eu" });
const heard: unknown[] = [];

it("leaves something behind", async () => {
  kept.subscribe("task-1").bind("new-message", (data: unknown) => heard.push(data));
  await server.trigger("task-1", "new-message", { from: "first" });
  expect(heard).toHaveLength(1);
});

it("begins empty, and the client that is kept works on", async () => {
  expect(await pusherMockState.getState()).toEqual({ channels: [], subscriptions: [] });
  await server.trigger("task-1", "new-message", { from: "second" });
  expect(heard).toHaveLength(1);

  const again = vi.fn();
  kept.subscribe("task-1").bind("new-message", again);
  await channel("task-1").subscribed({ by: kept });
  await server.trigger("task-1", "new-message", { from: "second" });
  expect(again).toHaveBeenCalledTimes(1);
  expect(heard).toHaveLength(1);
});
