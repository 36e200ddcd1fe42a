/** The connections of this copy that listen to one channel, and how an event gets to them. */

import type { Callback } from "./bindings.js";
import { callAll } from "./dispatcher.js";
import { throwUncaught } from "./errors.js";
import { NOBODY, type Route, type RouteAnswer, routesVersion } from "./route.js";
import { type WireEvent, decode } from "./wire-event.js";

/** A connection of this process, as its seat sees it. None of these may throw except `onEvent`. */
export interface Listener {
  /** The broker's number of the connection. */
  readonly connection: number;
  readonly appId: number;
  /** Only throws what a user's callback threw, under `onCallbackError: "throw"`. */
  onEvent(event: WireEvent): void;
  route(channel: string, event: string): RouteAnswer;
  onFrame(frame: string): void;
  onClosed(code: number, reason: string): void;
  onReset(): void;
  onSettings(): void;
  boundCallbacks(channel: string): Iterable<[event: string, callback: Callback]>;
}

/** How an event reaches those who have bound it. */
interface Routes {
  readonly version: number;
  readonly listeners: readonly Listener[];
  /** `at` is the listener's place among the listeners; without a route it is called step by step. */
  readonly stops: ReadonlyArray<{ at: number; listener: Listener; route: Route | undefined }>;
}

/** Event names whose routes a channel remembers. */
const MAX_ROUTES = 100;

export class LocalChannel {
  readonly name: string;
  #listeners: Listener[] = [];
  /** Somebody holds `#listeners`, which is then not changed in place. */
  #isShared = false;
  /** By event name. */
  readonly #routes = new Map<string, Routes>();

  constructor(name: string) {
    this.name = name;
  }

  get isEmpty(): boolean {
    return this.#listeners.length === 0;
  }

  /** The app whose channel this is; undefined when nobody listens. */
  get appId(): number | undefined {
    return this.#listeners[0]?.appId;
  }

  /** The listeners of this moment, for an event that may have to wait. */
  snapshot(): readonly Listener[] {
    this.#isShared = true;
    return this.#listeners;
  }

  join(listener: Listener): void {
    if (this.#isShared) this.#replace([...this.#listeners, listener]);
    else this.#listeners.push(listener);
  }

  leave(connection: number): void {
    this.#replace(this.#listeners.filter((listener) => listener.connection !== connection));
  }

  clear(): void {
    this.#replace([]);
  }

  #replace(listeners: Listener[]): void {
    this.#listeners = listeners;
    this.#isShared = false;
  }

  /** Delivers a published event to the listeners of now, save the connection `except`. */
  publish(event: string, data: string, except: number): void {
    const routes = this.#routesOf(event);
    const wireEvent = { channel: this.name, event, data, isJson: false, userId: undefined };
    for (const { at, listener, route } of routes.stops) {
      if (listener.connection === except) continue;
      try {
        if (route === undefined) listener.onEvent(wireEvent);
        else callAll(route.callbacks, 1, decode(data), undefined, route.failed);
      } catch (error) {
        throwUncaught(error);
      }
      // A callback has changed something: the rest is called step by step.
      if (routesVersion() !== routes.version || this.#listeners !== routes.listeners) {
        this.deliver(wireEvent, routes.listeners, except, at + 1);
        return;
      }
    }
  }

  /** Delivers an event to those of `listeners` that have not left since. */
  deliver(event: WireEvent, listeners: readonly Listener[], except: number, from = 0): void {
    for (let at = from; at < listeners.length; at += 1) {
      const listener = listeners[at];
      if (listener.connection === except || !this.#has(listener, listeners)) continue;
      try {
        listener.onEvent(event);
      } catch (error) {
        throwUncaught(error);
      }
    }
  }

  /** Hands a frame to those of `listeners` that have not left since. */
  broadcast(frame: string, listeners: readonly Listener[], except: number): void {
    for (const listener of listeners) {
      if (listener.connection !== except && this.#has(listener, listeners)) listener.onFrame(frame);
    }
  }

  #has(listener: Listener, listeners: readonly Listener[]): boolean {
    return this.#listeners === listeners || this.#listeners.includes(listener);
  }

  #routesOf(event: string): Routes {
    const known = this.#routes.get(event);
    if (known !== undefined && known.version === routesVersion() && known.listeners === this.#listeners) return known;
    const listeners = this.snapshot();
    const stops: Array<Routes["stops"][number]> = [];
    for (const [at, listener] of listeners.entries()) {
      const route = listener.route(this.name, event);
      if (route !== NOBODY) stops.push({ at, listener, route });
    }
    const routes = { version: routesVersion(), listeners, stops };
    if (this.#routes.size >= MAX_ROUTES) this.#routes.clear();
    this.#routes.set(event, routes);
    return routes;
  }
}
