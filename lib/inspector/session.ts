/** The page's link to its gateway: what it knows of it, and what it asks of it. */

import { batch, signal } from "@preact/signals";
import type { Page } from "../journal/entry.js";
import { Remote } from "../remote/remote.js";
import { RemoteError } from "../remote/remote-error.js";
import type { StateNow, TriggerRequest, WebhookNow } from "../remote/shapes.js";
import { type Row, Timeline } from "./timeline.js";

/** Milliseconds until it looks again for a gateway that is gone. */
const PAUSE = 1_000;
/** Milliseconds between two looks at who is there, while things happen. */
const STATE_PACE = 250;

export type Link = "connecting" | "live" | "away" | "token" | "failed";

export class Session {
  readonly timeline = new Timeline();
  readonly link = signal<Link>("connecting");
  /** Why it is not live. */
  readonly trouble = signal("");
  readonly state = signal<StateNow | undefined>(undefined);
  readonly webhooks = signal<readonly WebhookNow[]>([]);
  /** Goes up whenever rows have come; views that show rows read it. */
  readonly version = signal(0);
  readonly base: string;
  #remote: Remote;
  #app: string | undefined;
  #stop = new AbortController();
  #arrived: Row[] = [];
  #startedAt: number | undefined;
  #date = 0;
  #looking: ReturnType<typeof setTimeout> | undefined;

  constructor(base: string) {
    this.base = base;
    this.#remote = this.#connect();
  }

  get remote(): Remote {
    return this.#remote;
  }

  /** `Date.now()` where the journal's time is 0. */
  get date(): number {
    return this.#date;
  }

  get app(): string | undefined {
    return this.#app;
  }

  /** Follows the journal until another app, or another token, is chosen. */
  start(): void {
    void this.#run(this.#stop.signal);
  }

  chooseApp(id: string): void {
    this.#app = id;
    this.#again();
  }

  useToken(token: string): void {
    sessionStorage.setItem("pushrig-token", token);
    this.#again();
  }

  /** A page of the journal as it is now, without data: what `why()` is computed from. */
  journal(): Promise<Page> {
    return this.#remote.journal({ data: false });
  }

  trigger({ channel, to, event, data, as, socketId }: TriggerRequest): Promise<{ seq: number }> {
    if (to !== undefined) return this.#remote.sendToUser(to, event, data);
    return this.#remote.trigger(channel ?? "", event, data, { as, socketId });
  }

  async restore(id: number): Promise<void> {
    await this.#remote.network.restoreOne(id);
  }

  /** Looks at who is there, soon and once. */
  look(): void {
    this.#looking ??= setTimeout(() => {
      this.#looking = undefined;
      const { aborted } = this.#stop.signal;
      const remote = this.#remote;
      Promise.all([remote.state(), remote.webhooks()]).then(
        ([state, webhooks]) => {
          if (aborted || remote !== this.#remote) return;
          batch(() => {
            this.state.value = state;
            this.webhooks.value = webhooks;
          });
        },
        // The stream says it too, and what is to be done.
        () => undefined,
      );
    }, STATE_PACE);
  }

  changed(): void {
    this.version.value += 1;
  }

  #connect(): Remote {
    const token = sessionStorage.getItem("pushrig-token") ?? undefined;
    return new Remote(this.base, { token, app: this.#app });
  }

  #again(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#remote = this.#connect();
    this.timeline.clear();
    this.#startedAt = undefined;
    this.#arrived = [];
    this.link.value = "connecting";
    this.start();
  }

  async #run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      try {
        await this.#begin(stop);
        await this.#follow(stop);
      } catch (error) {
        if (stop.aborted) return;
        if (this.#fail(error)) return;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  /** Reads what is there; after an interruption, what was missed. */
  async #begin(stop: AbortSignal): Promise<void> {
    const { timeline } = this;
    const state = await this.#remote.state();
    const webhooks = await this.#remote.webhooks();
    const isNew = this.#startedAt !== state.gateway.startedAt;
    const wasAway = this.link.value === "away";
    const { last } = timeline;
    const page = await this.#remote.journal(isNew || last < state.start ? {} : { after: last });
    if (stop.aborted) return;
    this.#date = page.date;
    if (isNew || last < page.start || last > page.last) {
      timeline.begin(page.entries, page.forgotten, page.start);
      if (wasAway)
        timeline.add([{ kind: "back", after: 0, text: "The gateway was started anew. What it knew before is gone." }]);
    } else {
      if (page.forgotten > last) timeline.add([missed(last, page.forgotten)]);
      if (wasAway)
        timeline.add([{ kind: "back", after: last, text: `Back again: ${count(page.entries.length)} in between.` }]);
      timeline.add(page.entries);
    }
    batch(() => {
      this.#startedAt = state.gateway.startedAt;
      this.state.value = state;
      this.webhooks.value = webhooks;
      this.link.value = "live";
      this.trouble.value = "";
      this.changed();
    });
  }

  async #follow(stop: AbortSignal): Promise<void> {
    const following = { after: this.timeline.last, signal: stop, patience: 0 };
    for await (const followed of this.#remote.events(following)) {
      if (followed.type === "entry") {
        this.#arrived.push(followed.entry);
      } else if (followed.type === "gap") {
        this.#arrived.push(missed(followed.from, followed.to));
      } else {
        this.#flush();
        this.timeline.clear();
        this.#arrived.push({ kind: "reset", after: followed.start, text: "reset() began a new page." });
      }
      if (this.#arrived.length === 1) requestFrame(() => this.#flush());
    }
  }

  /** Rows of one frame at once: at thousands of events a second the page stays free. */
  #flush(): void {
    if (this.#arrived.length === 0) return;
    this.timeline.add(this.#arrived);
    this.#arrived = [];
    this.changed();
    this.look();
  }

  /** Whether it is to be left at that. */
  #fail(error: unknown): boolean {
    const text = error instanceof Error ? error.message : String(error);
    const code = error instanceof RemoteError ? error.code : "no-gateway";
    const isKeptOut = code === "unauthorized" || code === "forbidden";
    const isAway = code === "no-gateway" || code === "no-answer";
    batch(() => {
      this.link.value = isKeptOut ? "token" : isAway ? "away" : "failed";
      this.trouble.value = text.replace(/^pushrig: /, "");
    });
    return isKeptOut;
  }
}

/** Tabs in the background have no frames, and go on receiving. */
function requestFrame(callback: () => void): void {
  if (document.hidden) setTimeout(callback, 100);
  else requestAnimationFrame(callback);
}

function missed(from: number, to: number): Row {
  return {
    kind: "missed",
    after: from,
    text: `${count(to - from)} came too fast and were forgotten (#${from + 1} to #${to}).`,
  };
}

function count(entries: number): string {
  return entries === 1 ? "1 entry" : `${entries.toLocaleString("en")} entries`;
}
