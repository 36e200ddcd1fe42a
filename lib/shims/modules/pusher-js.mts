// Stands in for an import of npm `pusher-js` in Vitest: see pushrig.mts.
import { createRequire } from "node:module";
import type * as Entry from "../../index.js";

const { MockPusherClient } = createRequire(import.meta.url)("../../index.js") as typeof Entry;

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
