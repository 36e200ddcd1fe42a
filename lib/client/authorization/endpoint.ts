/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import { http, https } from "../../base/builtin.js";
import { throwUncaught } from "../../base/uncaught.js";
import { HTTPAuthError } from "../errors.js";
import type { AuthorizeRoute, InternalAuthOptions } from "../../options/authorization.js";
import type { AuthorizationKind, AuthorizationParams } from "./signature.js";

export type AuthorizationCallback = (error: Error | null, data: any) => void;

/** The application's route, called in place of a request to it. */
export interface RouteHandler {
  call: AuthorizeRoute;
  /** Takes what it throws. */
  failed(error: unknown): void;
}

/** Asks an endpoint over HTTP, or the application's route handler in its place, and calls back with what it said. */
export function ask(
  kind: AuthorizationKind,
  auth: InternalAuthOptions,
  route: RouteHandler | undefined,
  params: AuthorizationParams,
  callback: AuthorizationCallback,
): void {
  const { endpoint } = auth;
  const body = encodeParams(params, auth);
  const headers = collectHeaders(auth);
  const answer = route ? askRoute(route, endpoint, headers, body) : post(endpoint, headers, body);
  answer.then(({ status, text }) => settle(kind, endpoint, status, text, callback)).catch(throwUncaught);
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

/** Only 200 with JSON is success. */
function settle(
  kind: AuthorizationKind,
  endpoint: string,
  status: number,
  text: string,
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

interface Answer {
  /** 0: no answer. */
  status: number;
  text: string;
}

/** Calls the application's route handler with the request that it would have got. */
async function askRoute(
  route: RouteHandler,
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
    const response = await route.call(request);
    return { status: response.status, text: await response.text() };
  } catch (error) {
    // What a server makes of an exception in a route, but with the reason.
    route.failed(error);
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
    const length = { "Content-Length": String(Buffer.byteLength(body)) };
    const options = { method, headers: { Accept: "*/*", ...headers, ...length } };
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
