// Vitest's browser mode, in the Chromium of this machine.
import { playwright } from "@vitest/browser-playwright";
import pushrig from "pushrig/vitest";
import { defineConfig } from "vitest/config";

const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];
const provider = playwright({ launchOptions: { executablePath: process.env.MATRIX_CHROMIUM, args: flags } });
const isolate = process.env.MATRIX_ISOLATE !== "false";

const browser = () => ({
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider,
  instances: [{ browser: "chromium" }],
});

const strict = {
  plugins: [pushrig({ strict: { unheard: "error", typo: "error" } })],
  test: { name: "strict", include: ["pages/strict/*.test.ts"], browser: browser() },
};

export default defineConfig({
  test: {
    fileParallelism: process.env.MATRIX_WORKERS !== "1",
    projects: [
      {
        plugins: [pushrig()],
        // What the application reads of its environment.
        define: { "process.env.PUSHER_KEY": "undefined", "process.env.PUSHER_SECRET": "undefined" },
        optimizeDeps: { include: ["react", "react-dom", "react-dom/client", "@testing-library/react", "zod"] },
        test: {
          name: "pages",
          include: process.env.MATRIX_WRONG ? ["pages/wrong/*.test.ts"] : ["pages/*.test.ts"],
          isolate,
          browser: browser(),
        },
      },
      // Beside it a project in Node: the plugin serves each as it needs it.
      ...(process.env.MATRIX_WRONG
        ? [strict]
        : [
            {
              plugins: [pushrig({ routes: { "/api/pusher/auth": "./swapped/app/auth.ts#POST" } })],
              test: { name: "node", environment: "node", globals: true, include: ["swapped/route.test.ts"] },
            },
          ]),
    ],
  },
});
