// `pushrig/vitest` and `pushrig/jest` from a configuration that is an ES module.
import { preset, withPushrig } from "pushrig/jest";
import pushrig, { pushrig as named } from "pushrig/vitest";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [pushrig(), pushrig({ reset: "file" }), named({ reset: false })],
  test: { environment: "jsdom" },
});

pushrig({ strict: { typo: "error", leak: "warn" }, hints: false });
withPushrig({}, { strict: { floating: "warn" } });

// @ts-expect-error -- no reaction
pushrig({ strict: { typo: "fail" } });
// @ts-expect-error -- not a policy
pushrig({ reset: "never" });

export const resolver: string = preset.resolver;
export const environment: string = withPushrig({ testEnvironment: "jsdom" }, { reset: "test" }).testEnvironment;
export const made: Promise<{ rootDir: string; setupFilesAfterEnv: string[] }> = withPushrig(async () => ({
  rootDir: ".",
}))();
