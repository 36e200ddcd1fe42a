/**
 * The webhooks of an app: who gets them, and what was sent.
 *
 * The broker says what has happened and holds departures back (see `src/broker/webhook.rs`); this
 * side makes requests of it, signs and sends them.
 */

import { setImmediate } from "node:timers";
import { native } from "./binding.js";
import type { Rig } from "./rig.js";
import { Endpoint, type SentWebhook } from "./webhook-endpoint.js";
import {
  type AppEvent,
  type WebhookDestination,
  type WebhookOptions,
  type WebhookTarget,
  checkOptions,
  checkedTarget,
} from "./webhook-options.js";

/** A receiver that was added with `onWebhook()`. */
export interface WebhookSubscription {
  /** Sends nothing more to it, what is to be sent again included. Harmless when called twice. */
  remove(): void;
}

/** Called with every answer to a webhook, and when there was none. */
type OnAnswered = (webhook: SentWebhook) => void;

// Taken when the module loads: fake timers that a test installs must not stop it.
const soon = setImmediate;

/** Webhooks that are kept for looking back; the oldest go first. */
const KEPT = 1000;

export class Webhooks {
  readonly #rig: Rig;
  readonly #endpoints = new Map<WebhookTarget, Endpoint>();
  #sent: SentWebhook[] = [];
  /** Runs until the broker has something that it holds back. */
  #timer: ReturnType<typeof globalThis.setTimeout> | undefined;
  #scheduled = false;
  #saidDropping = false;
  /** Those who wait in `settled()`; told of everything that happens. */
  #waiting: Array<() => void> = [];

  constructor(rig: Rig) {
    this.#rig = rig;
  }

  /** Adds a receiver. One that is there already gets the new options. */
  add(target: WebhookTarget, options: WebhookOptions = {}, onAnswered?: OnAnswered): WebhookSubscription {
    const to = checkedTarget(target);
    checkOptions(options);
    const endpoint = new Endpoint(
      this.#rig,
      to,
      { ...options },
      {
        onSent: (webhook) => {
          this.#sent.push(webhook);
          if (this.#sent.length > KEPT) this.#sent.shift();
        },
        onAnswered: (webhook) => onAnswered?.(webhook),
        onIdle: () => this.#changed(),
      },
    );
    this.#endpoints.get(to)?.clear();
    this.#endpoints.set(to, endpoint);
    native.enableWebhooks(this.#rig.number, this.#rig.seat.number);
    return { remove: () => this.#remove(to, endpoint) };
  }

  /** Adds what an option `webhooks` says: all of it, or nothing when it throws. */
  addAll(
    destinations: WebhookDestination | readonly WebhookDestination[] = [],
    onAnswered?: OnAnswered,
  ): WebhookSubscription[] {
    const all = (Array.isArray(destinations) ? destinations : [destinations]) as readonly WebhookDestination[];
    const added: WebhookSubscription[] = [];
    try {
      for (const destination of all) {
        const hasOptions = typeof destination === "object" && destination !== null && "to" in destination;
        const { to, ...options } = hasOptions ? destination : { to: destination };
        added.push(this.add(to, options, onAnswered));
      }
    } catch (error) {
      for (const subscription of added) subscription.remove();
      throw error;
    }
    return added;
  }

  /** What was sent, in order: the latest 1,000. */
  list(): SentWebhook[] {
    return [...this.#sent];
  }

  /** What was sent, once nothing is held back and everything else has got its first answer. */
  async settled(): Promise<SentWebhook[]> {
    // What was just asked for, a subscription for instance, happens first.
    await new Promise<void>((resolve) => soon(resolve));
    this.#take();
    while (this.#isUnderWay()) {
      const changed = new Promise<void>((resolve) => this.#waiting.push(resolve));
      // Somebody waits for what is held back, so it keeps the process alive now.
      (this.#timer as { ref?: () => void } | undefined)?.ref?.();
      await changed;
    }
    return this.list();
  }

  /** The broker has events. They are sent on a later turn, those of one turn together. */
  onWaiting(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    void Promise.resolve().then(() => {
      this.#scheduled = false;
      this.#take();
    });
  }

  /** Forgets what was sent and what is to be sent; receivers stay. */
  reset(): void {
    this.#sent = [];
    for (const endpoint of this.#endpoints.values()) endpoint.clear();
    this.#hold(null);
    this.#changed();
  }

  /** Sends nothing more. What was sent can still be looked at. */
  close(): void {
    for (const [to, endpoint] of this.#endpoints) this.#remove(to, endpoint);
  }

  #remove(to: WebhookTarget, endpoint: Endpoint): void {
    endpoint.clear();
    if (this.#endpoints.get(to) === endpoint) this.#endpoints.delete(to);
    if (this.#endpoints.size === 0) {
      if (!this.#rig.isClosed) native.disableWebhooks(this.#rig.number, this.#rig.seat.number);
      this.#hold(null);
    }
    this.#changed();
  }

  #isUnderWay(): boolean {
    if (this.#timer !== undefined) return true;
    for (const endpoint of this.#endpoints.values()) if (endpoint.isSending) return true;
    return false;
  }

  /** Takes what is due and sends it. `now` is in milliseconds since the epoch. */
  #take(now = Date.now()): void {
    if (this.#rig.isClosed || this.#endpoints.size === 0) return;
    const taken = native.takeWebhooks(this.#rig.number, this.#rig.seat.number, now);
    // Null: another copy of this package has receivers of its own since.
    const { events, dropped, next } = JSON.parse(taken ?? '{"events":[],"dropped":0,"next":null}') as {
      events: AppEvent[];
      dropped: number;
      next: number | null;
    };
    this.#hold(next);
    if (dropped > 0) this.#noteDropped(dropped);
    if (events.length > 0) for (const endpoint of this.#endpoints.values()) endpoint.send(events, now);
    this.#changed();
  }

  /** Comes back when the next event is due. */
  #hold(due: number | null): void {
    globalThis.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (due === null) return;
    // Never longer than the hold, whatever a test has done to the clock meanwhile.
    const delay = Math.min(Math.max(0, due - Date.now()), this.#rig.settings.webhookHold);
    const timer = globalThis.setTimeout(() => {
      this.#timer = undefined;
      // Timers may be early, and clocks may stand still.
      this.#take(Math.max(Date.now(), due));
    }, delay);
    this.#timer = timer;
    if (this.#waiting.length === 0) (timer as { unref?: () => void }).unref?.();
  }

  #noteDropped(count: number): void {
    if (this.#saidDropping) return;
    this.#saidDropping = true;
    console.warn(
      `pushrig: this thread was too busy to send webhooks; ${count} event(s) were dropped (10,000 may wait). This is said once.`,
    );
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
