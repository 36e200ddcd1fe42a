// Stands in for an import of npm `pusher-js` in Vitest: see pushrig.mts.
import type * as Entry from "../../index.js";

const load = typeof require === "function" ? require : (await import("node:module")).createRequire(import.meta.url);
const { MockPusherClient } = load("../../index.js") as typeof Entry;

export default MockPusherClient;
export const {
  DependenciesReceivers,
  Runtime,
  ScriptReceivers,
  auth_callbacks,
  getClientFeatures,
  instances,
  isReady,
  log,
  logToConsole,
  ready,
} = MockPusherClient;
