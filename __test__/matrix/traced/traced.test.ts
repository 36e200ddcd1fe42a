// Tests that fail, and leave a trace of each app that they have used. The titles say whether a test fails.
import { channel, createMockPusher, MockPusherClient, MockPusherServer } from "pushrig";

const server = new MockPusherServer({ appId: "1", key: "key", secret: "secret-of-the-server", cluster: "mt1" });

describe("a room: of <all>", () => {
  it("fails: on the default app", async () => {
    new MockPusherClient("key", { cluster: "mt1" }).subscribe("room").bind("said", () => {});
    await server.trigger("room", "said", { text: "hello", password: "hunter22", note: "secret-of-the-server" });
    expect(channel("room")).toHaveTriggered("never");
  });
});

it("passes: and leaves none", async () => {
  await server.trigger("room", "said", { text: "hello" });
  expect(channel("room")).toHaveTriggered("said");
});

it("fails: in a callback", async () => {
  const heard = (data: unknown) => expect(data).toBe("never");
  new MockPusherClient("key", { cluster: "mt1" }).subscribe("room").bind("said", heard);
  await server.trigger("room", "said", { text: "in a callback" });
});

it("fails: with an app of its own, which is closed by then", async () => {
  const app = createMockPusher({ appId: "4711", secret: "secret-of-the-app" });
  await app.server.trigger("room", "said", { text: "secret-of-the-app" });
  app.close();
  expect("closed").toBe("never");
});
