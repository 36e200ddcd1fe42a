/**
 * What all copies of this package in one realm share: which seats there are, and the dispatch that
 * is under way. Plain data on `globalThis`, so that copies from different evaluations (hot reload,
 * two bundles) call each other without holding each other's code alive.
 */

import type { UnderWay } from "../base/under-way.js";

/** One copy's seat, as its siblings see it. */
export interface SharedSeat {
  /** Takes mail, at least all that this thread has caused, and applies changes of state; events wait in the seat's queue. */
  sort(): void;
  /** Hands over what is queued, oldest first; `false` when there was nothing. */
  flush(): boolean;
  /** Hands over in a microtask what is queued. */
  flushSoon(): void;
  /** Forgets what is queued. */
  clear(): void;
  /** What of an app has not arrived yet in this copy. Copies of before do not say. */
  underWay?(appId: number): UnderWay[];
  /** Which connections of an app have not taken all their events, and up to which number they have. */
  takenBy(appId: number): Array<[connectionId: string, seq: number]>;
  /** What this copy's clients have bound on a channel, by event. */
  boundCallbacks(appId: number, channel: string): Array<[event: string, callback: (data: unknown) => void]>;
}

/** One copy's gateway, as its siblings see it. */
export interface SharedGateway {
  readonly port: number;
  /** Copies of before do not say. */
  readonly url?: string;
  readonly isClosed: boolean;
  close(options?: { code?: number }): Promise<void>;
}

export interface ThreadState {
  seats: Set<WeakRef<SharedSeat>>;
  /** A trigger is running callbacks; triggers inside them only queue. */
  dispatching: boolean;
  /** Something has happened since the dispatch last took mail. */
  pending: boolean;
  /** Events that callbacks have triggered during this dispatch. */
  nested: number;
  /** Events from other threads that this dispatch has taken. */
  foreign: number;
  /** Set when `nested` went over the limit: who did it. */
  runaway: { channel: string; event: string } | undefined;
  /** Gateways that listen, by the number of the app they were opened for. */
  gateways: Map<number, SharedGateway[]>;
  /** How often a copy of this thread has heard that an app was reset. */
  resets: number;
  /** Whether a copy has opened the default app. */
  started: boolean;
  /** The test file that did. */
  file: string | undefined;
}

const KEY = Symbol.for("pushrig.thread.v1");

export function threadState(): ThreadState {
  const holder = globalThis as { [KEY]?: ThreadState };
  // Sealed: when a test file ends, Jest replaces configurable properties of global objects by accessors that warn and recurse.
  return (holder[KEY] ??= Object.seal({
    seats: new Set<WeakRef<SharedSeat>>(),
    dispatching: false,
    pending: false,
    nested: 0,
    foreign: 0,
    runaway: undefined,
    gateways: new Map<number, SharedGateway[]>(),
    resets: 0,
    started: false,
    file: undefined,
  }));
}

/** The seats that are still alive. */
export function liveSeats(thread: ThreadState): SharedSeat[] {
  const seats: SharedSeat[] = [];
  for (const reference of thread.seats) {
    const seat = reference.deref();
    if (seat === undefined) thread.seats.delete(reference);
    else seats.push(seat);
  }
  return seats;
}
