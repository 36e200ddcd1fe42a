/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import { crypto, http, https } from "../../base/builtin.js";
import type { Channel } from "../channels/channel.js";
import type { MockPusherClient } from "../client.js";
import type { MockPusherClientOptions } from "../config.js";
import { throwUncaught } from "../../base/uncaught.js";
import { HTTPAuthError } from "../errors.js";
import { Token } from "../../base/token.js";
import { log } from "../../base/log.js";

export interface ChannelAuthorizationData {
  auth: string;
  channel_data?: string;
  shared_secret?: string;
}
export type ChannelAuthorizationCallback = (error: Error | null, authData: ChannelAuthorizationData | null) => void;
export interface ChannelAuthorizationRequestParams {
  socketId: string;
  channelName: string;
}
export interface ChannelAuthorizationHandler {
  (params: ChannelAuthorizationRequestParams, callback: ChannelAuthorizationCallback): void;
}
export interface UserAuthenticationData {
  auth: string;
  user_data: string;
}
export type UserAuthenticationCallback = (error: Error | null, authData: UserAuthenticationData | null) => void;
export interface UserAuthenticationRequestParams {
  socketId: string;
}
export interface UserAuthenticationHandler {
  (params: UserAuthenticationRequestParams, callback: UserAuthenticationCallback): void;
}
export interface InternalAuthOptions {
  transport: "ajax" | "jsonp";
  endpoint: string;
  params?: any;
  headers?: any;
  paramsProvider?: () => any;
  headersProvider?: () => any;
}
export interface CustomAuthOptions<Handler> {
  customHandler: Handler;
}
export type AuthOptionsT<Handler> = InternalAuthOptions | CustomAuthOptions<Handler>;
export type UserAuthenticationOptions = AuthOptionsT<UserAuthenticationHandler>;
export type ChannelAuthorizationOptions = AuthOptionsT<ChannelAuthorizationHandler>;
export interface DeprecatedChannelAuthorizer {
  authorize(socketId: string, callback: ChannelAuthorizationCallback): void;
}
export interface DeprecatedAuthOptions {
  params?: any;
  headers?: any;
}
export interface DeprecatedAuthorizerOptions {
  authTransport: "ajax" | "jsonp";
  authEndpoint: string;
  auth?: DeprecatedAuthOptions;
}
export interface ChannelAuthorizerGenerator {
  (channel: Channel, options: DeprecatedAuthorizerOptions): DeprecatedChannelAuthorizer;
}

/** The application's own route handler, called in place of a request to it. */
export type AuthorizeRoute = (request: Request) => Response | Promise<Response>;

type Kind = "channel-authorization" | "user-authentication";
type Callback = (error: Error | null, data: any) => void;
type Params = { socketId: string; channelName?: string };

/**
 * The function behind `config.channelAuthorizer`: the `customHandler`, the legacy `authorizer`, option `authorize`, an
 * HTTP endpoint, or, with none of them, the mock's own signature with the app's secret.
 * @throws a string for an unknown transport, as pusher-js does
 */
export function channelAuthorizer(
  options: MockPusherClientOptions,
  client: MockPusherClient,
): ChannelAuthorizationHandler {
  const auth = channelAuthorization(options, client);
  if (auth.customHandler != null) return auth.customHandler;
  const isConfigured = "channelAuthorization" in options || Boolean(options.authEndpoint || options.authTransport);
  return requester(
    "channel-authorization",
    auth,
    options.authorize,
    isConfigured,
    client,
  ) as ChannelAuthorizationHandler;
}

/**
 * The function behind `config.userAuthenticator`. Option `authorize` answers for it only when `userAuthentication` is
 * configured: a route that authorizes channels knows nothing about signing in.
 * @throws a string for an unknown transport, as pusher-js does
 */
export function userAuthenticator(
  options: MockPusherClientOptions,
  client: MockPusherClient,
): UserAuthenticationHandler {
  const auth: AnyAuth<UserAuthenticationHandler> = {
    endpoint: "/pusher/user-auth",
    transport: "ajax",
    ...options.userAuthentication,
  };
  if (auth.customHandler != null) return auth.customHandler;
  const isConfigured = options.userAuthentication != null;
  const route = isConfigured ? options.authorize : undefined;
  return requester("user-authentication", auth, route, isConfigured, client) as UserAuthenticationHandler;
}

type AnyAuth<Handler> = InternalAuthOptions & Partial<CustomAuthOptions<Handler>>;

