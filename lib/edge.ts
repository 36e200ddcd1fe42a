/** pushrig in an Edge runtime or a worker: everything can be imported, and says what to do when it is used. */

import { DEFAULT_HOST, DEFAULT_PORT } from "./options/defaults.js";
import type { GatewayClientOptions } from "./options/client.js";
import { optionsFor } from "./options/gateway-client.js";
import type { Options } from "./options/client.js";
import { serverOnly } from "./server/server-only.js";

const REASON =
  "an Edge runtime or worker cannot load a native addon. In Next.js give this route " +
  '`export const runtime = "nodejs"`.';

export const {
  MockPusher,
  MockPusherServer,
  PusherMockState,
  channel,
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
} = serverOnly(REASON);

/** Options for `new Pusher(key, …)` of `pusher-js/worker` that lead to the gateway. */
export function clientOptions(options: GatewayClientOptions = {}): Options {
  return optionsFor(options, `http://${DEFAULT_HOST}:${DEFAULT_PORT}`);
}

export function MockPusherClient(): never {
  throw new Error(
    `pushrig: MockPusherClient is not here: ${REASON} To connect from here take pusher-js/worker: ` +
      "new Pusher(key, clientOptions({ … })).",
  );
}
