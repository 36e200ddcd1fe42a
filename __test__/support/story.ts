/**
 * A made-up history of an app, with a model that knows all of it: what became of every event at every client is noted while it
 * happens. The journal knows what its ring holds, and who was there before that.
 */

import type { Binding, ClientState, Entry, Page } from "../../lib/journal/entry.js";
import type { Reason } from "../../lib/journal/question.js";

export const CHANNELS = ["a", "b"] as const;
export const EVENTS = ["x", "y"] as const;

/** One thing that happens. Numbers pick a client, a channel, a name; what makes no sense at the moment does not happen. */
export type Happening =
  | { do: "connect" | "close"; who: number }
  | { do: "ask" | "answer" | "refuse" | "leave"; who: number; channel: number }
  | { do: "bind" | "unbind"; who: number; channel: number | undefined; event: number | undefined }
  | { do: "trigger"; channel: number; event: number; except: number | undefined; isSlow: boolean }
  | { do: "send"; who: number; channel: number; event: number; isSlow: boolean }
  | { do: "reject"; channel: number; event: number }
  | { do: "take"; who: number; count: number; throws: boolean }
  | { do: "reset" };

type Of<What extends Happening["do"]> = Extract<Happening, { do: What }>;

interface Callbacks {
  channel?: string;
  event?: string;
  count: number;
  taken: number;
}

interface Change {
  seq: number;
  channel: string | undefined;
  event: string | undefined;
  isBound: boolean;
  byUnsubscribe: boolean;
}

type Status = "none" | "asked" | "refused" | "on" | "left" | "cut";

/** What became of one event at one client. */
interface Fate {
  channel: string;
  status: Status;
  statusSeq: number;
  isConnected: boolean;
  isExcluded: boolean;
  connection: string | undefined;
  arrival?: { count: number; last: Change | undefined; threw: boolean };
  isCutOff: boolean;
  answer?: "on" | "refused";
  hasAsked: boolean;
  boundLater: boolean;
}

/** A mock client, or one socket. */
interface Somebody {
  number: number | undefined;
  name: string | undefined;
  /** Who asks about it. */
  who: string;
  connection: string | undefined;
  isConnected: boolean;
  channels: string[];
  status: Map<string, { status: Status; seq: number }>;
  callbacks: Callbacks[];
  changes: Change[];
  flight: Entry[];
  fates: Map<number, Fate>;
  /** The first entry about it on this page. */
  first: number;
  wasThereAtStart: boolean;
  before: ClientState | undefined;
}

export class Story {
  readonly #entries: Entry[] = [];
  #people: Somebody[] = [];
  readonly #slots: Array<Somebody | undefined> = [];
  #start = 0;
  #atStart: ClientState[] = [];
  #before: ClientState[] = [];
  #connections = 0;
  #seq = 0;

  /** Clients 0 and 1 are mock clients; 2 is a socket, a new one each time. */
  constructor() {
    for (const number of [1, 2]) this.#slots.push(this.#appear(number));
    this.#slots.push(undefined);
  }

  get events(): Entry[] {
    return this.#entries.filter(({ kind }) => kind === "triggered" || kind === "client-event" || kind === "rejected");
  }

  /** Who may be asked about. */
  get clients(): string[] {
    return this.#people.filter((one) => isMentioned(one)).map(({ who }) => who);
  }

  get start(): number {
    return this.#start;
  }

  get last(): number {
    return this.#seq;
  }

  happen(one: Happening): void {
    const somebody = "who" in one ? this.#slots[one.who] : undefined;
    switch (one.do) {
      case "reset":
        return this.#reset();
      case "trigger":
        return this.#trigger(one);
      case "reject":
        return this.#publish({ kind: "rejected", channel: CHANNELS[one.channel], event: EVENTS[one.event], code: 413 });
      case "connect":
        return this.#connect(one.who);
      case "close":
        return somebody && this.#close(somebody);
      case "bind":
      case "unbind":
        return somebody && this.#bind(somebody, one);
      case "send":
        return somebody && this.#send(somebody, one);
      case "take":
        return somebody && this.#take(somebody, one.count, one.throws);
      default:
        return somebody && this.#subscribe(somebody, one.do, CHANNELS[one.channel]);
    }
  }

