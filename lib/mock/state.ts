/** `pusherMockState`: looking inside an app, and driving it without a client. */

import { native } from "../native/addon.js";
import { Bindings } from "../events/bindings.js";
import type { Callback } from "../events/callback.js";
import { reportCallbackError } from "../events/callback-errors.js";
import { takeRejection } from "../native/rejection.js";
import { thrown } from "../app/journal.js";
import type { Rig } from "../app/rig.js";
import { errorOf } from "../server/request.js";
import { validateChannel, validateEventName } from "../server/rules.js";
import { asText } from "../server/server.js";
import { show } from "../base/shown.js";
import { callingLine } from "../base/source-line.js";
import { JOURNAL, type Journaled, type Subject } from "../journal/subject.js";
import type { Trigger } from "./message.js";
import { wires } from "../app/on-demand.js";
import { asking } from "./on-demand.js";
import { liveSeats, threadState } from "../delivery/thread.js";
import type { Wire } from "../app/wire.js";
import { decode } from "../base/decode.js";

/** A published event as history keeps it. */
export interface ChannelMessage {
  channel: string;
  event: string;
  /** What a subscriber receives. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what data is, is the application's to say
  data: any;
  /** Milliseconds of `Date.now()` when it was triggered. */
  timestamp: number;
}

/** One channel with subscribers, at the moment it was asked for. */
export interface ChannelState {
  /** Connection ids. */
  subscribers: Set<string>;
  /** Callbacks of this thread's clients, by event. */
  eventCallbacks: Map<string, Set<Callback>>;
  /** Oldest first. */
  messageHistory: ChannelMessage[];
}

/** One connection's subscriptions, at the moment they were asked for. */
export interface SubscriptionState {
  channels: Set<string>;
}

/** What `getState()` answers: channels with subscribers, connections with channels. */
export interface StateSnapshot {
  channels: Array<{ name: string; subscriberCount: number; messageCount: number; events: string[] }>;
  subscriptions: Array<{ connectionId: string; channelCount: number; channels: string[] }>;
}

/** The contract's state manager. Methods throw what `MockPusherServer` throws or rejects with, at once. */
export class PusherMockState implements Journaled {
  readonly #rigOf: () => Rig;
  /** Connections that only exist through this object, and bindings it has added to clients' ones. */
  readonly #wires = new Map<string, Wire>();
  /** What the budgets had cost when somebody last looked. */
  #toldDropped = 0;
  /** The beginning of the page of which it was said that its first entries are forgotten. */
  #toldForgotten = -1;

  /** @param rigOf the rig to look into, asked for at every call */
  constructor(rigOf: () => Rig) {
    this.#rigOf = rigOf;
  }

