/** What has not arrived yet: what `idle()` waits for. */

import type { WaitingFor } from "./timers.js";

/** Things of one kind that are on their way. */
export interface UnderWay {
  readonly kind:
    | Extract<WaitingFor["what"], "opening" | "arrival" | "sending" | "leaving" | "member" | "answer">
    /** Come, and handed over in a moment. */
    | "delivery"
    /** Come, and handed over with the next tick of polling. */
    | "tick"
    | "authorization"
    /** Held back, or not taken yet. */
    | "webhook-event"
    /** Being sent. */
    | "webhook"
    /** For another thread, or another copy of the package. */
    | "mail"
    /** What sockets have not taken. */
    | "socket"
    /** A channel's events on their way to its sockets. */
    | "fanout"
    /** Being answered by a gateway. */
    | "request";
  readonly count: number;
  /** The connection that it is for, or comes from. */
  readonly whom?: string;
  /** What the test calls that. */
  readonly name?: string | undefined;
  /** A channel, a receiver, a path, as a text names it. */
  readonly about?: string;
  /** Milliseconds until the last of them is due, where they wait for a timer. */
  readonly remaining?: number;
}
