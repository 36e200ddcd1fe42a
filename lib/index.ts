/** pushrig for Node: `index.d.ts` at the root documents what is exported here. */

import { type Gateway, type ListenOptions, listenOn } from "./gateway.js";
import type { Network } from "./network.js";
import { defaultRig } from "./rig.js";
import type { SettingsInput } from "./settings.js";
import { PusherMockState } from "./state.js";

export { MockPusherClient } from "./client.js";
export { MockPusher, createMockPusher } from "./mock-pusher.js";
export { MockPusherServer } from "./server.js";
export { PusherMockState } from "./state.js";

/** The state of the default app. */
export const pusherMockState = new PusherMockState(defaultRig);

/** Changes settings of the default app: delivery mode, latency and so on. */
export function configure(settings: SettingsInput): void {
  defaultRig().configure(settings);
}

/** Forgets what has happened in the default app; clients live on and reopen on their next use. */
export function reset(): void {
  pusherMockState.reset();
}

/** Opens the default app to the network: real `pusher-js` and SDKs of any language connect to it. */
export function listen(options?: ListenOptions): Promise<Gateway> {
  return listenOn(defaultRig(), options);
}

/** Test controls of the default app: drop and refuse connections, make authorization fail. */
export function network(): Network {
  return defaultRig().network;
}
