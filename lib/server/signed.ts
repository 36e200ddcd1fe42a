/** Requests to the HTTP API as the SDK signs them, and what it makes of a refusal. */

import { crypto } from "../base/builtin.js";
import type { Token } from "../base/token.js";
import type { ApiAnswer } from "../native/rejection.js";
import { RequestError } from "./errors.js";

/** The query parameters that the signature owns. */
export const RESERVED: Record<string, unknown> = {
  auth_key: true,
  auth_timestamp: true,
  auth_version: true,
  auth_signature: true,
  body_md5: true,
};

/** The version of npm `pusher` whose requests these are. */
const LIBRARY = "pusher-http-node 5.3.4";

export type Params = { [key: string]: unknown } & {
  auth_key?: never;
  auth_timestamp?: never;
  auth_version?: never;
  auth_signature?: never;
  body_md5?: never;
};

export interface SignedQueryStringOptions {
  method: string;
  path: string;
  /** The body as it is sent. */
  body?: string | undefined;
  params?: Params | undefined;
}

/** A request to the HTTP API below `/apps/{id}`. */
export interface ApiRequest {
  method: "GET" | "POST";
  path: string;
  params?: Params | undefined;
  /** JSON text. */
  body?: string | undefined;
}

/**
 * The query of a signed request, sorted by key and, as in the SDK, not URL-encoded.
 *
 * @throws Error for a parameter that belongs to the signature
 */
export function createSignedQueryString(token: Token, request: SignedQueryStringOptions): string {
  return signedQueryString(token, request, Date.now());
}

/** @param date milliseconds since the epoch */
export function signedQueryString(token: Token, request: SignedQueryStringOptions, date: number): string {
  const query = unsignedQuery(token, request, date);
  const signature = token.sign(`${request.method.toUpperCase()}\n${request.path}\n${query}`);
  return `${query}&auth_signature=${signature}`;
}

function unsignedQuery(token: Token, request: SignedQueryStringOptions, date: number): string {
  const params: Record<string, unknown> = {
    auth_key: token.key,
    // Seconds in 32 bits, as in the SDK.
    auth_timestamp: (date / 1000) | 0,
    auth_version: "1.0",
  };
  if (request.body) params.body_md5 = crypto().createHash("md5").update(request.body, "utf8").digest("hex");
  const extra = request.params;
  for (const key in extra) {
    if (RESERVED[key] !== undefined) throw Error(`${key} is a required parameter and cannot be overidden`);
    params[key] = extra[key];
  }
  return Object.keys(params)
    .sort()
    .map((key) => key + "=" + params[key])
    .join("&");
}

/** Those of the SDK. */
export function headersOf(body: string | undefined): Record<string, string> {
  return { "x-pusher-library": LIBRARY, ...(body && { "content-type": "application/json" }) };
}

/** The SDK's error for an answer that is one. */
export function refusal({ status, body }: ApiAnswer, url: string): RequestError {
  return new RequestError(`Unexpected status code ${status}`, url, undefined, status, body);
}
