// What comes too late for its test fails the file.
import assert from "node:assert/strict";
import { createMockPusher } from "pushrig";

const world = createMockPusher();
let theirs: ReturnType<typeof createMockPusher>;

it("passes: a test whose world outlives it", () => {
  theirs = createMockPusher();
  theirs
    .client()
    .subscribe("room")
    .bind("event", () => assert.fail("never this late"));
});

it("passes: the next one", async () => {
  await theirs.server.trigger("room", "event", "ever");
});

it("fails: the running one, for a world that no test has made", async () => {
  world
    .client()
    .subscribe("room")
    .bind("event", () => assert.fail("never in here"));
  await world.server.trigger("room", "event", "ever");
});
