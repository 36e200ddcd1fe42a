// Error classes of pusher-js 8.6.0: those that somebody meets here. As there, `name` stays "Error": they are told apart by their constructor.

/** A client event's name does not start with `client-`. */
export class BadEventName extends Error {}

/** A channel name that no client can subscribe to, such as `#x`. */
export class BadChannelName extends Error {}

/** Something this kind of channel or this build cannot do. */
export class UnsupportedFeature extends Error {}

/** An authorization endpoint answered with something other than a usable 200. */
export class HTTPAuthError extends Error {
  /** HTTP status of the answer, 0 when there was none. */
  status: number;

  constructor(status: number, message?: string) {
    super(message);
    this.status = status;
  }
}

/** `{type: 'AuthError', …}` as emitted with `pusher:subscription_error` and `pusher:signin_error`. */
export function authErrorEvent(error: Error): { type: "AuthError"; error: string; status?: number } {
  const event = { type: "AuthError" as const, error: error.message };
  return error instanceof HTTPAuthError ? { ...event, status: error.status } : event;
}
