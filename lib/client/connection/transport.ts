/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
/* oxlint-disable no-unused-private-class-members -- the classes in here use them, which the rule does not see */
import { Owned, type OwnerReactions } from "./owned.js";
import { throwUncaught } from "../../base/uncaught.js";
import {
  closeAction,
  closeError,
  decodeData,
  decodeFrame,
  type Handshake,
  type PusherEvent,
} from "../../events/frame.js";
import { isLogging, logger } from "../logger.js";
import type { Rig } from "../../app/rig.js";
import { openWire } from "../../app/elsewhere.js";
import { routesChanged } from "../../events/route.js";
import type { View } from "../../delivery/roster.js";
import type { Timeline } from "./timeline.js";
import type { ClientWire, FrameHandler, WireSubscriber } from "../../app/client-wire.js";
import type { WireEvent } from "../../events/wire-event.js";

export interface TransportOptions {
  rig: Rig;
  /** Who gets what arrives besides frames. */
  subscriber: WireSubscriber;
  timeline: Timeline;
  /** Milliseconds after which this transport wants a ping, when the one before it died young. */
  activityTimeout?: number;
  /** It has ended; `openedAt` is null where it never was open. */
  ended: (close: { wasClean: boolean } | undefined, openedAt: number | null) => void;
  /** Where the real client would connect; for the log. */
  url: () => string;
}

/**
 * The bottom of a client: one attempt to connect, and then the open connection. In pusher-js this wraps a WebSocket,
 * here it wraps a wire to the broker.
 *
 * Emits `open`, `message` (`{data: text}`), `closed` (`{code, reason, wasClean}`, or nothing when it was never open).
 */
export class TransportConnection extends Owned implements FrameHandler {
  hooks: any = { handlesActivityChecks: false, supportsPing: false };
  name: string;
  priority: number;
  key: string;
  options: any;
  state = "initialized";
  timeline: Timeline;
  activityTimeout: number;
  id: number;
  declare socket: any;
  declare beforeOpen: Function;
  declare initialize: Function;

  #rig: Rig;
  #wire: ClientWire | null = null;
  #openedAt: number | null = null;
  /** What arrived while `openWire` had not returned yet: without the wire nothing could be answered. */
  #early: (() => void)[] | null = null;

  constructor(name: string, key: string, options: TransportOptions) {
    super();
    this.name = name;
    this.priority = 1;
    this.key = key;
    this.options = options;
    this.#rig = options.rig;
    this.timeline = options.timeline;
    this.activityTimeout = options.activityTimeout as number;
    this.id = this.timeline.generateUniqueID();
  }

  /** The wire while there is one. */
  get wire(): ClientWire | null {
    return this.#wire;
  }

  handlesActivityChecks(): boolean {
    return false;
  }

  supportsPing(): boolean {
    return false;
  }

  ping(): void {}

