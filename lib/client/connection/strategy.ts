/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import type { Config } from "../config.js";
import { closeAction, closeError, readHandshake, type Handshake } from "../../events/frame.js";
import type { Rig } from "../../app/rig.js";
import type { WireSubscriber } from "../../app/client-wire.js";
import type { Timer } from "../../base/timers.js";
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
    let timeout = FIRST_TIMEOUT;
    let timer: Timer | null = null;
    let abandon: () => void = () => {};
    let done = false;
    const attempt = (): void => {
      abandon = this.#attempt((handshake) => {
        if (done) return;
        done = true;
        timer?.ensureAborted();
        callback(null, handshake);
      });
      if (done) return;
      const giveUp = (): void => {
        timeout = Math.min(timeout * 2, LONGEST_TIMEOUT);
        abandon();
        attempt();
      };
      timer = this.#rig.later.after(timeout, giveUp, { what: "timeout" });
    };
    attempt();
    return {
      abort: () => {
        if (done) return;
        done = true;
        timer?.ensureAborted();
        abandon();
      },
      forceMinPriority: () => {},
    };
  }

  /** Makes one attempt; the function it returns gives it up. */
  #attempt(finish: (handshake: HandshakePayload) => void): () => void {
    const transport = new TransportConnection(this.#transport() ?? "ws", this.#key, {
      rig: this.#rig,
      subscriber: this.#subscriber,
      timeline: this.#timeline,
      activityTimeout: this.#pingDelay,
      url: this.#url(),
      ended: (close, openedAt) => this.#noteDeath(close, openedAt),
    });
    const message = ({ data }: { data: string }) => {
      transport.owner = null;
      let handshake: Handshake;
      try {
        handshake = readHandshake(data);
      } catch (error) {
        handshake = { action: "error", error };
      }
      if (handshake.action === "connected") {
        const connection = new Connection(handshake.id as string, transport);
        finish({ ...handshake, transport, connection });
      } else {
        finish({ ...handshake, transport });
        transport.close();
      }
    };
    const closed = (close?: { code: number; reason: string }) => {
      transport.owner = null;
      // Nobody there: wait until the time of this attempt is up.
      if (!close) return;
      finish({ action: closeAction(close.code) ?? "backoff", error: closeError(close), transport });
    };
    transport.owner = { message, closed };
    transport.connect();
    return () => {
      transport.owner = null;
      transport.close();
    };
  }

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
