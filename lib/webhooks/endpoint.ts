/** One receiver of an app's webhooks: what is sent to it, and sent again when it fails. */

import { failsTest } from "../events/callback-errors.js";
import type { WebhookSource } from "./source.js";
import type { Waiting } from "../base/timers.js";
import { log } from "../base/log.js";
import type { UnderWay } from "../base/under-way.js";
import {
  type AppEvent,
  type WebhookHandler,
  type WebhookOptions,
  receiverAddress,
  isWanted,
} from "../options/webhook.js";
import { type Rest, type WebhookFault, call, fail, post } from "./request.js";
import { native } from "../native/addon.js";

/** A webhook on its way to one receiver, or arrived there. Its fields are up to date whenever they are read. */
export interface SentWebhook {
  /** The receiver: a URL or a handler in this process. */
  readonly to: string | WebhookHandler;
  /** When it was made, in milliseconds since the epoch: the body's `time_ms`. */
  readonly timeMs: number;
  readonly events: readonly AppEvent[];
  /** When it was made, as a place in the journal: what `mark()` compares with. */
  readonly seq: number;
  /** The body, byte for byte: it is what was signed. */
  readonly body: string;
  /** With lower-case names, as `pusher.webhook({ headers, rawBody: body })` takes them. */
  readonly headers: Readonly<Record<string, string>>;
  /** `"delivered"` is a 2xx answer; after any other it is `"retrying"`, and after five minutes of those `"failed"`. */
  state: "sending" | "delivered" | "retrying" | "failed";
  /** How often it was sent. */
  attempts: number;
  /** The HTTP status of the latest answer. */
  status: number | undefined;
  /** Why there was no answer the last time: what the handler threw, or an error of the network. */
  error: unknown;
}

/** What an endpoint tells the app's webhooks. */
export interface EndpointObserver {
  /** It is sent for the first time. */
  onSent(webhook: SentWebhook): void;
  /** There was an answer, or none will come. */
  onAnswered(): void;
  /** What is being sent is not answered, for a test wants it so. */
  onUnanswered(): void;
  /** Nothing is being sent any more. */
  onIdle(): void;
}

/** Somebody wants webhooks to go to an endpoint, on these terms. */
export interface Subscription {
  readonly owner: object;
  readonly options: WebhookOptions;
}

/** Milliseconds between attempts, each twice as long as the one before, as long as five minutes last. */
const RETRY_DELAYS = [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000];
/** Events in one request at most. */
const MAX_BATCH = 100;
/** Webhooks that may wait for their receiver; beyond it the newest are dropped. */
const MAX_WAITING = 10_000;
/** Bytes of memory that they may take. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

/** An event, and the journal's entry of what it tells. */
interface Caused {
  readonly event: AppEvent;
  readonly cause: number;
}

export class Endpoint {
  readonly to: string | WebhookHandler;
  readonly #source: WebhookSource;
  readonly #observer: EndpointObserver;
  /** The latest counts; the others rest until it is gone. */
  #subscriptions: Subscription[] = [];
  #queue: SentWebhook[] = [];
  readonly #retries = new Map<SentWebhook, Waiting>();
  /** The entry of what the first event of each tells. */
  readonly #causes = new WeakMap<SentWebhook, number>();
  /** The one that is being sent. */
  #current: SentWebhook | undefined;
  /** What the receiver still has to say to the one before. */
  #rest: Rest | undefined;
  /** Bytes of everything that is not done with. */
  #bytes = 0;
  /** Webhooks that found no room since the receiver last kept up. */
  #dropped = 0;
  #saidFailing = false;
  /** The one that a test has the receiver not answer. */
  #unanswered: SentWebhook | undefined;

  constructor(source: WebhookSource, to: string | WebhookHandler, observer: EndpointObserver) {
    this.#source = source;
    this.to = to;
    this.#observer = observer;
  }

  /** From now on this one counts, also in place of another one of the same owner. What waits already goes on. */
  subscribe(subscription: Subscription): void {
    this.#subscriptions = this.#subscriptions.filter(({ owner }) => owner !== subscription.owner);
    this.#subscriptions.push(subscription);
  }

