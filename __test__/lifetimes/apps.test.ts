import { createMockPusher, MockPusherServer } from "pushrig";
import { expect, it } from "vitest";

// Alone in its file: what comes first in a test file is what this is about.
it("an app that is made before anything else is found by its key", async () => {
  const world = createMockPusher({ key: "made-first", secret: "s", appId: 3 });
  const server = new MockPusherServer({ key: "made-first", secret: "s", appId: "3" });
  await server.trigger("task-1", "e", 1);
  expect(world.state.getChannelMessages("task-1")).toHaveLength(1);
  world.close();
});
