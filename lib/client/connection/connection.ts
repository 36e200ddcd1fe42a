/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import { reportCallbackError, watchReturned } from "../../events/callback-errors.js";
import type { BoundCallback } from "../../events/callback.js";
import { Dispatcher } from "../../events/dispatcher.js";
import type { PusherEvent } from "../../events/frame.js";
import { type RouteAnswer, routesChanged, STEP_BY_STEP } from "../../events/route.js";
import { isLogging, logger } from "../logger.js";
import type { Rig } from "../../app/rig.js";
import type { View } from "../../delivery/roster.js";
import type { HandshakePayload, Strategy, StrategyOptions, StrategyRunner } from "./strategy.js";
import type { Timeline } from "./timeline.js";
import { Turn, type Timer, type WaitingFor } from "../../base/timers.js";
import type { Connection } from "./transport.js";
import type { Wire, WireSubscriber } from "../../app/wire.js";
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
  subscriber: Omit<WireSubscriber, "onSilence"> & {
    /** Somebody watches the connection from now on: every frame counts. */
    onWatched(): void;
  };
}

interface Ending {
  error?: any;
}

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
  errorCallbacks: Record<"tls_only" | "refused" | "backoff" | "retry", (ending: Ending) => void>;
  connectionCallbacks: Record<string, (argument?: any) => void>;
  handshakeCallbacks: Record<string, (handshake: HandshakePayload) => void>;

  #rig: Rig;
  /** The client, but for what the connection has a say in. */
  #subscriber: WireSubscriber;
  #connectionId = "";
  /** Every retry that is due: one close can ask for two, and the first to come is the one that counts. */
  #retries: Timer[] = [];
  /** The listeners that the client itself has for `message`; more than these means somebody watches. */
  #ownListeners: BoundCallback[] = [];
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
    this.#subscriber = {
      ...options.subscriber,
      onEvent: (event) => this.#take(event),
      onWelcome: (view) => this.#takeWelcome(view),
      route: (channel, event) => this.#route(channel, event),
      onReset: () => this.#forget(),
      onSilence: (isSilent) => this.#heed(isSilent),
    };
    this.errorCallbacks = this.#buildErrorCallbacks();
    this.connectionCallbacks = this.#buildConnectionCallbacks();
    // Field by field: an object with functions that is spread has a hidden class of its own.
    const { tls_only, refused, backoff, retry } = this.errorCallbacks;
    const connected = (handshake: HandshakePayload) => this.#connected(handshake);
    this.handshakeCallbacks = { tls_only, refused, backoff, retry, connected };
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

  get #wire(): Wire | null | undefined {
    return this.connection?.transport.wire;
  }

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
  }

  protected override bindingsChanged(): void {
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
    this.runner = { abort: () => {}, forceMinPriority: () => {} };
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
    const wire = connection.transport.wire as Wire;
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
    this.timeline.info({ action: "retry", delay });
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

  #buildConnectionCallbacks(): Record<string, (argument?: any) => void> {
    const { tls_only, refused, backoff, retry } = this.errorCallbacks;
    return {
      tls_only,
      refused,
      backoff,
      retry,
      message: (message: PusherEvent) => {
        this.#resetActivityCheck();
        this.emit("message", message);
      },
      ping: () => {
        this.send_event("pusher:pong", {});
      },
      activity: () => this.#resetActivityCheck(),
      error: (error: unknown) => {
        this.emit("error", error);
      },
      closed: () => {
        this.#abandonConnection();
        if (this.state === "connecting" || this.state === "connected") this.#retryIn(BACKOFF);
      },
    };
  }

  #buildErrorCallbacks(): ConnectionManager["errorCallbacks"] {
    const afterError = (action: () => void) => (ending: Ending) => {
      if (ending.error) this.emit("error", { type: "WebSocketError", error: ending.error });
      action();
    };
    return {
      tls_only: afterError(() => {
        this.usingTLS = true;
        this.#updateStrategy();
        this.#retryIn(0);
      }),
      refused: afterError(() => this.disconnect()),
      backoff: afterError(() => this.#retryIn(BACKOFF)),
      retry: afterError(() => this.#retryIn(this.#quickRetries > 1 ? BACKOFF : 0)),
    };
  }

  #updateState(state: string, data?: { socket_id: string }): void {
    const previous = this.state;
    this.state = state;
    if (previous === state) return;
    if (isLogging()) {
      const description = data ? `${state} with new socket ID ${data.socket_id}` : state;
      logger.debug("State changed", `${previous} -> ${description}`);
    }
    this.timeline.info({ state, params: data });
    this.emit("state_change", { previous, current: state });
    this.emit(state, data);
  }
}