  /** A new `mock-connection-N`; `reset()` starts again at 1. */
  generateConnectionId(): string {
    return native.nextConnectionName(this.#rigOf().number);
  }

  /** Subscribes a connection, which is made if it is new. Any non-empty string will do as id. */
  subscribe(connectionId: string, channelName: string): void {
    requireConnectionId(connectionId);
    validateChannel(channelName);
    const rig = this.#rigOf();
    const { seat } = rig;
    const wire = this.#wire(rig, connectionId);
    const connection = wire?.connection ?? native.connectionNamed(rig.number, connectionId);
    rig.journal.flush();
    rig.journal.comesFrom(rig.journal.line());
    const channel = native.subscribeTrusted(rig.number, seat.number, connection, channelName, seat.clock.now());
    rig.seat.settle();
    rig.watchDeadline();
    if (channel === 0) {
      this.#release(connectionId);
      throw errorOf(takeRejection(), "/events");
    }
  }

  /** Ends a connection's subscription; harmless when there is none. */
  unsubscribe(connectionId: string, channelName: string): void {
    requireConnectionId(connectionId);
    const rig = this.#rigOf();
    const connection = native.connectionNamed(rig.number, connectionId);
    if (connection === 0) return;
    const { seat } = rig;
    rig.journal.flush();
    rig.journal.comesFrom(rig.journal.line());
    native.unsubscribeTrusted(rig.number, seat.number, connection, channelName, seat.clock.now());
    const own = this.#wires.get(connectionId);
    if (own?.bindings !== undefined) noteUnbound(rig, own, channelName, own.bindings.remove(channelName));
    rig.seat.settle();
    rig.watchDeadline();
    this.#release(connectionId);
  }

  /** Binds a callback to an event of a channel; it is called while the connection is subscribed. */
  bind(connectionId: string, channelName: string, eventName: string, callback: Callback): void {
    requireConnectionId(connectionId);
    validateChannel(channelName);
    requireEventName("bind", eventName);
    if (typeof callback !== "function") {
      throw new TypeError(
        `pushrig: bind(${show(connectionId)}, ${show(channelName)}, ${show(eventName)}, callback) ` +
          `takes a function as callback, not ${callback === null ? "null" : typeof callback}`,
      );
    }
    const rig = this.#rigOf();
    const wire = this.#wire(rig, connectionId);
    if (wire === undefined) {
      throw new Error(`pushrig: connection ${show(connectionId)} belongs to another thread or socket; bind there`);
    }
    wire.bindings ??= new Bindings((event, error) => {
      const { taking: cause, party } = wire;
      const { channel } = event;
      rig.journal.note({ kind: "threw", ...party, channel, event: event.event, cause, text: thrown(error) });
      reportCallbackError(rig, event, error);
    });
    if (!wire.bindings.add(channelName, eventName, callback)) return;
    const { journal } = rig;
    const bound = { channel: channelName, event: eventName, taken: wire.taken, line: journal.line() };
    journal.note({ kind: "bound", ...wire.party, ...bound });
  }

  /** Removes a callback, or every callback of the event that this connection has bound. */
  unbind(connectionId: string, channelName: string, eventName?: string, callback?: Callback): void {
    requireConnectionId(connectionId);
    const rig = this.#rigOf();
    const wire = this.#existing(rig, connectionId);
    if (wire?.bindings !== undefined) {
      noteUnbound(rig, wire, channelName, wire.bindings.remove(channelName, eventName, callback));
    }
    this.#release(connectionId);
  }

  /** Publishes; in `immediate`, callbacks have run when this returns. */
  trigger(channelName: string, eventName: string, data: unknown): void {
    requireEventName("trigger", eventName);
    validateChannel(channelName);
    const text = asText(data);
    const rig = this.#rigOf();
    const line = rig.journal.tellsLines ? callingLine(OWN_TRIGGER) : undefined;
    const answer =
      text === undefined
        ? rig.request("POST", "/events", {}, JSON.stringify({ name: eventName, data: text, channel: channelName }))
        : rig.publish(channelName, eventName, text, line);
    if (answer !== undefined && answer.status >= 400) throw errorOf(answer, "/events");
  }

  /**
   * The channel's last messages (100 unless configured), oldest first. They stay until `reset()`, within 64 MiB over all
   * channels.
   */
  getChannelMessages(channelName: string): ChannelMessage[] {
    return readMessages(native.messages(this.#inspected().number, String(channelName)));
  }

  /** Messages strictly later than `timestamp`, in milliseconds since the epoch. */
  getMessagesSince(channelName: string, timestamp: number): ChannelMessage[] {
    return readMessages(native.messagesSince(this.#inspected().number, String(channelName), Number(timestamp)));
  }

  /**
   * Everything that was triggered or sent by clients since the last reset, in order over all channels, with whom it went to. What the
   * journal has no room for is missing: it keeps 10,000 entries, within 8 MiB.
   */
  triggers(): Trigger[] {
    const page = this.#rigOf().journal.read();
    if (page.forgotten > page.start && this.#toldForgotten !== page.start) {
      this.#toldForgotten = page.start;
      console.warn(
        "pushrig: triggers() lacks the first events since the last reset: the journal keeps 10,000 entries, within 8 MiB. " +
          "reset() starts anew, and during() looks at what one act triggers. This is said once until then.",
      );
    }
    return asking().triggersIn(page);
  }

  [JOURNAL](): Subject {
    return { app: this.#rigOf().watched() };
  }

  /** How many connections are subscribed. */
  getSubscriberCount(channelName: string): number {
    return native.subscriberCount(this.#rigOf().number, String(channelName));
  }

  /** Names of the channels with at least one subscriber. */
  getActiveChannels(): string[] {
    return [...native.activeChannels(this.#rigOf().number)];
  }

  /** A snapshot of a channel; undefined when nobody is subscribed. */
  getChannelState(channelName: string): ChannelState | undefined {
    const rig = this.#rigOf();
    const subscribers = native.channelSubscribers(rig.number, String(channelName));
    if (subscribers.length === 0) return undefined;
    const eventCallbacks = new Map<string, Set<Callback>>();
    for (const [event, callback] of bound(rig, channelName)) {
      const callbacks = eventCallbacks.get(event);
      if (callbacks === undefined) eventCallbacks.set(event, new Set([callback]));
      else callbacks.add(callback);
    }
    return { subscribers: new Set(subscribers), eventCallbacks, messageHistory: this.getChannelMessages(channelName) };
  }

  /** A snapshot of a connection; undefined when it is subscribed to nothing. */
  getSubscriptionState(connectionId: string): SubscriptionState | undefined {
    const channels = native.subscribedChannels(this.#rigOf().number, String(connectionId));
    return channels === null || channels.length === 0 ? undefined : { channels: new Set(channels) };
  }

  /** Ends a connection with its subscriptions and bindings; a client sees its connection closed. */
  disconnect(connectionId: string): void {
    requireConnectionId(connectionId);
    const rig = this.#rigOf();
    const own = this.#wires.get(connectionId);
    if (own !== undefined) {
      own.close();
      return;
    }
    const connection =
      native.connectionNamed(rig.number, connectionId) || native.connectionWithSocket(rig.number, connectionId);
    if (connection !== 0) rig.drop(connection, 4099, "Disconnected by pusherMockState.disconnect()");
  }

  /** Forgets channels, history, subscriptions and bindings; clients reopen on their next use. */
  reset(): void {
    this.#rigOf().reset();
  }

  /** Channels with subscribers and connections with channels. */
  getState(): StateSnapshot {
    const rig = this.#inspected();
    const state = JSON.parse(native.state(rig.number)) as StateSnapshot;
    for (const channel of state.channels) {
      channel.events = [...new Set(bound(rig, channel.name).map(([event]) => event))];
    }
    return state;
  }

  /** The rig, for who looks into the history: told once when a budget of bytes has cost something of it. */
  #inspected(): Rig {
    const rig = this.#rigOf();
    const [messages = 0, cached = 0] = native.droppedByBudget(rig.number);
    const told = this.#toldDropped;
    this.#toldDropped = messages + cached;
    // Fewer than before: a reset has come between.
    if (told === 0 || told > messages + cached) {
      if (messages > 0) {
        console.warn(
          `pushrig: ${many(messages, "message is", "messages are")} no longer in the history, which takes 64 MiB over all channels: ` +
            `the least recently used ones have lost their oldest. reset() starts anew. This is said once.`,
        );
      }
      if (cached > 0) {
        console.warn(
          `pushrig: ${many(cached, "cache channel has", "cache channels have")} forgotten their event, of which 64 MiB are kept ` +
            `over all channels: the oldest have gone. reset() starts anew. This is said once.`,
        );
      }
    }
    return rig;
  }

  /** The wire behind a connection id: a client's, this object's, or a new one; undefined when it is elsewhere. */
  #wire(rig: Rig, connectionId: string): Wire | undefined {
    const existing = this.#existing(rig, connectionId);
    if (existing !== undefined || native.connectionNamed(rig.number, connectionId) !== 0) return existing;
    const { Wire } = wires();
    const wire = new Wire(rig, undefined, connectionId);
    // However it ends, whoever comes by that name next is somebody else.
    wire.onEnd = () => this.#wires.delete(connectionId);
    const refusal = wire.openNow();
    if (refusal !== undefined) {
      throw new Error(
        `pushrig: connection ${show(connectionId)} was refused with ${refusal.code}, as a client would be: ${refusal.message}`,
      );
    }
    this.#wires.set(connectionId, wire);
    return wire;
  }

  #existing(rig: Rig, connectionId: string): Wire | undefined {
    const connection = native.connectionNamed(rig.number, connectionId);
    return connection === 0 ? undefined : (rig.seat.listener(connection) as Wire | undefined);
  }

  /** A connection made here ends when nothing is left of it. */
  #release(connectionId: string): void {
    const wire = this.#wires.get(connectionId);
    if (wire === undefined || wire.bindings?.isEmpty === false) return;
    if (this.getSubscriptionState(connectionId) !== undefined) return;
    wire.close();
  }
}

/** The method itself, whatever a spy has put in its place. */
const OWN_TRIGGER = PusherMockState.prototype.trigger;

function bound(rig: Rig, channelName: string): Array<[event: string, callback: Callback]> {
  return liveSeats(threadState()).flatMap((seat) => seat.boundCallbacks(rig.appId, channelName));
}

function noteUnbound(rig: Rig, wire: Wire, channel: string, removed: Array<[event: string, count: number]>): void {
  const { journal } = rig;
  for (const [event, count] of removed) {
    const unbound = { channel, event, taken: wire.taken, line: journal.line(), ...(count !== 1 && { count }) };
    journal.note({ kind: "unbound", ...wire.party, ...unbound });
  }
}

function many(count: number, one: string, several: string): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : several}`;
}

function readMessages(json: string): ChannelMessage[] {
  const messages = JSON.parse(json) as ChannelMessage[];
  for (const message of messages) message.data = decode(message.data ?? undefined);
  return messages;
}

function requireConnectionId(connectionId: unknown): void {
  if (typeof connectionId !== "string" || connectionId === "") {
    throw new TypeError(
      `pushrig: a connection id is a non-empty string such as pusherMockState.generateConnectionId() answers, not ${show(
        connectionId,
      )}`,
    );
  }
}

/** The SDK's rule of 200 characters, for a string. */
function requireEventName(method: string, eventName: unknown): void {
  if (typeof eventName !== "string") {
    throw new TypeError(
      `pushrig: pusherMockState.${method}() needs an event's name, a string such as "new-message", not ${show(eventName)}`,
    );
  }
  validateEventName(eventName);
}
