/** A connection and its client, as each sees the other: wherever the app is. */

import type { Subscriber } from "../delivery/subscriber.js";

/** Who opened a wire: what is a WebSocket's business, frames and the end. */
export interface FrameHandler {
  /** What the first frame says of a connection in this process. Milliseconds. */
  onEstablished(socketId: string, activityTimeout: number): void;
  /** A server frame, as JSON text. */
  onFrame(frame: string): void;
  /** The other side has closed, or nothing could be opened (code 1006, `wasClean` false). */
  onClose(code: number, reason: string, wasClean: boolean): void;
  /** The app was reset: this wire is dead without having been closed. */
  onReset(): void;
}

/** Who gets what arrives on a wire besides frames. */
export interface WireSubscriber extends Subscriber {
  /** Whose connection it is. */
  readonly client: object;
  /** As the journal knows it: a number that outlives the connection, and what the test calls it. */
  readonly identity: { readonly number: number; readonly name: string | undefined };
  /** Whether it takes events on ticks, with `poll()`. */
  isPolling(): boolean;
  /** Whether the application has bound something to the connection itself: who does so waits for it, and holds nothing else maybe. */
  isListenedTo(): boolean;
  /** Nothing arrives any more and nothing is told of it, or what has waited will. */
  onSilence(isSilent: boolean): void;
}

/** A connection as its client uses it. */
export interface ClientWire {
  /** `mock-connection-N`, or the socket id of one that is a WebSocket; `""` before it has one. */
  readonly connectionId: string;
  /** Whether frames can be sent. */
  readonly isOpen: boolean;
  /** The number up to which the client has taken its events, for the journal. */
  readonly taken: number;
  /** The number of the event that is being taken, if one is. */
  readonly taking: number | undefined;
  /** Sends one client frame. `false` when it is not open; then nothing was sent. */
  send(frame: string): boolean;
  /** The client leaves. Nothing more arrives. Harmless when called twice. */
  close(): void;
  /** Delivers what has come since the last tick, in `polling`. */
  poll(): void;
  /** Something was bound to the connection itself, or unbound. */
  listenedToChanged(): void;
}
