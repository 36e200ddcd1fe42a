/** A gateway, followed as it writes its journal: the page's source while something runs. */

import { batch, signal } from "@preact/signals";
import type { Entry, Page } from "../journal/entry.js";
import { Exchange, type Query } from "../remote/exchange.js";
import { follow } from "../remote/following.js";
import { isAway, RemoteError } from "../remote/remote-error.js";
import type { NetworkRequest, StateNow, Triggered, TriggerRequest, WebhookNow } from "../remote/shapes.js";
import { People } from "./people.js";
import type { GatewayLink, Link, Source } from "./source.js";
import { isBreak, type Row, EntryTimeline } from "./timeline.js";

/** Milliseconds until it looks again for a gateway that is gone. */
const PAUSE = 1_000;
/** Milliseconds between two looks at who is there, while things happen. */
const STATE_PACE = 250;
/** Milliseconds of silence until it is asked whether it is still there, and how long it may take to say so. */
const SILENCE = 3_000;
const PATIENCE = 5_000;
/** Rows of one frame that are more than anybody reads: then it is drawn so many milliseconds later. */
const MANY = 20;
const LATER = 100;
/** Rows that are shown before the others. */
const FIRST = 300;
/** Characters of data that rows have. */
const BEGINNING = 2_048;

const TOKEN = "pushrig-token";

export class Live implements Source, GatewayLink {
  readonly people = new People();
  readonly timeline = new EntryTimeline(this.people);
  readonly link = signal<Link>("connecting");
  readonly trouble = signal("");
  readonly state = signal<StateNow | undefined>(undefined);
  readonly webhooks = signal<readonly WebhookNow[]>([]);
  readonly version = signal(0);
  readonly base: string;
  #exchange: Exchange;
  #app: string | undefined;
  #stop = new AbortController();
  #arrived: Row[] = [];
  #startedAt: number | undefined;
  #date = 0;
  #isLooking = false;
  /** What was drawn last were many rows. */
  #isBusy = false;
  /** Something has come by the stream since this was last asked. */
  #isHeard = false;
  /** Something has happened that the state does not have. */
  #isStale = false;

  /** @param app the id of the app that is asked for */
  constructor(base: string, app?: string) {
    this.base = base;
    this.#app = app;
    this.#exchange = this.#connect();
  }

  get gateway(): GatewayLink {
    return this;
  }

  get date(): number {
    return this.#date;
  }

  get app(): string | undefined {
    return this.#app;
  }

  get hasToken(): boolean {
    return sessionStorage.getItem(TOKEN) !== null;
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
    sessionStorage.setItem(TOKEN, token);
    this.#again();
  }

  journal(): Promise<Page> {
    return this.#journal({ data: false });
  }

  async whole(entry: Entry): Promise<Entry> {
    const { seq, channel, data = "", kind } = entry;
    if (data.length < BEGINNING) return entry;
    const { entries } = await this.#journal({ after: seq - 1, limit: 1, channel, kinds: [kind] });
    return entries.find((one) => one.seq === seq) ?? entry;
  }

