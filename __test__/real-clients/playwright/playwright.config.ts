import { defineConfig } from "@playwright/test";

const port = Number(process.env.APP_PORT);

export default defineConfig({
  testDir: "tests",
  testMatch: "*.e2e.ts",
  workers: 2,
  fullyParallel: true,
  // Where machines are busy.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  webServer: { command: "node application.cjs", port },
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    launchOptions: { executablePath: process.env.PUSHRIG_CHROMIUM, args: process.env.CHROMIUM_ARGS?.split(" ") },
  },
});
