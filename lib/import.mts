// What `import … from "pushrig"` gets under Vitest. Node finds the names in a CommonJS module by reading all of its text, which takes
// several times as long as to run it.
import { createRequire } from "node:module";
import type * as Pushrig from "./index.js";

const pushrig = createRequire(import.meta.url)("./index.js") as typeof Pushrig;

export const {
  MockPusher,
  MockPusherClient,
  MockPusherServer,
  PusherMockState,
  channel,
  clientOptions,
  configure,
  createMockPusher,
  during,
  idle,
  listen,
  mark,
  network,
  onWebhook,
  pusherMockState,
  reset,
  sentWebhook,
  settledWebhooks,
  webhooks,
  why,
} = pushrig;
export default pushrig;
