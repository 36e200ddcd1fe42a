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

import type { AuthorizeRoute } from "./dist/options/authorization.js";
import type { MockPusherClient as Client } from "./dist/client/client.js";
import type { MockPusherClientOptions as ClientOptions, Options as PlainClientOptions } from "./dist/options/client.js";
import type { Channel as OwnChannel, PrivateChannel as OwnPrivateChannel } from "./dist/client/channels/channel.js";
import type { EncryptedChannel as OwnEncryptedChannel } from "./dist/client/channels/encrypted.js";
import type { Members as OwnMembers, PresenceChannel as OwnPresenceChannel } from "./dist/client/channels/presence.js";
import type { ConnectionManager as OwnConnectionManager } from "./dist/client/connection/connection.js";
import type { MockPusher as World, MockPusherOptions } from "./dist/mock/mock-pusher.js";
// @ts-ignore -- pusher-js need not be installed; its types are then `any`, and ours are taken
import type PusherClient from "pusher-js";
// @ts-ignore -- as above
import type { Options as PusherClientOptions } from "pusher-js";
// @ts-ignore -- as above
import type { Channel as PusherChannel, PresenceChannel as PusherPresenceChannel } from "pusher-js";
// @ts-ignore -- as above
import type { ConnectionManager as PusherConnectionManager, Members as PusherMembers } from "pusher-js";

/** `Theirs`, or `Ours` where the package that declares `Theirs` is not installed. */
type Installed<Theirs, Ours> = 0 extends 1 & Theirs ? Ours : Theirs;

/** What a mock client has besides the members of pusher-js. */
interface MockClientMembers {
  /** The name of the connection as `pusherMockState` knows it: `mock-connection-N`, in a browser the socket id. */
  readonly connectionId: string;
}

/** Options of the mock besides those of pusher-js. */
interface MockClientOptions {
  /** Who this client is on presence channels, while no authorization is configured. Default: the connection id. */
  user?: { id?: string | number; info?: unknown; watchlist?: string[] };
  /** The application's own authorization route, called in place of a request to a relative endpoint. Not in browsers. */
  authorize?: AuthorizeRoute;
  /** What the client is called in texts about a test: failures, logs, `why()`. Default: its user, or its connection. */
  name?: string;
  /** In browsers, where the gateway is. Default: `NEXT_PUBLIC_PUSHRIG_URL`, or else the page's host with port 6001. */
  url?: string;
}

/** Options of `clientOptions()`. */
export type GatewayClientOptions = Partial<MockPusherClientOptions> & {
  /** The gateway's address, as `listen()` gives it. Default: `NEXT_PUBLIC_PUSHRIG_URL`, or else the page's host with port 6001. */
  url?: string;
};

/**
 * Completes options of pusher-js for `new Pusher(key, clientOptions())`, so that it connects to a gateway and nowhere
 * else. Authorization is the application's own or, when it configures none, the gateway's. In Node the address is, unless
 * said otherwise, that of the gateway that this process has opened.
 */
export declare function clientOptions(
  options?: GatewayClientOptions,
): Installed<PusherClientOptions, PlainClientOptions>;

/** Options of pusher-js, and the mock's own. */
export type MockPusherClientOptions = Installed<PusherClientOptions & MockClientOptions, ClientOptions>;

/**
 * `pusher-js` 8.6.0 over a broker in this process. Typed as pusher-js's own class where that is
 * installed, so that either can stand in for the other.
 */
export type MockPusherClient = Installed<PusherClient & MockClientMembers, Client>;
export declare const MockPusherClient: {
  /**
   * A key or cluster that is given as undefined, such as an unset variable of the environment, is that of the app.
   *
   * @throws strings, as pusher-js does: without options, without a cluster, for the key null, for an unknown transport
   */
  new (key: string, options: MockPusherClientOptions): MockPusherClient;
  /** The clients that are still in use. pusher-js keeps every client for ever. */
  readonly instances: MockPusherClient[];
  isReady: boolean;
  /** Taken over when a client is constructed. */
  logToConsole: boolean;
  /** Taken over when a client is constructed; wins over `logToConsole`. */
  log: ((message: string) => void) | undefined;
  /** The live runtime object of pusher-js's Node build, as far as it means something here. */
  Runtime: Record<string, unknown>;
  ready(): void;
};

/** What clients subscribe to; that of pusher-js where it is installed, as are the others. */
export type Channel = Installed<PusherChannel, OwnChannel>;
export type PrivateChannel = Installed<PusherChannel, OwnPrivateChannel>;
export type EncryptedChannel = Installed<PusherChannel, OwnEncryptedChannel>;
export type PresenceChannel = Installed<PusherPresenceChannel, OwnPresenceChannel>;
export type Members = Installed<PusherMembers, OwnMembers>;
export type ConnectionManager = Installed<PusherConnectionManager, OwnConnectionManager>;

/** What `createMockPusher()` answers: `{ app, server, client(), state, network, webhooks(), configure, reset, listen, close }`. */
export interface MockPusher extends Omit<World, "client"> {
  /** A connected client of this app. `options` are those of pusher-js; `cluster` is the app's. Throws after `close()`. */
  client(options?: Partial<MockPusherClientOptions>): MockPusherClient;
}
export declare const MockPusher: {
  new (options?: MockPusherOptions): MockPusher;
};