  /** The page as a journal knows it whose ring holds so many entries. */
  page(size: number): Page {
    const kept = this.#entries.slice(-size);
    const dropped = this.#entries.slice(0, this.#entries.length - kept.length);
    return {
      start: this.#start,
      forgotten: this.#start + dropped.length,
      last: this.#seq,
      date: 0,
      base: fold(this.#atStart, dropped),
      before: this.#before,
      taken: Object.fromEntries(this.#people.flatMap(untaken)),
      entries: kept,
    };
  }

  /** What the model says of an event and a client, while the journal knows nothing up to `forgotten`. */
  verdict(event: Entry, who: string, forgotten: number): Reason {
    if (event.seq <= forgotten) return "forgotten";
    const somebody = this.#people.findLast((one) => one.who === who)!;
    const fate = somebody.fates.get(event.seq)!;
    const isKnown = forgotten <= this.#start || (!somebody.wasThereAtStart && somebody.first > forgotten);
    // A socket that is gone is gone from the base, too.
    const isOutOfSight =
      somebody.number === undefined && !isKnown && !somebody.isConnected && this.#closedAt(somebody) <= forgotten;
    if (event.kind === "rejected") return "rejected";
    if (isOutOfSight) return "forgotten";
    if (fate.isExcluded) return "excluded";
    return fate.status === "on"
      ? this.#reached(event, somebody, fate, forgotten, isKnown)
      : this.#missed(event, somebody, fate, forgotten, isKnown);
  }

  #reached(event: Entry, somebody: Somebody, fate: Fate, forgotten: number, isKnown: boolean): Reason {
    if (fate.isCutOff) return "not-connected";
    const arrival = fate.arrival ?? { ...bound(somebody, event), threw: false };
    const { count, last } = arrival;
    if (somebody.number !== undefined && count === 0 && last?.byUnsubscribe && last.seq > event.seq)
      return "left-before";
    if (fate.arrival === undefined) return "under-way";
    if (somebody.number === undefined) return "received";
    if (count > 0) return arrival.threw ? "callback-threw" : "received";
    if (last !== undefined && last.seq > forgotten) return "unbound-before";
    if (last !== undefined || !isKnown) return "forgotten";
    if (fate.boundLater) return "bound-later";
    const wasBound = somebody.before?.bindings.some(
      (one) => one.channel === event.channel && (one.event === undefined || one.event === event.event),
    );
    return wasBound ? "reset-between" : "never-bound";
  }

  #missed(event: Entry, somebody: Somebody, fate: Fate, forgotten: number, isKnown: boolean): Reason {
    const { status, answer } = fate;
    if (status === "none" ? !isKnown : fate.statusSeq <= forgotten) return "forgotten";
    if (status === "left") return "left-before";
    if (status === "cut" && !fate.isConnected) return "not-connected";
    if (status === "cut" && answer === undefined && !fate.hasAsked) return "left-before";
    if (status === "refused" || answer === "refused") return "subscription-refused";
    if (answer === "on") return "subscribed-later";
    if ((status === "asked" || fate.hasAsked) && (fate.isConnected || somebody.isConnected))
      return "subscription-pending";
    if (somebody.before?.channels.includes(event.channel!)) return "reset-between";
    return fate.isConnected ? "never-subscribed" : "not-connected";
  }

