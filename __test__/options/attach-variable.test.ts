// PUSHRIG_ATTACH, as people write it.
import { afterEach, expect, it, vi } from "vitest";
import { attachFromEnvironment } from "../../lib/options/attach-variable.js";

afterEach(() => void vi.unstubAllEnvs());

it.each([
  ["1", true],
  ["true", true],
  ["Yes", true],
  [" on ", true],
  ["", false],
  ["0", false],
  ["false", false],
  ["NO", false],
  ["off", false],
  [undefined, false],
])("PUSHRIG_ATTACH=%s attaches: %s", (text, isOn) => {
  vi.stubEnv("PUSHRIG_ATTACH", text);
  expect(attachFromEnvironment()).toBe(isOn);
});

it("refuses what says neither, with both that do", () => {
  vi.stubEnv("PUSHRIG_ATTACH", "6001");
  expect(attachFromEnvironment).toThrow(
    'pushrig: PUSHRIG_ATTACH must be 1 (this process uses the gateway of its project) or 0 (it stays by itself), not "6001"',
  );
});