  async trigger(request: TriggerRequest): Promise<Triggered> {
    return (await this.#exchange.post("trigger", request)) as Triggered;
  }

  async change(request: NetworkRequest): Promise<void> {
    await this.#exchange.post("network", request);
  }

  async sendAgain(id: number): Promise<WebhookNow> {
    return ((await this.#exchange.post(`webhooks/${id}/send`, {})) as { webhook: WebhookNow }).webhook;
  }

  async restart(): Promise<void> {
    const { startedAt } = (await this.#exchange.post("restart", {})) as { startedAt: number };
    await this.#exchange.untilBack(startedAt);
  }

  look(): void {
    this.#isStale = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    // What comes while it looks it may not have seen.
    setTimeout(() => {
      this.#isStale = false;
      void this.#look().finally(() => {
        this.#isLooking = false;
        if (this.#isStale) this.look();
      });
    }, STATE_PACE);
  }

  changed(): void {
    this.version.value += 1;
  }

  async #look(): Promise<void> {
    const exchange = this.#exchange;
    try {
      const [state, webhooks] = await this.#now();
      if (exchange !== this.#exchange) return;
      const { startedAt } = state.gateway;
      batch(() => {
        // So quickly that the stream has gone on.
        if (this.link.value === "live" && this.#startedAt !== startedAt) {
          this.#startedAt = startedAt;
          this.#take([{ kind: "back", after: this.timeline.last, text: "The gateway was restarted." }]);
          this.changed();
        }
        this.state.value = state;
        this.webhooks.value = webhooks;
      });
    } catch {
      // The stream says it too, and what is to be done.
    }
  }

  #now(): Promise<[StateNow, WebhookNow[]]> {
    const exchange = this.#exchange;
    const webhooks = exchange.get("webhooks") as Promise<{ webhooks: WebhookNow[] }>;
    return Promise.all([exchange.get("state") as Promise<StateNow>, webhooks.then((answer) => answer.webhooks)]);
  }

  async #journal(selection: Query): Promise<Page> {
    return (await this.#exchange.get("journal", selection)) as Page;
  }

  #connect(): Exchange {
    const token = sessionStorage.getItem(TOKEN) ?? undefined;
    return new Exchange(this.base, { token, app: this.#app });
  }

  #again(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#exchange = this.#connect();
    this.timeline.clear();
    this.people.begin();
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
        this.#flush();
        if (this.#fail(error)) return;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  /** Reads what is there; after an interruption, what was missed. */
  async #begin(stop: AbortSignal): Promise<void> {
    const { timeline } = this;
    const [state, webhooks] = await this.#now();
    const isOther = this.#startedAt !== undefined && this.#startedAt !== state.gateway.startedAt;
    const { last } = timeline;
    // A gateway that was started anew by the same process goes on with its journal.
    const goesOn = this.#startedAt !== undefined && last >= state.start && last <= state.seq;
    const page = goesOn ? await this.#journal({ beginning: BEGINNING, after: last }) : undefined;
    if (stop.aborted) return;
    const isSame = page !== undefined && page.date === this.#date && page.start <= last && last <= page.last;
    const wasAway = this.#startedAt !== undefined;
    if (isSame) {
      if (page.forgotten > last) this.#take([missed(last, page.forgotten)]);
      else if (wasAway) this.#take([back(last, page.entries.length, isOther)]);
      this.#take(page.entries);
    } else {
      // The latest rows first: all of them take a moment.
      if (state.seq - state.start > FIRST) {
        this.#show(await this.#journal({ beginning: BEGINNING, after: state.seq - FIRST }), false);
        if (stop.aborted) return;
      }
      const whole = await this.#journal({ beginning: BEGINNING });
      if (stop.aborted) return;
      this.#show(whole, wasAway);
    }
    batch(() => {
      this.#startedAt = state.gateway.startedAt;
      this.state.value = state;
      this.webhooks.value = webhooks;
      this.link.value = "live";
      this.trouble.value = "";
      this.changed();
    });
    // The state was read before the journal.
    this.look();
  }

  #show({ base, forgotten, start, date, entries }: Page, isAnew: boolean): void {
    this.people.begin(base);
    this.timeline.begin([], forgotten, start);
    if (isAnew) this.#take([{ kind: "back", after: start, text: ANEW }]);
    this.#take(entries);
    this.#date = date;
    this.changed();
  }

  async #follow(stop: AbortSignal): Promise<void> {
    const left = new AbortController();
    const signal = AbortSignal.any([stop, left.signal]);
    void this.#watch(left);
    try {
      await this.#read(signal);
      if (left.signal.aborted && !stop.aborted) throw left.signal.reason;
    } finally {
      left.abort();
    }
  }

  /** A process that is stopped keeps its connections: while nothing comes, it is asked whether it is there. */
  async #watch(left: AbortController): Promise<void> {
    const { signal } = left;
    while (!signal.aborted) {
      this.#isHeard = false;
      await new Promise((resolve) => setTimeout(resolve, SILENCE));
      if (this.#isHeard || signal.aborted) continue;
      const asked = this.#exchange.get("journal", { kinds: [], data: false }, signal, PATIENCE);
      await asked.catch((error: unknown) => left.abort(error));
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const following = { after: this.timeline.last, beginning: BEGINNING, signal, patience: 0 };
    for await (const followed of follow(this.#exchange, following)) {
      this.#isHeard = true;
      if (followed.type === "entry") {
        this.#arrived.push(followed.entry);
      } else if (followed.type === "gap") {
        this.#arrived.push(missed(followed.from - 1, followed.to));
      } else if (followed.type === "reset") {
        this.#arrived = [];
        this.timeline.clear(followed.start);
        this.people.reset();
        this.#arrived.push({ kind: "reset", after: followed.start, text: "reset() began a new page." });
      }
      if (this.#arrived.length === 1) this.#wait();
    }
  }

  /** Rows of one frame are drawn at once, and of several where there are many: at thousands of events a second the page stays free. */
  #wait(): void {
    // Tabs in the background have no frames, and go on receiving.
    if (this.#isBusy || document.hidden) setTimeout(() => this.#flush(), LATER);
    else requestAnimationFrame(() => this.#flush());
  }

  #flush(): void {
    if (this.#arrived.length === 0) return;
    const arrived = this.#arrived;
    this.#arrived = [];
    this.#isBusy = arrived.length > MANY;
    this.#take(arrived);
    this.changed();
    if (arrived.some(changesState)) this.look();
  }

  #take(rows: readonly Row[]): void {
    const { timeline, people } = this;
    let isChanged = false;
    for (const row of rows) if (!isBreak(row) && row.seq > timeline.last && people.take(row)) isChanged = true;
    timeline.add(rows);
    if (isChanged) timeline.filterAgain();
  }

  /** Whether it is to be left at that. */
  #fail(error: unknown): boolean {
    const text = error instanceof Error ? error.message : String(error);
    const code = error instanceof RemoteError ? error.code : undefined;
    const isKeptOut = code === "unauthorized" || code === "forbidden";
    // Without a code: a stream that was cut.
    const isGone = code === undefined || code === "no-answer" || isAway(error);
    batch(() => {
      this.link.value = isKeptOut ? "token" : isGone ? "away" : "failed";
      this.trouble.value = text.replace(/^pushrig: /, "");
    });
    return isKeptOut;
  }
}

const ANEW = "Another gateway answers here now. What the one before knew is gone.";

/** What happens to who is there, to faults and to webhooks; of events, those that a cache channel keeps. */
function changesState(row: Row): boolean {
  if (isBreak(row)) return true;
  const { kind, channel = "" } = row;
  if (kind === "triggered") return channel.includes("cache-");
  return kind !== "client-event" && kind !== "bound" && kind !== "unbound" && kind !== "request";
}

function missed(from: number, to: number): Row {
  const text = `${count(to - from)} came too fast and were forgotten: #${from + 1} to #${to}.`;
  return { kind: "missed", after: from, text };
}

function back(after: number, between: number, isRestarted: boolean): Row {
  const text = `The gateway is ${isRestarted ? "back after a restart" : "back"}: ${count(between)} meanwhile.`;
  return { kind: "back", after, text };
}

function count(entries: number): string {
  return entries === 1 ? "1 entry" : `${entries.toLocaleString("en")} entries`;
}
