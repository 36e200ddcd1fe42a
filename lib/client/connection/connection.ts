/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
/* oxlint-disable no-unused-private-class-members -- the classes in here use them, which the rule does not see */
import { reportCallbackError, watchReturned } from "../../events/callback-errors.js";
import type { BoundCallback } from "../../events/callback.js";
import { Dispatcher } from "../../events/dispatcher.js";
import type { PusherEvent } from "../../events/frame.js";
import { type RouteAnswer, routesChanged, STEP_BY_STEP } from "../../events/route.js";
import { isLogging, logger } from "../logger.js";
import type { Rig } from "../../app/rig.js";
import type { View } from "../../delivery/roster.js";
import type { OwnerReactions } from "./owned.js";
import type { HandshakePayload, Strategy, StrategyOptions, StrategyRunner } from "./strategy.js";
import type { Timeline } from "./timeline.js";
import { Turn, type Timer, type WaitingFor } from "../../base/timers.js";
import type { Connection } from "./transport.js";
import type { ClientWire, WireSubscriber } from "../../app/client-wire.js";
import type { WireEvent } from "../../events/wire-event.js";

export interface ConnectionManagerOptions {
  timeline: Timeline;
  getStrategy: (options: StrategyOptions) => Strategy;
  /** Milliseconds. */
  unavailableTimeout: number;
  pongTimeout: number;
  activityTimeout: number;
  useTLS: boolean;
  rig: Rig;
  /** The client. It gets an event straight, not decoded and without a frame, when nobody watches the connection itself. */
  subscriber: Omit<WireSubscriber, "onSilence" | "isListenedTo"> & {
    /** Somebody watches the connection from now on: every frame counts. */
    onWatched(): void;
  };
}

interface Ending {
  error?: any;
}

/** What an ending asks for. */
type Fate = "tls_only" | "refused" | "backoff" | "retry";

/** A strategy that has not returned yet. */
const STARTING: StrategyRunner = { abort: () => {}, forceMinPriority: () => {} };

/** The wait before reconnecting. */
const BACKOFF = 1000;

/**
 * `pusher.connection`: keeps a client connected, as pusher-js 8.6.0 does.
 *
 * Emits `state_change` and then the state's own event (`connecting`, `connected`, `unavailable`, `disconnected`,
 * `failed`), `connecting_in` (seconds), `error`, `message`. An error after the handshake is emitted twice, once bare
 * and once inside a `WebSocketError`, and a close that asks for a pause says `connecting_in` twice: so does pusher-js.
 *
 * Not reproduced: a handshake that cannot be understood leaves pusher-js stuck for ever, here the client tries again
 * after a second; closes with 4200 during the handshake make it reconnect without any pause, here only the first time.
 */
export class ConnectionManager extends Dispatcher {
  key: string;
  options: ConnectionManagerOptions;
  state = "initialized";
  connection: Connection | null = null;
  usingTLS: boolean;
  timeline: Timeline;
  /** Keeps its last value while disconnected. */
  declare socket_id: string;
  declare unavailableTimer: Timer | null;
  declare activityTimer: Timer | null;
  declare retryTimer: Timer | null;
  /** Milliseconds of silence after which a ping is sent. */
  declare activityTimeout: number;
  declare strategy: Strategy;
  runner: StrategyRunner | null = null;
  /** pusher-js has three tables; one object does for all of them. */
  errorCallbacks: Record<Fate, (ending: Ending) => void>;
  connectionCallbacks: OwnerReactions;
  handshakeCallbacks: Record<Fate | "connected", (handshake: HandshakePayload) => void>;

  #rig: Rig;
  #subscriber: WireSubscriber;
  #connectionId = "";
  /** Every retry that is due: one close can ask for two, and the first to come is the one that counts. */
  #retries: Timer[] = [];
  /** The listeners that the client itself has for `message`; more than these means somebody watches. */
  #ownListeners: BoundCallback[] = [];
  /** How many callbacks the client itself has bound. */
  #ownBound = 0;
  /** How often it was connected: tells whether a callback bound late has had its event meanwhile. */
  #connects = 0;
  /** Handshakes closed with 4200 in a row. */
  #quickRetries = 0;
  /** `reset()` took the connection; the state stays until the client is used again. */
  #isReset = false;
  /** A test keeps back what comes and goes. */
  #isSilent = false;

  constructor(key: string, options: ConnectionManagerOptions) {
    super();
    this.key = key;
    this.options = options;
    this.usingTLS = options.useTLS;
    this.timeline = options.timeline;
    this.#rig = options.rig;
    this.#subscriber = new ConnectionManager.#Subscriber(this);
    const reactions = new ConnectionManager.#Reactions(this);
    this.errorCallbacks = reactions;
    this.connectionCallbacks = reactions;
    this.handshakeCallbacks = reactions;
    this.#updateStrategy();
  }

