/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import type { ChannelAuthorizationHandler, UserAuthenticationHandler } from "../options/authorization.js";
import type { MockPusherClientOptions, Options, Transport } from "../options/client.js";
import type { Nacl } from "../native/secretbox.js";

/** Who authorizes a client's channels, and signs its user in. */
export interface Authorizers {
  userAuthenticator: UserAuthenticationHandler;
  channelAuthorizer: ChannelAuthorizationHandler;
}

/** The options with their defaults, as `client.config`. */
export interface Config extends Authorizers {
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
  forceTLS?: boolean;
  cluster?: string;
  disabledTransports?: Transport[];
  enabledTransports?: Transport[];
  ignoreNullOrigin?: boolean;
  nacl?: Nacl;
  timelineParams?: any;
}

/** Fills in the defaults. The order of the keys is that of pusher-js. */
export function getConfig(options: MockPusherClientOptions, authorizers: Authorizers): Config {
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
    userAuthenticator: authorizers.userAuthenticator,
    channelAuthorizer: authorizers.channelAuthorizer,
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
