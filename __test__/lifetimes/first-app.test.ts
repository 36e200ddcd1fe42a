import { MockPusherServer, createMockPusher } from "pushrig";
import { expect, it, vi } from "vitest";

// On its own in this file: it is about the first thing that a test file does.
it("an app that is made before anything else is found by its key", () => {
  const rig = createMockPusher({ key: "the-key", secret: "the-secret" });
  const received = vi.fn();
  rig.client().subscribe("room").bind("e", received);
  void new MockPusherServer({ appId: rig.app.id, key: "the-key", secret: "the-secret" }).trigger("room", "e", 1);
  expect(received).toHaveBeenCalledWith(1);
  rig.close();
});