function channelAuthorization(
  options: MockPusherClientOptions,
  client: MockPusherClient,
): AnyAuth<ChannelAuthorizationHandler> {
  // The new option, however empty, makes pusher-js ignore all the legacy ones.
  if ("channelAuthorization" in options) {
    return { endpoint: "/pusher/auth", transport: "ajax", ...options.channelAuthorization };
  }
  const auth: AnyAuth<ChannelAuthorizationHandler> = {
    transport: options.authTransport || "ajax",
    endpoint: options.authEndpoint || "/pusher/auth",
  };
  if (options.auth && "params" in options.auth) auth.params = options.auth.params;
  if (options.auth && "headers" in options.auth) auth.headers = options.auth.headers;
  const { authorizer } = options;
  if (authorizer) {
    const legacy: DeprecatedAuthorizerOptions = {
      authTransport: auth.transport,
      authEndpoint: auth.endpoint,
      auth: { params: auth.params, headers: auth.headers },
    };
    auth.customHandler = ({ channelName, socketId }, callback) => {
      // Asked for anew each time, as pusher-js does.
      authorizer(client.channel(channelName), legacy).authorize(socketId, callback);
    };
  }
  return auth;
}

/** Makes the handler that asks an endpoint, or signs by itself when there is none that could be asked. */
function requester(
  kind: Kind,
  auth: InternalAuthOptions,
  route: AuthorizeRoute | undefined,
  isConfigured: boolean,
  client: MockPusherClient,
): (params: Params, callback: Callback) => void {
  if (auth.transport !== "ajax") {
    // oxlint-disable-next-line no-throw-literal -- pusher-js throws this string
    throw `'${auth.transport}' is not a recognized auth transport`;
  }
  const canAsk = route !== undefined || /^https?:\/\//i.test(auth.endpoint);
  return (params, callback) => {
    if (!canAsk) {
      noteOwnSignature(kind, auth.endpoint, isConfigured, client);
      signByItself(kind, params, callback, client);
      return;
    }
    const body = encodeParams(params, auth);
    const headers = collectHeaders(auth);
    const answer = route ? askRoute(route, auth.endpoint, headers, body) : post(auth.endpoint, headers, body);
    answer.then(({ status, text }) => settle(kind, auth.endpoint, status, text, callback)).catch(throwUncaught);
  };
}

// ---- what is sent

/** Static and dynamic parameters are both appended, duplicates and all. */
function encodeParams({ socketId, channelName }: Params, auth: InternalAuthOptions): string {
  const pairs: [string, any][] = [["socket_id", socketId]];
  if (channelName !== undefined) pairs.push(["channel_name", channelName]);
  pairs.push(...Object.entries(auth.params ?? {}), ...Object.entries(auth.paramsProvider?.() ?? {}));
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
}

/** A header that is given twice is combined, as XMLHttpRequest does. */
function collectHeaders(auth: InternalAuthOptions): Record<string, string> {
  const headers: Record<string, string> = { "content-type": "application/x-www-form-urlencoded" };
  for (const source of [auth.headers, auth.headersProvider?.()]) {
    for (const [name, value] of Object.entries(source ?? {})) {
      const key = name.toLowerCase();
      headers[key] = headers[key] === undefined ? String(value) : `${headers[key]}, ${value}`;
    }
  }
  return headers;
}

// ---- what comes back

/** The failure that a test has asked for, if any. No name: signing in. */
export function plannedFailure(client: MockPusherClient, channelName: string | undefined): HTTPAuthError | undefined {
  const planned = client.rig.network.authorizing(channelName ?? "user");
  if (planned === undefined) return undefined;
  const { status = 403, message } = planned;
  const { options } = client;
  if (message !== undefined) return new HTTPAuthError(status, message);
  if (channelName === undefined) {
    const { endpoint = "/pusher/user-auth" } = (options.userAuthentication ?? {}) as Partial<InternalAuthOptions>;
    return badStatus("user-authentication", endpoint, status);
  }
  const { endpoint = options.authEndpoint || "/pusher/auth" } = (options.channelAuthorization ??
    {}) as Partial<InternalAuthOptions>;
  return badStatus("channel-authorization", endpoint, status);
}

function badStatus(kind: Kind, endpoint: string, status: number): HTTPAuthError {
  const advice =
    kind === "channel-authorization"
      ? "Clients must be authorized to join private or presence channels. " +
        "See: https://pusher.com/docs/channels/server_api/authorizing-users/"
      : "See: https://pusher.com/docs/channels/server_api/authenticating_users";
  const message = `Unable to retrieve auth string from ${kind} endpoint - received status: ${status} from ${endpoint}. ${advice}`;
  return new HTTPAuthError(status, message);
}

/** Only 200 with JSON is success. */
function settle(kind: Kind, endpoint: string, status: number, text: string, callback: Callback): void {
  if (status !== 200) {
    callback(badStatus(kind, endpoint, status), null);
    return;
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    const message = `JSON returned from ${kind} endpoint was invalid, yet status code was 200. Data was: ${text}`;
    callback(new HTTPAuthError(200, message), null);
    return;
  }
  callback(null, data);
}