  #closedAt(somebody: Somebody): number {
    return (
      this.#entries.findLast(({ kind, connection }) => kind === "closed" && connection === somebody.connection)?.seq ??
      Infinity
    );
  }

  #appear(number: number | undefined, connection?: string): Somebody {
    const name = number === undefined ? undefined : `client ${number}`;
    const somebody: Somebody = {
      number,
      name,
      who: name ?? connection!,
      connection,
      isConnected: false,
      channels: [],
      status: new Map(),
      callbacks: [],
      changes: [],
      flight: [],
      fates: new Map(),
      first: Infinity,
      wasThereAtStart: false,
      before: undefined,
    };
    this.#people.push(somebody);
    for (const event of this.events) somebody.fates.set(event.seq, fateOf(somebody, event));
    return somebody;
  }

  #write(entry: Omit<Entry, "seq" | "t">, somebody?: Somebody): Entry {
    this.#seq += 1;
    const about = somebody && {
      client: somebody.number,
      ...(somebody.isConnected && { connection: somebody.connection }),
    };
    const written = { seq: this.#seq, t: this.#seq, ...about, ...entry };
    if (somebody !== undefined) somebody.first = Math.min(somebody.first, this.#seq);
    this.#entries.push(written);
    return written;
  }

  #connect(slot: number): void {
    const known = this.#slots[slot];
    if (known?.isConnected) return;
    this.#connections += 1;
    const connection = slot === 2 ? `${this.#connections}.1` : `connection-${this.#connections}`;
    const somebody = known?.number === undefined ? this.#appear(undefined, connection) : known;
    this.#slots[slot] = somebody;
    somebody.connection = connection;
    somebody.isConnected = true;
    this.#write({ kind: "connected", door: slot === 2 ? "socket" : "process", name: somebody.name }, somebody);
  }

  #close(somebody: Somebody): void {
    if (!somebody.isConnected) return;
    const { seq } = this.#write({ kind: "closed", code: 1006, taken: takenBy(somebody, this.#seq) }, somebody);
    somebody.isConnected = false;
    for (const { seq } of somebody.flight) somebody.fates.get(seq)!.isCutOff = true;
    somebody.flight = [];
    for (const channel of somebody.channels) {
      somebody.status.set(channel, { status: "cut", seq });
      this.#write({ kind: "left", by: "close", cause: seq, channel, connection: somebody.connection }, somebody);
    }
    somebody.channels = [];
  }

  #subscribe(somebody: Somebody, what: "ask" | "answer" | "refuse" | "leave", channel: string): void {
    const isOn = somebody.channels.includes(channel);
    if (what === "leave" ? !isOn : isOn && what !== "ask") return;
    const later = [...somebody.fates].filter(([, fate]) => fate.channel === channel).map(([, fate]) => fate);
    if (what === "ask") {
      // Before that it has no name in the journal.
      if (somebody.number === undefined || somebody.connection === undefined) return;
      const { seq } = this.#write({ kind: "subscribing", channel }, somebody);
      // Who asks anew is on it still.
      if (!isOn) somebody.status.set(channel, { status: "asked", seq });
      for (const fate of later) fate.hasAsked = true;
      return;
    }
    if (!somebody.isConnected) return;
    if (what === "leave") {
      this.#letGo(somebody, channel);
      const { seq } = this.#write({ kind: "left", by: "unsubscribe", channel }, somebody);
      somebody.channels = somebody.channels.filter((on) => on !== channel);
      somebody.status.set(channel, { status: "left", seq });
      return;
    }
    const status = what === "answer" ? "on" : "refused";
    const { seq } = this.#write({ kind: what === "answer" ? "subscribed" : "refused", channel }, somebody);
    somebody.status.set(channel, { status, seq });
    if (status === "on") somebody.channels.push(channel);
    for (const fate of later) fate.answer ??= status;
  }

  /** What was bound on a channel object goes with it. */
  #letGo(somebody: Somebody, channel: string): void {
    for (const { event, count, ...on } of somebody.callbacks.filter((one) => one.channel === channel)) {
      const { seq } = this.#write(
        { kind: "unbound", channel: on.channel, event, count, by: "unsubscribe", taken: takenBy(somebody, this.#seq) },
        somebody,
      );
      somebody.changes.push({ seq, channel, event, isBound: false, byUnsubscribe: true });
    }
    somebody.callbacks = somebody.callbacks.filter((one) => one.channel !== channel);
  }

  #bind(somebody: Somebody, { do: what, ...on }: Of<"bind" | "unbind">): void {
    if (somebody.number === undefined) return;
    const channel = on.channel === undefined ? undefined : CHANNELS[on.channel];
    const event = on.event === undefined ? undefined : EVENTS[on.event];
    const known = somebody.callbacks.find((one) => one.channel === channel && one.event === event);
    if (what === "unbind" && known === undefined) return;
    const taken = takenBy(somebody, this.#seq);
    const isBound = what === "bind";
    const name = somebody.isConnected ? undefined : somebody.name;
    const { seq } = this.#write({ kind: isBound ? "bound" : "unbound", channel, event, taken, name }, somebody);
    somebody.changes.push({ seq, channel, event, isBound, byUnsubscribe: false });
    if (known === undefined) somebody.callbacks.push({ channel, event, count: 1, taken });
    else known.count += isBound ? 1 : -1;
    somebody.callbacks = somebody.callbacks.filter(({ count }) => count > 0);
    if (!isBound) return;
    for (const [seq, fate] of somebody.fates) {
      const published = this.#entries.find((entry) => entry.seq === seq)!;
      if (fate.arrival?.count === 0 && hears({ channel, event }, published)) fate.boundLater = true;
    }
  }

  #trigger({ channel, event, except, isSlow }: Of<"trigger">): void {
    const excepted = except === undefined ? undefined : this.#slots[except];
    const connection = excepted?.isConnected ? excepted.connection : undefined;
    this.#publish({ kind: "triggered", channel: CHANNELS[channel], event: EVENTS[event], except: connection }, isSlow);
  }

  #send(somebody: Somebody, { channel, event, isSlow }: Of<"send">): void {
    const name = CHANNELS[channel];
    if (!somebody.channels.includes(name)) return;
    this.#publish({ kind: "client-event", channel: name, event: EVENTS[event] }, isSlow, somebody);
  }

  #publish(what: Omit<Entry, "seq" | "t">, isSlow = false, sender?: Somebody): void {
    const entry = this.#write({ ...what, data: `{"n":${this.#seq + 1}}` }, sender);
    for (const somebody of this.#people) {
      const fate = fateOf(somebody, entry);
      somebody.fates.set(entry.seq, fate);
      const isMeant = entry.kind !== "rejected" && fate.status === "on" && !fate.isExcluded;
      if (isMeant) somebody.flight.push(entry);
    }
    if (!isSlow) for (const somebody of this.#people) this.#take(somebody, Infinity, false);
  }

  #take(somebody: Somebody, count: number, throws: boolean): void {
    for (const event of somebody.flight.splice(0, count)) {
      const arrival = bound(somebody, event);
      const threw = throws && arrival.count > 0;
      somebody.fates.get(event.seq)!.arrival = { ...arrival, threw };
      if (threw) {
        this.#write(
          { kind: "threw", channel: event.channel, event: event.event, cause: event.seq, text: "Error" },
          somebody,
        );
      }
    }
  }

  #reset(): void {
    const there = this.#people.filter((one) => isMentioned(one) && (one.number !== undefined || one.isConnected));
    const hasContent = this.#entries.length > 0;
    if (hasContent) this.#before = there.map(stateOf);
    this.#seq += 1;
    this.#start = this.#seq;
    this.#entries.length = 0;
    for (const somebody of this.#people) {
      if (hasContent) somebody.before = this.#before.find((state) => isSame(state, somebody));
      somebody.channels = [];
      somebody.status.clear();
      somebody.callbacks = somebody.callbacks.filter(({ channel }) => channel === undefined);
      somebody.changes = [];
      somebody.flight = [];
      somebody.fates.clear();
      somebody.wasThereAtStart = isMentioned(somebody);
      somebody.first = Infinity;
      if (somebody.number === undefined) continue;
      somebody.isConnected = false;
      somebody.connection = undefined;
    }
    this.#people = this.#people.filter((one) => one.number !== undefined || one.isConnected);
    if (this.#slots[2]?.isConnected === false) this.#slots[2] = undefined;
    this.#atStart = this.#people.filter((one) => one.wasThereAtStart).map(stateOf);
  }
}