/** Makes an isolated app with a server, clients and a state of its own: an app per test. */
export declare function createMockPusher(options?: MockPusherOptions): MockPusher;

export {
  /** Looks at a channel of the default app: waits for who subscribes, and for what is triggered and received. */
  channel,
  /** What an act causes in the default app, until nothing is under way any more. */
  during,
  /** Resolves once nothing of the default app is under way any more. */
  idle,
  /** A place in the journal, for `since`. */
  mark,
  /** Until a webhook of the default app with such an event was sent and answered. */
  sentWebhook,
  /** npm `pusher` 5.3.4 on the broker of this process, or with `host` on a server elsewhere. */
  MockPusherServer,
  /** The class of `pusherMockState`. */
  PusherMockState,
  /** Changes settings of the default app: delivery mode, latency, polling interval, history limit, … */
  configure,
  /** Opens the default app to the network: real `pusher-js` and SDKs of any language connect to it. */
  listen,
  /** Test controls of the default app: what a bad network and a busy service do. See docs/faults.md. */
  network,
  /** Sends webhooks of the default app to a URL or to a handler in this process. */
  onWebhook,
  /** The state of the default app. */
  pusherMockState,
  /** Forgets what has happened in the default app; clients live on and reopen on their next use. */
  reset,
  /** As `webhooks()`, once nothing is held back any more and each of the others was sent. */
  settledWebhooks,
  /** The webhooks of the default app that were sent, in order. */
  webhooks,
  /** Whether an event has reached a client of the default app, and if not, why. */
  why,
  /** Writes what has happened in the default app since the last reset into a file: a trace. See docs/traces.md. */
  writeTrace,
} from "./dist/index.js";

export type { Callback } from "./dist/events/callback.js";
export type { HTTPAuthError } from "./dist/client/errors.js";
export type {
  AuthorizeRoute,
  ChannelAuthorizationCallback,
  ChannelAuthorizationData,
  ChannelAuthorizationHandler,
  ChannelAuthorizationOptions,
  ChannelAuthorizationRequestParams,
  UserAuthenticationCallback,
  UserAuthenticationData,
  UserAuthenticationHandler,
  UserAuthenticationOptions,
  UserAuthenticationRequestParams,
} from "./dist/options/authorization.js";
export type { ClusterOptions } from "./dist/options/client.js";
export type { OpenGateway as Gateway, Role } from "./dist/gateway/open-gateway.js";
export type { Activity, ListenOptions, TlsOptions } from "./dist/options/listen.js";
export type { TraceFileOptions } from "./dist/mock/write-trace.js";
export type { MockPusherOptions } from "./dist/mock/mock-pusher.js";
export type { AppCredentials, AppOptions, LimitOptions } from "./dist/options/app.js";
export type { Fault, Hold } from "./dist/app/faults.js";
export type { Advanced } from "./dist/gateway/advance.js";
export type { AuthorizationFailure, Network, Refusal } from "./dist/app/network.js";
export type {
  DeliveryFaultSelection,
  FaultSelection,
  Preset,
  SimulationOptions,
  TriggerFailure,
  WebhookFailure,
} from "./dist/options/faults.js";
export type { Response } from "./dist/server/response.js";
export type {
  BatchEvent,
  ChannelAuthResponse,
  PostOptions,
  PresenceChannelData,
  RequestOptions,
  TriggerParams,
  UserAuthResponse,
  UserChannelData,
} from "./dist/server/server.js";
export type { ServerOptions } from "./dist/options/server.js";
export type { Delivery, Latency, Settings, SettingsInput } from "./dist/options/settings.js";
export type { Reaction, Strict, StrictInput } from "./dist/options/strict.js";
export type { ChannelMessage, ChannelState, StateSnapshot, SubscriptionState } from "./dist/mock/state.js";
export type { RequestError, WebHookError } from "./dist/server/errors.js";
export type { WebHook, WebHookData, WebHookEvent, WebHookRequest } from "./dist/server/received-webhook.js";
export type { Params, SignedQueryStringOptions } from "./dist/server/signed.js";
export type { Token } from "./dist/base/token.js";
export type { SentWebhook } from "./dist/webhooks/endpoint.js";
export type {
  AppEvent,
  WebhookDestination,
  WebhookEventName,
  WebhookHandler,
  WebhookOptions,
  WebhookTarget,
} from "./dist/options/webhook.js";
export type { Entry } from "./dist/journal/entry.js";
export type { Mark, Match, Near, Question, Reason, Who, Why } from "./dist/journal/question.js";
export type { WaitOptions } from "./dist/journal/subject.js";
export type { Happened } from "./dist/mock/happened.js";
export type { Message, Trigger } from "./dist/mock/message.js";
export type { ChannelProbe, Member, ReceivedOptions, SubscribedOptions, TriggeredOptions } from "./dist/mock/probe.js";
export type { SentWebhookOptions } from "./dist/mock/sent-webhook.js";
export type { WebhookSubscription } from "./dist/webhooks/webhooks.js";
