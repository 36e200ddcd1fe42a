/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
// Node's own, also on a page, as under jsdom: neither Node nor who intercepts its requests knows the page's class.
import { URL } from "node:url";
import type { IncomingHttpHeaders } from "node:http";
import { log } from "../../base/log.js";
import { show } from "../../base/shown.js";
import type * as Exchanges from "../../base/exchange.js";
import { lendWebClasses } from "../../base/web-classes.js";
import { HTTPAuthError } from "../errors.js";
import { addressOf, type WebPage } from "./address.js";
import type { AuthorizeRoute, InternalAuthOptions } from "../../options/authorization.js";
import type { MockPusherClientOptions } from "../../options/client.js";
import type { AuthorizationKind, AuthorizationParams } from "./signature.js";

export type AuthorizationCallback = (error: Error | null, data: any) => void;

/** The application's route, called in place of a request to it. */
export interface RouteHandler {
  call: AuthorizeRoute;
  /** How it came to be asked, for messages. */
  whose: string;
  /** Takes what it throws. */
  failed(error: unknown): void;
}

/** Whom to ask: the application's route handler, or what is at an address. */
export type AuthorizationEndpoint = { route: RouteHandler } | { address: URL };

/** Asks, and answers what was said. Never rejects. */
export function askEndpoint(
  asked: AuthorizationEndpoint,
  auth: InternalAuthOptions,
  params: AuthorizationParams,
): Promise<EndpointAnswer> {
  const body = encodeParams(params, auth);
  const headers = collectHeaders(auth);
  if ("route" in asked) return askRoute(asked.route, auth.endpoint, headers, body);
  return request("POST", asked.address, { ...ofPage(asked.address), ...headers }, body);
}

/** What a page adds to a request to its own origin. */
function ofPage({ origin }: URL): Record<string, string> {
  const { document, location } = globalThis as WebPage;
  if (location?.origin !== origin) return {};
  return { Origin: origin, Referer: location.href, ...(document?.cookie && { Cookie: document.cookie }) };
}

/** Static and dynamic parameters are both appended, duplicates and all. */
function encodeParams({ socketId, channelName }: AuthorizationParams, auth: InternalAuthOptions): string {
  const pairs: [string, any][] = [["socket_id", socketId]];
  if (channelName !== undefined) pairs.push(["channel_name", channelName]);
  pairs.push(...Object.entries(auth.params ?? {}), ...Object.entries(auth.paramsProvider?.() ?? {}));
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
}

/** A header that is given twice is combined, under the first spelling, as XMLHttpRequest does. */
function collectHeaders(auth: InternalAuthOptions): Record<string, string> {
  const headers: Record<string, string> = { "Content-Type": "application/x-www-form-urlencoded" };
  for (const source of [auth.headers, auth.headersProvider?.()]) {
    for (const [name, value] of Object.entries(source ?? {})) {
      const key = Object.keys(headers).find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;
      headers[key] = headers[key] === undefined ? String(value) : `${headers[key]}, ${value}`;
    }
  }
  return headers;
}

/** The error of a status that is not 200, in the words of pusher-js. */
export function badStatus(kind: AuthorizationKind, endpoint: string, status: number): HTTPAuthError {
  const advice =
    kind === "channel-authorization"
      ? "Clients must be authorized to join private or presence channels. " +
        "See: https://pusher.com/docs/channels/server_api/authorizing-users/"
      : "See: https://pusher.com/docs/channels/server_api/authenticating_users";
  const message = `Unable to retrieve auth string from ${kind} endpoint - received status: ${status} from ${endpoint}. ${advice}`;
  return new HTTPAuthError(status, message);
}

