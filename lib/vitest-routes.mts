// Runs before each test file when the plugin of vitest.ts has routes. Vite transforms it, and so the routes that it imports.
import routes from "virtual:pushrig/routes";
import { setTestRoutes } from "./events/test-runner.js";
import { exported } from "./runners/routes.js";

setTestRoutes(
  routes.map((route) => ({
    endpoint: route.endpoint,
    load: async () => exported(route, await route.load()),
  })),
);