function fateOf(somebody: Somebody, { channel, connection, except, kind }: Entry): Fate {
  const { status, seq } = somebody.status.get(channel!) ?? { status: "none", seq: 0 };
  const sender = kind === "client-event" ? connection : except;
  return {
    channel: channel!,
    status,
    statusSeq: seq,
    isConnected: somebody.isConnected,
    isExcluded: sender !== undefined && sender === somebody.connection,
    connection: somebody.connection,
    isCutOff: false,
    hasAsked: false,
    boundLater: false,
  };
}

/** Whether the journal has ever heard of it. */
function isMentioned({ first, wasThereAtStart }: Somebody): boolean {
  return wasThereAtStart || first < Infinity;
}

function isSame(state: ClientState, { number, connection }: Somebody): boolean {
  return number === undefined ? state.connection === connection : state.client === number;
}

function takenBy({ flight }: Somebody, latest: number): number {
  return flight.length > 0 ? flight[0].seq - 1 : latest;
}

function untaken({ flight, connection }: Somebody): Array<[connection: string, seq: number]> {
  return flight.length > 0 ? [[connection!, flight[0].seq - 1]] : [];
}

function hears({ channel, event }: Pick<Binding, "channel" | "event">, published: Entry): boolean {
  return (channel ?? published.channel) === published.channel && (event ?? published.event) === published.event;
}

