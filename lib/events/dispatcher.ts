/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import type { BoundCallback } from "./callback.js";
import { show } from "../base/shown.js";
import { watchReturned } from "./callback-errors.js";
import { routesChanged } from "./route.js";

export interface CallbackTable {
  [prefixedEventName: string]: BoundCallback[];
}

export interface Metadata {
  user_id?: string;
}

const NONE: ReadonlyMap<string, readonly BoundCallback[]> = new Map();

/**
 * The callbacks of one emitter, by event name. An array is only ever pushed to; taking a callback out makes a new one,
 * so that an emit in progress goes on with the callbacks it started with (pusher-js 8.6.0 behaves so).
 */
export class CallbackRegistry {
  /** Most emitters of a client never have a callback: their table is made by the first one. */
  #events: Map<string, BoundCallback[]> | undefined;

  /** A view of the table as pusher-js keeps it: keys carry a `_` so that no event name meets `Object.prototype`. */
  get _callbacks(): CallbackTable {
    const table: CallbackTable = {};
    for (const [name, callbacks] of this.#events ?? []) table[`_${name}`] = callbacks;
    return table;
  }

  set _callbacks(table: CallbackTable) {
    routesChanged();
    this.#events = new Map(Object.entries(table).map(([name, callbacks]) => [name.slice(1), callbacks]));
  }

  get(name: string): BoundCallback[] {
    // Typed as in pusher-js, which also answers undefined for an event without callbacks.
    return this.#events?.get(typeof name === "string" ? name : String(name)) as BoundCallback[];
  }

  /** Every event that has a callback, in the order of their first binding. */
  get events(): ReadonlyMap<string, readonly BoundCallback[]> {
    return this.#events ?? NONE;
  }

  add(name: string, callback: Function, context: any): void {
    routesChanged();
    const key = String(name);
    this.#events ??= new Map();
    const callbacks = this.#events.get(key);
    if (callbacks) callbacks.push({ fn: callback, context });
    else this.#events.set(key, [{ fn: callback, context }]);
  }

  /** `removed` is told how many callbacks of which event there were. */
  remove(
    name?: string | null,
    callback?: Function | null,
    context?: any,
    removed?: (name: string, count: number) => void,
  ): void {
    routesChanged();
    const events = this.#events;
    if (events === undefined) return;
    if (!name && !callback && !context) {
      this.#events = undefined;
      for (const [key, callbacks] of events) removed?.(key, callbacks.length);
      return;
    }
    for (const key of name ? [String(name)] : [...events.keys()]) {
      const kept =
        callback || context
          ? (events.get(key) ?? []).filter(
              (bound) => (callback && callback !== bound.fn) || (context && context !== bound.context),
            )
          : [];
      const count = (events.get(key)?.length ?? 0) - kept.length;
      if (kept.length > 0) events.set(key, kept);
      else events.delete(key);
      if (count > 0) removed?.(key, count);
    }
  }
}

/**
 * pusher-js's event emitter: base of channels, connection, user and watchlist. Order, arity, `this` and what a change
 * during an emit does are those of pusher-js 8.6.0; see docs/fidelity.md for the table.
 */
export class Dispatcher {
  // Declared, and set by the constructor: as fields they took the engine a twentieth of a client, because so many classes have them.
  declare callbacks: CallbackRegistry;
  declare global_callbacks: Function[];
  // Typed as in pusher-js; undefined when not given.
  declare failThrough: Function;

  constructor(failThrough?: Function) {
    this.callbacks = new CallbackRegistry();
    this.global_callbacks = [];
    this.failThrough = failThrough as Function;
  }

  /**
   * Calls `callback` for each event of this name. `this` is `context`, or the global object.
   * @throws TypeError when `callback` is no function (pusher-js fails only when the event arrives)
   */
  bind(eventName: string, callback: Function, context?: any): this {
    if (typeof callback !== "function") {
      const name = show(eventName);
      throw noCallback(`bind(${name}, callback)`, `${name}, (data) => { … }`, "bind", callback);
    }
    this.callbacks.add(eventName, callback, context);
    this.noteBound(String(eventName));
    this.bindingsChanged();
    return this;
  }

  /**
   * Calls `callback` with `(eventName, data)` for every event, before the callbacks of that event.
   * @throws TypeError when `callback` is no function
   */
  bind_global(callback: Function): this {
    if (typeof callback !== "function") {
      throw noCallback("bind_global(callback)", "(eventName, data) => { … }", "bind_global", callback);
    }
    this.global_callbacks.push(callback);
    routesChanged();
    this.noteBound(undefined);
    this.bindingsChanged();
    return this;
  }

