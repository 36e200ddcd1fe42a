import { channel } from "pushrig";
import { expect, it } from "vitest";
import { messageOf } from "../support/rejected";
import { world } from "../support/world";

const hint =
  "Imports of pusher and pusher-js reach the mock with node --import pushrig/register, or with a plugin of a test runner.";
const soon = { timeout: 50 };

it("says in the default app that imports are not swapped, where nothing has come to it", async () => {
  expect(await messageOf(channel("task-1").subscribed(soon))).toBe(
    `Nobody was subscribed to "task-1" within 50 ms.\nNo client has connected.\n${hint}`,
  );
  expect(await messageOf(channel("task-1").triggered("e", undefined, soon))).toContain(hint);
});

it("says nothing of it in an app of one's own, which is handed to the code under test", async () => {
  expect(await messageOf(world().channel("task-1").subscribed(soon))).not.toContain(hint);
});
