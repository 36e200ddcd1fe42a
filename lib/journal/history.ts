/** What the journal knows of one client: its connections, its subscriptions, what it has bound, and what of that threw. */

import { USER_CHANNEL } from "../base/user-channel.js";
import type { Binding, ClientState, Entry, Kind, Page } from "./entry.js";
import type { Clients, KnownClient } from "./who.js";

/** Clients without a connection that the broker remembers beyond the ring: of more than that, the oldest are gone. */
const REMEMBERED = 1_000;

/** What begins or ends a subscription. */
const TURNS: ReadonlySet<Kind> = new Set(["subscribed", "signed-in", "left", "closed"]);

/** Milliseconds within which who comes to a channel was late for an event. Who comes later has nothing to do with it. */
const LATE = 10_000;

/** What says who is where. */
export const STEPS: readonly Kind[] = [
  "connected",
  "closed",
  "signed-in",
  "subscribing",
  "subscribed",
  "refused",
  "left",
];

/** What can be the first entry about a client. */
const BEGINNINGS: ReadonlySet<Kind> = new Set(["connected", "bound", "subscribing", "refused"]);

/** One connection of a client. */
export interface ConnectionHistory {
  connection: string | undefined;
  /** Undefined where it was open when the page's memory began. */
  opened?: Entry;
  closed?: Entry;
}

/** Callbacks of one name, as they come and go. */
interface Change extends Pick<Binding, "channel" | "event" | "count"> {
  /** The `seq` up to which events had been taken when it happened: those count the change that come later. */
  taken: number;
  isBound: boolean;
  /** Undefined for what was bound when the page's memory began. */
  entry?: Entry;
}

/** Where a client stood when an event went out. */
export interface Standing {
  isSubscribed: boolean;
  /** Undefined where it is not subscribed. */
  connection: string | undefined;
  /** The latest of the client's steps on the channel that were before. */
  last: Entry | undefined;
}

export class ClientHistory {
  readonly connections: ConnectionHistory[] = [];
  /** `subscribing`, `subscribed`, `refused`, `left`, and what ends a subscription along with its connection, by channel. */
  readonly #steps = new Map<string, Entry[]>();
  /** Those of them that begin or end a subscription. */
  readonly #turns = new Map<string, Entry[]>();
  readonly #changes: Change[] = [];
  /** Those of them that an event is for, by channel and name: asked about once for every event. */
  readonly #heard = new Map<string, readonly Change[]>();
  readonly #threw: Entry[] = [];
  /** Bound on a channel object that hears nothing any more. */
  readonly stale: Entry[] = [];
  readonly #base: ClientState | undefined;
  #first: Kind | undefined;
  /** The channels that it is on while the page is read, with their connections. */
  readonly #on = new Map<string, string | undefined>();

  constructor(base: ClientState | undefined) {
    this.#base = base;
    if (base === undefined) return;
    if (base.isConnected) this.connections.push({ connection: base.connection });
    for (const channel of base.channels) this.#on.set(channel, base.connection);
    if (base.user !== undefined) this.#on.set(USER_CHANNEL + base.user, base.connection);
    for (const binding of base.bindings) this.#changes.push({ ...binding, isBound: true });
  }

  /** The next entry about this client. */
  add(entry: Entry): void {
    const { kind, connection, channel } = entry;
    this.#first ??= kind;
    if (kind === "connected") this.connections.push({ connection, opened: entry });
    else if (kind === "closed") this.#close(entry);
    else if (kind === "bound" || kind === "unbound") this.#change(entry);
    else if (kind === "threw") this.#threw.push(entry);
    else if (kind === "signed-in") this.#subscribed(USER_CHANNEL + entry.user, entry);
    else if (channel === undefined) return;
    else if (kind === "subscribed") this.#subscribed(channel, entry);
    else if (kind === "left") this.#leave(channel, entry);
    else if (kind === "subscribing" || kind === "refused") this.#step(channel, entry);
  }

  /** Whether its first entry may be the very first: a socket that has closed leaves nothing else behind. */
  get isFromItsBeginning(): boolean {
    return this.#first !== undefined && BEGINNINGS.has(this.#first);
  }

  /** All steps on a channel, oldest first. */
  steps(channel: string): readonly Entry[] {
    return this.#steps.get(channel) ?? [];
  }

