/** A stretch of a journal that stays as it is, whatever comes later: `Happened`, which `during()` answers. */

import type { Entry, Page } from "../journal/entry.js";
import { select } from "../journal/select.js";
import { JOURNAL, type Subject } from "../journal/subject.js";
import type { SentWebhook } from "../webhooks/endpoint.js";
import { type Trigger, triggersIn } from "./message.js";

/** What a stretch is cut from. */
export interface Cut {
  page: Page;
  webhooks: readonly SentWebhook[];
  /** The number that marks of the app carry. */
  appId: number;
  /** A reset in between has begun a new page: what came before it is forgotten. */
  from: number;
  /** Where a gateway in this process shows an entry. */
  addressOf?(seq: number): string | undefined;
}

export class Stretch<Result> {
  readonly result: Result;
  readonly from: number;
  readonly to: number;
  readonly entries: readonly Entry[];
  readonly #page: Page;
  readonly #appId: number;
  readonly #webhooks: readonly SentWebhook[];
  readonly #addressOf: Cut["addressOf"];

  constructor({ page, webhooks, appId, from, addressOf }: Cut, result: Result) {
    this.from = from;
    this.to = page.last;
    this.result = result;
    this.entries = page.entries.filter(({ seq }) => seq > from);
    this.#page = page;
    this.#appId = appId;
    this.#addressOf = addressOf;
    this.#webhooks = webhooks.filter(({ seq }) => seq > from && seq <= this.to);
  }

  triggers(): Trigger[] {
    return triggersIn(this.#page, this.from);
  }

  webhooks(): SentWebhook[] {
    return [...this.#webhooks];
  }

  [JOURNAL](): Subject {
    const journal = {
      read: (selection = {}) => select(this.#page, selection),
      watch: () => () => {},
      seq: this.to,
    };
    const app = {
      appId: this.#appId,
      journal,
      idle: () => Promise.resolve(),
      webhooks: () => this.#webhooks,
      addressOf: this.#addressOf,
    };
    return { app, from: this.from, to: this.to };
  }
}
