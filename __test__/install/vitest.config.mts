import { defineConfig } from "vitest/config";

// A run of its own, because its tests need the tarballs that scripts/package.mjs packs.
export default defineConfig({
  test: {
    include: ["__test__/install/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
