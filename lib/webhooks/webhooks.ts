/**
 * The webhooks of an app: who gets them, and what was sent.
 *
 * The broker says what has happened and holds departures back (see `src/broker/records/webhook.rs`); this
 * side makes requests of it, signs and sends them.
 */

import type { Deadline } from "../../binding.js";
import { realTimers } from "../base/fakes.js";
import { native } from "../native/addon.js";
import type { Waiting } from "../base/timers.js";
import type { UnderWay } from "../base/under-way.js";
import type { WebhookSource } from "./source.js";
import { SentWebhooks } from "./sent.js";
import { Endpoint, type SentWebhook } from "./endpoint.js";
import {
  type AppEvent,
  type WebhookDestination,
  type WebhookOptions,
  type WebhookTarget,
  checkWebhookOptions,
  checkedTarget,
} from "../options/webhook.js";

/** A receiver that was added with `onWebhook()`. */
export interface WebhookSubscription {
  /** Sends nothing more to it, what is to be sent again included. Harmless when called twice. */
  remove(): void;
}

/** What the webhooks of apps that are looked at together share. */
interface Shared {
  readonly all: Set<Webhooks>;
  readonly sent: SentWebhooks;
  /** Those who wait in `settled()`; told of everything that happens. */
  readonly waiting: Array<() => void>;
  readonly watchers: Set<() => void>;
}

// Fake timers that a test installs must not stop it.
const { setImmediate: soon } = realTimers;

export class Webhooks {
  readonly #source: WebhookSource;
  readonly #endpoints = new Map<WebhookTarget, Endpoint>();
  // Not #, nor is what others are asked for: they may be of another copy of the package, where a hot reload has forgotten this one.
  private shared: Shared = {
    all: new Set<Webhooks>([this]),
    sent: new SentWebhooks(),
    waiting: [],
    watchers: new Set(),
  };
  /** Runs until the broker has something that it holds back. */
  private timer: Waiting | undefined;
  #scheduled = false;

  constructor(source: WebhookSource) {
    this.#source = source;
  }

  /** What is sent here is looked at together with what `others` send. For one that has sent nothing yet. */
  join(others: Webhooks): void {
    this.shared = others.shared;
    this.shared.all.add(this);
  }

  /**
   * Adds a receiver. One that the same `owner` has added already gets the new options; that of another one rests until this one
   * is removed.
   */
  add(target: WebhookTarget, options: WebhookOptions = {}, owner: object = this): WebhookSubscription {
    const to = checkedTarget(target);
    checkWebhookOptions(options);
    let endpoint = this.#endpoints.get(to);
    if (endpoint === undefined) {
      endpoint = new Endpoint(this.#source, to, {
        onSent: (webhook) => this.shared.sent.add(webhook),
        onAnswered: () => this.#tell(),
        onUnanswered: () => this.#changed(),
        onIdle: () => this.#changed(),
      });
      this.#endpoints.set(to, endpoint);
    }
    const subscription = { owner, options: { ...options } };
    endpoint.subscribe(subscription);
    native.enableWebhooks(this.#source.number, this.#source.seat.number);
    return {
      remove: () => {
        endpoint.unsubscribe(subscription);
        this.#tidy();
      },
    };
  }

  /** Adds what an option `webhooks` says: all of it, or nothing when it throws. */
  addAll(destinations: WebhookDestination | readonly WebhookDestination[] = [], owner?: object): WebhookSubscription[] {
    const all = (Array.isArray(destinations) ? destinations : [destinations]) as readonly WebhookDestination[];
    const added: WebhookSubscription[] = [];
    try {
      for (const destination of all) {
        const hasOptions = typeof destination === "object" && destination !== null && "to" in destination;
        const { to, ...options } = hasOptions ? destination : { to: destination };
        added.push(this.add(to, options, owner));
      }
    } catch (error) {
      for (const subscription of added) subscription.remove();
      throw error;
    }
    return added;
  }

  /** Calls back when a webhook has had its answer. Answers what ends it. */
  watch(onAnswered: () => void): () => void {
    const watcher = (): void => onAnswered();
    this.shared.watchers.add(watcher);
    return () => this.shared.watchers.delete(watcher);
  }

