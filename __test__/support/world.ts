/** Apps of their own, which are closed after the test that has made them. */

import { type MockPusher, type MockPusherOptions, createMockPusher } from "pushrig";
import { afterEach } from "vitest";

const worlds: MockPusher[] = [];

// After the hooks of the test file, which were registered later.
afterEach(() => {
  for (const one of worlds.splice(0)) one.close();
});

export function world(options?: MockPusherOptions): MockPusher {
  const made = createMockPusher(options);
  worlds.push(made);
  return made;
}
