// Each of several tests that run at one time fails for its own callbacks only.
import assert from "node:assert/strict";
import { MockPusherClient, MockPusherServer, createMockPusher } from "pushrig";

const server = new MockPusherServer({ appId: "1", key: "key", secret: "secret", cluster: "mt1" });
const client = new MockPusherClient("key", { cluster: "mt1" });

describe("at one time", () => {
  let bothRun: () => void;
  const running = new Promise<void>((resolve) => {
    bothRun = resolve;
  });
  let isOver: () => void;
  const over = new Promise<void>((resolve) => {
    isOver = resolve;
  });

  it.concurrent("passes: a test beside one that is wrong", async () => {
    const world = createMockPusher();
    world
      .client()
      .subscribe("room")
      .bind("event", () => {});
    bothRun();
    await over;
    await world.server.trigger("room", "event", "ever");
  });

  it.concurrent("fails: the test that made the world", async () => {
    const world = createMockPusher();
    world
      .client()
      .subscribe("room")
      .bind("event", (data: unknown) => expect(data).toBe("never"));
    await running;
    await world.server.trigger("room", "event", "ever");
    isOver();
  });

  it.concurrent("fails: the test that triggered in the default app", async () => {
    client.subscribe("shared").bind("event", () => assert.fail("never shared"));
    await running;
    await server.trigger("shared", "event", "ever");
  });

  it.concurrent.each([["never"]])("fails: in a table, seen %s", async (seen) => {
    const world = createMockPusher();
    await running;
    world
      .client()
      .subscribe("room")
      .bind("event", () => assert.fail(seen));
    await world.server.trigger("room", "event", "ever");
  });
});
