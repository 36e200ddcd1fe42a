import { join } from "node:path";
import pushrig from "pushrig/vitest";
import { defineConfig } from "vitest/config";

const isolate = process.env.MATRIX_ISOLATE !== "false";
const workers = Number(process.env.MATRIX_WORKERS);
const shared = {
  globals: true,
  pool: process.env.MATRIX_POOL,
  environment: process.env.MATRIX_ENVIRONMENT,
  isolate,
};

/** What plugins for the paths of a tsconfig do. */
const paths = {
  name: "paths",
  resolveId: (specifier) =>
    specifier === "pusher/updateChannel" ? join(import.meta.dirname, `swapped/src/${specifier}.ts`) : undefined,
};

const routes = { "/api/pusher/auth": "./swapped/app/auth.ts#POST" };

const wrong = { plugins: [pushrig()], test: { ...shared, name: "wrong", include: ["wrong/*.test.ts"] } };

const contracted = {
  plugins: [pushrig({ contract: "./contract/realtime.schema.ts" })],
  test: { ...shared, name: "contract", include: ["contract/*.test.ts"] },
};

const traces = process.env.MATRIX_TRACES;
const traced = {
  plugins: [pushrig({ trace: "on-failure", dir: traces })],
  test: { ...shared, name: "traced", include: ["traced/*.test.ts"] },
};

export default defineConfig({
  test: {
    // Vitest 3 has one option per pool, 4 and later have one for all.
    isolate,
    maxWorkers: workers,
    minWorkers: workers,
    projects: process.env.MATRIX_WRONG
      ? traces
        ? [traced]
        : [wrong, contracted]
      : [
          { test: { ...shared, name: "plain", include: ["plain/*.test.ts"] } },
          {
            plugins: [pushrig({ routes }), paths],
            test: { ...shared, name: "swapped", include: ["swapped/*.test.ts"] },
          },
          { plugins: [pushrig({ reset: "file" })], test: { ...shared, name: "kept", include: ["kept/*.test.ts"] } },
        ],
  },
});
