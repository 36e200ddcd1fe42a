/**
 * pushrig: a Pusher Channels mock for local development and tests.
 *
 * One in-memory broker with `MockPusherServer` (a drop-in for npm `pusher`), `MockPusherClient` (for
 * `pusher-js`) and `pusherMockState` to look inside. Not affiliated with or endorsed by Pusher.
 *
 * ```ts
 * import { MockPusherServer, MockPusherClient, pusherMockState } from "pushrig";
 *
 * const server = new MockPusherServer({ appId: "1", key: "key", secret: "secret", cluster: "eu" });
 * const client = new MockPusherClient("key", { cluster: "eu" });
 * client.subscribe("task-1").bind("new-message", (data) => console.log(data.messageId));
 * await server.trigger("task-1", "new-message", { messageId: "msg-123" });
 * pusherMockState.reset();
 * ```
 */

export {
  /** `pusher-js` 8.6.0 over a broker in this process. */
  MockPusherClient,
  /** npm `pusher` 5.3.4 on the broker of this process, or with `host` on a server elsewhere. */
  MockPusherServer,
  /** What `createMockPusher()` answers: `{ app, server, client(), state, network, configure, reset, close }`. */
  MockPusher,
  /** The class of `pusherMockState`. */
  PusherMockState,
  /** Changes settings of the default app: delivery mode, latency, polling interval, history limit, … */
  configure,
  /** Makes an isolated app with a server, clients and a state of its own: a world per test. */
  createMockPusher,
  /** Test controls of the default app: drop and refuse connections, make authorization fail. */
  network,
  /** The state of the default app. */
  pusherMockState,
  /** Forgets what has happened in the default app; clients live on and reopen on their next use. */
  reset,
} from "./dist/index.js";

export type { Callback } from "./dist/bindings.js";
export type { Channel, PrivateChannel } from "./dist/channel.js";
export type { ClusterOptions, MockPusherClientOptions } from "./dist/config.js";
export type { ConnectionManager } from "./dist/connection.js";
export type { EncryptedChannel } from "./dist/encrypted.js";
export type { LimitOptions, MockPusherOptions } from "./dist/mock-pusher.js";
export type { AuthorizationFailure, Network, Refusal } from "./dist/network.js";
export type { Members, PresenceChannel } from "./dist/presence.js";
export type { Response } from "./dist/response.js";
export type {
  BatchEvent,
  ChannelAuthResponse,
  PresenceChannelData,
  TriggerParams,
  UserAuthResponse,
  UserChannelData,
} from "./dist/server.js";
export type { ServerOptions } from "./dist/server-options.js";
export type { Delivery, Latency, Settings, SettingsInput } from "./dist/settings.js";
export type { ChannelMessage, ChannelState, StateSnapshot, SubscriptionState } from "./dist/state.js";
export type { WebHook } from "./dist/webhook.js";
