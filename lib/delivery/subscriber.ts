import type { Callback } from "../events/callback.js";
import type { RouteAnswer } from "../events/route.js";
import type { WireEvent } from "../events/wire-event.js";
import type { Reader, View } from "./roster.js";

/** Who gets what the broker sends to a connection. None of these may throw except `onEvent`. */
export interface Subscriber {
  /**
   * A published event or a client event: what a frame would say, not yet parsed. Only throws what a user's callback threw,
   * under `onCallbackError: "throw"`.
   */
  onEvent(event: WireEvent): void;
  /** The short way of an event to the callbacks that are bound to it. */
  route(channel: string, event: string): RouteAnswer;
  /** The subscription to a presence channel is in force: what a frame would say, not yet looked at. */
  onWelcome(view: View): void;
  /** The app was reset: the connection is dead without having been closed. */
  onReset(): void;
  /** Settings of the app have changed. */
  onSettings(): void;
  /** What is bound on a channel, by event. */
  boundCallbacks(channel: string): Iterable<[event: string, callback: Callback]>;
}

/** A subscriber with its connection, as the seat of this copy sees it. */
export interface Listener extends Subscriber, Reader {
  readonly appId: number;
  onClosed(code: number, reason: string): void;
  /** Nothing goes from or to the connection any more, or again. `isForgotten`: and what has waited is forgotten. */
  onSilence(isSilent: boolean, isForgotten: boolean): void;
  /** What has come and is not handed over: that is done in a moment, or with the next tick. Another is told by the schedule. */
  readonly pending: { readonly soon: number; readonly ticked: number };
  /** The name of the connection. */
  readonly connectionId: string;
  /** The number up to which it has taken its events, and that of the latest event that this copy has heard of. */
  readonly taken: number;
  readonly known: number;
  /** Forgets what is on its way to the connection. */
  discard(): void;
}
