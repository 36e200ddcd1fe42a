/** The connections of this copy that listen to one channel, and how an event gets to them. */

import { callAll } from "../events/dispatcher.js";
import { throwUncaught } from "../base/uncaught.js";
import type { PresenceLog } from "./presence-log.js";
import { Roster } from "./roster.js";
import type { Listener } from "./subscriber.js";
import { NOBODY, type Route, routesVersion } from "../events/route.js";
import { decode } from "../base/decode.js";
import type { WireEvent } from "../events/wire-event.js";

/** How an event reaches those who have bound it. */
interface Routes {
  readonly version: number;
  readonly listeners: readonly Listener[];
  /** `at` is the listener's place among the listeners; without a route it is called step by step. */
  readonly stops: ReadonlyArray<{ at: number; listener: Listener; route: Route | undefined }>;
}

/** A listener of this copy. It brings along what channels are made of: who only triggers has loaded none of it. */
export interface LocalListener extends Listener {
  /** The channel of this name, which it is the first of this copy to be on. */
  makeChannel(name: string): LocalChannel;
}

/** Event names whose routes a channel remembers. */
const MAX_ROUTES = 100;

export class LocalChannel {
  readonly name: string;
  readonly #roster: Roster | undefined;
  /** By connection. */
  readonly #listeners = new Map<number, Listener>();
  /** The listeners as a list that others may hold; undefined when it has to be made. */
  #snapshot: readonly Listener[] | undefined;
  /** By event name. */
  readonly #routes = new Map<string, Routes>();
  /** Who gets the event that is being delivered, and the place of the one whose turn it is. */
  #addressees: readonly Listener[] = [];
  #turn = 0;

  /** @param log where to keep who comes and goes, if this is a presence channel */
  constructor(name: string, log: PresenceLog) {
    this.name = name;
    this.#roster = name.startsWith("presence-") ? new Roster(name, log) : undefined;
  }

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  /** The app whose channel this is; undefined when nobody listens. */
  get appId(): number | undefined {
    const [listener] = this.#listeners.values();
    return listener?.appId;
  }

  /** The listeners of this moment, for an event that may have to wait. */
  snapshot(): readonly Listener[] {
    return (this.#snapshot ??= [...this.#listeners.values()]);
  }

  /** Those who have to be told of a broadcast one by one: nobody where a roster is kept. */
  audience(): readonly Listener[] {
    return this.#roster === undefined ? this.snapshot() : [];
  }

  join(listener: Listener): void {
    this.#listeners.set(listener.connection, listener);
    this.#snapshot = undefined;
  }

  /**
   * The subscription of `newcomer` to this presence channel is in force.
   * @param frame lists everybody there; `""` when the roster is kept already
   */
  welcome(newcomer: Listener | undefined, frame: string): void {
    if (frame !== "") this.#roster?.load(frame);
    if (newcomer === undefined || this.#roster === undefined) return;
    newcomer.onWelcome(this.#roster.welcome(newcomer));
    if (!this.#has(newcomer)) this.#roster.leave(newcomer.connection);
  }

  leave(connection: number): void {
    this.#listeners.delete(connection);
    this.#snapshot = undefined;
    this.#roster?.leave(connection);
  }

  clear(): void {
    this.#listeners.clear();
    this.#snapshot = undefined;
  }

  /** Delivers a published event to the listeners of now, save the connection `except`. */
  publish(event: string, data: string, except: number, seq: number): void {
    const routes = this.#routesOf(event);
    const wireEvent = { channel: this.name, event, data, isJson: false, userId: undefined, seq };
    this.#addressees = routes.listeners;
    for (const { at, listener, route } of routes.stops) {
      if (listener.connection === except) continue;
      this.#turn = at;
      try {
        if (route === undefined) listener.onEvent(wireEvent);
        else callAll(route.callbacks, 1, decode(data), undefined, route.failed);
      } catch (error) {
        throwUncaught(error);
      }
      // A callback has changed something: the rest is called step by step.
      if (routesVersion() !== routes.version || this.#snapshot !== routes.listeners) {
        this.deliver(wireEvent, routes.listeners, except, at + 1);
        return;
      }
    }
  }

  /** Delivers an event to those of `listeners` that have not left since. */
  deliver(event: WireEvent, listeners: readonly Listener[], except: number, from = 0): void {
    this.#addressees = listeners;
    for (let at = from; at < listeners.length; at += 1) {
      const listener = listeners[at];
      if (listener.connection === except || !this.#has(listener)) continue;
      this.#turn = at;
      try {
        listener.onEvent(event);
      } catch (error) {
        throwUncaught(error);
      }
    }
  }

  /** Whose turn it is to have the event that is being delivered, as somebody who gets it sees it: others', one's own, or it was. */
  turnOf(listener: Listener): "later" | "now" | "over" {
    const at = this.#addressees.indexOf(listener);
    if (at === this.#turn) return "now";
    return at !== -1 && at < this.#turn ? "over" : "later";
  }

  /** Hands a frame to those of `listeners` that have not left since. On a presence channel it says who came or went. */
  broadcast(frame: string, listeners: readonly Listener[], except: number): void {
    this.#roster?.change(frame, except);
    for (const listener of listeners) {
      if (listener.connection !== except && this.#has(listener)) listener.onFrame(frame);
    }
  }

  #has(listener: Listener): boolean {
    return this.#listeners.has(listener.connection);
  }

  #routesOf(event: string): Routes {
    const known = this.#routes.get(event);
    if (known !== undefined && known.version === routesVersion() && known.listeners === this.#snapshot) return known;
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