  /** Whether the client has ever had to do with the channel, as far as is known. */
  knows(channel: string): boolean {
    return this.#steps.has(channel) || this.#wasOn(channel);
  }

  /** Whether it was subscribed to the channel at some time. */
  wasEverOn(channel: string): boolean {
    return this.#turns.has(channel) || this.#wasOn(channel);
  }

  /** Every channel that it was on at some time. */
  get channels(): string[] {
    return [...new Set([...(this.#base?.channels ?? []), ...this.#steps.keys()])];
  }

  /** The subscriptions with which a cache channel gave it the event `seq`. */
  cached(channel: string, seq: number): readonly Entry[] {
    return this.steps(channel).filter(({ cached }) => cached === seq);
  }

  /** Where it stands right before the entry `seq`. */
  at(seq: number, channel: string): Standing {
    const last = lastBefore(this.steps(channel), seq);
    // Who asks anew before the broker has heard that it has left is subscribed still.
    const turn = last && TURNS.has(last.kind) ? last : lastBefore(this.#turns.get(channel) ?? [], seq);
    if (turn === undefined && this.#wasOn(channel)) {
      return { isSubscribed: true, connection: this.#base?.connection, last };
    }
    const isSubscribed = turn?.kind === "subscribed" || turn?.kind === "signed-in";
    return { isSubscribed, connection: isSubscribed ? turn.connection : undefined, last };
  }

  /**
   * Whether an event went by a client that was not on its channel, but had to do with it then: it was connected, and had turned to the
   * channel; it had just been cut off; or it came soon after.
   */
  missed({ seq, t, channel = "" }: Entry): boolean {
    const steps = this.steps(channel);
    if (steps.some((step) => step.seq > seq && step.t - t <= LATE)) return true;
    if (!this.#wasOn(channel) && !steps.some((step) => step.seq < seq)) return false;
    if (this.isConnectedAt(seq) || this.connections.length === 0) return true;
    const closed = this.connectionAt(seq)?.closed;
    if (closed === undefined) return false;
    // A tab that was closed is gone; a client of a test that has let go of its connection may not have meant to.
    return t - closed.t <= LATE && (closed.client !== undefined || closed.by !== "client");
  }

  /** The connection that is open right before the entry `seq`, or the latest one before. */
  connectionAt(seq: number): ConnectionHistory | undefined {
    return this.connections.findLast(({ opened }) => (opened?.seq ?? 0) < seq);
  }

  isConnectedAt(seq: number): boolean {
    return this.connections.some((one) => isOpenAt(one, seq));
  }

  /** The connection of this name, if it is the client's right before the entry `seq`: after its end another may be called so. */
  openAt(seq: number, connection: string): ConnectionHistory | undefined {
    return this.connections.find((one) => one.connection === connection && isOpenAt(one, seq));
  }

  /** What is bound for an event: on its channel, to all events there, and on the client for every channel. */
  changes(channel: string, event: string): readonly Change[] {
    const key = `${channel.length}:${channel}${event}`;
    let changes = this.#heard.get(key);
    if (changes === undefined) {
      changes = this.#changes.filter((change) => hears(change, channel, event));
      this.#heard.set(key, changes);
    }
    return changes;
  }

  /** How many callbacks are called when the event `seq` is taken. */
  boundAt(seq: number, channel: string, event: string): number {
    let bound = 0;
    for (const { taken, isBound, count } of this.changes(channel, event)) {
      if (taken < seq) bound += isBound ? count : -count;
    }
    return Math.max(0, bound);
  }

  /** The latest of what was bound and unbound for an event before it was taken. */
  lastChange(seq: number, channel: string, event: string): Change | undefined {
    return this.changes(channel, event).findLast(({ taken }) => taken < seq);
  }

  /** Names that are bound on the channel, or on the client, when an event is taken. */
  boundNames(channel: string, seq: number): string[] {
    const counts = new Map<string, number>();
    for (const { event, count, isBound, taken, ...on } of this.#changes) {
      if (event === undefined || taken >= seq || !isOn(on.channel, channel)) continue;
      counts.set(event, (counts.get(event) ?? 0) + (isBound ? count : -count));
    }
    return [...counts].filter(([, count]) => count > 0).map(([event]) => event);
  }

  /** What a callback threw when it got the event. */
  threwAt(seq: number): Entry | undefined {
    return this.#threw.find(({ cause }) => cause === seq);
  }

  #wasOn(channel: string): boolean {
    const base = this.#base;
    if (base === undefined) return false;
    return base.channels.includes(channel) || (base.user !== undefined && channel === USER_CHANNEL + base.user);
  }

  #subscribed(channel: string, entry: Entry): void {
    this.#on.set(channel, entry.connection);
    this.#step(channel, entry);
  }

  #leave(channel: string, entry: Entry): void {
    // What ends with its connection has ended when that closed.
    if (entry.by === "close" && this.#on.get(channel) !== entry.connection) return;
    this.#on.delete(channel);
    this.#step(channel, entry);
  }

  #close(entry: Entry): void {
    const open = this.connections.findLast(({ connection }) => connection === entry.connection);
    if (open !== undefined) open.closed ??= entry;
    for (const [channel, connection] of this.#on) {
      if (connection !== entry.connection) continue;
      this.#on.delete(channel);
      this.#step(channel, entry);
    }
  }

  #change(entry: Entry): void {
    const { channel, event, count = 1, taken = 0, stale } = entry;
    if (stale) this.stale.push(entry);
    else this.#changes.push({ channel, event, count, taken, isBound: entry.kind === "bound", entry });
  }

  #step(channel: string, entry: Entry): void {
    push(this.#steps, channel, entry);
    if (TURNS.has(entry.kind)) push(this.#turns, channel, entry);
  }
}

/** Everybody's history in a page. */
export class Histories {
  readonly #histories = new Map<KnownClient, ClientHistory>();
  /** Whether somebody who is not in the page's base was not there before. */
  readonly #isBaseWhole: boolean;
  readonly #isComplete: boolean;

  constructor(page: Page, clients: Clients) {
    this.#isComplete = page.forgotten <= page.start;
    this.#isBaseWhole = page.base.filter(({ isConnected }) => !isConnected).length < REMEMBERED;
    for (const client of clients.all) this.#histories.set(client, new ClientHistory(client.base));
    for (const entry of page.entries) {
      if (entry.connection === undefined && entry.client === undefined) continue;
      const client = clients.of(entry);
      if (client !== undefined) this.of(client).add(entry);
    }
  }

  of(client: KnownClient): ClientHistory {
    const history = this.#histories.get(client);
    if (history !== undefined) return history;
    const empty = new ClientHistory(undefined);
    this.#histories.set(client, empty);
    return empty;
  }

  /** Whether nothing about the client was forgotten since the page began. */
  isWhole(client: KnownClient): boolean {
    if (this.#isComplete) return true;
    return client.base === undefined && this.#isBaseWhole && this.of(client).isFromItsBeginning;
  }
}

/** Whether a callback of this name and place is called for an event. */
export function hears(bound: Pick<Binding, "channel" | "event">, channel: string, event: string): boolean {
  return (bound.event === undefined || bound.event === event) && isOn(bound.channel, channel);
}

function isOpenAt({ opened, closed }: ConnectionHistory, seq: number): boolean {
  return (opened?.seq ?? 0) < seq && (closed?.seq ?? Infinity) > seq;
}

function push(lists: Map<string, Entry[]>, channel: string, entry: Entry): void {
  const list = lists.get(channel);
  if (list === undefined) lists.set(channel, [entry]);
  else list.push(entry);
}

/** The last one before `seq`, in a list that is in order: found by halving, as there may be thousands. */
function lastBefore(entries: readonly Entry[], seq: number): Entry | undefined {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle].seq < seq) low = middle + 1;
    else high = middle;
  }
  return entries[low - 1];
}

/** Whose own channel it is. */
export function userOf(channel: string): string | undefined {
  return channel.startsWith(USER_CHANNEL) ? channel.slice(USER_CHANNEL.length) : undefined;
}

/** The user's own events are bound without the user's id: `pusher.user` outlives a sign-in. */
function isOn(bound: string | undefined, channel: string): boolean {
  return bound === undefined || bound === channel || (bound === USER_CHANNEL && channel.startsWith(USER_CHANNEL));
}
