// Storybook's test runner: stories are tests in Vitest's browser mode.
import { storybookTest } from "@storybook/addon-vitest/vitest-plugin";
import { playwright } from "@vitest/browser-playwright";
import pushrig from "pushrig/vitest";
import { defineConfig } from "vitest/config";

const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];
const launchOptions = { executablePath: process.env.MATRIX_CHROMIUM, args };

export default defineConfig({
  plugins: [pushrig(), storybookTest({ configDir: "stories/config" })],
  test: {
    name: "stories",
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions }),
      instances: [{ browser: "chromium" }],
    },
  },
});
