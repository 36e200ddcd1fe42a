import { MockPusherClient } from "../../lib/client/client.js";
import type { Note } from "../../lib/app/journal.js";
import type { MockPusherClientOptions } from "../../lib/options/client.js";
import type { AuthorizationFailure } from "../../lib/app/network-conditions.js";
import { Later } from "../../lib/app/later.js";
import { WeakList } from "../../lib/base/weak-list.js";
import type { Rig } from "../../lib/app/rig.js";
import { RIG } from "../../lib/app/rigs.js";
import type { Settings } from "../../lib/options/settings.js";
import type { FrameHandler, WireSubscriber } from "../../lib/app/client-wire.js";
import { throwUncaught } from "../../lib/base/uncaught.js";
import type { WireEvent } from "../../lib/events/wire-event.js";
import type { Line } from "./line.js";

/**
 * A wire whose far end is the test. A test of `lib/client/client.ts` and below mocks `lib/native/addon.js` with `no-addon.ts`, so
 * that no broker is involved.
 */
export class ScriptedWire implements Line {
  readonly sent: any[] = [];
  readonly connectionId: string;
  readonly connection: number;
  readonly key: string;
  readonly #rig: ScriptedRig;
  readonly #handler: FrameHandler;
  readonly #subscriber: WireSubscriber;
  isClosed = false;
  polls = 0;

  constructor(rig: ScriptedRig, key: string, handler: FrameHandler, subscriber: WireSubscriber, number: number) {
    this.#rig = rig;
    this.key = key;
    this.#handler = handler;
    this.#subscriber = subscriber;
    this.connection = number;
    this.connectionId = `mock-connection-${number}`;
  }

  send(text: string): boolean {
    if (this.isClosed) return false;
    const frame = JSON.parse(text);
    this.sent.push(frame);
    this.#rig.answer(frame, this);
    return true;
  }

  close(): void {
    this.isClosed = true;
  }

  poll(): void {
    this.polls += 1;
  }

  listenedToChanged(): void {}

  open(socketId = `1.${this.connection}`, activityTimeout: number | undefined = 120): void {
    this.frame("pusher:connection_established", { socket_id: socketId, activity_timeout: activityTimeout });
  }

  frame(event: string, data?: unknown, channel?: string): void {
    this.raw(JSON.stringify({ event, channel, data: data === undefined ? undefined : JSON.stringify(data) }));
  }

  raw(text: string): void {
    if (!this.isClosed) this.#handler.onFrame(text);
  }

  /** An event as the hot path gets it, from a publish: `data` is the published string. */
  event(channel: string, event: string, data?: string): void {
    this.#take({ channel, event, data, isJson: false, userId: undefined, seq: 0 });
  }

  /** An event as the hot path gets it, from another client: `data` is JSON. */
  clientEvent(channel: string, event: string, data: string, userId?: string): void {
    this.#take({ channel, event, data, isJson: true, userId, seq: 0 });
  }

  /** Exceptions end here, as with the real one: the wire belongs to somebody else's trigger. */
  #take(event: WireEvent): void {
    try {
      this.#subscriber.onEvent(event);
    } catch (error) {
      throwUncaught(error);
    }
  }

  drop(code: number, reason = "", wasClean = true): void {
    if (!this.isClosed) this.#handler.onClose(code, reason, wasClean);
  }

  reset(): void {
    this.isClosed = true;
    this.#handler.onReset();
    this.#subscriber.onReset();
  }

  boundCallbacks(channel: string): [string, unknown][] {
    return [...this.#subscriber.boundCallbacks(channel)];
  }
}

/** A rig without a broker: it opens scripted wires and remembers them. */
export class ScriptedRig {
  readonly number = 1;
  readonly app = { id: "1", key: "app-key", secret: "app-secret", cluster: "mt1" };
  readonly anyCredentials = false;
  readonly later = new Later();
  readonly clients = new WeakList<object>();
  readonly clientsInUse = new WeakList<{ onReset(): void }>();
  encryptionMasterKey: Uint8Array | undefined;
  settings: Settings;
  readonly wires: ScriptedWire[] = [];
  failure: AuthorizationFailure | undefined;
  readonly conditions = { authorizing: () => this.failure };
  /** What its clients have written into the journal. */
  readonly notes: Note[] = [];
  readonly journal = { known: 0, line: () => 0, note: (note: Note) => this.notes.push(note), nextClient: () => 1 };
  /** What happens to a wire as soon as it is opened; by default it is connected at once in `immediate`. */
  onOpen: (wire: ScriptedWire) => void = (wire) => {
    if (this.settings.delivery !== "network") wire.open();
  };
  /** What the far end does with a frame. */
  answer: (frame: any, wire: ScriptedWire) => void = () => {};

  constructor(settings: Partial<Settings> = {}) {
    this.settings = {
      delivery: "immediate",
      latency: { min: 0, max: 0 },
      pollInterval: 100,
      historyLimit: 100,
      webhookHold: 3000,
      onCallbackError: "report",
      debug: false,
      strict: { unheard: "ignore", typo: "ignore", leak: "ignore", floating: "ignore" },
      ...settings,
    };
  }

  openWire(key: string, handler: FrameHandler, subscriber: WireSubscriber): ScriptedWire {
    const wire = new ScriptedWire(this, key, handler, subscriber, this.wires.length + 1);
    this.wires.push(wire);
    this.onOpen(wire);
    return wire;
  }

  secretOf(): string {
    return this.app.secret;
  }

  authorizing(): () => void {
    return () => {};
  }

  delay(): Promise<void> {
    return Promise.resolve();
  }

  /** The wire that was opened last. */
  get wire(): ScriptedWire {
    return this.wires.at(-1)!;
  }

  client(options: Partial<MockPusherClientOptions> = {}): MockPusherClient {
    return new MockPusherClient(this.app.key, clientOptions(this, options));
  }
}

/** Options that put a client on a scripted rig. */
export function clientOptions(
  rig: ScriptedRig,
  options: Partial<MockPusherClientOptions> = {},
): MockPusherClientOptions {
  return { cluster: "mt1", ...options, [RIG]: rig as unknown as Rig } as MockPusherClientOptions;
}

/** Agrees to every subscription, at once. */
export function agree(frame: any, wire: ScriptedWire): void {
  if (frame.event !== "pusher:subscribe") return;
  const { channel } = frame.data;
  const presence = { ids: [], hash: {}, count: 0 };
  wire.frame("pusher_internal:subscription_succeeded", channel.startsWith("presence-") ? { presence } : {}, channel);
}

/** Lets pending promise reactions run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}
