// Runs before each test file when the plugin of vitest.ts is used.
import { afterAll, afterEach, beforeEach, inject } from "vitest";
import { installHooks } from "./runners/hooks.js";
import { reset } from "./index.js";
import type { ResetPolicy } from "./runners/swap.js";

declare module "vitest" {
  interface ProvidedContext {
    pushrig: { reset: ResetPolicy };
  }
}

installHooks();

const policy = inject("pushrig").reset;
if (policy === "test") {
  // Concurrent tests share the default rig, so it is reset when the last one that runs is done.
  const running = new Set<string>();
  beforeEach(({ task }) => {
    running.add(task.id);
  });
  afterEach(({ task }) => {
    running.delete(task.id);
    if (running.size === 0) reset();
  });
}
if (policy === "file") afterAll(() => reset());
