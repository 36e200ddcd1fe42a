/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
/* oxlint-disable no-unused-private-class-members -- the classes in here use them, which the rule does not see */
import type { Config } from "../config.js";
import { closeAction, closeError, readHandshake, type Handshake } from "../../events/frame.js";
import type { Rig } from "../../app/rig.js";
import type { WireSubscriber } from "../../app/client-wire.js";
import type { Timer } from "../../base/timers.js";
import type { OwnerReactions } from "./owned.js";
import type { Timeline } from "./timeline.js";
import { Connection, TransportConnection } from "./transport.js";

export interface HandshakePayload extends Handshake {
  transport: TransportConnection;
  connection?: Connection;
}

export interface StrategyRunner {
  abort(): void;
  forceMinPriority(priority: number): void;
}

export interface Strategy {
  isSupported(): boolean;
  connect(minPriority: number, callback: Function): StrategyRunner;
}

export interface StrategyOptions {
  key: string;
  timeline: Timeline;
  useTLS: boolean;
  /** Who gets what arrives on the wire besides frames. */
  subscriber: WireSubscriber;
}

/** How long an attempt may take: 15 s, then 30 s, then 60 s each. */
const FIRST_TIMEOUT = 15_000;
const LONGEST_TIMEOUT = 60_000;
/** The shortest delay before a ping after a connection that died young. */
const SHORTEST_PING_DELAY = 10_000;

/** Transports in the order of pusher-js. Node knows no sockjs; `wss` is the extra attempt of plain `ws`. */
const SECURE = ["ws", "xhr_streaming", "xhr_polling"];
const PLAIN = ["ws", "wss", "xhr_streaming", "xhr_polling"];

/**
 * How a client gets its connection. Every transport that the options leave enabled is the same wire to the broker. An
 * attempt that finds nobody, or hangs, is followed by the next when its time is up, as in pusher-js.
 */
export class WireStrategy implements Strategy {
  #rig: Rig;
  #config: Config;
  #key: string;
  #timeline: Timeline;
  #useTLS: boolean;
  #subscriber: WireSubscriber;
  #pingDelay: number | undefined;

  constructor(rig: Rig, config: Config, options: StrategyOptions) {
    this.#rig = rig;
    this.#config = config;
    this.#key = options.key;
    this.#timeline = options.timeline;
    this.#useTLS = options.useTLS;
    this.#subscriber = options.subscriber;
  }

  /** False when the options leave no transport that Node has. */
  isSupported(): boolean {
    return this.#transport() !== undefined;
  }

  /** Calls back once with `(null, handshake)`; before this returns when the wire answers at once. */
  connect(_minPriority: number, callback: Function): StrategyRunner {
    const attempts = new WireStrategy.#Attempts(this, callback);
    attempts.begin();
    return attempts;
  }

  // Classes, as in the manager: a table of functions for each attempt took longer than the attempt.

  /** One attempt after the other, until one is answered or nobody wants it any more. */
  static readonly #Attempts = class implements StrategyRunner {
    readonly #strategy: WireStrategy;
    readonly #callback: Function;
    #timeout = FIRST_TIMEOUT;
    #timer: Timer | null = null;
    #current: { abandon(): void } | undefined;
    #isDone = false;

    constructor(strategy: WireStrategy, callback: Function) {
      this.#strategy = strategy;
      this.#callback = callback;
    }

    begin(): void {
      const attempt = new WireStrategy.#Attempt(this.#strategy, this);
      attempt.begin();
      this.#current = attempt;
      if (this.#isDone) return;
      const giveUp = (): void => {
        this.#timeout = Math.min(this.#timeout * 2, LONGEST_TIMEOUT);
        this.#current?.abandon();
        this.begin();
      };
      this.#timer = this.#strategy.#rig.later.after(this.#timeout, giveUp, { what: "timeout" });
    }

    finish(handshake: HandshakePayload): void {
      if (this.#isDone) return;
      this.#isDone = true;
      this.#timer?.ensureAborted();
      this.#callback(null, handshake);
    }

    abort(): void {
      if (this.#isDone) return;
      this.#isDone = true;
      this.#timer?.ensureAborted();
      this.#current?.abandon();
    }

    forceMinPriority(): void {}
  };

  /** A transport until it is connected, as its owner. */
  static readonly #Attempt = class implements OwnerReactions {
    readonly #attempted: TransportConnection;
    readonly #attempts: { finish(handshake: HandshakePayload): void };
    [eventName: string]: any;

    constructor(strategy: WireStrategy, attempts: { finish(handshake: HandshakePayload): void }) {
      this.#attempts = attempts;
      this.#attempted = new TransportConnection(strategy.#transport() ?? "ws", strategy.#key, {
        rig: strategy.#rig,
        subscriber: strategy.#subscriber,
        timeline: strategy.#timeline,
        activityTimeout: strategy.#pingDelay,
        url: () => strategy.#url(),
        ended: (close, openedAt) => strategy.#noteDeath(close, openedAt),
      });
    }

    begin(): void {
      this.#attempted.owner = this;
      this.#attempted.connect();
    }

    message({ data }: { data: string }): void {
      let handshake: Handshake;
      try {
        handshake = readHandshake(data);
      } catch (error) {
        handshake = { action: "error", error };
      }
      if (handshake.action === "connected") {
        this.established(handshake);
        return;
      }
      const transport = this.#attempted;
      transport.owner = null;
      const { action, error } = handshake;
      this.#attempts.finish({ action, error, transport });
      transport.close();
    }

    established({ action, id, activityTimeout }: Handshake): void {
      const transport = this.#attempted;
      transport.owner = null;
      const connection = new Connection(id as string, transport);
      this.#attempts.finish({ action, id, activityTimeout, transport, connection });
    }

    closed(close?: { code: number; reason: string }): void {
      const transport = this.#attempted;
      transport.owner = null;
      // Nobody there: wait until the time of this attempt is up.
      if (!close) return;
      this.#attempts.finish({ action: closeAction(close.code) ?? "backoff", error: closeError(close), transport });
    }

    /** Gives it up. */
    abandon(): void {
      this.#attempted.owner = null;
      this.#attempted.close();
    }
  };

  /** A connection that died young and uncleanly makes the next one send pings sooner. */
  #noteDeath(close: { wasClean: boolean } | undefined, openedAt: number | null): void {
    if (!close || close.wasClean || openedAt === null) return;
    const lifespan = Date.now() - openedAt;
    if (lifespan < 2 * this.#config.activityTimeout) this.#pingDelay = Math.max(lifespan / 2, SHORTEST_PING_DELAY);
  }

  /** The transport that pusher-js would try first. */
  #transport(): string | undefined {
    const { enabledTransports, disabledTransports } = this.#config;
    return (this.#useTLS ? SECURE : PLAIN).find(
      (name) =>
        (!enabledTransports || (enabledTransports as string[]).includes(name)) &&
        !(disabledTransports as string[] | undefined)?.includes(name),
    );
  }

  #url(): string {
    const { wsHost, wsPort, wssPort, wsPath } = this.#config;
    const base = this.#useTLS ? `wss://${wsHost}:${wssPort}` : `ws://${wsHost}:${wsPort}`;
    return `${base}${wsPath}/app/${this.#key}?protocol=7&client=js&version=8.6.0&flash=false`;
  }
}
