/**
 * This copy's seat at the broker: who listens to which channel here, and the order of delivery.
 *
 * The broker decides whether an event goes to this seat; the seat looks up its listeners and calls
 * them. Events from other threads, and everything that callbacks trigger, pass through one queue, so
 * that every client sees one order.
 */

import { setImmediate } from "node:timers";
import { native } from "../native/addon.js";
import type { Callback } from "../events/callback.js";
import type { LocalChannel, LocalListener } from "./local-channel.js";
import { SeatClock } from "./seat-clock.js";
import type { Listener } from "./subscriber.js";
import { type SharedSeat, type ThreadState, liveSeats, threadState } from "./thread.js";
import type { UnderWay } from "../base/under-way.js";
import type { WireEvent } from "../events/wire-event.js";

interface Seated {
  /** Weak: a client that nobody holds and that listens to nothing may go. Undefined once it has left: see `WeakList`. */
  reference: WeakRef<LocalListener> | undefined;
  /** The same while somebody listens to the connection itself. */
  held: LocalListener | undefined;
  /** Numbers of the channels it has joined; none before the first. */
  channels: Set<number> | undefined;
}

type Queued =
  | { channel: LocalChannel; listeners: readonly Listener[]; except: number; event: WireEvent }
  | { channel: LocalChannel; listeners: readonly Listener[]; except: number; frame: string }
  | { channel: LocalChannel; newcomer: Listener | undefined; frame: string }
  // `seq`: as which event of the journal it is taken, 0 where it is none.
  | { to: Listener; frame: string; seq: number }
  | { to: Listener; isSilent: boolean; isForgotten: boolean };

/** Events that callbacks may trigger before the outermost trigger returns. */
export const RUNAWAY_LIMIT = 10_000;
/** Events that callbacks may trigger besides, for each event that another thread has sent. */
const ANSWERS = 10;
/** How a connection falls silent and is heard again. */
const SILENT = 1;
const FORGOTTEN = 2;
/** Mail taken in one go, so that a flood from another thread leaves the event loop its turns. */
const BATCH = 2_000;

export class Seat implements SharedSeat {
  readonly #thread: ThreadState = threadState();
  // Held here and only weakly by the broker: the seat lives as long as its copy.
  readonly #drain = () => this.#onMail();
  readonly #handle = native.openSeat(this.#drain);
  /** The number that stands for this seat in native calls. */
  readonly number = this.#handle.handle;
  /** Tells the broker the time. */
  readonly clock = new SeatClock(this.number);
  readonly #channels = new Map<number, LocalChannel>();
  readonly #seated = new Map<number, Seated>();
  /** Those that are silent: they have to hear of the end of it, also where the broker has given them up. */
  readonly #silent = new Map<number, Listener>();
  #queue: Queued[] = [];
  /** What is being handed over, and the place after what already is. */
  #handing: readonly Queued[] = [];
  #handed = 0;
  /** The number of the event that is being handed over, 0 between events, and its channel. */
  #delivering = 0;
  #deliveringOn: LocalChannel | undefined;
  #reportedDrop = false;
  #onSettings: (appId: number) => void = () => {};
  #onWebhooks: (appId: number) => void = () => {};
  #onAppReset: (appId: number) => void = () => {};
  #onUnstalled: (appId: number) => void = () => {};
  #onAsked: (appId: number) => UnderWay[] = () => [];
  #onJournal: (appId: number) => void = () => {};

  constructor() {
    this.#thread.seats.add(new WeakRef<SharedSeat>(this));
  }

  onSettingsChanged(callback: (appId: number) => void): void {
    this.#onSettings = callback;
  }

  onWebhooksWaiting(callback: (appId: number) => void): void {
    this.#onWebhooks = callback;
  }

  onUnstalled(callback: (appId: number) => void): void {
    this.#onUnstalled = callback;
  }

  onAppReset(callback: (appId: number) => void): void {
    this.#onAppReset = callback;
  }

