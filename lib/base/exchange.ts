/** One request over HTTP and its answer, as servers, authorization and webhooks all make them. */

import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
// Node's own, also on a page, as under jsdom: neither Node nor who intercepts its requests knows the page's class.
import { URL, urlToHttpOptions } from "node:url";
import { http, https } from "./builtin.js";

export interface HttpRequest {
  method: string;
  /** Names go over the wire as they are spelt. */
  headers: Readonly<Record<string, string>>;
  body?: string | undefined;
  agent?: RequestOptions["agent"] | ((url: URL) => RequestOptions["agent"]) | undefined;
}

export interface HttpAnswer {
  /** Its headers are here, its body on the way. */
  message: IncomingMessage;
  /** Who gave it. */
  url: URL;
  redirects: number;
}

export interface Course {
  /**
   * The request that takes the place of one that was answered so, for a redirect to follow. Undefined: this is the answer.
   * May throw, which ends the exchange.
   */
  redirected?(request: HttpRequest, status: number): HttpRequest | undefined;
  /** Each request on its way, also those of redirects. */
  onRequest?(outgoing: ClientRequest, url: URL): void;
}

/** Redirects that are followed, as browsers and node-fetch do. */
const MAX_REDIRECTS = 20;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Answers 1xx that may come before the real one. */
const MAX_HINTS = 10;

/** More redirects than are followed, or one to nowhere. */
export class RedirectError extends Error {
  /** Where the last one led, or was meant to lead. */
  readonly location: string;
  readonly isEndless: boolean;

  constructor(location: string, isEndless: boolean) {
    super(isEndless ? `pushrig: more than ${MAX_REDIRECTS} redirects` : `pushrig: a redirect to ${location}`);
    this.location = location;
    this.isEndless = isEndless;
  }
}

/**
 * Sends a request, over node:http rather than `fetch`, which applications replace in their tests; who intercepts requests
 * sees it. Rejects with Node's error when there is no answer, with a RedirectError, or a TypeError for another protocol.
 */
export async function exchange(url: URL, request: HttpRequest, course: Course = {}): Promise<HttpAnswer> {
  for (let redirects = 0; ; redirects += 1) {
    const message = await answerTo(url, request, course);
    const { location } = message.headers;
    const status = message.statusCode ?? 0;
    const isRedirect = location !== undefined && REDIRECTS.has(status);
    const next = isRedirect ? course.redirected?.(request, status) : undefined;
    if (location === undefined || next === undefined) return { message, url, redirects };
    message.resume();
    if (!URL.canParse(location, url.href)) throw new RedirectError(location, false);
    if (redirects === MAX_REDIRECTS) throw new RedirectError(url.href, true);
    url = new URL(location, url.href);
    request = next;
  }
}

function answerTo(url: URL, { method, headers, body, agent }: HttpRequest, course: Course): Promise<IncomingMessage> {
  const isSecure = url.protocol === "https:";
  if (!isSecure && url.protocol !== "http:") throw new TypeError("Only HTTP(S) protocols are supported");
  // Loaded here: a mock that never leaves its process does not pay for them.
  const { request: start } = isSecure ? https() : http();
  return new Promise((resolve, reject) => {
    const chosen = typeof agent === "function" ? agent(url) : agent;
    const outgoing = start({ ...urlToHttpOptions(url), method, agent: chosen, headers } as RequestOptions);
    let hints = 0;
    outgoing.on("information", () => {
      hints += 1;
      if (hints > MAX_HINTS) outgoing.destroy(new Error(`pushrig: more than ${MAX_HINTS} answers 1xx and no other`));
    });
    outgoing.on("upgrade", (message: IncomingMessage, socket) => {
      socket.destroy();
      resolve(message);
    });
    outgoing.on("response", resolve);
    outgoing.on("error", reject);
    // Nothing but a promise that is settled already, unless Node ends a request without a word.
    outgoing.on("close", () => reject(new Error("pushrig: the connection ended before there was an answer")));
    course.onRequest?.(outgoing, url);
    outgoing.end(body);
  });
}
