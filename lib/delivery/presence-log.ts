/** Who comes and goes on the presence channels of an app, in one order: what the rosters of roster.ts are read with. */

import type { Settings } from "../options/settings.js";
import { routesChanged } from "../events/route.js";
import type { Schedule, Waiting } from "../base/timers.js";

/** A member as it was announced. */
export interface Announced {
  readonly id: string;
  /** JSON, parsed anew for each client; undefined when nothing was said. */
  readonly info: string | undefined;
  /** The number of the change with which it came; 0 when it was there before this copy. */
  readonly since: number;
  /** Its place among the members. */
  readonly order: number;
}

/** A member came or went. Changes are linked, so that whoever has not got further keeps those that it needs. */
export interface Change {
  /** Its place in the order of all changes of the app. */
  readonly number: number;
  /** The `Roster` that it is on. */
  readonly roster: object | undefined;
  /** Who; undefined when the roster stays as it is. */
  readonly entry: Announced | undefined;
  readonly isArrival: boolean;
  /** What clients are told. */
  readonly frame: string;
  /** The connection that is not told. */
  readonly except: number;
  /** Its way to the clients; undefined where nothing is delayed. */
  arrival: Waiting | undefined;
  next: Change | undefined;
}

/** The way from the broker to the clients of an app. */
export interface Way {
  readonly settings: Pick<Settings, "delivery">;
  readonly later: Schedule;
  /** The next simulated delay, in milliseconds. */
  latency(): number;
}

/** The changes on all rosters of an app, and how far they are on their way to this copy's clients. */
export class PresenceLog {
  /** How long the way to clients is. */
  way: Way;
  /** The latest change. */
  last: Change = {
    number: 0,
    roster: undefined,
    entry: undefined,
    isArrival: false,
    frame: "",
    except: 0,
    arrival: undefined,
    next: undefined,
  };
  /** The latest one that has reached every client for whom nothing else waits. */
  arrived = this.last;
  #isTurnDue = false;

  constructor(way: Way) {
    this.way = way;
  }

  append(change: Omit<Change, "number" | "arrival" | "next">): void {
    routesChanged();
    const behind = this.last.arrival;
    const last: Change = { ...change, number: this.last.number + 1, arrival: undefined, next: undefined };
    this.last.next = last;
    this.last = last;
    if (this.way.settings.delivery === "network") {
      const options = { what: "member", behind, keepsAlive: true } as const;
      last.arrival = this.way.later.after(this.way.latency(), () => this.#arrive(last), options);
    } else if (!this.#isTurnDue) {
      this.#isTurnDue = true;
      void Promise.resolve().then(() => {
        this.#isTurnDue = false;
        this.#arrive(this.last);
      });
    }
  }

  #arrive(change: Change): void {
    routesChanged();
    if (change.number > this.arrived.number) this.arrived = change;
  }
}