  /** Somebody asks what has not arrived yet, besides what waits at this seat. */
  onUnderWayAsked(callback: (appId: number) => UnderWay[]): void {
    this.#onAsked = callback;
  }

  underWay(appId: number): UnderWay[] {
    const found = this.#onAsked(appId);
    const queued = this.#queue.filter((one) => ("to" in one ? one.to.appId : one.channel.appId) === appId).length;
    if (queued > 0) found.push({ kind: "delivery", count: queued });
    for (const { reference } of this.#seated.values()) {
      const listener = reference?.deref();
      if (listener?.appId !== appId) continue;
      const { soon, ticked } = listener.pending;
      const whom = listener.connectionId;
      if (soon > 0) found.push({ kind: "delivery", count: soon, whom });
      if (ticked > 0) found.push({ kind: "tick", count: ticked, whom });
    }
    return found;
  }

  onJournal(callback: (appId: number) => void): void {
    this.#onJournal = callback;
  }

  /** Makes a freshly opened connection known, before its mail is sorted. */
  register(listener: LocalListener): void {
    this.#seated.set(listener.connection, { reference: new WeakRef(listener), held: undefined, channels: undefined });
  }

  /** Keeps a listener alive, until it has left, or lets it go. */
  hold(listener: LocalListener, isHeld: boolean): void {
    const seated = this.#seated.get(listener.connection);
    if (seated !== undefined) seated.held = isHeld ? listener : undefined;
  }

  /** The listener with this connection number, if it is of this copy and alive. */
  listener(connection: number): LocalListener | undefined {
    return this.#seated.get(connection)?.reference?.deref();
  }

  /** Tells the app's connections of this copy that its settings have changed. */
  settingsChanged(appId: number): void {
    for (const { reference } of this.#seated.values()) {
      const listener = reference?.deref();
      if (listener?.appId === appId) listener.onSettings();
    }
  }

  /** What is on its way to the app's connections of this copy does not arrive. */
  discard(appId: number): void {
    for (const { reference } of this.#seated.values()) {
      const listener = reference?.deref();
      if (listener?.appId === appId) listener.discard();
    }
  }

  /** Forgets a connection that has left. */
  forget(connection: number): void {
    const seated = this.#seated.get(connection);
    if (seated === undefined) return;
    for (const channel of seated.channels ?? []) this.#leave(channel, connection);
    this.#unseat(connection, seated);
  }

