import { defineConfig } from "@playwright/test";
import type { PusherWorkerFixture } from "pushrig/playwright";

const port = Number(process.env.APP_PORT);

export default defineConfig<object, PusherWorkerFixture>({
  testDir: "tests",
  testMatch: "*.e2e.ts",
  workers: 2,
  fullyParallel: true,
  // Where machines are busy.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  webServer: { command: "node application.cjs", port },
  projects: [
    { name: "all", testIgnore: "unhinted.e2e.ts" },
    { name: "without hints", testMatch: "unhinted.e2e.ts", use: { pushrig: { hints: false } } },
  ],
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    launchOptions: { executablePath: process.env.PUSHRIG_CHROMIUM, args: process.env.CHROMIUM_ARGS?.split(" ") },
  },
});
