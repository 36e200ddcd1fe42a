/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
/* oxlint-disable no-unused-private-class-members -- the classes in here use them, which the rule does not see */
import { NativePusherClient } from "../native/addon.js";
import type { Channel } from "./channels/channel.js";
import type { Channels } from "./channels/channels.js";
import { checkOwnOptions, type ClusterOptions, type MockPusherClientOptions } from "../options/client.js";
import type { Config } from "./config.js";
import type * as Makings from "./makings.js";
import type { RigSide } from "./mock-side.js";
import { MOCK, type MockSide } from "./owner.js";
import type { ConnectionManager, ConnectionManagerOptions } from "./connection/connection.js";
import { Dispatcher } from "../events/dispatcher.js";
import { nacl } from "../native/secretbox.js";
import { decodeData, type PusherEvent } from "../events/frame.js";
import { configureLogger, isLogging, logger } from "./logger.js";
import type { Rig } from "../app/rig.js";
import { rigFor } from "../app/rigs.js";
import type { View } from "../delivery/roster.js";
import { NOBODY, type RouteAnswer, STEP_BY_STEP } from "../events/route.js";
import { Runtime } from "./runtime.js";
import type { Timeline, TimelineSender } from "./connection/timeline.js";
import { PeriodicTimer, type Timer } from "../base/timers.js";
import type { MockWho } from "../journal/question.js";
import { JOURNAL, type Subject } from "../journal/subject.js";
import { type Place, WeakList } from "../base/weak-list.js";
import type { UserFacade } from "./user.js";
import { validateOptions } from "./valid.js";
import type { WireEvent } from "../events/wire-event.js";

let loaded: typeof Makings | undefined;

function makings(): typeof Makings {
  return (loaded ??= require("./makings.js") as typeof Makings);
}

/** Bindings on the client itself: events of all channels. */
class ClientEvents extends Dispatcher {
  #mock: MockSide;

  constructor(mock: MockSide) {
    super();
    this.#mock = mock;
  }

  protected override bindingsChanged(): void {
    this.#mock.bindingsChanged();
  }

  protected override noteBound(eventName: string | undefined): void {
    this.#mock.noteBound("client", eventName);
  }

  protected override noteUnbound(eventName: string | undefined, count: number): void {
    this.#mock.noteUnbound("client", eventName, count);
  }

  protected override callbackFailed(eventName: string, error: unknown): void {
    this.#mock.callbackFailed({ event: eventName }, error);
  }
}

/** A client as its connection sees it. */
type Client = ConnectionManagerOptions["subscriber"];

/** Every client. */
const living = new WeakList<MockPusherClient>();

/**
 * `pusher-js` 8.6.0 (its Node build) over a broker in this process.
 *
 * With immediate delivery it is `connected` when the constructor returns. A client works until `disconnect()`; after
 * `reset()` it gets a new connection when it is used again.
 */
export class MockPusherClient extends NativePusherClient {
  /** The clients that are still in use, connected or not. pusher-js keeps every client for ever. */
  static get instances(): MockPusherClient[] {
    return [...living];
  }

  static isReady = true;
  /** Taken over when a client is constructed. */
  static logToConsole = false;
  /** Taken over when a client is constructed; wins over `logToConsole`. */
  static log: (message: any) => void;
  static Runtime: any = Runtime;
  /** For JSONP, which Node does not have. */
  static ScriptReceivers: any;
  static DependenciesReceivers: any;
  static auth_callbacks: any;

  static ready(): void {
    MockPusherClient.isReady = true;
    for (const client of MockPusherClient.instances) client.connect();
  }

  static getClientFeatures(): string[] {
    return ["ws"];
  }

  declare key: string;
  declare options: MockPusherClientOptions;
  declare config: Config;
  declare channels: Channels;
  declare global_emitter: Dispatcher;
  declare sessionID: number;
  declare timeline: Timeline;
  declare timelineSender: TimelineSender;
  declare connection: ConnectionManager;
  declare timelineSenderTimer: PeriodicTimer | null;
  declare user: UserFacade;