  /** The mock's name of this connection, `mock-connection-N`; `""` before the first. */
  get connectionId(): string {
    return this.#connectionId;
  }

  /** The number up to which the client has taken its events, for the journal. */
  get taken(): number {
    return this.#wire?.taken ?? this.#rig.journal.known;
  }

  /** The number of the event that it is taking, if it is. */
  get taking(): number | undefined {
    return this.#wire?.taking;
  }

  /** Whether there is a connection. */
  get isOpen(): boolean {
    return this.#wire?.isOpen === true;
  }

  get #wire(): ClientWire | null | undefined {
    return this.connection?.transport.wire;
  }

  // Classes, because a table with a function for each was a tenth of what a client takes.

  /** What a connection comes to, and what is done about it. */
  static readonly #Reactions = class implements OwnerReactions {
    readonly #manager: ConnectionManager;
    [eventName: string]: any;

    constructor(manager: ConnectionManager) {
      this.#manager = manager;
    }

    message(message: PusherEvent): void {
      this.#manager.#resetActivityCheck();
      this.#manager.emit("message", message);
    }

    ping(): void {
      this.#manager.send_event("pusher:pong", {});
    }

    activity(): void {
      this.#manager.#resetActivityCheck();
    }

    error(error: unknown): void {
      this.#manager.emit("error", error);
    }

    closed(): void {
      const manager = this.#manager;
      manager.#abandonConnection();
      if (manager.state === "connecting" || manager.state === "connected") manager.#retryIn(BACKOFF);
    }

    connected(handshake: HandshakePayload): void {
      this.#manager.#connected(handshake);
    }

    tls_only(ending: Ending): void {
      const manager = this.#manager;
      manager.#noteError(ending);
      manager.usingTLS = true;
      manager.#updateStrategy();
      manager.#retryIn(0);
    }

    refused(ending: Ending): void {
      this.#manager.#noteError(ending);
      this.#manager.disconnect();
    }

    backoff(ending: Ending): void {
      this.#manager.#noteError(ending);
      this.#manager.#retryIn(BACKOFF);
    }

    retry(ending: Ending): void {
      const manager = this.#manager;
      manager.#noteError(ending);
      manager.#retryIn(manager.#quickRetries > 1 ? BACKOFF : 0);
    }
  };

  /** The client, but for what the connection has a say in. */
  static readonly #Subscriber = class implements WireSubscriber {
    readonly #manager: ConnectionManager;
    readonly #client: ConnectionManagerOptions["subscriber"];

    constructor(manager: ConnectionManager) {
      this.#manager = manager;
      this.#client = manager.options.subscriber;
    }

    get client(): object {
      return this.#client.client;
    }

    get identity(): WireSubscriber["identity"] {
      return this.#client.identity;
    }

    onEvent(event: WireEvent): void {
      this.#manager.#take(event);
    }

    onWelcome(view: View): void {
      this.#manager.#takeWelcome(view);
    }

    route(channel: string, event: string): RouteAnswer {
      return this.#manager.#route(channel, event);
    }

    onReset(): void {
      this.#manager.#forget();
    }

    onSilence(isSilent: boolean): void {
      this.#manager.#heed(isSilent);
    }

    onSettings(): void {
      this.#client.onSettings();
    }

    isListenedTo(): boolean {
      return this.#manager.#bound > this.#manager.#ownBound;
    }

    isPolling(): boolean {
      return this.#client.isPolling();
    }

    boundCallbacks(channel: string): ReturnType<WireSubscriber["boundCallbacks"]> {
      return this.#client.boundCallbacks(channel);
    }
  };

  /** As in pusher-js; and `connected` bound while connected calls back once, in a later microtask. */
  override bind(eventName: string, callback: Function, context?: any): this {
    super.bind(eventName, callback, context);
    if (eventName === "connected" && this.state === "connected") {
      const bound = this.callbacks.get(eventName).at(-1) as BoundCallback;
      const connects = this.#connects;
      void Promise.resolve().then(() => this.#announce(bound, connects));
    }
    this.reopen();
    return this;
  }

  /** Connects with another key. Channels and bindings stay. */
  switchCluster(key: string): void {
    this.key = key;
    this.#updateStrategy();
    this.#retryIn(0);
  }

  /** Does nothing while connected or connecting. */
  connect(): void {
    if (this.#isReset) this.reopen();
    if (this.connection || this.runner) return;
    if (!this.strategy.isSupported()) {
      this.#updateState("failed");
      return;
    }
    this.#updateState("connecting");
    this.#startConnecting();
  }

  /** Sends raw text; false when not connected. */
  send(data: any): boolean {
    return this.connection !== null && this.connection.send(data);
  }

  /** Sends an event; false when not connected. */
  send_event(name: string, data: any, channel?: string): boolean {
    return this.connection !== null && this.connection.send_event(name, data, channel);
  }

  /** Disconnects at once and for good: nothing reconnects but `connect()`. */
  disconnect(): void {
    this.#isReset = false;
    this.#disconnectInternally();
    this.#updateState("disconnected");
  }

  isUsingTLS(): boolean {
    return this.usingTLS;
  }

  /** Delivers what has come since the last tick, with polling delivery. */
  poll(): void {
    this.connection?.transport.poll();
  }

  /** Gets a client that went through `reset()` a new connection, before it is used again. */
  reopen(): void {
    if (!this.#isReset) return;
    this.#isReset = false;
    // With simulated latency the new connection takes its time, and that shows. Otherwise nobody notices.
    if (this.#rig.settings.delivery === "network") this.#updateState("connecting");
    this.#startConnecting();
    if (this.connection === null && this.state === "connected") this.#updateState("connecting");
  }

  /** From here on, more `message` listeners than those bound now are somebody who watches. */
  closeOwnListeners(): void {
    this.#ownListeners = [...this.callbacks.get("message")];
    this.#ownBound = this.#bound;
  }

  /** How many callbacks are bound. */
  get #bound(): number {
    let count = this.global_callbacks.length;
    for (const callbacks of this.callbacks.events.values()) count += callbacks.length;
    return count;
  }

  protected override bindingsChanged(): void {
    this.#wire?.listenedToChanged();
    if (this.connection !== null && this.#isWatched()) this.options.subscriber.onWatched();
  }

  protected override callbackFailed(eventName: string, error: unknown): void {
    reportCallbackError(this.#rig, { event: eventName }, error);
  }

  #announce(bound: BoundCallback, connects: number): void {
    if (this.state !== "connected" || this.#connects !== connects) return;
    if (!this.callbacks.get("connected")?.includes(bound)) return;
    try {
      const returned: unknown = bound.fn.call(bound.context || globalThis, { socket_id: this.socket_id });
      if (returned !== undefined) watchReturned(returned, (error) => this.callbackFailed("connected", error));
    } catch (error) {
      this.callbackFailed("connected", error);
    }
  }

  #startConnecting(): void {
    let settled = false;
    const onHandshake = (_error: unknown, handshake: HandshakePayload) => {
      settled = true;
      this.#abortConnecting();
      if (handshake.action === "error") {
        this.emit("error", { type: "HandshakeError", error: handshake.error });
        this.timeline.error({ handshakeError: handshake.error });
        this.#retryIn(BACKOFF);
        return;
      }
      this.#quickRetries = handshake.action === "retry" ? this.#quickRetries + 1 : 0;
      this.handshakeCallbacks[handshake.action](handshake);
    };
    // Stands in while the strategy runs: with immediate delivery callbacks run before it returns.
    this.runner = STARTING;
    const runner = this.strategy.connect(0, onHandshake);
    if (settled) return;
    this.runner = runner;
    this.#setUnavailableTimer();
  }

  #abortConnecting(): void {
    this.runner?.abort();
    this.runner = null;
  }

  #connected(handshake: HandshakePayload): void {
    const connection = handshake.connection as Connection;
    this.activityTimeout = Math.min(
      this.options.activityTimeout,
      handshake.activityTimeout as number,
      connection.activityTimeout || Infinity,
    );
    this.#clearUnavailableTimer();
    this.#setConnection(connection);
    this.socket_id = connection.id;
    this.#connects += 1;
    this.#updateState("connected", { socket_id: this.socket_id });
  }

  #setConnection(connection: Connection): void {
    this.connection = connection;
    routesChanged();
    const wire = connection.transport.wire as ClientWire;
    this.#connectionId = wire.connectionId;
    connection.owner = this.connectionCallbacks;
    this.#resetActivityCheck();
  }

  #take(event: WireEvent): void {
    if (this.connection === null) return;
    if (this.#isInTheWay(event.channel, event.event)) {
      this.connection.receive(event);
    } else {
      this.#resetActivityCheck();
      this.options.subscriber.onEvent(event);
    }
  }

  #takeWelcome(view: View): void {
    if (this.connection === null) return;
    if (isLogging() || this.#isWatched()) {
      this.connection.receiveWelcome(view);
    } else {
      this.#resetActivityCheck();
      this.options.subscriber.onWelcome(view);
    }
  }

  #route(channel: string, event: string): RouteAnswer {
    return this.connection === null || this.#isInTheWay(channel, event)
      ? STEP_BY_STEP
      : this.options.subscriber.route(channel, event);
  }

  /** Whether somebody besides the client's own channels would notice that an event came without its frame. */
  #isInTheWay(channel: string, event: string): boolean {
    return isLogging() || event.startsWith("pusher") || channel.startsWith("#") || this.#isWatched();
  }

  #isWatched(): boolean {
    const connection = this.connection as Connection;
    const own = this.#ownListeners;
    const listeners = this.callbacks.get("message") ?? [];
    return (
      listeners.length !== own.length ||
      own.some((listener, i) => listeners[i] !== listener) ||
      this.global_callbacks.length > 0 ||
      connection.global_callbacks.length > 0 ||
      connection.callbacks.get("message") !== undefined
    );
  }

  #forget(): void {
    this.#stopActivityCheck();
    this.#abandonConnection();
    this.#isReset = this.state === "connected" || this.runner !== null;
    this.#abortConnecting();
    this.#clearUnavailableTimer();
    this.options.subscriber.onReset();
  }

  #disconnectInternally(): void {
    this.#abortConnecting();
    this.#clearRetries();
    this.#clearUnavailableTimer();
    this.#abandonConnection()?.close();
  }

  #abandonConnection(): Connection | null {
    this.#isSilent = false;
    const connection = this.connection;
    if (connection === null) return null;
    this.#stopActivityCheck();
    connection.owner = null;
    this.connection = null;
    return connection;
  }

  #updateStrategy(): void {
    const { key, timeline, usingTLS: useTLS } = this;
    this.strategy = this.options.getStrategy({ key, timeline, useTLS, subscriber: this.#subscriber });
  }

  #retryIn(delay: number): void {
    this.timeline.note({ action: "retry", delay });
    if (delay > 0) this.emit("connecting_in", Math.round(delay / 1000));
    const retry = () => {
      this.#disconnectInternally();
      this.connect();
    };
    // Where nothing waits for the clock, "at once" is the next microtask.
    const isTurn = delay === 0 && this.#rig.settings.delivery === "immediate";
    this.retryTimer = isTurn ? new Turn(retry) : this.#later(delay, retry, "retry");
    this.#retries.push(this.retryTimer);
  }

  #clearRetries(): void {
    for (const retry of this.#retries) retry.ensureAborted();
    this.#retries = [];
    this.retryTimer = null;
  }

  #setUnavailableTimer(): void {
    this.unavailableTimer = this.#later(this.options.unavailableTimeout, () => this.#updateState("unavailable"));
  }

  #clearUnavailableTimer(): void {
    this.unavailableTimer?.ensureAborted();
  }

  /** The wire has fallen silent, or is heard again. */
  #heed(isSilent: boolean): void {
    this.#isSilent = isSilent;
    if (isSilent) this.#resetActivityCheck();
    else if (this.#rig.settings.delivery !== "network") this.#stopActivityCheck();
  }

  /** Only with simulated latency: elsewhere a wire does not fall silent of itself, and a test may run all its timers to the end. */
  #resetActivityCheck(): void {
    if (this.#rig.settings.delivery !== "network" && !this.#isSilent) return;
    this.#stopActivityCheck();
    if (this.connection === null || this.connection.handlesActivityChecks()) return;
    this.activityTimer = this.#later(this.activityTimeout, () => this.#sendActivityCheck());
  }

  #sendActivityCheck(): void {
    this.#stopActivityCheck();
    this.connection?.ping();
    this.activityTimer = this.#later(this.options.pongTimeout, () => {
      this.timeline.error({ pong_timed_out: this.options.pongTimeout });
      this.#retryIn(0);
    });
  }

  #later(delay: number, action: () => void, what: WaitingFor["what"] = "timeout"): Timer {
    return this.#rig.later.after(delay, action, { what, whom: this.#connectionId });
  }

  #stopActivityCheck(): void {
    this.activityTimer?.ensureAborted();
  }

  #noteError({ error }: Ending): void {
    if (error) this.emit("error", { type: "WebSocketError", error });
  }

  #updateState(state: string, data?: { socket_id: string }): void {
    const previous = this.state;
    this.state = state;
    if (previous === state) return;
    if (isLogging()) {
      const description = data ? `${state} with new socket ID ${data.socket_id}` : state;
      logger.debug("State changed", `${previous} -> ${description}`);
    }
    this.timeline.note({ state, params: data });
    this.emit("state_change", { previous, current: state });
    this.emit(state, data);
  }
}
