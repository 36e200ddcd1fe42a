import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  test: {
    globals: true,
    setupFiles: "./src/__tests__/setup.ts",
    env: { USE_MOCKS: "true", DATABASE_FILE: ":memory:" },
  },
});
