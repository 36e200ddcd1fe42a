/** What a wire needs of its app. */

import type { Schedule } from "../base/timers.js";
import type { PresenceLog } from "../delivery/presence-log.js";
import type { Seat } from "../delivery/seat.js";
import type { WireEvent } from "../events/wire-event.js";
import type { Settings } from "../options/settings.js";
import type { Note } from "./journal.js";
import type { Opening } from "./network-conditions.js";

/** The app to which a wire leads. */
export interface WireApp {
  /** The number that stands for the app in native calls. */
  readonly number: number;
  readonly appId: number;
  readonly seat: Seat;
  readonly settings: Settings;
  readonly presence: PresenceLog;
  readonly conditions: WireConditions;
  readonly later: Schedule;
  readonly journal: {
    /** The number of the latest event that this copy has heard of. */
    readonly known: number;
    know(seq: number): void;
    note(note: Note): void;
    /** What waits is written down now. */
    flush(): void;
    /** The number of the application's line that has called, 0 where that is not asked for. */
    line(): number;
    /** What the next native call writes down comes from this line. */
    comesFrom(line: number): void;
  };
  readonly backlog: { admit(event: WireEvent): boolean; release(event: WireEvent): void };
  readonly isClosed: boolean;
  /** The next simulated delay, in milliseconds. */
  latency(): number;
  /** Whether a client may connect with this key. */
  accepts(key: string): boolean;
  /** Arms a timer for what the app does by itself, after something has changed. */
  watchDeadline(): void;
  /** Holds what is new to the contract of the tests, if they have one. */
  lookAtNew(): void;
}

/** What the network does to wires. */
export interface WireConditions {
  /** What happens to a connection that is being opened. */
  opening(client: object | undefined): Opening;
  /** A client has this connection from now on. */
  connected(client: object, connection: number): void;
  /** Called back once who was kept from connecting may try again. */
  stall(again: () => void): void;
}