  #tell(): void {
    for (const watcher of this.shared.watchers) watcher();
  }

  /** Those who get webhooks at an address, and which. */
  receivers(): Array<{ to: string } & WebhookOptions> {
    return [...this.#endpoints].flatMap(([to, { options }]) =>
      typeof to === "string" && options !== undefined ? [{ to, ...options }] : [],
    );
  }

  /** Whether anybody gets webhooks. */
  get hasReceivers(): boolean {
    return this.#endpoints.size > 0;
  }

  /**
   * Sends a webhook once more. Resolves once that was answered; `"sending"` if it is on its way already, `"unwanted"` if its receiver was
   * removed.
   */
  async sendAgain(webhook: SentWebhook): Promise<"sent" | "sending" | "unwanted"> {
    const { to, attempts } = webhook;
    const endpoint = [...this.shared.all].flatMap((webhooks) => webhooks.endpoint(webhook.headers, to) ?? []).at(0);
    if (endpoint === undefined) return "unwanted";
    if (!endpoint.sendAgain(webhook)) return "sending";
    await new Promise<void>((resolve) => {
      const unwatch = this.watch(() => {
        // A reset has forgotten it meanwhile, and then nobody will answer.
        if (webhook.attempts === attempts && this.list().includes(webhook)) return;
        unwatch();
        resolve();
      });
    });
    return "sent";
  }

  /** Who sends to a receiver, where it is this app's webhook. */
  private endpoint({ "x-pusher-key": key }: SentWebhook["headers"], to: SentWebhook["to"]): Endpoint | undefined {
    return this.shared.all.size === 1 || this.#source.signer().key === key ? this.#endpoints.get(to) : undefined;
  }

  /** What was sent, in order: the latest 1,000. */
  list(): SentWebhook[] {
    return this.shared.sent.list();
  }

  /** Resolves once nothing is being sent; what waits for its time does not count: it is held back, to be sent again, or not answered. */
  async quiet(): Promise<void> {
    while ([...this.#endpoints.values()].some((endpoint) => endpoint.isBusy)) {
      await new Promise<void>((resolve) => this.shared.waiting.push(resolve));
    }
  }

  /** What was sent, once nothing is held back and everything else has got its first answer. */
  async settled(): Promise<SentWebhook[]> {
    // What was just asked for, a subscription for instance, happens first.
    await new Promise<void>((resolve) => soon(resolve));
    const { all, waiting } = this.shared;
    for (const webhooks of all) webhooks.take();
    while ([...all].some((webhooks) => webhooks.isUnderWay())) {
      const changed = new Promise<void>((resolve) => waiting.push(resolve));
      // Somebody waits for what is held back, so it keeps the process alive now.
      for (const webhooks of all) webhooks.timer?.keepAlive();
      await changed;
    }
    return this.list();
  }

  /** What is being sent, and when the broker has something again that it holds back. */
  underWay(): UnderWay[] {
    const sending = [...this.#endpoints.values()].flatMap((endpoint) => endpoint.underWay());
    const timer = this.timer;
    if (timer !== undefined) sending.push({ kind: "webhook-event", count: 1, remaining: timer.remaining() });
    return sending;
  }

  /** The broker has events. They are sent on a later turn, those of one turn together. */
  onWaiting(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    void Promise.resolve().then(() => {
      this.#scheduled = false;
      this.take();
    });
  }

  /** Forgets what was sent and what is to be sent; receivers stay. */
  reset(): void {
    this.shared.sent.clear();
    for (const endpoint of this.#endpoints.values()) endpoint.clear();
    this.#hold(null);
    this.#changed();
  }

  /** Sends nothing more. What was sent can still be looked at. */
  close(): void {
    for (const endpoint of this.#endpoints.values()) endpoint.clear();
    this.#endpoints.clear();
    this.#tidy();
    this.shared.all.delete(this);
  }

  /** Receivers that nobody wants any more go, and with the last of them the broker stops keeping events. */
  #tidy(): void {
    for (const [to, endpoint] of this.#endpoints) if (endpoint.options === undefined) this.#endpoints.delete(to);
    if (this.#endpoints.size === 0) {
      if (!this.#source.isClosed) native.disableWebhooks(this.#source.number, this.#source.seat.number);
      this.#hold(null);
    }
    this.#changed();
  }

  private isUnderWay(): boolean {
    if (this.timer !== undefined) return true;
    return [...this.#endpoints.values()].some((endpoint) => endpoint.isSending);
  }

  /** Takes what is due and sends it. `due` is of the deadline whose delay has passed. */
  private take(due = 0): void {
    if (this.#source.isClosed || this.#endpoints.size === 0) return;
    const { number, seat } = this.#source;
    const taken = native.takeWebhooks(number, seat.number, seat.clock.now(), due);
    // Null: another copy of this package has receivers of its own since.
    const nothing = '{"events":[],"causes":[],"dropped":0,"next":null}';
    const { events, causes, dropped, next } = JSON.parse(taken ?? nothing) as {
      events: AppEvent[];
      causes: number[];
      dropped: number;
      next: Deadline | null;
    };
    this.#hold(next);
    if (dropped > 0) this.#noteDropped(dropped);
    const caused = events.map((event, index) => ({ event, cause: causes[index] }));
    if (caused.length > 0) for (const endpoint of this.#endpoints.values()) endpoint.send(caused, Date.now());
    this.#changed();
  }

  /** Comes back when the next event is due. */
  #hold(next: Deadline | null): void {
    this.timer?.ensureAborted();
    this.timer = undefined;
    if (next === null) return;
    const take = (): void => {
      this.timer = undefined;
      this.take(next.due);
    };
    const keepsAlive = this.shared.waiting.length > 0;
    this.timer = this.#source.later.after(next.delay, take, { what: "webhook", keepsAlive });
  }

  #noteDropped(count: number): void {
    const events = `${count.toLocaleString("en")} event${count === 1 ? "" : "s"}`;
    console.warn(
      `pushrig: this thread was too busy to send webhooks; ${events} had to be dropped (10,000 or 16 MiB may wait).`,
    );
  }

  #changed(): void {
    for (const resolve of this.shared.waiting.splice(0)) resolve();
  }
}
