/**
 * Routes: who is called for an event, found once and used until something changes.
 *
 * Most events of a test or a page go the same way as the one before. Whatever could send one another
 * way (a binding, a subscription, a setting, a frame that waits its turn) calls `routesChanged()`.
 */

import type { BoundCallback } from "./callback.js";

/** The callbacks of one client for one event of one channel. Each gets the data and nothing else. */
export interface Route {
  readonly callbacks: readonly BoundCallback[];
  /** Takes what a callback throws, and throws it on if that is wanted. */
  failed(error: unknown): void;
}

/** This client has bound nothing to the event. */
export const NOBODY = null;
/** The event has to go through the client's layers one by one. */
export const STEP_BY_STEP = undefined;

export type RouteAnswer = Route | typeof NOBODY | typeof STEP_BY_STEP;

let changes = 0;

/** Every route found so far is void. */
export function routesChanged(): void {
  changes += 1;
}

/** Differs from an earlier answer if routes have changed in between. */
export function routesVersion(): number {
  return changes;
}
