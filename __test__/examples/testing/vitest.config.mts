import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL("../../..", import.meta.url)),
  test: {
    include: ["__test__/examples/testing/*.test.ts"],
    globalSetup: "__test__/examples/testing/setup.ts",
    pool: "forks",
    // Each of them runs a Vitest of its own.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
