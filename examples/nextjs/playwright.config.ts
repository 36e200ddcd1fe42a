import { defineConfig } from "@playwright/test";
import type { PusherWorkerFixture } from "pushrig/playwright";

// For the application and for tests, which have its credentials from the same file.
process.env.USE_MOCKS = "true";

const port = Number(process.env.PORT ?? 3000);
/** `next start` shows what `next build` has built. */
const server = process.env.E2E_SERVER === "production" ? "start" : "dev";

export default defineConfig<object, PusherWorkerFixture>({
  testDir: "e2e",
  testMatch: "*.e2e.ts",
  fullyParallel: true,
  workers: 2,
  // The first who opens a page of `next dev` waits until it is compiled.
  timeout: 60_000,
  expect: { timeout: 15_000 },
  webServer: {
    command: `node node_modules/next/dist/bin/next ${server} --hostname=localhost --port=${port}`,
    url: `http://localhost:${port}`,
    timeout: 120_000,
    env: { DATABASE_FILE: process.env.DATABASE_FILE ?? "data/e2e.db" },
  },
  projects: [
    { name: "board" },
    // What happens outside of a request is about the application's own app: these tests use that one, so one after the other.
    { name: "worker", testMatch: "*.alone.ts", workers: 1, use: { pushrig: { isolate: false } } },
  ],
  use: {
    baseURL: `http://localhost:${port}`,
    // Where Playwright may not download its browsers, the system's Chromium does.
    launchOptions: { executablePath: process.env.PUSHRIG_CHROMIUM, args: process.env.CHROMIUM_ARGS?.split(" ") },
  },
});