/** Calls back with what an answer means: only 200 with JSON is success. */
export function settle(
  kind: AuthorizationKind,
  endpoint: string,
  { status, text }: EndpointAnswer,
  callback: AuthorizationCallback,
): void {
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

/** Says in the verbose log what the application's own route did wrong. */
export function logAnswer(
  kind: AuthorizationKind,
  asked: AuthorizationEndpoint,
  params: AuthorizationParams,
  answer: EndpointAnswer,
): void {
  const { channelName, socketId } = params;
  const { status, text, error } = answer;
  const who = "route" in asked ? `the route ${asked.route.whose}` : asked.address.href;
  const head = `${kind} of ${channelName === undefined ? "a user" : show(channelName)} for ${socketId}: ${who}`;
  if (status === 0) log(`${head} gave no answer${error === undefined ? "" : `: ${error.message}`}`);
  else if (status !== 200) log(`${head} answered ${status}, and only 200 authorizes: ${show(text)}`);
  else if (channelName?.startsWith("presence-") && !/"channel_data"/.test(text)) {
    log(
      `${head} answered without channel_data, which a presence channel needs unless the user is signed in: ` +
        `pass { user_id } to authorizeChannel(socketId, channel, { user_id })`,
    );
  }
}

/** The error of a failure that a test has asked for. No channel: signing in. */
export function plannedError(
  { status = 403, message }: { status?: number; message?: string },
  options: MockPusherClientOptions,
  channelName: string | undefined,
): HTTPAuthError {
  if (message !== undefined) return new HTTPAuthError(status, message);
  if (channelName === undefined) {
    const { endpoint = "/pusher/user-auth" } = (options.userAuthentication ?? {}) as Partial<InternalAuthOptions>;
    return badStatus("user-authentication", endpoint, status);
  }
  const { endpoint = options.authEndpoint || "/pusher/auth" } = (options.channelAuthorization ??
    {}) as Partial<InternalAuthOptions>;
  return badStatus("channel-authorization", endpoint, status);
}

export interface EndpointAnswer {
  /** 0: no answer. */
  status: number;
  text: string;
  headers?: IncomingHttpHeaders;
  /** Why there is none. */
  error?: NodeJS.ErrnoException;
}

/** Calls the application's route handler with the request that it would have got. */
async function askRoute(
  route: RouteHandler,
  endpoint: string,
  headers: Record<string, string>,
  body: string,
): Promise<EndpointAnswer> {
  lendWebClasses();
  try {
    const address = addressOf(endpoint) ?? new URL(endpoint, "http://localhost");
    const request = new Request(address.href, { method: "POST", headers, body });
    const response: unknown = await route.call(request);
    if (!isResponse(response)) {
      throw new TypeError(
        `pushrig: it has answered ${response === undefined ? "nothing" : show(response)}, and a route answers a Response: ` +
          `return Response.json(pusher.authorizeChannel(socketId, channel))`,
      );
    }
    return { status: response.status, text: await response.text() };
  } catch (error) {
    // What a server makes of an exception in a route, but with the reason.
    route.failed(error);
    return { status: 500, text: "" };
  }
}

/** By its fields: a polyfill and a page have classes of their own. */
function isResponse(value: unknown): value is Response {
  const { status, text } = Object(value) as { status?: unknown; text?: unknown };
  return typeof status === "number" && typeof text === "function";
}

/** Sends a request as XMLHttpRequest does, redirects included. Never rejects: without an answer the status is 0. */
export async function request(
  method: string,
  url: URL,
  headers: Record<string, string>,
  body: string,
): Promise<EndpointAnswer> {
  // Loaded by the first request: most clients are signed for in this process.
  const { exchange } = require("../../base/exchange.js") as typeof Exchanges;
  const length = { "Content-Length": String(Buffer.byteLength(body)) };
  try {
    const sent = { method, headers: { Accept: "*/*", ...headers, ...length }, body };
    const { message } = await exchange(url, sent, { redirected: asXhrDoes });
    let text = "";
    message.setEncoding("utf8");
    for await (const chunk of message) text += chunk as string;
    return { status: message.statusCode ?? 0, text, headers: message.headers };
  } catch (error) {
    return { status: 0, text: "", error: error as NodeJS.ErrnoException };
  }
}

/** 303 asks for another page; the others for the same thing elsewhere. */
function asXhrDoes(request: Exchanges.HttpRequest, status: number): Exchanges.HttpRequest {
  return status === 303
    ? { ...request, method: "GET", headers: { ...request.headers, "Content-Length": "0" }, body: "" }
    : request;
}
