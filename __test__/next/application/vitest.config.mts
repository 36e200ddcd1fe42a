import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL("../../..", import.meta.url)),
  test: {
    include: ["__test__/next/application/**/*.test.ts"],
    globalSetup: "__test__/next/application/setup.ts",
    pool: "forks",
    // One copy of the application, and two cores.
    fileParallelism: false,
    testTimeout: 120_000,
    expect: { poll: { timeout: 40_000 } },
    hookTimeout: 180_000,
  },
});
