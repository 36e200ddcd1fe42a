// Runs before each test file when the plugin of vitest.ts names files of the project. Vite transforms it, and so what it imports of them.
import { contract, routes } from "virtual:pushrig/project";
import { setTestContract, setTestRoutes } from "./events/test-runner.js";
import { exported } from "./runners/routes.js";

setTestRoutes(
  routes.map((route) => ({
    endpoint: route.endpoint,
    load: async () => exported(route, await route.load()),
  })),
);
setTestContract(contract);
