/**
 * The entry as a module that Vite evaluates, for what Vitest imports. Node would look through the text of each CommonJS module that is imported for
 * the names that it exports; on Node 24 the optimized code of that search is made anew in each process, which takes more than all of this
 * package. And it takes longer than Vite to find, read and link a module. What Vite evaluates has a `require`; to import one takes longer.
 */
import type * as Entry from "../../index.js";

const load = typeof require === "function" ? require : (await import("node:module")).createRequire(import.meta.url);

const entry = load("../../index.js") as typeof Entry;

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
