import { defineConfig } from "@playwright/test";
import type { PusherWorkerFixture } from "pushrig/playwright";

export default defineConfig<object, PusherWorkerFixture>({
  testMatch: "*.e2e.ts",
  fullyParallel: true,
  // Where machines are busy.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  workers: Number(process.env.WORKERS ?? 2),
  // One for each way to say which gateway is meant.
  projects: JSON.parse(process.env.USES ?? "[{}]").map((pushrig: object) => ({
    name: JSON.stringify(pushrig),
    use: { pushrig },
  })),
  use: {
    launchOptions: { executablePath: process.env.PUSHRIG_CHROMIUM, args: process.env.CHROMIUM_ARGS?.split(" ") },
  },
});
