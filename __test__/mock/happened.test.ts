import { createMockPusher } from "pushrig";
import { expect, it } from "vitest";

it("has what the act returned, or resolved to, beside what it caused", async () => {
  const rig = createMockPusher();
  const happened = await rig.during(() => rig.server.trigger("task-1", "new-message", {}));
  expect(happened.result.status).toBe(200);
  expect(happened.triggers()).toMatchObject([{ channel: "task-1", event: "new-message" }]);
  expect((await rig.during(() => 7)).result).toBe(7);
  rig.close();
});