  /** Opens the wire. With immediate delivery the handshake has happened when this returns. */
  connect(): boolean {
    if (this.state !== "initialized") return false;
    if (isLogging()) logger.debug("Connecting", { transport: this.name, url: this.options.url() });
    this.#changeState("connecting");
    this.#early = [];
    const wire = openWire(this.#rig, this.key, this, this.options.subscriber);
    const early = this.#early;
    this.#early = null;
    this.#wire = wire;
    this.socket = new Socket(this, wire);
    for (const arrival of early) arrival();
    return true;
  }

  /** Sends one frame; false unless open. */
  send(data: any): boolean {
    return this.state === "open" && this.#wire !== null && this.#wire.send(data);
  }

  /** Closes the wire. Those who still listen hear of it in a later turn, as they do of a closed socket. */
  close(): boolean {
    if (this.#wire === null) return false;
    this.#drop().close();
    void Promise.resolve().then(() => this.#closed({ code: 1000, reason: "", wasClean: true }));
    return true;
  }

  /** Delivers what has come since the last call, with polling delivery. */
  poll(): void {
    this.#wire?.poll();
  }

  buildTimelineMessage(message: any): any {
    return Object.assign({ cid: this.id }, message);
  }

  // What the wire calls. Exceptions end here: the wire belongs to somebody else's trigger.

  onEstablished(id: string, activityTimeout: number): void {
    if (this.#early !== null) {
      this.#early.push(() => this.onEstablished(id, activityTimeout));
      return;
    }
    if (this.#wire === null) return;
    try {
      this.#changeState("open");
      this.owner?.established?.({ action: "connected", id, activityTimeout } satisfies Handshake);
    } catch (error) {
      throwUncaught(error);
    }
  }

  onFrame(text: string): void {
    if (this.#early !== null) {
      this.#early.push(() => this.onFrame(text));
      return;
    }
    if (this.#wire === null) return;
    try {
      if (this.state === "connecting") this.#changeState("open");
      this.emit("message", { data: text });
    } catch (error) {
      throwUncaught(error);
    }
  }

  onClose(code: number, reason: string, wasClean: boolean): void {
    if (this.#early !== null) {
      this.#early.push(() => this.onClose(code, reason, wasClean));
      return;
    }
    if (this.#wire === null) return;
    this.#drop();
    try {
      const isUnreachable = this.state === "connecting" && code === 1006;
      if (this.state === "connecting" && !isUnreachable) this.#changeState("open");
      this.#closed(isUnreachable ? undefined : { code, reason, wasClean });
    } catch (error) {
      throwUncaught(error);
    }
  }

  onReset(): void {
    if (this.#wire === null) return;
    this.#drop();
    this.state = "closed";
  }

  #drop(): ClientWire {
    const wire = this.#wire as ClientWire;
    routesChanged();
    this.#wire = null;
    this.socket = undefined;
    return wire;
  }

  #closed(close: { code: number; reason: string; wasClean: boolean } | undefined): void {
    (this.options as TransportOptions).ended(close, this.#openedAt);
    this.#changeState("closed", close);
  }

  #changeState(state: string, params?: any): void {
    this.state = state;
    if (state === "open") this.#openedAt = Date.now();
    this.timeline.note({ cid: this.id, state, params });
    this.emit(state, params);
  }
}

/** What pusher-js has a WebSocket for. */
class Socket {
  readonly #transport: TransportConnection;
  readonly #wire: ClientWire;

  constructor(transport: TransportConnection, wire: ClientWire) {
    this.#transport = transport;
    this.#wire = wire;
  }

  send(text: string): boolean {
    return this.#wire.send(text);
  }

  close(): boolean {
    return this.#transport.close();
  }
}

/**
 * An established connection: frames in both directions.
 *
 * Emits `message`, `ping`, `pong`, `error`, `closed`, and at a close with a code the action that it asks for.
 */
export class Connection extends Owned {
  id: string;
  transport: TransportConnection;
  activityTimeout: number;

  constructor(id: string, transport: TransportConnection) {
    super();
    this.id = id;
    this.transport = transport;
    this.activityTimeout = transport.activityTimeout;
    transport.owner = new Connection.#Reactions(this);
  }

  /** What the transport tells. A class, as in the manager. */
  static readonly #Reactions = class implements OwnerReactions {
    readonly #connection: Connection;
    [eventName: string]: any;

    constructor(connection: Connection) {
      this.#connection = connection;
    }

    message({ data }: { data: string }): void {
      this.#connection.#read(data);
    }

    closed(close?: { code: number; reason: string }): void {
      const connection = this.#connection;
      connection.transport.owner = null;
      if (close?.code) connection.#ended(close);
      connection.emit("closed");
    }
  };

  handlesActivityChecks(): boolean {
    return this.transport.handlesActivityChecks();
  }

  send(data: any): boolean {
    return this.transport.send(data);
  }

  /**
   * Sends a frame whose data is encoded now.
   * @throws TypeError for data that is no JSON: a cycle, a BigInt
   */
  send_event(name: string, data: any, channel?: string): boolean {
    const frame: PusherEvent = { event: name, data };
    if (channel) frame.channel = channel;
    logger.debug("Event sent", frame);
    return this.send(JSON.stringify(frame));
  }

  ping(): void {
    this.send_event("pusher:ping", {});
  }

  close(): void {
    this.transport.close();
  }

  /** Takes an event that came without its frame. */
  receive(event: WireEvent): void {
    const message: PusherEvent = {
      event: event.event,
      channel: event.channel,
      data: decodeData(event.data, event.isJson),
    };
    if (event.userId) message.user_id = event.userId;
    this.#dispatch(message);
  }

  /** As if the frame had come that tells who is on the channel. */
  receiveWelcome(view: View): void {
    view.follow();
    this.#dispatch(view.succeeded());
  }

  #read(text: string): void {
    let message: PusherEvent;
    try {
      message = decodeFrame(text);
    } catch (error) {
      this.emit("error", { type: "MessageParseError", error, data: text });
      return;
    }
    this.#dispatch(message);
  }

  #dispatch(message: PusherEvent): void {
    if (isLogging()) logger.debug("Event recd", message);
    if (message.event === "pusher:error") this.emit("error", { type: "PusherError", data: message.data });
    else if (message.event === "pusher:ping") this.emit("ping");
    else if (message.event === "pusher:pong") this.emit("pong");
    this.emit("message", message);
  }

  #ended(close: { code: number; reason: string }): void {
    const action = closeAction(close.code);
    const error = closeError(close);
    if (error) this.emit("error", error);
    if (action) this.emit(action, { action, error });
  }
}
