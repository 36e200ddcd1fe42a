/** One receiver of an app's webhooks: what is sent to it, and sent again when it fails. */

import { http, https } from "../base/builtin.js";
import { throwUncaught } from "../base/uncaught.js";
import type { WebhookSource } from "./source.js";
import { OneOffTimer } from "../base/timers.js";
import { log } from "../base/log.js";
import { type AppEvent, type WebhookHandler, type WebhookOptions, isWanted } from "../options/webhook.js";

/** A webhook on its way to one receiver, or arrived there. Its fields are up to date whenever they are read. */
export interface SentWebhook {
  /** The receiver: a URL or a handler in this process. */
  readonly to: string | WebhookHandler;
  /** When it was made, in milliseconds since the epoch: the body's `time_ms`. */
  readonly timeMs: number;
  readonly events: readonly AppEvent[];
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

/** What an endpoint tells its owner. */
export interface EndpointObserver {
  /** It is sent for the first time. */
  onSent(webhook: SentWebhook): void;
  /** There is an answer, or there will be none. */
  onAnswered(webhook: SentWebhook): void;
  /** Nothing is being sent any more. */
  onIdle(): void;
}

/** Milliseconds between attempts, each twice as long as the one before, as long as five minutes last. */
const RETRY_DELAYS = [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000];
/** How long an answer may take, in milliseconds. */
const ANSWER_TIME = 30_000;
/** Events in one request at most. */
const MAX_BATCH = 100;
/** Webhooks that may wait for their receiver; beyond it the newest are dropped. */
const MAX_WAITING = 10_000;

export class Endpoint {
  readonly to: string | WebhookHandler;
  readonly options: WebhookOptions;
  readonly #source: WebhookSource;
  readonly #observer: EndpointObserver;
  #queue: SentWebhook[] = [];
  readonly #retries = new Map<SentWebhook, OneOffTimer>();
  /** The one that is being sent. */
  #current: SentWebhook | undefined;
  #saidFailing = false;
  #saidDropping = false;

  constructor(source: WebhookSource, to: string | WebhookHandler, options: WebhookOptions, observer: EndpointObserver) {
    this.#source = source;
    this.to = to;
    this.options = options;
    this.#observer = observer;
  }

  /** Whether something is being sent or will be without further delay. */
  get isSending(): boolean {
    return this.#current !== undefined || this.#queue.length > 0;
  }

  /** Sends those of the events that this endpoint wants. */
  send(events: readonly AppEvent[], timeMs: number): void {
    const wanted = events.filter((event) => isWanted(event, this.options));
    const size = this.options.batch === true ? MAX_BATCH : 1;
    for (let at = 0; at < wanted.length; at += size) {
      if (this.#queue.length + this.#retries.size >= MAX_WAITING) {
        this.#noteDropping();
        break;
      }
      this.#queue.push(this.#make(wanted.slice(at, at + size), timeMs));
    }
    void this.#run();
  }

  /** Forgets what waits, also for another attempt. What is under way arrives, but nobody is told and it is not sent again. */
  clear(): void {
    this.#queue = [];
    this.#current = undefined;
    for (const [webhook, timer] of this.#retries) {
      timer.ensureAborted();
      webhook.state = "failed";
    }
    this.#retries.clear();
  }

