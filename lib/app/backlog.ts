/** What is on its way to the clients of an app: bounded, for the timers that it waits for may stand still. */

import type { WireEvent } from "../events/wire-event.js";

/** As in the mailboxes of threads. */
const MAX_EVENTS = 100_000;
const MAX_BYTES = 64 * 1024 * 1024;
/** What it takes to hold an event for one of its clients, in bytes. */
const PLACE = 64;

export class Backlog {
  readonly #appName: () => string;
  /** How many clients each event is on its way to. They share it. */
  readonly #places = new Map<WireEvent, number>();
  #bytes = 0;
  #dropped = 0;
  #hasSaid = false;

  constructor(appName: () => string) {
    this.#appName = appName;
  }

  /** An event sets out for a client. `false`: there is no room, it is dropped. */
  admit(event: WireEvent): boolean {
    const places = this.#places.get(event);
    const size = PLACE + (places === undefined ? sizeOf(event) : 0);
    if ((places === undefined && this.#places.size >= MAX_EVENTS) || this.#bytes + size > MAX_BYTES) {
      this.#drop();
      return false;
    }
    this.#places.set(event, (places ?? 0) + 1);
    this.#bytes += size;
    return true;
  }

  /** It has arrived there, or never will. */
  release(event: WireEvent): void {
    const places = this.#places.get(event);
    if (places === undefined) return;
    if (places > 1) this.#places.set(event, places - 1);
    else this.#places.delete(event);
    this.#bytes -= PLACE + (places > 1 ? 0 : sizeOf(event));
    if (this.#places.size === 0) this.#count();
  }

  #drop(): void {
    this.#dropped += 1;
    if (this.#hasSaid) return;
    this.#hasSaid = true;
    console.warn(
      `pushrig: too much is under way to the clients of the app ${this.#appName()} (100,000 events or 64 MiB), so the newest is ` +
        `dropped. Do fake timers stand still? Advance them, or use real ones. This is said once.`,
    );
  }

  /** All has arrived: what is missing is known now. */
  #count(): void {
    if (this.#dropped === 0) return;
    console.warn(
      `pushrig: ${this.#dropped} event(s) were dropped on their way to clients of the app ${this.#appName()}`,
    );
    this.#dropped = 0;
  }
}

function sizeOf({ data }: WireEvent): number {
  return data?.length ?? 0;
}
