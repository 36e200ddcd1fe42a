import { native } from "../native/addon.js";
import { attachmentClaimed, attachmentOfServer } from "../app/elsewhere.js";
import type { Attachment } from "../base/attachment.js";
import type * as Attached from "./attached.js";
import type * as Http from "./http.js";
import { type ApiAnswer, takeRejection } from "../native/rejection.js";
import { Response } from "./response.js";
import { requestRig } from "../app/request-rig.js";
import type { Rig } from "../app/rig.js";
import { AbortError, FetchError, RequestError } from "./errors.js";
import { type ApiRequest, createSignedQueryString, type Params, refusal, RESERVED } from "./signed.js";
import { followed, type ServerConfig } from "../options/server.js";

/** The URL to which the SDK sends the request, signed now. */
export function signedUrl(config: ServerConfig, request: ApiRequest): string {
  const path = config.prefixPath(request.path);
  return `${config.getBaseURL()}${path}?${createSignedQueryString(config.token, { ...request, path })}`;
}

/**
 * Sends a request to the app in this process, to where this process is attached, or without a rig to the host of the options.
 *
 * @throws synchronously what keeps a request from being built: cyclic bodies, reserved parameters, missing secrets
 */
export function send(
  config: ServerConfig,
  rig: Rig | undefined,
  options: { method: "GET" | "POST"; path: string; params?: Params | undefined; body?: unknown },
): Promise<Response> {
  const { method, path, params } = options;
  const body = options.body ? JSON.stringify(options.body) : undefined;
  const request = { method, path, params, body };
  const there = rig === undefined ? claimedThere(config) : attachmentOfServer(rig);
  if (there !== undefined) return sendThere(there, config, request);
  if (!rig) {
    const url = signedUrl(config, request);
    if (method === "GET" && body) return failed(url, new TypeError("Request with GET/HEAD method cannot have body"));
    // Loaded by the first server of an app elsewhere.
    const { sendElsewhere } = require("./http.js") as typeof Http;
    return sendElsewhere(config, url, request);
  }
  if (mayEnter(config, rig) && isPlain(request)) {
    return answered(rig, config, rig.request(method, path, {}, body ?? ""), () => signedUrl(config, request));
  }
  const url = signedUrl(config, request);
  if (method === "GET" && body) return failed(url, new TypeError("Request with GET/HEAD method cannot have body"));
  return answered(rig, config, receive(config, rig, request, url), () => url);
}

/** @throws synchronously what keeps a request from being built */
function sendThere(there: Attachment, config: ServerConfig, request: ApiRequest): Promise<Response> {
  const url = signedUrl(config, request);
  if (request.method === "GET" && request.body) {
    return failed(url, new TypeError("Request with GET/HEAD method cannot have body"));
  }
  // Loaded by the first server of a process that is attached.
  const { sendAttached } = require("./attached.js") as typeof Attached;
  return sendAttached(there, config, request);
}

/** The app at the gateway which the environment names that is claimed by the request which is being answered, if this is its server. */
export function claimedThere(config: ServerConfig): Attachment | undefined {
  const there = attachmentClaimed();
  return there && followed(config) && there;
}

/** The promise of an answer that has been given in this process, kept back as long as the rig's latency says. */
export function answered(rig: Rig, config: ServerConfig, answer: ApiAnswer, urlOf: () => string): Promise<Response> {
  const { delivery, latency } = rig.settings;
  const { failure } = answer;
  if (failure?.throws) throw errorOf(answer, urlOf());
  if (failure?.error === "timeout") return unanswered(rig, config, urlOf);
  if (delivery === "immediate" && latency.max === 0) {
    if (answer.status >= 400) return Promise.reject(errorOf(answer, urlOf()));
    return Promise.resolve(new Response(answer.status, answer.body, urlOf));
  }
  return takeTime(rig, config.timeout).then(
    () => {
      if (answer.status >= 400) throw errorOf(answer, urlOf());
      return new Response(answer.status, answer.body, urlOf);
    },
    (error) => failed(urlOf(), error),
  );
}