  /** What waits is still sent if those who are left want it. Harmless for one that is gone or replaced. */
  unsubscribe(subscription: Subscription): void {
    if (!this.#subscriptions.includes(subscription)) return;
    this.#subscriptions = this.#subscriptions.filter((known) => known !== subscription);
    const { options } = this;
    if (options === undefined) this.clear();
    else this.#forget(({ events }) => !events.some((event) => isWanted(event, options)));
  }

  /** On what terms it gets webhooks; undefined once nobody wants it to. */
  get options(): WebhookOptions | undefined {
    return this.#subscriptions.at(-1)?.options;
  }

  /** Whether something is being sent or will be without further delay. */
  get isSending(): boolean {
    return this.#current !== undefined || this.#queue.length > 0;
  }

  /** Whether that goes on by itself, and not by the time which a test may have to move. */
  get isBusy(): boolean {
    return this.isSending && (this.#current === undefined || this.#current !== this.#unanswered);
  }

  /** What it sends, or will without further delay. */
  underWay(): UnderWay[] {
    const webhooks = [...(this.#current === undefined ? [] : [this.#current]), ...this.#queue];
    if (webhooks.length === 0) return [];
    return [{ kind: "webhook", count: webhooks.length, about: `${namesOf(webhooks[0])} to ${this.#name()}` }];
  }

  /** Sends those of the events that this endpoint wants. */
  send(events: readonly Caused[], timeMs: number): void {
    const { options } = this;
    if (options === undefined) return;
    const wanted = events.filter(({ event }) => isWanted(event, options));
    const size = options.batch === true ? MAX_BATCH : 1;
    for (let at = 0; at < wanted.length; at += size) {
      const together = wanted.slice(at, at + size);
      const webhook = this.#make(
        together.map(({ event }) => event),
        timeMs,
      );
      this.#causes.set(webhook, together[0].cause);
      const bytes = weightOf(webhook);
      if (this.#queue.length + this.#retries.size < MAX_WAITING && this.#bytes + bytes <= MAX_WAITING_BYTES) {
        this.#bytes += bytes;
        this.#queue.push(webhook);
      } else this.#drop();
    }
    void this.#run();
  }

  /**
   * Sends one once more, ahead of its time where it waits for that. False while it is being sent.
   *
   * The body stays byte for byte, so the signature does.
   */
  sendAgain(webhook: SentWebhook): boolean {
    const retry = this.#retries.get(webhook);
    if (webhook === this.#current || this.#queue.includes(webhook)) return false;
    retry?.ensureAborted();
    this.#retries.delete(webhook);
    if (retry === undefined) this.#bytes += weightOf(webhook);
    webhook.state = "sending";
    this.#queue.push(webhook);
    void this.#run();
    return true;
  }

  /** Forgets what waits, also for another attempt. What is under way arrives, but nobody is told and it is not sent again. */
  clear(): void {
    this.#forget(() => true);
    this.#current = undefined;
    this.#bytes = 0;
    this.#dropped = 0;
  }

  #forget(isUnwanted: (webhook: SentWebhook) => boolean): void {
    const unwanted = [...this.#queue, ...this.#retries.keys()].filter(isUnwanted);
    for (const webhook of unwanted) {
      this.#retries.get(webhook)?.ensureAborted();
      this.#retries.delete(webhook);
      this.#bytes -= weightOf(webhook);
      webhook.state = "failed";
    }
    const gone = new Set(unwanted);
    this.#queue = this.#queue.filter((webhook) => !gone.has(webhook));
  }

  #make(events: readonly AppEvent[], timeMs: number): SentWebhook {
    const body = JSON.stringify({ time_ms: timeMs, events });
    const token = this.#source.signer();
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(this.options?.headers ?? {})) headers[name.toLowerCase()] = value;
    headers["content-type"] = "application/json";
    headers["x-pusher-key"] = token.key;
    headers["x-pusher-signature"] = token.sign(body);
    const { to } = this;
    const { seq } = this.#source.journal;
    return {
      to,
      timeMs,
      events,
      seq,
      body,
      headers,
      state: "sending",
      attempts: 0,
      status: undefined,
      error: undefined,
    };
  }

  /** One after the other, so that a receiver gets them in order. A failed one does not hold up the others. */
  async #run(): Promise<void> {
    if (this.#current !== undefined) return;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#current = next;
      if (this.#rest !== undefined) await this.#rest.end();
      if (this.#current !== next) return;
      if (next.attempts === 0) this.#observer.onSent(next);
      await this.#attempt(next);
      // Cleared meanwhile: another run may be sending by now.
      if (this.#current !== next) return;
      this.#noteAttempt(next);
      if (next.state === "delivered" || !this.#sendAgain(next)) this.#bytes -= weightOf(next);
      this.#observer.onAnswered();
      if (this.#source.settings.debug) log(`webhook ${namesOf(next)} to ${this.#name()}: ${outcomeOf(next)}`);
      this.#current = undefined;
    }
    if (this.#dropped > 0) this.#noteDropped();
    this.#observer.onIdle();
  }

  async #attempt(webhook: SentWebhook): Promise<void> {
    webhook.attempts += 1;
    webhook.state = "sending";
    webhook.status = undefined;
    webhook.error = undefined;
    const { to } = this;
    const { later } = this.#source;
    const fault = this.#fault(webhook);
    this.#unanswered = fault?.error === "timeout" ? webhook : undefined;
    if (this.#unanswered !== undefined) this.#observer.onUnanswered();
    const onOver = (): void => {
      if (this.#unanswered === webhook) this.#unanswered = undefined;
    };
    try {
      const own = this.options?.headers;
      const { status, rest } = await (fault !== undefined
        ? fail(fault, later, onOver)
        : typeof to === "string"
          ? post(to, webhook, later, own)
          : call(to, webhook, later));
      this.#rest = rest;
      webhook.status = status;
      webhook.state = status >= 200 && status < 300 ? "delivered" : "failed";
    } catch (error) {
      webhook.error = error;
      webhook.state = "failed";
      if (typeof to === "function" && fault === undefined && !failsTest(this.#source, error))
        console.error("pushrig: a webhook's handler failed:", error);
    }
  }

  #noteAttempt(webhook: SentWebhook): void {
    if (this.#source.isClosed) return;
    const { events, attempts: attempt, status: code, error } = webhook;
    const names = events.map(({ name }) => name);
    const text = error === undefined ? undefined : String(error);
    const channels = new Set(events.map(({ channel }) => channel));
    // Only in a batch there may be several.
    const channel = channels.size === 1 ? events[0].channel : undefined;
    const cause = this.#causes.get(webhook);
    const { journal } = this.#source;
    journal.note({ kind: "webhook", cause, to: receiverAddress(this.to), events: names, channel, attempt, code, text });
  }

  /** How a test wants it to come to nothing. */
  #fault({ events }: SentWebhook): WebhookFault | undefined {
    if (this.#source.isClosed) return undefined;
    const pairs = events.map(({ name, channel }) => [channel, name]);
    const fault = native.failWebhook(this.#source.number, JSON.stringify(pairs));
    return fault === null ? undefined : (JSON.parse(fault) as WebhookFault);
  }

  /** False when the five minutes are over. */
  #sendAgain(webhook: SentWebhook): boolean {
    const delay = RETRY_DELAYS[webhook.attempts - 1];
    if (delay === undefined) return false;
    webhook.state = "retrying";
    this.#noteFailure(webhook);
    const again = (): void => {
      this.#retries.delete(webhook);
      this.#queue.push(webhook);
      void this.#run();
    };
    this.#retries.set(webhook, this.#source.later.after(delay, again, { what: "webhook", whom: this.#name() }));
    return true;
  }

  #noteFailure(webhook: SentWebhook): void {
    if (typeof this.to === "function" || this.#saidFailing) return;
    this.#saidFailing = true;
    console.warn(
      `pushrig: the webhook ${namesOf(webhook)} to ${receiverAddress(this.to)} came to nothing: ${outcomeOf(webhook)}. ` +
        `It is sent again for five minutes. This is said once.`,
    );
  }

  #drop(): void {
    this.#dropped += 1;
    if (this.#dropped > 1) return;
    const waiting = (this.#queue.length + this.#retries.size).toLocaleString("en");
    const bytes = `${(this.#bytes / 1024 / 1024).toFixed(1)} MiB`;
    console.warn(
      `pushrig: ${waiting} webhooks (${bytes}) wait for ${this.#name()}, which does not keep up; ` +
        `newer ones are dropped until it does. They are counted.`,
    );
  }

  /** The receiver has caught up. */
  #noteDropped(): void {
    console.warn(`pushrig: ${this.#name()} keeps up again; ${many(this.#dropped, "webhook")} to it had to be dropped.`);
    this.#dropped = 0;
  }

  #name(): string {
    return typeof this.to === "string" ? this.to : "a handler in this process";
  }
}

function namesOf({ events }: SentWebhook): string {
  return events.map(({ name, channel }) => `${name} of ${JSON.stringify(channel)}`).join(", ");
}

function outcomeOf({ status, error }: SentWebhook): string {
  return status === undefined ? String(error) : `status ${status}`;
}

function many(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}

/** About how many bytes of memory a webhook takes: its body, its events, and what comes with them. */
export function weightOf({ body, events }: SentWebhook): number {
  return 2 * body.length + 200 * events.length + 500;
}
