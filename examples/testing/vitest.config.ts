import pushrig from "pushrig/vitest";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [
    pushrig({
      // What clients ask for authorization is the application's own route.
      routes: { "/api/pusher/auth": "./src/routes/auth.ts#POST" },
      contract: "./src/realtime.schema.ts",
      strict: { typo: "error", floating: "error" },
    }),
  ],
  test: {
    // So that Testing Library unmounts after each test.
    globals: true,
    include: ["tests/**/*.test.{ts,tsx}"],
    setupFiles: ["./tests/setup.ts"],
  },
});