  /** Takes out the callbacks that match every argument given; without arguments all but the global ones. */
  unbind(eventName?: string | null, callback?: Function | null, context?: any): this {
    this.callbacks.remove(eventName, callback, context, (event, count) => this.noteUnbound(event, count));
    this.bindingsChanged();
    return this;
  }

  /** Takes out one global callback, or all of them. */
  unbind_global(callback?: Function | null): this {
    routesChanged();
    const before = this.global_callbacks.length;
    this.global_callbacks = callback ? this.global_callbacks.filter((bound) => bound !== callback) : [];
    const count = before - this.global_callbacks.length;
    if (count > 0) this.noteUnbound(undefined, count);
    this.bindingsChanged();
    return this;
  }

  unbind_all(): this {
    this.unbind();
    this.unbind_global();
    return this;
  }

  /**
   * Global callbacks get `(eventName, data)`. The others get `(data, metadata)` when there is metadata, however empty,
   * else `(data)`, else, for falsy data, no argument.
   */
  emit(eventName: string, data?: any, metadata?: Metadata): this {
    return this.emitCounted(eventName, data, metadata, metadata ? 2 : data ? 1 : 0);
  }

  /** `emit` with the number of arguments decided by the caller. */
  protected emitCounted(eventName: string, data: any, metadata: Metadata | undefined, arity: 0 | 1 | 2): this {
    // Both the property and the length are read at each step: pusher-js notices changes in mid-emit this way.
    for (let i = 0; i < this.global_callbacks.length; i++) {
      try {
        const returned: unknown = this.global_callbacks[i](eventName, data);
        if (returned !== undefined) this.#watch(eventName, returned);
      } catch (error) {
        this.callbackFailed(eventName, error);
      }
    }
    const callbacks = this.callbacks.get(eventName);
    if (callbacks !== undefined && callbacks.length > 0) {
      // The length is read at each step: one that is bound meanwhile is called too.
      for (let i = 0; i < callbacks.length; i++) {
        try {
          const returned = call(callbacks[i], arity, data, metadata);
          if (returned !== undefined) this.#watch(eventName, returned);
        } catch (error) {
          this.callbackFailed(eventName, error);
        }
      }
    } else if (this.failThrough) {
      this.failThrough(eventName, data);
    }
    return this;
  }

  // Apart, because a function in there would be made room for with every emit.
  #watch(eventName: string, returned: unknown): void {
    watchReturned(returned, (error) => this.callbackFailed(eventName, error));
  }

  /** Whether an emit of this event would call anybody. */
  hears(eventName: string): boolean {
    return this.global_callbacks.length > 0 || this.callbacks.get(eventName) !== undefined;
  }

  /** Whether anything is bound at all. */
  isBound(): boolean {
    return this.global_callbacks.length > 0 || this.callbacks.events.size > 0;
  }

  /** Something was bound, to every event where there is no name. Those who know a rig write it down. */
  protected noteBound(_eventName: string | undefined): void {}

  /** So many callbacks were taken out. */
  protected noteUnbound(_eventName: string | undefined, _count: number): void {}

  /** Called after each change of bindings. */
  protected bindingsChanged(): void {}

  /** Rethrowing is pusher-js's behaviour: the rest of the emit does not happen. Those who know a rig report instead. */
  protected callbackFailed(_eventName: string, error: unknown): void {
    throw error;
  }
}

/** Calls callbacks in order. The length is read at each step: one that is bound meanwhile is called too. */
export function callAll(
  callbacks: readonly BoundCallback[],
  arity: 0 | 1 | 2,
  data: any,
  metadata: Metadata | undefined,
  failed: (error: unknown) => void,
): void {
  for (let i = 0; i < callbacks.length; i++) {
    try {
      const returned = call(callbacks[i], arity, data, metadata);
      if (returned !== undefined) watchReturned(returned, failed);
    } catch (error) {
      failed(error);
    }
  }
}

function call({ fn, context }: BoundCallback, arity: 0 | 1 | 2, data: any, metadata: Metadata | undefined): unknown {
  if (arity === 1) return fn.call(context || globalThis, data);
  return arity === 2 ? fn.call(context || globalThis, data, metadata) : fn.call(context || globalThis);
}

function noCallback(call: string, example: string, verb: string, callback: unknown): TypeError {
  const got = callback === null ? "null" : Array.isArray(callback) ? "an array" : typeof callback;
  return new TypeError(`pushrig: ${call} needs a function as its callback, got ${got}. Pass one: ${verb}(${example}).`);
}
