import type * as Http from "node:http";
import { http, https, zlib } from "../base/builtin.js";
// Node's own, also on a page, as under jsdom: neither Node nor who intercepts its requests knows the page's class.
import { URL, urlToHttpOptions } from "node:url";
import { PassThrough, type Readable, type Transform } from "node:stream";
import { Response } from "./response.js";
import type { ServerOptions } from "../options/server.js";
import { AbortError, FetchError } from "./errors.js";

export interface HttpRequest {
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
  /** Milliseconds until the response's headers must be here; falsy for ever. */
  timeout: number | undefined;
  agent: ServerOptions["agent"];
}

/** node-fetch's limit. */
const MAX_REDIRECTS = 20;
const REDIRECTS = new Set<number | undefined>([301, 302, 303, 307, 308]);

/**
 * Sends a request as node-fetch 2 does: redirects are followed, compressed bodies unpacked, and the promise resolves when the
 * headers are here, the body still on its way. Rejects with a FetchError, an AbortError or a TypeError for an impossible URL.
 */
export function sendOverHttp(url: string, request: HttpRequest): Promise<Response> {
  let current: Http.ClientRequest | undefined;
  let timer: NodeJS.Timeout | undefined;
  return new Promise<Response>((resolve, reject) => {
    if (request.timeout) {
      timer = setTimeout(() => {
        reject(new AbortError());
        current?.destroy();
      }, request.timeout);
    }

    const send = (address: URL, request: HttpRequest, redirects: number): void => {
      const url = address.href;
      current = open(address, request);
      current.on("error", (error) => {
        reject(new FetchError(`request to ${url} failed, reason: ${error.message}`, "system", error));
      });
      current.on("response", (message) => {
        const target = redirectTarget(message, url);
        if (target === undefined) return resolve(responseOf(message, url, redirects));
        message.resume();
        if (target instanceof FetchError) return reject(target);
        if (redirects === MAX_REDIRECTS) {
          return reject(new FetchError(`maximum redirect reached at: ${url}`, "max-redirect"));
        }
        try {
          send(target, redirected(request, message.statusCode), redirects + 1);
        } catch (error) {
          reject(error);
        }
      });
      current.end(request.body);
    };
    send(new URL(url), request, 0);
  }).finally(() => clearTimeout(timer));
}

function open(url: URL, request: HttpRequest): Http.ClientRequest {
  const tls = url.protocol === "https:";
  if (!tls && url.protocol !== "http:") throw new TypeError("Only HTTP(S) protocols are supported");
  // Loaded here: a mock that never leaves its process does not pay for them.
  const { request: start } = tls ? https() : http();
  const length = request.body === undefined ? 0 : Buffer.byteLength(request.body);
  return start({
    ...urlToHttpOptions(url),
    method: request.method,
    agent: typeof request.agent === "function" ? request.agent(url) : request.agent,
    headers: {
      accept: "*/*",
      "accept-encoding": "gzip,deflate",
      "user-agent": "pushrig",
      ...request.headers,
      ...((request.body !== undefined || request.method === "POST") && { "content-length": String(length) }),
    },
  } as Http.RequestOptions);
}

function redirectTarget(message: Http.IncomingMessage, from: string): URL | FetchError | undefined {
  const { location } = message.headers;
  if (location === undefined || !REDIRECTS.has(message.statusCode)) return undefined;
  try {
    return new URL(location, from);
  } catch {
    return new FetchError(`uri requested responds with an invalid redirect URL: ${location}`, "invalid-redirect");
  }
}

/** A POST becomes a GET without a body, except for 307 and 308. */
function redirected(request: HttpRequest, status: number | undefined): HttpRequest {
  const keeps = status === 307 || status === 308 || request.method !== "POST";
  return keeps ? request : { ...request, method: "GET", body: undefined };
}

function responseOf(message: Http.IncomingMessage, url: string, redirects: number): Response {
  const status = message.statusCode ?? 0;
  return new Response(status, decoded(message, status), url, {
    statusText: message.statusMessage,
    headers: message.headers,
    redirected: redirects > 0,
  });
}

/** Through a stream of its own, so that a body nobody reads does not hold the socket. */
function decoded(message: Http.IncomingMessage, status: number): Readable {
  const body = status === 204 || status === 304 ? new PassThrough() : decoder(message.headers["content-encoding"]);
  // A body that breaks off unread is nobody's error; who reads it gets it.
  body.on("error", () => {});
  message.on("error", () => {
    body.destroy(Object.assign(new Error("Premature close"), { code: "ERR_STREAM_PREMATURE_CLOSE" }));
  });
  return message.pipe(body);
}

function decoder(coding: string | undefined): Transform {
  switch (coding) {
    case "gzip":
    case "x-gzip":
    case "deflate":
    case "x-deflate":
      return zlib().createUnzip();
    case "br":
      return zlib().createBrotliDecompress();
    default:
      return new PassThrough();
  }
}
