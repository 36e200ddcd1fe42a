/** Callbacks that the state manager has bound to one connection, by channel and event. */

import type { Callback } from "./callback.js";
import { watchReturned } from "./callback-errors.js";
import { routesChanged } from "./route.js";
import { decode } from "../base/decode.js";
import type { WireEvent } from "./wire-event.js";

export class Bindings {
  readonly #channels = new Map<string, Map<string, Set<Callback>>>();
  readonly #report: (event: WireEvent, error: unknown) => void;

  /** @param report what to do with what a callback throws */
  constructor(report: (event: WireEvent, error: unknown) => void) {
    this.#report = report;
  }

  /** Whether it was not bound before. */
  add(channel: string, event: string, callback: Callback): boolean {
    routesChanged();
    let events = this.#channels.get(channel);
    if (events === undefined) this.#channels.set(channel, (events = new Map()));
    const callbacks = events.get(event);
    const before = callbacks?.size ?? 0;
    if (callbacks === undefined) events.set(event, new Set([callback]));
    else callbacks.add(callback);
    return (callbacks?.size ?? 1) > before;
  }

  /** Removes one callback, all of an event, or all of a channel. Answers how many of which event. */
  remove(channel: string, event?: string, callback?: Callback): Array<[event: string, count: number]> {
    const removed: Array<[event: string, count: number]> = [];
    const events = this.#channels.get(channel);
    if (events === undefined) return removed;
    routesChanged();
    for (const name of event === undefined ? [...events.keys()] : [event]) {
      const callbacks = events.get(name);
      if (callbacks === undefined) continue;
      const before = callbacks.size;
      if (callback === undefined) callbacks.clear();
      else callbacks.delete(callback);
      if (callbacks.size < before) removed.push([name, before - callbacks.size]);
      if (callbacks.size === 0) events.delete(name);
    }
    if (events.size === 0) this.#channels.delete(channel);
    return removed;
  }

  /** How many callbacks are bound, by channel and event. */
  *counts(): Iterable<[channel: string, event: string, count: number]> {
    for (const [channel, events] of this.#channels) {
      for (const [event, callbacks] of events) yield [channel, event, callbacks.size];
    }
  }

  /** What is bound on a channel, by event. */
  *of(channel: string): Iterable<[event: string, callback: Callback]> {
    for (const [event, callbacks] of this.#channels.get(channel) ?? []) {
      for (const callback of callbacks) yield [event, callback];
    }
  }

  get isEmpty(): boolean {
    return this.#channels.size === 0;
  }

  /** Calls what is bound to an event; the callbacks of one connection share the data. */
  call(event: WireEvent): void {
    const callbacks = this.#channels.get(event.channel)?.get(event.event);
    if (callbacks === undefined) return;
    const data = decode(event.data);
    for (const callback of callbacks) {
      try {
        const returned: unknown = callback(data);
        if (returned !== undefined) watchReturned(returned, (error) => this.#report(event, error));
      } catch (error) {
        this.#report(event, error);
      }
    }
  }
}
