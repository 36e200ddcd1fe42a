/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import {
  channelAuthorizer,
  userAuthenticator,
  type AuthorizeRoute,
  type ChannelAuthorizationHandler,
  type ChannelAuthorizationOptions,
  type ChannelAuthorizerGenerator,
  type DeprecatedAuthOptions,
  type UserAuthenticationHandler,
  type UserAuthenticationOptions,
} from "./authorization/authorization.js";
import type { MockPusherClient } from "./client.js";
import { namesCluster } from "../options/client.js";
import type { Nacl } from "./channels/encrypted.js";
import { logger } from "./logger.js";

export type AuthTransport = "ajax" | "jsonp";
export type Transport = "ws" | "wss" | "xhr_streaming" | "xhr_polling" | "sockjs";

/** The options of pusher-js 8.6.0. Times are milliseconds. */
export interface Options {
  activityTimeout?: number;
  /** @deprecated use channelAuthorization */
  auth?: DeprecatedAuthOptions;
  /** @deprecated use channelAuthorization */
  authEndpoint?: string;
  /** @deprecated use channelAuthorization */
  authTransport?: AuthTransport;
  /** @deprecated use channelAuthorization */
  authorizer?: ChannelAuthorizerGenerator;
  channelAuthorization?: ChannelAuthorizationOptions;
  userAuthentication?: UserAuthenticationOptions;
  cluster: string;
  enableStats?: boolean;
  disableStats?: boolean;
  disabledTransports?: Transport[];
  enabledTransports?: Transport[];
  forceTLS?: boolean;
  httpHost?: string;
  httpPath?: string;
  httpPort?: number;
  httpsPort?: number;
  ignoreNullOrigin?: boolean;
  nacl?: Nacl;
  pongTimeout?: number;
  statsHost?: string;
  timelineParams?: any;
  unavailableTimeout?: number;
  wsHost?: string;
  wsPath?: string;
  wsPort?: number;
  wssPort?: number;
}

/** What the mock takes besides. */
export interface MockPusherClientOptions extends Options {
  /**
   * Who this client is where the mock signs by itself: the member of presence channels, the user of `signin()`.
   * `id` defaults to the client's `connectionId`.
   */
  user?: { id?: string | number; info?: unknown; watchlist?: string[] };
  /**
   * The application's own route handler, for example `POST` of a Next.js `route.ts`. It is called with the request that
   * pusher-js would have made, in place of any request over HTTP.
   */
  authorize?: AuthorizeRoute;
}

export interface ClusterOptions {
  appKey: string;
  cluster: string;
}

/** The options with their defaults, as `client.config`. */
export interface Config {
  activityTimeout: number;
  enableStats: boolean;
  httpHost: string;
  httpPath: string;
  httpPort: number;
  httpsPort: number;
  pongTimeout: number;
  statsHost: string;
  unavailableTimeout: number;
  useTLS: boolean;
  wsHost: string;
  wsPath: string;
  wsPort: number;
  wssPort: number;
  userAuthenticator: UserAuthenticationHandler;
  channelAuthorizer: ChannelAuthorizationHandler;
  forceTLS?: boolean;
  cluster?: string;
  disabledTransports?: Transport[];
  enabledTransports?: Transport[];
  ignoreNullOrigin?: boolean;
  nacl?: Nacl;
  timelineParams?: any;
}

/**
 * A key or cluster that is given as undefined is no mistake: the app's is taken.
 *
 * @throws the strings, not errors, that pusher-js throws, in the order of its Node build
 */
export function validateOptions(key: unknown, options: any): void {
  /* oxlint-disable no-throw-literal -- pusher-js throws these strings */
  if (options == null) throw "You must pass an options object";
  if (!namesCluster(options)) throw "Options object must provide a cluster";
  if ("disableStats" in options) logger.warn("The disableStats option is deprecated in favor of enableStats");
  if (key === null) throw "You must pass your app key when you instantiate Pusher.";
  /* oxlint-enable no-throw-literal */
}

/** Fills in the defaults. The order of the keys is that of pusher-js. */
export function getConfig(options: MockPusherClientOptions, client: MockPusherClient): Config {
  const { cluster } = options;
  const config: Config = {
    activityTimeout: options.activityTimeout || 120_000,
    cluster,
    httpPath: options.httpPath || "/pusher",
    httpPort: options.httpPort || 80,
    httpsPort: options.httpsPort || 443,
    pongTimeout: options.pongTimeout || 30_000,
    statsHost: options.statsHost || "stats.pusher.com",
    unavailableTimeout: options.unavailableTimeout || 10_000,
    wsPath: options.wsPath || "",
    wsPort: options.wsPort || 80,
    wssPort: options.wssPort || 443,
    enableStats: hasStats(options),
    httpHost: options.httpHost || (cluster ? `sockjs-${cluster}.pusher.com` : "sockjs.pusher.com"),
    useTLS: options.forceTLS !== false,
    wsHost: options.wsHost || `ws-${cluster}.pusher.com`,
    userAuthenticator: userAuthenticator(options, client),
    channelAuthorizer: channelAuthorizer(options, client),
  };
  if ("disabledTransports" in options) config.disabledTransports = options.disabledTransports;
  if ("enabledTransports" in options) config.enabledTransports = options.enabledTransports;
  if ("ignoreNullOrigin" in options) config.ignoreNullOrigin = options.ignoreNullOrigin;
  if ("timelineParams" in options) config.timelineParams = options.timelineParams;
  if ("nacl" in options) config.nacl = options.nacl;
  return config;
}

function hasStats(options: Options): boolean {
  if ("enableStats" in options) return options.enableStats as boolean;
  return "disableStats" in options ? !options.disableStats : false;
}
