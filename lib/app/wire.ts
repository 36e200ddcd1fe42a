/**
 * A connection of this process: what a WebSocket is to a browser.
 *
 * The wire is where the delivery modes differ; on both sides of it everything is the same. See
 * docs/delivery.md.
 */

import { native } from "../native/addon.js";
import { takeConnectionError } from "../native/rejection.js";
import type { Bindings } from "../events/bindings.js";
import type { Callback } from "../events/callback.js";
import { type RouteAnswer, routesChanged, STEP_BY_STEP } from "../events/route.js";
import { throwUncaught } from "../base/uncaught.js";
import { LocalChannel, type LocalListener } from "../delivery/local-channel.js";
import type { Change } from "../delivery/presence-log.js";
import type { Position, Roster, View } from "../delivery/roster.js";
import type { ClientWire, FrameHandler, WireSubscriber } from "./client-wire.js";
import type { WireApp } from "./wire-app.js";
import type { Waiting, WaitingFor } from "../base/timers.js";
import type { WireEvent } from "../events/wire-event.js";

/** The code of a connection that went without a close frame (RFC 6455). */
const ABNORMAL_CLOSURE = 1006;

/** What arrives, and the last presence change before it. */
type Arrival = { readonly after: Change } & (
  { frame: string; seq: number } | { event: WireEvent } | { welcome: View } | { closed: [code: number, reason: string] }
);

/** As which event of the journal it is taken; 0 where it is none. */
function seqOf(arrival: Arrival): number {
  if ("event" in arrival) return arrival.event.seq;
  return "frame" in arrival ? arrival.seq : 0;
}

/** The first event that waits there, or the one that is known, if that is earlier. */
function firstOf(waiting: readonly Arrival[], known: number, from = 0): number {
  let first = known;
  for (let at = from; at < waiting.length; at += 1) first = Math.min(first, seqOf(waiting[at]) || Infinity);
  return first;
}

export class Wire implements LocalListener, ClientWire {
  /** The broker's number of this connection; 0 until it is open. */
  connection = 0;
  readonly appId: number;
  /** Where a client opened this: the connection leaves the broker with it, should the application just drop the client. */
  kept: object | undefined;
  /** Callbacks that the state manager has bound to this connection. */
  bindings: Bindings | undefined;
  /** For a wire without a client: it is closed, from whichever side, or the app was reset. */
  onEnd: (() => void) | undefined;
  readonly #app: WireApp;
  #name: string | undefined;
  readonly #handler: FrameHandler | undefined;
  readonly #subscriber: WireSubscriber | undefined;
  /** Frames that wait for a microtask. */
  #inbox: Arrival[] = [];
  /** What is under way on the simulated network; all of it later than the inbox. */
  #flight: Arrival[] = [];
  /** When they are due, one for each: what is inserted takes the place of another, which moves up. */
  #landings: Waiting[] = [];
  /** What the client has sent last on the simulated network. */
  #sending: Waiting | undefined;
  /** What waits for the next tick. */
  #polled: Arrival[] = [];
  /** What is taken in this tick. */
  #ticked: Arrival[] = [];
  /** How many of them it has taken. */
  #tickedTo = 0;
  #closed = false;
  /** The number of the last presence change that is certainly behind this connection. */
  #seen = 0;
  /** The number up to which it had taken its events when it ended. */
  #takenAtEnd: number | undefined;
  /** What is being taken now. */
  #current: Arrival | undefined;
  #isSilent = false;
  /** What has arrived while it is silent. */
  #held: Arrival[] = [];
  /** What was sent while it is silent. */
  #unsent: Array<{ frame: string; line: number }> = [];
  /** The first event that waits, as the broker was told; 0 where none does. */
  #toldFirst = 0;
  /** The client has left while it is silent, which the broker has not heard. */
  #leave: (() => void) | undefined;

  /** @param name the connection id, when the state manager has chosen one; it opens wires without a client */
  constructor(app: WireApp, client: { handler: FrameHandler; subscriber: WireSubscriber } | undefined, name?: string) {
    this.#app = app;
    this.#handler = client?.handler;
    this.#subscriber = client?.subscriber;
    this.appId = app.appId;
    this.#name = name;
  }

