/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */

/** The options of a client, and those that lead pusher-js to a gateway and nowhere else. */

import { checkFunction, checkObject } from "./checks.js";
import { MOCK_CREDENTIALS } from "./defaults.js";
import type {
  AuthorizeRoute,
  ChannelAuthorizationOptions,
  ChannelAuthorizerGenerator,
  DeprecatedAuthOptions,
  UserAuthenticationOptions,
} from "./authorization.js";
import type { Nacl } from "../native/secretbox.js";
import { checkNames, nearest } from "../base/nearest.js";
import { gatewayAddress } from "./gateway-address.js";
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

/** The transports that a gateway serves. For others pusher-js would look for the public service. */
const SERVED: readonly Transport[] = ["ws", "xhr_streaming", "xhr_polling"];

/** The address that the build was given. Bundlers put a text in place of exactly these words. */
function configuredAddress(): URL | undefined {
  let url: string | undefined;
  try {
    url = process.env.NEXT_PUBLIC_PUSHRIG_URL;
  } catch {
    // A browser without a bundler that knows `process`.
  }
  return url ? gatewayAddress(url, "NEXT_PUBLIC_PUSHRIG_URL") : undefined;
}

/**
 * Completes options of pusher-js. Where the connection goes is settled here: the application's hosts count only if they
 * are this machine or the page's own; TLS follows from the address; statistics are off. Authorization is the
 * application's own, or, when it configures none, the gateway's.
 *
 * @param fallback the gateway's address if neither the options nor the environment say it
 * @throws TypeError for an address that is no `http:` or `https:` URL, or the public service's, and for wrong options
 */
export function optionsFor(given: GatewayClientOptions, fallback: string): Options {
  checkObject(given, 'clientOptions() takes an object such as { url: "http://localhost:6001" }');
  checkOwnOptions(given);
  const { url, user, authorize: _forNodeOnly, name: _forTestsOnly, ...own } = withoutUndefined(given);
  const gateway = addressed(
    url === undefined ? (configuredAddress() ?? new URL(fallback)) : gatewayAddress(url, "the option url"),
    own,
  );
  const prefix = gateway.pathname.replace(/\/+$/, "");
  const port = Number(gateway.port) || (gateway.protocol === "https:" ? 443 : 80);
  const served = own.enabledTransports?.filter((transport) => SERVED.includes(transport)) ?? [];
  const options: Options = {
    cluster: MOCK_CREDENTIALS.cluster,
    ...own,
    forceTLS: gateway.protocol === "https:",
    wsHost: gateway.hostname,
    wsPort: port,
    wssPort: port,
    wsPath: prefix,
    httpHost: gateway.hostname,
    httpPort: port,
    httpsPort: port,
    httpPath: `${prefix}/pusher`,
    enabledTransports: served.length > 0 ? served : [...SERVED],
    enableStats: false,
  };
  const signer = `${gateway.origin}${prefix}/pusher`;
  // Laravel Echo writes its CSRF token into these headers, and expects them.
  const asked = (endpoint: string) => ({ endpoint, transport: "ajax", params: described(user), headers: {} }) as const;
  if (!authorizesChannels(own)) options.channelAuthorization = asked(`${signer}/auth`);
  options.userAuthentication ??= asked(`${signer}/user-auth`);
  return options;
}

/** Without keys that are there but say nothing, as `wsHost: process.env.HOST` does when it is not set. */
function withoutUndefined(options: GatewayClientOptions): GatewayClientOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

const mentioned = new Set<string>();

/** The gateway's address with the host, port and path that the application's own options name, if they stay here. */
function addressed(gateway: URL, { wsHost, wsPort, wsPath }: GatewayClientOptions): URL {
  if (wsHost !== undefined && !isHere(wsHost, gateway)) {
    if (!mentioned.has(wsHost)) {
      mentioned.add(wsHost);
      console.warn(
        `pushrig: wsHost ${JSON.stringify(wsHost)} is not this machine, so the mock ignores it and connects to ${gateway.host}. ` +
          "For a gateway elsewhere set NEXT_PUBLIC_PUSHRIG_URL or the option url.",
      );
    }
    return gateway;
  }
  const address = new URL(gateway);
  if (wsHost !== undefined) address.hostname = wsHost === "::1" ? "[::1]" : wsHost;
  if (wsPort !== undefined) address.port = String(wsPort);
  if (wsPath !== undefined) address.pathname = wsPath;
  return address;
}

function isHere(host: string, gateway: URL): boolean {
  return (
    host === gateway.hostname ||
    host === globalThis.location?.hostname ||
    /^(localhost|.*\.localhost|127\.[\d.]+|\[?::1\]?)$/.test(host)
  );
}

/** pusher-js takes any of these for an authorization of the application's own. */
function authorizesChannels(options: GatewayClientOptions): boolean {
  return ["channelAuthorization", "authEndpoint", "authTransport", "authorizer", "auth"].some(
    (name) => name in options,
  );
}

/** Option `user` as the parameters of a request to the gateway's signer. */
function described(user: GatewayClientOptions["user"]): Record<string, string> {
  const params: Record<string, string> = {};
  if (user?.id !== undefined) params.user_id = String(user.id);
  if (user?.info !== undefined) params.user_info = JSON.stringify(user.info);
  if (user?.watchlist !== undefined) params.watchlist = JSON.stringify(user.watchlist);
  return params;
}
