// The errors of npm `pusher` 5.3.4 and of node-fetch 2 below it.
//
// `RequestError` and `WebHookError` are constructor functions whose prototype is an Error, not ES classes: this is what makes
// their fields, `name` and `stack` included, own enumerable keys in this order, as code that serialises them sees them.

/** A request that was refused (`status` and `body` set) or could not be made (`error` set). */
export interface RequestError extends Error {
  /** The full signed URL. */
  url: string;
  /** What prevented the request: a {@link FetchError}, or an {@link AbortError} on timeout. */
  error: Error;
  status?: number;
  /** The refusal's text; plain text ending in a newline, as the service sends it. */
  body?: string;
}

export interface RequestErrorConstructor {
  new (message: string, url: string, error?: unknown, status?: number, body?: string): RequestError;
  readonly prototype: RequestError;
}

export const RequestError = function (
  this: RequestError,
  message: string,
  url: string,
  error: Error,
  status?: number,
  body?: string,
) {
  this.name = "PusherRequestError";
  this.stack = new Error().stack;
  this.message = message;
  this.url = url;
  this.error = error;
  this.status = status;
  this.body = body;
} as unknown as RequestErrorConstructor;
Object.assign(RequestError, { prototype: new Error() });

/** Tells as `cause` what a message of the SDK's says nothing of: Node prints it, and who serialises the error does not see it. */
export function withCause(error: RequestError): RequestError {
  return Object.defineProperty(error, "cause", { value: error.error, writable: true, configurable: true });
}

/** The data of an invalid webhook was asked for. */
export interface WebHookError extends Error {
  contentType: string;
  body: string;
  signature: string;
}

export interface WebHookErrorConstructor {
  new (message: string, contentType: string, body: string, signature: string): WebHookError;
  readonly prototype: WebHookError;
}

export const WebHookError = function (
  this: WebHookError,
  message: string,
  contentType: string,
  body: string,
  signature: string,
) {
  this.name = "PusherWebHookError";
  this.stack = new Error().stack;
  this.message = message;
  this.contentType = contentType;
  this.body = body;
  this.signature = signature;
} as unknown as WebHookErrorConstructor;
Object.assign(WebHookError, { prototype: new Error() });

/** A request or its response failed below HTTP. */
export interface FetchError extends Error {
  /** `system` for a socket's error, whose code is then in `code`. */
  readonly type: string;
  code?: string;
  errno?: string;
}

export const FetchError = function FetchError(
  this: { -readonly [K in keyof FetchError]: FetchError[K] },
  message: string,
  type: string,
  cause?: NodeJS.ErrnoException,
) {
  this.message = message;
  this.type = type;
  if (cause) this.code = this.errno = cause.code;
  Error.captureStackTrace(this, FetchError);
} as unknown as {
  new (message: string, type: string, cause?: NodeJS.ErrnoException): FetchError;
  readonly prototype: FetchError;
};
inherit(FetchError, "FetchError");

/** The option `timeout` ran out. */
export interface AbortError extends Error {
  readonly type: "aborted";
}

export const AbortError = function AbortError(this: { -readonly [K in keyof AbortError]: AbortError[K] }) {
  this.type = "aborted";
  this.message = "The user aborted a request.";
  Error.captureStackTrace(this, AbortError);
} as unknown as { new (): AbortError; readonly prototype: AbortError };
inherit(AbortError, "AbortError");

function inherit(constructor: object, name: string): void {
  Object.assign(constructor, { prototype: Object.assign(Object.create(Error.prototype), { constructor, name }) });
}
