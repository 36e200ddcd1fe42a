// Vitest's browser mode, in the Chromium of this machine.
import { createRequire } from "node:module";
import pushrig from "pushrig/vitest";
import { defineConfig } from "vitest/config";

const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];
const launch = { executablePath: process.env.MATRIX_CHROMIUM, args: flags };
// Vitest 3 knows its provider by name, and takes options of the launch with the browser.
const isNamed = createRequire(import.meta.url)("vitest/package.json").version.startsWith("3.");
const provider = isNamed
  ? "playwright"
  : (await import("@vitest/browser-playwright")).playwright({ launchOptions: launch });
/** Where traces go, if a run is to leave some. */
const traces = process.env.MATRIX_TRACES;
const isolate = process.env.MATRIX_ISOLATE !== "false";

const browser = () => ({
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider,
  instances: [{ browser: "chromium", ...(isNamed && { launch }) }],
});

const strict = {
  plugins: [pushrig({ strict: { unheard: "error", typo: "error" } })],
  test: { name: "strict", include: ["pages/strict/*.test.ts"], browser: browser() },
};

const held = {
  plugins: [
    pushrig({
      contract: "./contract/realtime.schema.ts",
      routes: { "/api/pusher/auth": "./swapped/app/auth.ts#POST" },
      strict: { leak: "error", floating: "error" },
    }),
  ],
  test: { name: "held", include: ["pages/held/*.test.ts"], browser: browser() },
};

export default defineConfig({
  test: {
    fileParallelism: process.env.MATRIX_WORKERS !== "1",
    projects: [
      {
        plugins: [pushrig({ trace: traces === undefined ? false : "on-failure", dir: traces })],
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
        ? [strict, held]
        : [
            {
              plugins: [pushrig({ routes: { "/api/pusher/auth": "./swapped/app/auth.ts#POST" } })],
              test: { name: "node", environment: "node", globals: true, include: ["swapped/route.test.ts"] },
            },
          ]),
    ],
  },
});