  #unseat(connection: number, seated: Seated): void {
    seated.reference = undefined;
    seated.held = undefined;
    this.#seated.delete(connection);
  }

  /** Delivers an event that the broker left to this seat; see `publish` in the binding. */
  deliver(channelId: number, event: string, data: string, except: number, seq: number): void {
    const channel = this.#channels.get(channelId);
    if (channel === undefined) return;
    const thread = this.#thread;
    if (thread.dispatching || this.#queue.length > 0) {
      const wireEvent = { channel: channel.name, event, data, isJson: false, userId: undefined, seq };
      this.#queue.push({ channel, listeners: channel.snapshot(), except, event: wireEvent });
      thread.pending = true;
      if (!thread.dispatching) this.dispatch();
      return;
    }
    thread.dispatching = true;
    this.#delivering = seq;
    this.#deliveringOn = channel;
    try {
      channel.publish(event, data, except, seq);
    } finally {
      this.#delivering = 0;
      thread.dispatching = false;
    }
    if (thread.pending || thread.nested > 0) this.dispatch();
  }

  /**
   * Called before a trigger: `false` when callbacks have triggered too much in this dispatch, and
   * the event must not be published.
   */
  admit(channel: string, event: string): boolean {
    const thread = this.#thread;
    if (!thread.dispatching) return true;
    if (thread.runaway !== undefined) return false;
    thread.nested += 1;
    // Whoever dispatches looks again, even if nobody here listens: the count ends there.
    thread.pending = true;
    if (thread.nested <= RUNAWAY_LIMIT + ANSWERS * thread.foreign) return true;
    thread.runaway = { channel, event };
    return false;
  }

  /**
   * Takes mail and delivers until nothing is left that this thread has caused, unless a dispatch
   * further out does so. What other threads send meanwhile waits for a turn of its own, or a flood
   * would never let go. Throws a RangeError when callbacks keep triggering.
   *
   * @param awaited whether somebody relies on having everything delivered when this returns
   */
  dispatch(awaited = true): void {
    const thread = this.#thread;
    thread.pending = true;
    if (thread.dispatching) return;
    thread.dispatching = true;
    try {
      while (thread.pending && thread.runaway === undefined) {
        thread.pending = false;
        const seats = liveSeats(thread);
        for (const seat of seats) seat.sort();
        while (thread.runaway === undefined && flushAll(seats));
        // Answers to a flood wait behind the flood: what is left of it gets another turn.
        if (thread.nested > BATCH && (!awaited || thread.foreign > 0)) break;
      }
    } finally {
      thread.dispatching = false;
      thread.pending = false;
      thread.nested = 0;
      thread.foreign = 0;
    }
    native.wakeOthers();
    const { runaway } = thread;
    if (runaway === undefined) return;
    thread.runaway = undefined;
    for (const seat of liveSeats(thread)) seat.clear();
    throw new RangeError(
      `pushrig: callbacks have triggered more than ${RUNAWAY_LIMIT.toLocaleString("en")} events without a pause, ` +
        `the last one ${JSON.stringify(runaway.event)} on channel ${JSON.stringify(runaway.channel)}. ` +
        `A callback probably triggers the event it listens to: guard it, or trigger from a timer.`,
    );
  }

  /**
   * Takes mail after a call that triggers nothing: state is up to date at once, frames go to their
   * connections, and events that another thread has sent wait for a turn of their own.
   */
  settle(): void {
    const thread = this.#thread;
    const seats = liveSeats(thread);
    for (const seat of seats) seat.sort();
    if (thread.dispatching) thread.pending = true;
    else for (const seat of seats) seat.flushSoon();
  }

  #scheduled = false;

  flushSoon(): void {
    if (this.#scheduled) return;
    // Frames only wait in their connection's inbox, so they can be handed over now.
    let handed = 0;
    for (const queued of this.#queue) {
      if ("event" in queued) break;
      this.#handOver(queued);
      handed += 1;
    }
    if (handed > 0) this.#queue.splice(0, handed);
    if (this.#queue.length === 0) return;
    this.#scheduled = true;
    void Promise.resolve().then(() => {
      this.#scheduled = false;
      this.#dispatchSafely();
    });
  }

  /** Another thread has sent something. Returns whether a turn for the rest was asked for. */
  #onMail(): boolean {
    this.#dispatchSafely(false);
    const hasMore = native.hasMail(this.number);
    if (hasMore) setImmediate(() => native.deliverMail());
    return hasMore;
  }

  #dispatchSafely(awaited = true): void {
    try {
      this.dispatch(awaited);
    } catch (error) {
      // Nobody called: there is only the log to tell.
      console.error(error);
    }
  }

  sort(): void {
    while (this.#read(native.takeMail(this.number, BATCH)));
  }

  flush(): boolean {
    if (this.#queue.length === 0) return false;
    const queue = this.#queue;
    this.#queue = [];
    this.#handing = queue;
    for (const [at, queued] of queue.entries()) {
      if (this.#thread.runaway !== undefined) break;
      this.#handed = at + 1;
      this.#handOver(queued);
    }
    this.#handing = [];
    return true;
  }

  /** The number of the event that is being handed over, if this connection has it already, or just now. */
  handedTo(listener: Listener): number | undefined {
    return this.#delivering !== 0 && this.#deliveringOn?.turnOf(listener) !== "later" ? this.#delivering : undefined;
  }

  /** The number of the first event that waits here for a connection, or that it is having; Infinity where none is. */
  waitingFor(listener: Listener): number {
    const isOver = this.#delivering === 0 || this.#deliveringOn?.turnOf(listener) === "over";
    let first = isOver ? Infinity : this.#delivering;
    for (const queued of [...this.#handing.slice(this.#handed), ...this.#queue]) {
      if ("to" in queued) {
        if (queued.to === listener && "seq" in queued && queued.seq !== 0) first = Math.min(first, queued.seq);
        continue;
      }
      if (!("event" in queued) || queued.event.seq >= first || queued.except === listener.connection) continue;
      if (queued.listeners.includes(listener)) first = queued.event.seq;
    }
    return first;
  }

  /** By name: up to which number those connections of an app have taken their events that have not taken all. */
  takenBy(appId: number): Array<[connectionId: string, seq: number]> {
    const behind: Array<[string, number]> = [];
    for (const { reference } of this.#seated.values()) {
      const listener = reference?.deref();
      if (listener?.appId !== appId) continue;
      const { taken, known } = listener;
      if (taken < known) behind.push([listener.connectionId, taken]);
    }
    return behind;
  }

  clear(): void {
    this.#queue = [];
  }

  boundCallbacks(appId: number, channelName: string): Array<[event: string, callback: Callback]> {
    return this.listenersOf(appId, channelName).flatMap((listener) => [...listener.boundCallbacks(channelName)]);
  }

  /** This copy's listeners on a channel. */
  listenersOf(appId: number, channelName: string): readonly Listener[] {
    for (const channel of this.#channels.values()) {
      if (channel.name === channelName && channel.appId === appId) return channel.snapshot();
    }
    return [];
  }

  #handOver(queued: Queued): void {
    if ("isSilent" in queued) {
      queued.to.onSilence(queued.isSilent, queued.isForgotten);
    } else if ("to" in queued) {
      queued.to.onFrame(queued.frame, queued.seq);
    } else if ("event" in queued) {
      this.#delivering = queued.event.seq;
      this.#deliveringOn = queued.channel;
      try {
        queued.channel.deliver(queued.event, queued.listeners, queued.except);
      } finally {
        this.#delivering = 0;
      }
    } else if ("newcomer" in queued) {
      queued.channel.welcome(queued.newcomer, queued.frame);
    } else {
      queued.channel.broadcast(queued.frame, queued.listeners, queued.except);
    }
  }

  /** Returns whether mail that this thread has caused still waits. */
  #read(mail: ReadonlyArray<string | number>): boolean {
    if (mail.length === 0) return false;
    let at = 0;
    let hasMore = false;
    const number = () => mail[at++] as number;
    const text = () => mail[at++] as string;
    while (at < mail.length) {
      switch (number()) {
        case 0: {
          const channel = this.#channels.get(number());
          const except = number();
          const event = text();
          const data = text();
          const isJson = number() === 1;
          const userId = text() || undefined;
          const seq = number();
          if (channel === undefined) break;
          const wireEvent = { channel: channel.name, event, data, isJson, userId, seq };
          this.#queue.push({ channel, listeners: channel.snapshot(), except, event: wireEvent });
          break;
        }
        case 13: {
          const channel = this.#channels.get(number());
          const to = this.listener(number());
          const event = text();
          const data = text();
          const isJson = number() === 1;
          const userId = text() || undefined;
          const seq = number();
          if (channel === undefined || to === undefined) break;
          const wireEvent = { channel: channel.name, event, data, isJson, userId, seq };
          this.#queue.push({ channel, listeners: [to], except: 0, event: wireEvent });
          break;
        }
        case 1: {
          const channel = this.#channels.get(number());
          const except = number();
          const frame = text();
          if (channel !== undefined) this.#queue.push({ channel, listeners: channel.audience(), except, frame });
          break;
        }
        case 2: {
          const to = this.listener(number());
          const frame = text();
          const seq = number();
          if (to !== undefined) this.#queue.push({ to, frame, seq });
          break;
        }
        case 3:
          this.#join(number(), number(), text());
          break;
        case 4: {
          const connection = number();
          this.#leave(number(), connection);
          break;
        }
        case 5:
          this.#closed(number(), number(), text());
          break;
        case 6:
          this.#reset(number());
          break;
        case 7:
          this.#onSettings(number());
          break;
        case 8:
          this.#onWebhooks(number());
          break;
        case 9:
          this.#dropped(number());
          break;
        case 10:
          hasMore = true;
          break;
        case 11:
          this.#thread.foreign += number();
          break;
        case 15: {
          const connection = number();
          this.#silence(connection, number());
          break;
        }
        case 16:
          this.#onUnstalled(number());
          break;
        case 12: {
          const newcomer = this.listener(number());
          const channel = this.#channels.get(number());
          const frame = text();
          if (channel !== undefined) this.#queue.push({ channel, newcomer, frame });
          break;
        }
        case 14:
          this.#onJournal(number());
          break;
      }
    }
    return hasMore;
  }

  #silence(connection: number, how: number): void {
    const isSilent = how === SILENT;
    const listener = isSilent ? this.listener(connection) : this.#silent.get(connection);
    if (listener === undefined) return;
    if (isSilent) this.#silent.set(connection, listener);
    else this.#silent.delete(connection);
    this.#queue.push({ to: listener, isSilent, isForgotten: how === FORGOTTEN });
  }

  #join(connection: number, channelId: number, name: string): void {
    const seated = this.#seated.get(connection);
    const listener = seated?.reference?.deref();
    if (seated === undefined || listener === undefined) return;
    (seated.channels ??= new Set()).add(channelId);
    let channel = this.#channels.get(channelId);
    if (channel === undefined) {
      this.#channels.set(channelId, (channel = listener.makeChannel(name)));
    }
    channel.join(listener);
  }

  #leave(channelId: number, connection: number): void {
    this.#seated.get(connection)?.channels?.delete(channelId);
    const channel = this.#channels.get(channelId);
    if (channel === undefined) return;
    channel.leave(connection);
    if (channel.isEmpty) this.#channels.delete(channelId);
  }

  #closed(connection: number, code: number, reason: string): void {
    const listener = this.listener(connection);
    // What was sent before the close arrives before it.
    const rest: Queued[] = [];
    for (const queued of this.#queue) {
      const to = "to" in queued ? queued.to : "newcomer" in queued ? queued.newcomer : undefined;
      if (to !== undefined && to === listener) this.#handOver(queued);
      else rest.push(queued);
    }
    this.#queue = rest;
    this.forget(connection);
    listener?.onClosed(code, reason);
  }

  #reset(appId: number): void {
    for (const [connection, { appId: own }] of this.#silent) if (own === appId) this.#silent.delete(connection);
    for (const [id, channel] of this.#channels) {
      if (channel.appId !== appId) continue;
      channel.clear();
      this.#channels.delete(id);
    }
    this.#queue = this.#queue.filter((queued) =>
      "to" in queued ? queued.to.appId !== appId : !queued.channel.isEmpty,
    );
    for (const [connection, seated] of this.#seated) {
      const listener = seated.reference?.deref();
      if (listener !== undefined && listener.appId !== appId) continue;
      this.#unseat(connection, seated);
      listener?.onReset();
    }
    this.#onAppReset(appId);
  }

  #dropped(count: number): void {
    if (this.#reportedDrop) return;
    this.#reportedDrop = true;
    console.warn(
      `pushrig: other threads send faster than this one delivers; ${count} event(s) were dropped ` +
        `(a mailbox holds 100,000 events or 64 MiB). This is said once.`,
    );
  }
}

/** Hands over what the seats have queued; `false` when that was nothing. */
function flushAll(seats: readonly SharedSeat[]): boolean {
  let flushed = false;
  for (const seat of seats) flushed = seat.flush() || flushed;
  return flushed;
}
