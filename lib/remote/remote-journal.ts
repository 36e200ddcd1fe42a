/** An app of a gateway as matchers look at it: a copy of its journal, which is brought up to date when somebody asks. Safe in browsers. */

import { realTimers } from "../base/fakes.js";
import type { Entry, Page } from "../journal/entry.js";
import type { Mark } from "../journal/question.js";
import { select } from "../journal/select.js";
import type { JournalSource, WaitOptions, WatchedApp, WebhookSeen } from "../journal/subject.js";

/** How the gateway is asked: a `Remote`, or what asks for a page of Vitest's browser mode. */
export interface JournalRoutes {
  journal(): Promise<Page>;
  webhooks(): Promise<readonly WebhookSeen[]>;
  mark(): Promise<Mark>;
  idle(options: WaitOptions): Promise<unknown>;
}

/** Milliseconds between two looks while somebody waits. */
const INTERVAL = 10;

const NOTHING: Page = {
  start: 0,
  forgotten: 0,
  last: 0,
  date: 0,
  base: [],
  before: [],
  taken: {},
  entries: [] as Entry[],
};

export class RemoteJournal implements WatchedApp {
  /** The number that its marks carry. */
  appId = 0;
  readonly #routes: JournalRoutes;
  #page = NOTHING;
  #webhooks: readonly WebhookSeen[] = [];
  readonly #watchers = new Set<() => void>();
  #timer: ReturnType<typeof realTimers.setInterval> | undefined;
  #refreshing: Promise<void> | undefined;

  readonly journal: JournalSource = {
    read: (selection = {}) => select(this.#page, selection),
    watch: (onNew) => this.#watch(onNew),
    seq: 0,
  };

  constructor(routes: JournalRoutes) {
    this.#routes = routes;
    Object.defineProperty(this.journal, "seq", { get: () => this.#page.last });
  }

  /** Reads the journal, and what was sent of webhooks if that is asked for. */
  async refresh({ webhooks = false } = {}): Promise<void> {
    if (webhooks) this.#webhooks = await this.#routes.webhooks();
    this.#page = await this.#routes.journal();
  }

  /** The place behind all that has happened so far. */
  async mark(): Promise<Mark> {
    const mark = await this.#routes.mark();
    this.appId = mark.app;
    return mark;
  }

  async idle(options: WaitOptions = {}): Promise<void> {
    await this.#routes.idle(options);
    await this.refresh();
  }

  webhooks(): readonly WebhookSeen[] {
    return this.#webhooks;
  }

  #watch(onNew: () => void): () => void {
    this.#watchers.add(onNew);
    this.#timer ??= realTimers.setInterval(() => void this.#look(), INTERVAL);
    return () => {
      this.#watchers.delete(onNew);
      if (this.#watchers.size > 0) return;
      realTimers.clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  /** Calls who watches, also when there is no entry: that something has arrived is none. */
  #look(): Promise<void> {
    this.#refreshing ??= this.refresh()
      // Who waits says in the end that it has not come.
      .catch(() => {})
      .then(() => {
        this.#refreshing = undefined;
        for (const tell of this.#watchers) tell();
      });
    return this.#refreshing;
  }
}