  #rig: Rig;
  /** Where this is among those in use. */
  readonly #place: Place<MockPusherClient>;
  #mock: RigSide;
  /** Runs with polling delivery while anything is bound. */
  #polling: Timer | null = null;
  /** Milliseconds between its ticks; 0 while nothing ticks. */
  #pollInterval = 0;

  /**
   * A key or cluster that is given as undefined, such as an unset variable of the environment, is that of the app.
   *
   * @throws strings, as pusher-js does: without options, without a cluster, for the key null, for an unknown transport;
   *   TypeError for a wrong option of the mock's own
   */
  constructor(givenKey: string, givenOptions: MockPusherClientOptions) {
    configureLogger(MockPusherClient.log, MockPusherClient.logToConsole);
    validateOptions(givenKey, givenOptions);
    checkOwnOptions(givenOptions);
    // pusher-js's Node build puts its nacl into the caller's object. A frozen one stays as it is.
    if (!givenOptions.nacl) Reflect.set(givenOptions, "nacl", nacl);
    const rig = rigFor(givenOptions, givenKey);
    const key = givenKey === undefined ? rig.app.key : givenKey;
    const options = givenOptions.cluster === undefined ? { ...givenOptions, cluster: rig.app.cluster } : givenOptions;
    super();
    const { Channels, ConnectionManager, RigSide, Timeline, TimelineSender, UserFacade, WireStrategy } = makings();
    this.#rig = rig;
    this.#mock = new RigSide(rig, this, () => this.#heed(), options.name);
    this.key = key;
    this.options = options;
    this.config = this.#configured();
    this.channels = new Channels();
    this.global_emitter = new ClientEvents(this.#mock);
    this.sessionID = Runtime.randomInt(1_000_000_000);
    this.timeline = new Timeline(key, this.sessionID, {
      cluster: this.config.cluster,
      features: MockPusherClient.getClientFeatures(),
      params: this.config.timelineParams || {},
      limit: 50,
      level: 6,
      version: "8.6.0",
    });
    if (this.config.enableStats) {
      this.timelineSender = new TimelineSender(this.timeline, {
        host: this.config.statsHost,
        path: "/timeline/v2/xhr",
      });
    }
    const subscriber = new MockPusherClient.#Subscriber(this);
    this.connection = new ConnectionManager(key, {
      getStrategy: (strategy) => new WireStrategy(this.#rig, this.config, strategy),
      timeline: this.timeline,
      activityTimeout: this.config.activityTimeout,
      pongTimeout: this.config.pongTimeout,
      unavailableTimeout: this.config.unavailableTimeout,
      useTLS: this.config.useTLS,
      rig: this.#rig,
      subscriber,
    });
    this.#listen(subscriber);

    this.#place = living.add(this);
    rig.clients.add(subscriber);
    this.timeline.note({ instances: living.size });

    this.user = new UserFacade(this);
    this.connection.closeOwnListeners();
    if (MockPusherClient.isReady) this.connect();
  }

  /** A class, because an object with a function for each takes more than the rest of the client's own. */
  static readonly #Subscriber = class implements Client {
    readonly client: MockPusherClient;

    constructor(client: MockPusherClient) {
      this.client = client;
    }

    get identity(): Client["identity"] {
      return this.client.#mock.identity;
    }

    onEvent(event: WireEvent): void {
      this.client.#deliver(event);
    }

    onWelcome(view: View): void {
      this.client.#welcome(view);
    }

    onWatched(): void {
      const { PresenceChannel } = makings();
      for (const channel of this.client.channels.all()) if (channel instanceof PresenceChannel) channel.members.own();
    }

    route(channel: string, event: string): RouteAnswer {
      return this.client.#route(channel, event);
    }

    onReset(): void {
      this.client.#mock.onReset();
    }

    onSettings(): void {
      this.client.#heed();
    }

    isPolling(): boolean {
      return this.client.#pollInterval > 0;
    }

    boundCallbacks(channel: string): ReturnType<Client["boundCallbacks"]> {
      return this.client.#boundCallbacks(channel);
    }
  };

  /** As the addon's own class has it; `""` before the first connection. */
  override socketId(): string {
    return this.connection.socket_id ?? "";
  }

  /** The app is gone, and this will never be in use again. */
  #retire(): void {
    living.remove(this.#place);
  }

  /** The mock's name of the connection, `mock-connection-N`, as `pusherMockState` knows it. */
  get connectionId(): string {
    return this.connection.connectionId;
  }

  /** What channels and the user facade find here besides what pusher-js has. */
  get [MOCK](): MockSide {
    return this.#mock;
  }

  [JOURNAL](): Subject {
    const { number, name } = this.#mock.identity;
    const client: MockWho = { connectionId: this.connectionId, client: number, name };
    return { app: this.#rig.watched(), client };
  }

  /** Connects to another cluster and app key. Channels and bindings stay. */
  switchCluster({ appKey, cluster }: ClusterOptions): void {
    this.key = appKey;
    this.options = { ...this.options, cluster };
    this.config = this.#configured();
    this.connection.switchCluster(this.key);
  }

  /** Undefined when there is no such channel (typed as in pusher-js). */
  channel(name: string): Channel {
    this.connection.reopen();
    return this.channels.find(name);
  }

  allChannels(): Channel[] {
    return this.channels.all();
  }

  connect(): void {
    this.connection.connect();
    if (this.timelineSender && !this.timelineSenderTimer) {
      const usingTLS = this.connection.isUsingTLS();
      this.timelineSenderTimer = new PeriodicTimer(60_000, () => this.timelineSender.send(usingTLS));
    }
  }

  override disconnect(): void {
    this.connection.disconnect();
    this.timelineSenderTimer?.ensureAborted();
    if (this.timelineSenderTimer) this.timelineSenderTimer = null;
  }

  /** Calls `callback` with `(data)` for this event of any channel, subscribed or not. */
  bind(event_name: string, callback: Function, context?: any): this {
    this.global_emitter.bind(event_name, callback, context);
    this.connection.reopen();
    return this;
  }

  unbind(event_name?: string, callback?: Function, context?: any): this {
    this.global_emitter.unbind(event_name, callback, context);
    return this;
  }

  bind_global(callback: Function): this {
    this.global_emitter.bind_global(callback);
    this.connection.reopen();
    return this;
  }

  unbind_global(callback?: Function): this {
    this.global_emitter.unbind_global(callback);
    return this;
  }

  /** Takes out every binding of the client, whatever the argument. */
  unbind_all(_callback?: Function): this {
    this.global_emitter.unbind_all();
    return this;
  }

  subscribeAll(): void {
    for (const name of Object.keys(this.channels.channels)) this.subscribe(name);
  }

  /**
   * The channel of this name, subscribed when the service has agreed to it. The same object while it is subscribed or
   * waiting; a new one after `unsubscribe`.
   * @throws TypeError for what is no name, BadChannelName for `#…`, UnsupportedFeature for encryption without nacl
   */
  override subscribe(channel_name: string): Channel {
    this.connection.reopen();
    const channel = this.channels.add(channel_name, this);
    if (channel.subscriptionPending && channel.subscriptionCancelled) channel.reinstateSubscription();
    else if (!channel.subscriptionPending && this.connection.state === "connected") channel.subscribe();
    return channel;
  }

  /** Leaves a channel; one that waits for its subscription leaves as soon as it has it. */
  override unsubscribe(channel_name: string): void {
    const waiting = this.channels.find(channel_name);
    if (waiting?.subscriptionPending) {
      waiting.cancelSubscription();
      return;
    }
    const channel = this.channels.remove(channel_name);
    if (channel?.subscribed) channel.unsubscribe();
    this.#heed();
  }

  /** Sends any event; false when not connected. */
  send_event(event_name: string, data: any, channel?: string): boolean {
    this.connection.reopen();
    return this.connection.send_event(event_name, data, channel);
  }

  shouldUseTLS(): boolean {
    return this.config.useTLS;
  }

  signin(): void {
    this.connection.reopen();
    this.user.signin();
  }

  /** Starts or stops polling after a change of bindings or settings. */
  #heed(): void {
    const { delivery, pollInterval } = this.#rig.settings;
    const isNeeded = delivery === "polling" && this.connection.state !== "disconnected" && this.#isBound();
    const interval = isNeeded ? pollInterval : 0;
    if (interval === this.#pollInterval) return;
    this.#pollInterval = interval;
    this.#polling?.ensureAborted();
    if (isNeeded) this.#polling = this.#rig.later.every(interval, () => this.connection.poll(), { what: "tick" });
    // What waited for the next tick goes to whoever is bound now.
    else this.connection.poll();
  }

  #configured(): Config {
    const { channelAuthorizer, getConfig, userAuthenticator } = makings();
    return getConfig(this.options, {
      userAuthenticator: userAuthenticator(this.options, this.#mock),
      channelAuthorizer: channelAuthorizer(this.options, this.#mock),
    });
  }

  /** The same functions for all clients, each with its own context: to make them with each client took a tenth of it. */
  #listen(context: { client: MockPusherClient }): void {
    const { connection } = this;
    connection.bind("connected", MockPusherClient.#onConnected, context);
    connection.bind("message", MockPusherClient.#onMessage, context);
    connection.bind("connecting", MockPusherClient.#onConnecting, context);
    connection.bind("disconnected", MockPusherClient.#onDisconnected, context);
    connection.bind("error", MockPusherClient.#onError, context);
  }

  static #onConnected(this: { client: MockPusherClient }): void {
    const { client } = this;
    client.#heed();
    client.subscribeAll();
    if (client.timelineSender) client.timelineSender.send(client.connection.isUsingTLS());
  }

  static #onMessage(this: { client: MockPusherClient }, event: PusherEvent): void {
    const { channels, global_emitter: emitter } = this.client;
    if (event.channel) channels.find(event.channel)?.handleEvent(event);
    if (!event.event.startsWith("pusher_internal:")) emitter.emit(event.event, event.data);
  }

  static #onConnecting(this: { client: MockPusherClient }): void {
    this.client.channels.disconnect();
  }

  static #onDisconnected(this: { client: MockPusherClient }): void {
    const { client } = this;
    if (client.#rig.isClosed) client.#retire();
    client.channels.disconnect();
    client.#heed();
  }

  static #onError(error: unknown): void {
    if (isLogging()) logger.warn(error);
  }

  /** Nothing is decoded or made unless a callback is there to get it. */
  #deliver(event: WireEvent): void {
    const { event: name, channel: channelName } = event;
    const channel = this.channels.find(channelName);
    const isHeard = channel !== undefined && channel.hears(name);
    if (!isHeard && !this.global_emitter.hears(name)) return;
    const data = decodeData(event.data, event.isJson);
    if (isHeard) channel.handleEvent({ event: name, channel: channelName, data, user_id: event.userId });
    this.global_emitter.emit(name, data);
  }

  #welcome(view: View): void {
    const { PresenceChannel } = makings();
    const channel = this.channels.find(view.channel);
    if (channel instanceof PresenceChannel) channel.welcome(view);
  }

  #route(channelName: string, event: string): RouteAnswer {
    if (this.global_emitter.hears(event)) return STEP_BY_STEP;
    const channel = this.channels.find(channelName);
    return channel === undefined ? NOBODY : channel.route(event);
  }

  *#boundCallbacks(channelName: string): Iterable<[event: string, callback: (data: any) => void]> {
    for (const [event, callbacks] of this.channels.find(channelName)?.callbacks.events ?? []) {
      for (const { fn } of callbacks) yield [event, fn as (data: any) => void];
    }
  }

  #isBound(): boolean {
    return (
      this.global_emitter.isBound() ||
      this.user.isBound() ||
      this.user.watchlist.isBound() ||
      this.channels.all().some((channel) => channel.isBound())
    );
  }
}