  #make(events: readonly AppEvent[], timeMs: number): SentWebhook {
    const body = JSON.stringify({ time_ms: timeMs, events });
    const token = this.#source.signer();
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(this.options.headers ?? {})) headers[name.toLowerCase()] = value;
    headers["content-type"] = "application/json";
    headers["x-pusher-key"] = token.key;
    headers["x-pusher-signature"] = token.sign(body);
    const { to } = this;
    return { to, timeMs, events, body, headers, state: "sending", attempts: 0, status: undefined, error: undefined };
  }

  /** One after the other, so that a receiver gets them in order. A failed one does not hold up the others. */
  async #run(): Promise<void> {
    if (this.#current !== undefined) return;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#current = next;
      if (next.attempts === 0) this.#observer.onSent(next);
      await this.#attempt(next);
      // Cleared meanwhile: another run may be sending by now.
      if (this.#current !== next) return;
      if (next.state !== "delivered") this.#sendAgain(next);
      if (this.#source.settings.debug) log(`webhook ${namesOf(next)} to ${this.#name()}: ${outcomeOf(next)}`);
      try {
        this.#observer.onAnswered(next);
      } catch (error) {
        throwUncaught(error);
      }
      if (this.#current !== next) return;
      this.#current = undefined;
    }
    this.#observer.onIdle();
  }

  async #attempt(webhook: SentWebhook): Promise<void> {
    webhook.attempts += 1;
    webhook.state = "sending";
    webhook.status = undefined;
    webhook.error = undefined;
    const { to } = this;
    try {
      const status = await (typeof to === "string" ? post(to, webhook) : call(to, webhook));
      webhook.status = status;
      webhook.state = status >= 200 && status < 300 ? "delivered" : "failed";
    } catch (error) {
      webhook.error = error;
      webhook.state = "failed";
      if (typeof to === "function") console.error("pushrig: a webhook's handler failed:", error);
    }
  }

  /** Unless the five minutes are over. */
  #sendAgain(webhook: SentWebhook): void {
    const delay = RETRY_DELAYS[webhook.attempts - 1];
    if (delay === undefined) return;
    webhook.state = "retrying";
    this.#noteFailure(webhook);
    const timer = new OneOffTimer(delay, () => {
      this.#retries.delete(webhook);
      this.#queue.push(webhook);
      void this.#run();
    });
    this.#retries.set(webhook, timer);
  }

  #noteFailure(webhook: SentWebhook): void {
    if (typeof this.to === "function" || this.#saidFailing) return;
    this.#saidFailing = true;
    console.warn(
      `pushrig: the webhook ${namesOf(webhook)} to ${this.to} came to nothing: ${outcomeOf(webhook)}. ` +
        `It is sent again for five minutes. This is said once.`,
    );
  }

  #noteDropping(): void {
    if (this.#saidDropping) return;
    this.#saidDropping = true;
    const most = MAX_WAITING.toLocaleString("en");
    console.warn(`pushrig: ${most} webhooks wait for ${this.#name()}; newer ones are dropped. This is said once.`);
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

/** Sends a webhook over HTTP and answers the status. A redirect is an answer like any other. */
function post(to: string, { headers, body }: SentWebhook): Promise<number> {
  return new Promise((resolve, reject) => {
    const url = new URL(to);
    const length = String(Buffer.byteLength(body));
    const options = { method: "POST", agent: false, headers: { ...headers, "content-length": length } };
    const outgoing = (url.protocol === "https:" ? https() : http()).request(url, options, (response) => {
      timer.ensureAborted();
      response.resume();
      // What else it says keeps no process.
      response.socket.unref();
      response.on("error", () => {});
      resolve(response.statusCode ?? 0);
    });
    const timer = new OneOffTimer(ANSWER_TIME, () => outgoing.destroy(tooLate()));
    outgoing.on("error", (error) => {
      timer.ensureAborted();
      reject(error);
    });
    outgoing.end(body);
  });
}

/** Calls a handler with the request that it would have got, and answers the status. */
function call(handler: WebhookHandler, { headers, body }: SentWebhook): Promise<number> {
  if (typeof globalThis.Request !== "function") {
    const message =
      "pushrig: a webhook's handler needs the global Request, which this environment lacks. " +
      "Node has it; under jsdom take an environment that passes it on, such as jest-fixed-jsdom.";
    return Promise.reject(new Error(message));
  }
  return new Promise((resolve, reject) => {
    const timer = new OneOffTimer(ANSWER_TIME, () => reject(tooLate()));
    const request = new Request("http://localhost/", { method: "POST", headers, body });
    // In a promise reaction, so that what it throws at once is caught as well.
    Promise.resolve(request)
      .then(handler)
      .finally(() => timer.ensureAborted())
      .then((response) => resolve(response?.status ?? 200), reject);
  });
}

function tooLate(): Error {
  return new Error(`pushrig: no answer within ${ANSWER_TIME / 1000} seconds`);
}
