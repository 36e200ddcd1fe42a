/**
 * Which secret a key has in an app: that of the first server, until the app is reset, for every copy and thread. What is signed with
 * another one is refused, as the service would, and said once, with both places.
 */

import { inItsSource } from "../base/places.js";
import { native } from "../native/addon.js";
import { threadState } from "../delivery/thread.js";

/** Where servers were made, by key and secret; the first place of each. */
const places = new Map<string, string>();

/** Places that are remembered; beyond it they are forgotten. */
const MAX_PLACES = 1000;

export class Claims {
  readonly #app: number;
  /** Whether the secret is the app's own, and not that of the first server. */
  readonly #isFixed: boolean;
  /** The secrets that hold, since the last reset. Asking for them at every trigger would cost. */
  readonly #held = new Map<string, string>();
  readonly #thread = threadState();
  #resets = this.#thread.resets;
  /** Who was told that it is refused. */
  readonly #told = new Set<string>();

  constructor(app: number, isFixed: boolean) {
    this.#app = app;
    this.#isFixed = isFixed;
  }

  /** Whether what is signed with this secret is believed. Who asks first for a key has it. */
  holds(key: string, secret: string, made?: () => string): boolean {
    const { resets } = this.#thread;
    if (resets !== this.#resets) {
      this.#resets = resets;
      this.#held.clear();
    }
    return this.#held.get(key) === secret || this.#claim(key, secret, made);
  }

  #claim(key: string, secret: string, made: (() => string) | undefined): boolean {
    // Applications without types give what they like, and the SDK says so where it signs.
    if (typeof key !== "string" || typeof secret !== "string") return true;
    const id = `${key}\n${secret}`;
    const place = places.get(id) ?? made?.() ?? "";
    if (place !== "") {
      if (places.size >= MAX_PLACES) places.clear();
      places.set(id, place);
    }
    const first = native.claimCredentials(this.#app, key, secret, place);
    if (first === null) {
      this.#held.set(key, secret);
      return true;
    }
    if (!this.#told.has(id)) {
      this.#told.add(id);
      console.warn(this.#isFixed ? otherThanTheApp(key, place) : otherThanTheFirst(key, place, first));
    }
    return false;
  }
}

// Never the secrets themselves: messages end in logs.

function otherThanTheFirst(key: string, place: string, first: string): string {
  return (
    `pushrig: two servers sign for the key ${JSON.stringify(key)} with different secrets. That of the first one, made at ` +
    `${known(first)}, holds until reset(); what the other one signs, made at ${known(place)}, is refused. ` +
    "Give both the same secret (PUSHER_SECRET)."
  );
}

function otherThanTheApp(key: string, place: string): string {
  return (
    `pushrig: the server made at ${known(place)} signs for the key ${JSON.stringify(key)} with another secret than its app has, ` +
    "and is refused. Give it the secret of the app."
  );
}

function known(place: string): string {
  return place === "" ? "a place that is not known" : inItsSource(place);
}