  /** The contract's `mock-connection-N`, reserved by who asks for it before the wire is open. */
  get connectionId(): string {
    return (this.#name ??= this.#app.isClosed ? "" : native.nextConnectionName(this.#app.number));
  }

  /** Connects: at once, or on a later turn in `network` and under a fault. */
  open(key: string): void {
    const opening = this.#app.conditions.opening(this.#subscriber?.client);
    if (opening.isStalled) {
      this.#app.conditions.stall(() => !this.#closed && this.open(key));
      return;
    }
    const { refusal, delay } = opening;
    const open = () => {
      if (this.#closed) return;
      if (this.#app.isClosed) this.#refuse(4001, "The mock app was closed");
      else if (refusal !== null) {
        this.#note(refusal.code, refusal.reason);
        this.#soon((handler) => handler.onClose(refusal.code, refusal.reason, false));
      } else if (!this.#app.accepts(key)) {
        const why = `App key ${key} not in this cluster. Did you forget to specify the cluster?`;
        this.#note(4001, why);
        this.#refuse(4001, why);
      } else this.openNow();
    };
    const wait = this.#app.settings.delivery === "network" ? this.#app.latency() + delay : delay || undefined;
    if (wait === undefined) open();
    else this.#later(wait, open, "opening");
  }

  /** Connects at once, whatever the mode. Answers why not, when it is refused. */
  openNow(): { code: number; message: string } | undefined {
    const app = this.#app;
    const isClient = this.#handler !== undefined;
    // A reset may have given away what was reserved.
    if (isClient && this.#name !== undefined && native.connectionNamed(app.number, this.#name) !== 0) {
      this.#name = undefined;
    }
    const identity = this.#subscriber?.identity;
    app.journal.flush();
    const opened = native.connect(
      app.number,
      app.seat.number,
      this.#name,
      app.seat.clock.now(),
      identity?.number,
      identity?.name,
      isClient,
    );
    if (opened === null) {
      const { code, message } = takeConnectionError();
      const refusal = { code: code ?? ABNORMAL_CLOSURE, message };
      this.#refuse(refusal.code, refusal.message);
      return refusal;
    }
    this.connection = opened[0];
    this.#name = opened[1];
    this.kept = opened[4] ?? undefined;
    app.seat.register(this);
    this.listenedToChanged();
    if (this.#subscriber !== undefined) app.conditions.connected(this.#subscriber.client, this.connection);
    this.#handler?.onEstablished(opened[2], opened[3] * 1000);
    app.watchDeadline();
    return undefined;
  }

  /** The broker knows nothing of this refusal. */
  #note(code: number, text: string): void {
    this.#app.journal.note({ kind: "refused", client: this.#subscriber?.identity.number, code, text });
  }

  #refuse(code: number, message: string): void {
    this.#soon((handler) => {
      handler.onFrame(JSON.stringify({ event: "pusher:error", data: { code, message } }));
      handler.onClose(code, message, true);
    });
  }

  /** Whoever has just made the client can listen by then; a test that only moves its fake timers comes there too. */
  #soon(tell: (handler: FrameHandler) => void): void {
    const handler = this.#handler;
    if (handler === undefined) return;
    if (this.#app.settings.delivery === "network") {
      tell(handler);
      return;
    }
    const refuse = (): void => {
      waiting.ensureAborted();
      if (!this.#closed) tell(handler);
    };
    const waiting = this.#later(0, refuse, "opening");
    Promise.resolve()
      .then(() => waiting.isRunning() && refuse())
      .catch(throwUncaught);
  }

  /** Something was bound to the connection itself, or unbound. */
  listenedToChanged(): void {
    if (this.connection !== 0) this.#app.seat.hold(this, this.#subscriber?.isListenedTo() === true);
  }

  /** Whether frames can be sent. */
  get isOpen(): boolean {
    return this.connection !== 0 && !this.#closed && !this.#app.isClosed;
  }

  /** Sends one client frame. `false` when the wire is not open; then nothing was sent. */
  send(frame: string): boolean {
    if (!this.isOpen) return false;
    const line = this.#app.journal.line();
    if (this.#app.settings.delivery === "network") {
      this.#sending = this.#later(0, () => this.isOpen && this.#receive(frame, line), "sending", this.#sending);
    } else {
      this.#receive(frame, line);
    }
    return true;
  }

  #receive(frame: string, line: number): void {
    if (this.#isSilent) {
      this.#unsent.push({ frame, line });
      return;
    }
    const { seat, journal } = this.#app;
    journal.flush();
    journal.comesFrom(line);
    const hasMail = native.receive(this.#app.number, seat.number, this.connection, frame, seat.clock.now());
    const isClientEvent = frame.startsWith('{"event":"client-');
    if (isClientEvent) this.#app.lookAtNew();
    if (hasMail) {
      // It runs the callbacks of its receivers, as a trigger does.
      if (isClientEvent) seat.dispatch();
      else seat.settle();
    }
    this.#app.watchDeadline();
  }

