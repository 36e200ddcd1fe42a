/**
 * The entry as an ES module, for what Vitest imports. Node looks through the text of each CommonJS module that is imported for the names
 * that it exports; on Node 24 the optimized code of that search is made anew in each process, which takes more than all of this package.
 */
import { createRequire } from "node:module";
import type * as Entry from "../../index.js";

const entry = createRequire(import.meta.url)("../../index.js") as typeof Entry;

export default entry;
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
  writeTrace,
} = entry;
