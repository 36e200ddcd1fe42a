import type * as Http from "node:http";
import { zlib } from "../base/builtin.js";
import { exchange, type HttpRequest, RedirectError } from "../base/exchange.js";
// Node's own, also on a page, as under jsdom: neither Node nor who intercepts its requests knows the page's class.
import { URL } from "node:url";
import { PassThrough, type Readable, type Transform } from "node:stream";
import { Response } from "./response.js";
import { followed, type ServerConfig, type ServerOptions } from "../options/server.js";
import { AbortError, FetchError, RequestError, withCause } from "./errors.js";
import { type ApiRequest, headersOf, refusal } from "./signed.js";

export interface ServerRequest {
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
  /** Milliseconds until the response's headers must be here; falsy for ever. */
  timeout: number | undefined;
  agent: ServerOptions["agent"];
  /** Whose timers end it. Default: those of the realm, which tests fake. */
  timers?: Pick<typeof globalThis, "clearTimeout" | "setTimeout">;
}

/**
 * Sends a request as node-fetch 2 does: redirects are followed, compressed bodies unpacked, and the promise resolves when the
 * headers are here, the body still on its way. Rejects with a FetchError, an AbortError or a TypeError for an impossible URL.
 */
export async function sendOverHttp(
  address: string,
  { method, headers, body, timeout, agent, timers = globalThis }: ServerRequest,
): Promise<Response> {
  let current: Http.ClientRequest | undefined;
  let url = address;
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    if (!timeout) return;
    timer = timers.setTimeout(() => {
      reject(new AbortError());
      current?.destroy();
    }, timeout);
  });
  const answered = exchange(
    new URL(address),
    { method, headers: { ...ownHeaders(method, body), ...headers }, body, agent: agent as HttpRequest["agent"] },
    {
      redirected,
      onRequest: (outgoing, { href }) => {
        current = outgoing;
        url = href;
      },
    },
  );
  try {
    const { message, redirects } = await (timeout ? Promise.race([answered, tooLate]) : answered);
    return responseOf(message, url, redirects);
  } catch (error) {
    if (error instanceof AbortError || error instanceof TypeError) throw error;
    if (!(error instanceof RedirectError)) {
      throw new FetchError(`request to ${url} failed, reason: ${(error as Error).message}`, "system", error as Error);
    }
    throw error.isEndless
      ? new FetchError(`maximum redirect reached at: ${url}`, "max-redirect")
      : new FetchError(`uri requested responds with an invalid redirect URL: ${error.location}`, "invalid-redirect");
  } finally {
    timers.clearTimeout(timer);
  }
}

/** What node-fetch adds to a request. */
function ownHeaders(method: string, body: string | undefined): Record<string, string> {
  const length = body === undefined ? 0 : Buffer.byteLength(body);
  return {
    accept: "*/*",
    "accept-encoding": "gzip,deflate",
    "user-agent": "pushrig",
    ...((body !== undefined || method === "POST") && { "content-length": String(length) }),
  };
}

/** A POST becomes a GET without a body, except for 307 and 308. */
function redirected(request: HttpRequest, status: number): HttpRequest {
  if (status === 307 || status === 308 || request.method !== "POST") return request;
  const { "content-length": _length, ...headers } = request.headers;
  return { ...request, method: "GET", headers, body: undefined };
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

/** Sends a request to the host of the options. */
export function sendElsewhere(config: ServerConfig, url: string, request: ApiRequest): Promise<Response> {
  const { method, body } = request;
  const headers = headersOf(body);
  const { timeout, agent } = config;
  return sendOverHttp(url, { method, headers, body, timeout, agent }).then(
    async (response) => {
      if (response.status < 400) return response;
      throw withPath(refusal({ status: response.status, body: await response.text() }, url), config);
    },
    (error) => {
      const failure = new RequestError("Request failed with an error", url, withGateway(error as Error, config));
      throw followed(config) === undefined ? failure : withCause(failure);
    },
  );
}

/** What Node calls it when there is nobody. */
const UNREACHABLE: ReadonlySet<unknown> = new Set(["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH"]);

/** The error, and whose address that was, where nobody answers at that of a gateway which the options do not name. */
function withGateway(error: Error, config: ServerConfig): Error {
  if (!UNREACHABLE.has((error as NodeJS.ErrnoException).code)) return error;
  const named = followed(config);
  if (named === undefined) return error;
  error.message +=
    `. ${named.by} names the gateway ${named.address.origin} for servers without a host, and nothing answers there: ` +
    "start it (npx pushrig, or listen()), or let it name another";
  return error;
}

/** The error, and whose address that was, where a gateway which the options do not name has nothing at the path. */
function withPath(error: RequestError, config: ServerConfig): RequestError {
  // An unknown app is a gateway's own answer.
  if (error.status !== 404 || error.body?.startsWith("Unknown app")) return error;
  const named = followed(config);
  if (named === undefined) return error;
  error.message +=
    `. ${named.by} names the gateway ${config.getBaseURL()} for servers without a host, and it has nothing at this path: ` +
    "let it name a gateway's address as listen() and npx pushrig tell it";
  return error;
}