  /** The client leaves. Nothing more arrives. Harmless when called twice. */
  close(): void {
    if (this.#closed) return;
    const { kept } = this;
    const line = this.#app.journal.line();
    this.#end();
    const { taken } = this;
    if (this.connection === 0) return;
    const leave = () => {
      this.kept = undefined;
      const app = this.#app;
      app.seat.forget(this.connection);
      if (app.isClosed) return;
      const { seat, journal } = app;
      journal.flush();
      journal.comesFrom(line);
      if (native.disconnect(app.number, seat.number, this.connection, taken, seat.clock.now())) seat.settle();
      app.watchDeadline();
    };
    if (this.#isSilent) {
      // Nobody hears of it, so it lasts.
      this.#takesNoMore(taken);
      this.kept = kept;
      this.#leave = leave;
    } else if (this.#app.settings.delivery === "network") {
      this.#takesNoMore(taken);
      this.#later(0, leave, "leaving", this.#sending);
    } else {
      leave();
    }
  }

  /** For the journal: until the broker hears of the end, events go to this connection, and the service may end it first. */
  #takesNoMore(taken: number): void {
    if (!this.#app.isClosed) native.hasTaken(this.#app.number, this.connection, taken);
  }

  /** Nothing goes in either direction any more, and neither side is told; or again, and what has waited arrives unless it is forgotten. */
  onSilence(isSilent: boolean, isForgotten = false): void {
    if (this.#isSilent === isSilent) return;
    routesChanged();
    this.#isSilent = isSilent;
    if (!this.#closed) this.#subscriber?.onSilence(isSilent);
    if (isSilent) return;
    const [sent, held, leave] = isForgotten ? [[], [], this.#leave] : [this.#unsent, this.#held, this.#leave];
    this.#unsent = [];
    this.#held = [];
    this.#leave = undefined;
    if (!this.#app.isClosed) for (const { frame, line } of sent) this.#receive(frame, line);
    leave?.();
    if (this.#closed) return;
    if (this.#app.settings.delivery !== "network") {
      this.#release(held);
      for (const arrival of held) this.#takeSafely(arrival);
      this.#tellWaiting();
      return;
    }
    this.#flight.unshift(...held);
    for (const _ of held) {
      this.#landings.push(this.#later(this.#app.latency(), () => this.#land(), "arrival", this.#landings.at(-1)));
    }
    this.#tellWaiting();
  }

  /** Whoever asks on another thread, or at a gateway, does not see what waits here. */
  #tellWaiting(): void {
    let first = 0;
    for (const waiting of [this.#polled, this.#flight, this.#held]) {
      const next = waiting.find((arrival) => seqOf(arrival) > 0);
      if (next !== undefined && (first === 0 || seqOf(next) < first)) first = seqOf(next);
    }
    if (first === this.#toldFirst || this.#closed || this.connection === 0 || this.#app.isClosed) return;
    this.#toldFirst = first;
    native.waitsFrom(this.#app.number, this.connection, first);
  }

  get pending(): { soon: number; ticked: number } {
    return { soon: this.#inbox.length + this.#ticked.length, ticked: this.#polled.length };
  }

  /** The number up to which it has taken its events. Of an event that is being taken it has not yet. */
  get taken(): number {
    if (this.#takenAtEnd !== undefined) return this.#takenAtEnd;
    const own = (this.#current && seqOf(this.#current)) || Infinity;
    let first = Math.min(own, this.#app.seat.waitingFor(this));
    first = firstOf(this.#held, first);
    first = firstOf(this.#ticked, first, this.#tickedTo);
    first = firstOf(this.#inbox, first);
    first = firstOf(this.#flight, first);
    first = firstOf(this.#polled, first);
    return Math.min(first - 1, this.#app.journal.known);
  }

  get known(): number {
    return this.#app.journal.known;
  }

  /** The number of the event that is being taken, if one is; while others take it, that of an event taken just before them. */
  get taking(): number | undefined {
    return (this.#current && seqOf(this.#current)) || this.#app.seat.handedTo(this);
  }

  /** Whom entries of the journal about this connection are about. */
  get party(): { client: number } | { connection: number } {
    const client = this.#subscriber?.identity.number;
    return client === undefined ? { connection: this.connection } : { client };
  }

  /** Delivers what has come since the last tick, in `polling`. */
  poll(): void {
    const isTicking = this.#ticked.length > 0;
    this.#ticked = [...this.#ticked, ...this.#polled];
    this.#release(this.#polled);
    this.#release(this.#held);
    this.#polled = [];
    routesChanged();
    // A callback of this tick has asked for another: its events come behind the rest.
    if (isTicking) return;
    while (this.#tickedTo < this.#ticked.length) {
      this.#tickedTo += 1;
      this.#takeSafely(this.#ticked[this.#tickedTo - 1]);
    }
    this.#ticked = [];
    this.#tickedTo = 0;
    this.#tellWaiting();
  }

  /** The short way of an event, while nothing waits here and the mode is `immediate`. */
  route(channel: string, event: string): RouteAnswer {
    const waiting = this.#inbox.length + this.#flight.length + this.#polled.length;
    const { last, arrived } = this.#app.presence;
    const isStraight =
      !this.#closed && !this.#isSilent && waiting === 0 && last === arrived && this.bindings === undefined;
    if (!isStraight || this.#app.settings.delivery !== "immediate") return STEP_BY_STEP;
    return this.#subscriber?.route(channel, event);
  }

  onEvent(event: WireEvent): void {
    this.#app.journal.know(event.seq);
    this.#arrive({ event, after: this.#app.presence.last });
  }

  onFrame(frame: string, seq = 0): void {
    this.#app.journal.know(seq);
    this.#arrive({ frame, seq, after: this.#app.presence.last });
  }

  onWelcome(welcome: View): void {
    this.#arrive({ welcome, after: this.#app.presence.last });
  }

  onClosed(code: number, reason: string): void {
    // A cut connection takes along what was on its way.
    if (this.#isSilent && code === ABNORMAL_CLOSURE) {
      this.#takenAtEnd ??= this.taken;
      this.#takesNoMore(this.#takenAtEnd);
      this.#release(this.#held);
      this.#held = [];
    }
    this.#arrive({ closed: [code, reason], after: this.#app.presence.last });
  }

  makeChannel(name: string): LocalChannel {
    return new LocalChannel(name, this.#app.presence);
  }

  /** How far this connection has got in the app's presence changes. */
  get position(): Position {
    const { arrived } = this.#app.presence;
    // What waits, waits ahead of the changes that came after it.
    const next = this.#current ?? this.#held[0] ?? this.#inbox[0] ?? this.#flight[0] ?? this.#polled[0];
    const change = next !== undefined && next.after.number < arrived.number ? next.after : arrived;
    return { change, number: Math.max(change.number, this.#seen) };
  }

  catchUp(roster: Roster): void {
    const { change, number } = this.position;
    for (let { next } = change; next !== undefined; next = next.next) {
      const isMissed = next.roster === roster && next.number > number && next.except !== this.connection;
      if (isMissed) this.#insert({ frame: next.frame, seq: 0, after: next });
    }
  }

  onSettings(): void {
    if (this.#app.settings.delivery !== "polling") this.poll();
    this.#subscriber?.onSettings();
  }

  onReset(): void {
    if (this.#closed) return;
    // The journal's new page knows of no bindings on channels.
    this.bindings = undefined;
    this.#end();
    this.#handler?.onReset();
    this.#subscriber?.onReset();
  }

  *boundCallbacks(channel: string): Iterable<[event: string, callback: Callback]> {
    if (this.bindings !== undefined) yield* this.bindings.of(channel);
    if (this.#subscriber !== undefined) yield* this.#subscriber.boundCallbacks(channel);
  }

  #insert(arrival: Arrival): void {
    const isLater = ({ after }: Arrival) => after.number >= arrival.after.number;
    const queue = [this.#held, this.#ticked, this.#inbox, this.#flight, this.#polled].find((waiting) =>
      waiting.some(isLater),
    );
    if (queue === undefined) this.#arrive(arrival, arrival.after.arrival?.remaining());
    else if (queue === this.#flight) this.#delay(arrival, 0, queue.findIndex(isLater));
    else queue.splice(queue.findIndex(isLater), 0, arrival);
  }

  /** Nothing overtakes: what comes while something waits, waits behind it, also when the mode has changed. */
  #arrive(arrival: Arrival, delay?: number): void {
    if (this.#closed) return;
    const { delivery } = this.#app.settings;
    const isEvent = "event" in arrival;
    if (delivery === "network" || this.#flight.length > 0) {
      this.#delay(arrival, delay);
    } else if (this.#polled.length > 0 || (delivery === "polling" && isEvent && this.#subscriber?.isPolling())) {
      this.#app.later.recover();
      if (this.#hasRoom(arrival)) this.#polled.push(arrival);
      this.#tellWaiting();
    } else if (isEvent) {
      this.#takeInbox();
      this.#take(arrival);
    } else {
      routesChanged();
      this.#inbox.push(arrival);
      if (this.#inbox.length === 1) void Promise.resolve().then(() => this.#takeInbox());
    }
  }

  #takeInbox(): void {
    if (this.#inbox.length === 0) return;
    routesChanged();
    for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) this.#takeSafely(next);
  }

  /** On the simulated network a frame is due no sooner than the one before, while that is under way. */
  #delay(arrival: Arrival, delay = this.#app.latency(), place = this.#flight.length): void {
    if (!this.#hasRoom(arrival)) return;
    routesChanged();
    this.#flight.splice(place, 0, arrival);
    this.#landings.push(this.#later(delay, () => this.#land(), "arrival", this.#landings.at(-1)));
    this.#tellWaiting();
  }

  #land(): void {
    this.#takeInbox();
    routesChanged();
    this.#landings.shift();
    const next = this.#flight.shift();
    if (next === undefined) return;
    this.#release([next]);
    // Its callbacks may stop this thread.
    this.#tellWaiting();
    this.#takeSafely(next);
  }

  #later(delay: number, action: () => void, what: WaitingFor["what"], behind?: Waiting): Waiting {
    const name = this.#subscriber?.identity.name;
    return this.#app.later.after(delay, action, { what, whom: this.connectionId, name, behind, keepsAlive: true });
  }

  /** Events alone may be dropped: without what the service says of itself, nothing would be right. */
  #hasRoom(arrival: Arrival): boolean {
    return !("event" in arrival) || this.#app.backlog.admit(arrival.event);
  }

  #release(arrivals: readonly Arrival[]): void {
    for (const arrival of arrivals) if ("event" in arrival) this.#app.backlog.release(arrival.event);
  }

  /** What is under way does not arrive. */
  discard(): void {
    routesChanged();
    this.#release(this.#flight);
    this.#release(this.#polled);
    for (const landing of this.#landings) landing.ensureAborted();
    this.#landings = [];
    this.#inbox = [];
    this.#flight = [];
    this.#polled = [];
    this.#ticked = [];
    this.#tickedTo = 0;
    this.#held = [];
  }

  #end(): void {
    if (this.bindings !== undefined && this.#subscriber !== undefined) this.#letGo(this.bindings);
    // What is left now is not taken any more; the callback that ends it has been called.
    this.#takenAtEnd ??= this.taking ?? this.taken;
    this.#closed = true;
    this.kept = undefined;
    this.discard();
    this.onEnd?.();
  }

  /** What the state manager has bound to a client's connection ends with that; the client goes on. */
  #letGo(bindings: Bindings): void {
    const { taken, party } = this;
    for (const [channel, event, count] of bindings.counts()) {
      this.#app.journal.note({ kind: "unbound", ...party, channel, event, count, taken });
    }
  }

  #takeSafely(arrival: Arrival): void {
    try {
      this.#take(arrival);
    } catch (error) {
      throwUncaught(error);
    }
  }

  #take(arrival: Arrival): void {
    if (this.#closed) return;
    if (this.#isSilent) {
      if (this.#hasRoom(arrival)) this.#held.push(arrival);
      this.#tellWaiting();
      return;
    }
    const outer = this.#current;
    this.#current = arrival;
    this.#seen = Math.max(this.#seen, arrival.after.number);
    try {
      this.#tell(arrival);
    } finally {
      this.#current = outer;
    }
  }

  #tell(arrival: Arrival): void {
    if ("event" in arrival) {
      this.bindings?.call(arrival.event);
      this.#subscriber?.onEvent(arrival.event);
    } else if ("welcome" in arrival) {
      this.#subscriber?.onWelcome(arrival.welcome);
    } else if ("frame" in arrival) {
      this.#handler?.onFrame(arrival.frame);
    } else {
      this.#end();
      const [code, reason] = arrival.closed;
      this.#handler?.onClose(code, reason, code !== ABNORMAL_CLOSURE);
    }
  }
}