interface Answer {
  /** 0: no answer. */
  status: number;
  text: string;
}

/** Calls the application's route handler with the request that it would have got. */
async function askRoute(
  route: AuthorizeRoute,
  endpoint: string,
  headers: Record<string, string>,
  body: string,
): Promise<Answer> {
  if (typeof globalThis.Request !== "function") {
    throw new Error(
      "pushrig: option authorize needs the global Request, which this environment lacks. " +
        "Node has it; under jsdom take an environment that passes it on, such as jest-fixed-jsdom.",
    );
  }
  try {
    const request = new Request(new URL(endpoint, "http://localhost"), { method: "POST", headers, body });
    const response = await route(request);
    return { status: response.status, text: await response.text() };
  } catch (error) {
    // What a server makes of an exception in a route, but with the reason.
    console.error("pushrig: the route handler given as option authorize threw:", error);
    return { status: 500, text: "" };
  }
}

/** Over node:http rather than `fetch`, which applications replace in their tests. */
function post(endpoint: string, headers: Record<string, string>, body: string): Promise<Answer> {
  return request("POST", new URL(endpoint), headers, body, MAX_REDIRECTS);
}

const MAX_REDIRECTS = 20;

function request(
  method: string,
  url: URL,
  headers: Record<string, string>,
  body: string,
  redirectsLeft: number,
): Promise<Answer> {
  return new Promise((resolve) => {
    const unanswered = () => resolve({ status: 0, text: "" });
    const length = { "content-length": String(Buffer.byteLength(body)) };
    const options = { method, headers: { accept: "*/*", ...headers, ...length } };
    const outgoing = (url.protocol === "https:" ? https() : http()).request(url, options, (response) => {
      const { statusCode: status = 0, headers: answered } = response;
      if ([301, 302, 303, 307, 308].includes(status) && answered.location && redirectsLeft > 0) {
        response.resume();
        const target = new URL(answered.location, url);
        const again = status === 303 ? (["GET", ""] as const) : ([method, body] as const);
        resolve(request(again[0], target, headers, again[1], redirectsLeft - 1));
        return;
      }
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status, text }));
      response.on("error", unanswered);
    });
    outgoing.on("error", unanswered);
    outgoing.end(body);
  });
}

// ---- the mock's own signature

const noted = new Set<string>();

/** Said once for an endpoint that was configured and cannot be asked; otherwise only in the verbose log. */
function noteOwnSignature(kind: Kind, endpoint: string, isConfigured: boolean, client: MockPusherClient): void {
  const key = `${kind} ${isConfigured ? endpoint : client.rig.app.id}`;
  if (noted.has(key)) return;
  noted.add(key);
  if (!isConfigured) {
    if (client.rig.settings.debug)
      log(`no ${kind} is configured: the mock signs with the secret of app ${client.rig.app.id}`);
    return;
  }
  console.warn(
    `pushrig: the ${kind} endpoint "${endpoint}" is relative and there is no page to resolve it against, so the mock ` +
      "signs by itself. To run your own route give its handler as the client's option authorize, or an absolute URL.",
  );
}

function signByItself(kind: Kind, params: Params, callback: Callback, client: MockPusherClient): void {
  const sign = () => callback(null, ownSignature(kind, params, client));
  // With simulated latency an authorization takes its time too.
  if (client.rig.settings.delivery === "network") client.rig.delay().then(sign).catch(throwUncaught);
  else sign();
}

function ownSignature(
  kind: Kind,
  { socketId, channelName = "" }: Params,
  client: MockPusherClient,
): ChannelAuthorizationData | UserAuthenticationData {
  const { rig } = client;
  const token = new Token(rig.app.key, rig.app.secret);
  const sign = (...parts: string[]) => `${token.key}:${token.sign(parts.join(":"))}`;
  const { user } = client.options;
  if (kind === "user-authentication") {
    const { id = client.connectionId, info, watchlist } = user ?? {};
    const user_data = JSON.stringify({ id: String(id), user_info: info, watchlist });
    return { auth: sign(socketId, "", "user", "", user_data), user_data };
  }
  if (channelName.startsWith("presence-")) {
    const signedIn = client.user.user_data;
    const member = user
      ? { user_id: user.id ?? client.connectionId, user_info: user.info }
      : { user_id: signedIn?.id ?? client.connectionId, user_info: signedIn?.user_info };
    const channel_data = JSON.stringify(member);
    return { auth: sign(socketId, channelName, channel_data), channel_data };
  }
  const auth = sign(socketId, channelName);
  if (!channelName.startsWith("private-encrypted-")) return { auth };
  const { encryptionMasterKey } = rig;
  if (encryptionMasterKey === undefined) return { auth };
  return {
    auth,
    shared_secret: crypto().createHash("sha256").update(channelName).update(encryptionMasterKey).digest("base64"),
  };
}