/** The SDK's error for an answer that is a refusal, or that does not come. */
export function errorOf(answer: ApiAnswer, url: string): RequestError {
  switch (answer.failure?.error) {
    case "ECONNRESET":
      return broken(url, "socket hang up", "ECONNRESET");
    case "timeout":
      return new RequestError("Request failed with an error", url, new AbortError());
    default:
      return refusal(answer, url);
  }
}

function broken(url: string, reason: string, code: string): RequestError {
  const cause = Object.assign(new Error(reason), { code });
  const error = new FetchError(`request to ${url} failed, reason: ${reason}`, "system", cause);
  return new RequestError("Request failed with an error", url, error);
}

/** What a system waits for a connection that does not come about. */
const CONNECT_TIME = 120_000;

/** Rejects when the option `timeout` is over, or when the system gives up. */
function unanswered(rig: Rig, { timeout }: ServerConfig, urlOf: () => string): Promise<never> {
  const url = urlOf();
  return new Promise((_, reject) => {
    const give = (error: RequestError) => (): void => reject(error);
    const aborted = new RequestError("Request failed with an error", url, new AbortError());
    const [delay, error] = timeout ? [timeout, aborted] : [CONNECT_TIME, broken(url, "connect ETIMEDOUT", "ETIMEDOUT")];
    rig.later.after(delay, give(error), { what: "answer", keepsAlive: true });
  });
}

function failed(url: string, error: unknown): Promise<never> {
  return Promise.reject(new RequestError("Request failed with an error", url, error));
}

/** The rig's latency; rejects with an AbortError if the option `timeout` is shorter. */
function takeTime(rig: Rig, timeout: number | undefined): Promise<void> {
  const delay = rig.delay();
  if (!timeout) return delay;
  return new Promise((resolve, reject) => {
    const waiting = rig.later.after(timeout, () => reject(new AbortError()), { what: "timeout" });
    delay.then(() => {
      waiting.ensureAborted();
      resolve();
    }, reject);
  });
}

/** Whether the app in this process takes these credentials. The default app takes any key, with one secret for each. */
export function mayEnter({ appId, token }: ServerConfig, rig: Rig): boolean {
  if (rig.anyCredentials) return rig.believes(token);
  const { app } = rig;
  return token.key === app.key && token.secret === app.secret && String(appId) === app.id;
}

/** Whether a server reads the same path and query from the request's URL as it was signed with. */
function isPlain({ method, path, params, body }: ApiRequest): boolean {
  for (const _ in params) return false;
  return /^(\/[\w\-@=,;]+)+$/.test(path) && (method === "POST" || !body);
}

/**
 * Answers a request as it arrives at a server: read from its URL, so that what the SDK does not encode (`&`, `+`, `#`) does the
 * harm that it does at the real service.
 */
function receive(config: ServerConfig, rig: Rig, request: ApiRequest, address: string): ApiAnswer {
  const url = new URL(address);
  const [, apps, appId, ...below] = url.pathname.split("/");
  if (apps !== "apps" || appId === undefined) return { status: 404, body: "404 NOT FOUND\n" };
  const takesAny = rig.anyCredentials || rig === requestRig();
  if (!takesAny && decode(appId) !== rig.app.id) return { status: 404, body: "Unknown app\n" };
  const key = takesAny ? config.token.key : rig.app.key;
  const secret = takesAny ? (rig.secretOf(String(key)) ?? config.token.secret) : rig.app.secret;
  const { method, body = "" } = request;
  const sent = [...url.searchParams];
  const isGenuine = native.verifyRequest(
    String(key),
    String(secret),
    method,
    url.pathname,
    JSON.stringify(sent),
    body,
    Date.now(),
  );
  if (!isGenuine) return takeRejection();
  const query = Object.fromEntries(sent.filter(([name]) => !(name in RESERVED)));
  return rig.request(method, `/${below.join("/")}`, query, body);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