/** What is bound for an event at this moment, and the latest that was bound or unbound for it. */
function bound(somebody: Somebody, event: Entry): { count: number; last: Change | undefined } {
  const count = somebody.callbacks.filter((one) => hears(one, event)).reduce((sum, one) => sum + one.count, 0);
  return { count, last: somebody.changes.findLast((change) => hears(change, event)) };
}

function stateOf({ number, name, connection, isConnected, channels, callbacks }: Somebody): ClientState {
  const door = number === undefined ? "socket" : "process";
  const bindings = callbacks.map((one) => ({ ...one }));
  return { client: number, connection, name, door, isConnected, channels: [...channels], bindings };
}

/** What is left of entries that are forgotten, as `src/broker/journal/state.rs` says. */
function fold(atStart: readonly ClientState[], entries: readonly Entry[]): ClientState[] {
  const states = structuredClone(atStart) as ClientState[];
  for (const entry of entries) {
    const { kind, client, connection, channel, event, count = 1, taken = 0 } = entry;
    if (client === undefined && connection === undefined) continue;
    const is = (one: ClientState) => (client === undefined ? one.connection === connection : one.client === client);
    let state = states.find(is);
    if (state === undefined) {
      state = { client, connection, door: "process", isConnected: false, channels: [], bindings: [] };
      states.push(state);
    }
    state.name = entry.name ?? state.name;
    const binding = state.bindings.find((one) => one.channel === channel && one.event === event);
    if (kind === "connected") Object.assign(state, { connection, isConnected: true, door: entry.door, channels: [] });
    else if (kind === "closed" && client === undefined) states.splice(states.indexOf(state), 1);
    else if (kind === "closed") Object.assign(state, { isConnected: false, channels: [] });
    else if (kind === "subscribed") state.channels.push(channel!);
    else if (kind === "left") state.channels = state.channels.filter((on) => on !== channel);
    else if (kind === "bound" && binding === undefined) state.bindings.push({ channel, event, count, taken });
    else if (kind === "bound") Object.assign(binding!, { count: binding!.count + count, taken });
    else if (kind === "unbound" && binding !== undefined) {
      binding.count -= count;
      state.bindings = state.bindings.filter((one) => one.count > 0);
    }
  }
  return states.filter((state) => state.client !== undefined || state.isConnected);
}
