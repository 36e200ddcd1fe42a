/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */

/** The options of a client. */

import { checkFunction, checkObject } from "./checks.js";
import type {
  AuthorizeRoute,
  ChannelAuthorizationOptions,
  ChannelAuthorizerGenerator,
  DeprecatedAuthOptions,
  UserAuthenticationOptions,
} from "./authorization.js";
import type { Nacl } from "../native/secretbox.js";
import { checkNames, nearest } from "../base/nearest.js";
import { show } from "../base/shown.js";

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
  /** What the client is called in texts about a test: failures, logs, `why()`. Default: its user, or its connection. */
  name?: string;
}

export interface ClusterOptions {
  appKey: string;
  cluster: string;
}

/** Options of pusher-js and of the mock, all optional, and where the gateway is. */
export interface GatewayClientOptions extends Partial<MockPusherClientOptions> {
  /** The gateway's address, as `listen()` gives it. Default: `NEXT_PUBLIC_PUSHRIG_URL`, or else the page's host with port 6001. */
  url?: string;
}

/** Whether options have what pusher-js asks for. An undefined cluster, as of an unset variable, is the mock's. */
export function namesCluster(options: Partial<Options> | undefined): boolean {
  return "cluster" in Object(options) && options?.cluster !== null;
}

/** What pushrig takes besides the options of pusher-js. */
const OWN = ["url", "user", "authorize", "name"];
const USER = ["id", "info", "watchlist"];

/** Throws a TypeError for a slip of the pen in a name of pushrig's own, and for a user that is none. */
export function checkOwnOptions(options: GatewayClientOptions): void {
  for (const name of Object.keys(options)) {
    // pusher-js's `authorizer` is a letter away from `authorize`.
    const near = OWN.includes(name) || name === "authorizer" ? undefined : nearest(name, OWN);
    if (near === undefined) continue;
    throw new TypeError(`pushrig: a client has no option ${show(name)}; did you mean ${show(near)}?`);
  }
  if (options.user !== undefined) checkUser(options.user);
  const { name } = options;
  if (name !== undefined && !(typeof name === "string" && name !== "")) {
    throw new TypeError(
      `pushrig: the option name of a client is what texts call it, a string that is not empty such as "ada", not ${show(name)}`,
    );
  }
  checkFunction(options.authorize, "the option authorize of a client");
}

function checkUser(user: NonNullable<GatewayClientOptions["user"]>): void {
  checkObject(user, 'the option user is an object such as { id: "ann" }');
  checkNames(user, USER, "the option user", "field");
  const { id, watchlist } = user;
  if (watchlist !== undefined && !(Array.isArray(watchlist) && watchlist.every((one) => typeof one === "string"))) {
    throw new TypeError(`pushrig: the watchlist of the option user is a list of user ids, not ${show(watchlist)}`);
  }
  if (id === undefined || Number.isFinite(id) || (typeof id === "string" && id !== "")) return;
  throw new TypeError(`pushrig: the id of the option user is a string that is not empty, or a number, not ${show(id)}`);
}
