/* oxlint-disable vitest/expect-expect -- that they fail is what they are for */
// What Pusher lets pass and the configuration takes for a mistake. The titles say whether a test fails.
import Pusher from "pusher";
import PusherClient from "pusher-js";
import { channel } from "pushrig";
import { it, vi } from "vitest";

const server = new Pusher({ appId: "1", key: "key", secret: "secret", cluster: "eu" });

it("fails: an event that goes to nobody", async () => {
  await server.trigger("task-1", "new-message", {});
});

it("fails: an event whose name is misspelt", async () => {
  new PusherClient("key", { cluster: "eu" }).subscribe("task-1").bind("new_message", vi.fn());
  await server.trigger("task-1", "new-message", {});
});

it("passes: an event that is heard", async () => {
  new PusherClient("key", { cluster: "eu" }).subscribe("task-1").bind("new-message", vi.fn());
  await channel("task-1").subscribed();
  await server.trigger("task-1", "new-message", {});
});
