// Tests that break the contract of `realtime.schema.ts`, and say so in their titles, as those in ../wrong do.
import { MockPusherClient, MockPusherServer, createMockPusher } from "pushrig";

const server = new MockPusherServer({ appId: "1", key: "key", secret: "secret", cluster: "mt1" });

it("passes: what keeps to the contract", async () => {
  await server.trigger("room", "said", "ever");
});

it("fails: what breaks it, and is published all the same", async () => {
  const received: unknown[] = [];
  new MockPusherClient("key", { cluster: "mt1" })
    .subscribe("room")
    .bind("said", (data: unknown) => received.push(data));
  await server.trigger("room", "said", "never");
  expect(received).toEqual(["never"]);
});

it("fails: an event that is not in it", async () => {
  await server.trigger("room", "never", "ever");
});

it("fails: a client event, in an app of its own", async () => {
  const client = createMockPusher().client({ user: { id: "ada" } });
  const room = client.subscribe("presence-room");
  await new Promise((resolve) => {
    room.bind("pusher:subscription_succeeded", resolve);
  });
  room.trigger("client-said", "never");
});

it("passes: the test after it", async () => {
  await server.trigger("room", "said", "ever");
});
