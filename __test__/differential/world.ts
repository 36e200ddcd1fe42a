import Pusher from "pusher";
import type { Gateway, MockPusher } from "pushrig";
import { createMockPusher, MockPusherServer } from "pushrig";
import PusherJs from "pusher-js";

/** Which client plays a scenario. */
export type Cast = "pusher-js" | "network" | "immediate";

/** What somebody saw: its lane (a client, or the scenario itself), and the entries in their order. */
export type Trace = Record<string, string[]>;

/** Longer than any reconnect; a scenario that waits in vain fails with what it has seen. */
const PATIENCE = 20_000;

const PUBLISHING = new Set<string | symbol>(["trigger", "triggerBatch", "sendToUser"]);

/**
 * Everything that a scenario may touch. Whatever a client hears is written down in that client's own lane, because
 * pusher-js promises no order between clients.
 */
export class World {
  readonly trace: Trace = { scenario: [] };
  readonly #cast: Cast;
  readonly #rig: MockPusher;
  readonly #gateway: Gateway | undefined;
  readonly #lanes = new Map<object, string>();
  readonly #socketIds = new Map<string, string>();
  #fences = 0;
  /** Where time is moved, if there is nothing else at a gateway. */
  #clock: Gateway | undefined;
  /** What a fault does to each call that publishes. */
  publishing: (publish: () => Promise<unknown>) => Promise<unknown> = (publish) => publish();
  /** What it does each time the scenario looks whether what it waits for has come, and when it has. */
  looking: () => void = () => {};
  found: () => void = () => {};

  private constructor(cast: Cast, rig: MockPusher, gateway: Gateway | undefined) {
    this.#cast = cast;
    this.#rig = rig;
    this.#gateway = gateway;
  }

  static async open(cast: Cast, options: object): Promise<World> {
    const delivery = cast === "network" ? "network" : "immediate";
    const rig = createMockPusher({ delivery, latency: 0, ...options });
    return new World(cast, rig, cast === "pusher-js" ? await rig.listen({ port: 0 }) : undefined);
  }

  async close(): Promise<void> {
    for (const client of this.#lanes.keys()) (client as PusherJs).disconnect();
    await this.#gateway?.close({ code: 4001 });
    await this.#clock?.close();
    this.#rig.close();
  }

  get network(): MockPusher["network"] {
    return this.#rig.network;
  }

  get server(): MockPusher["server"] {
    return new Proxy(this.#rig.server, {
      get: (server, name) => {
        const member = Reflect.get(server, name) as unknown;
        if (typeof member !== "function") return member;
        const call = (...args: unknown[]): unknown => Reflect.apply(member, server, args);
        if (!PUBLISHING.has(name)) return call;
        return (...args: unknown[]) => this.publishing(() => call(...args) as Promise<unknown>);
      },
    });
  }

  /** The application's own server: npm `pusher` by HTTP, beside pusher-js, and the mock beside the mock. */
  service(options: { timeout?: number } = {}): MockPusher["server"] {
    const { id: appId, key, secret, cluster } = this.#rig.app;
    if (this.#gateway === undefined) return new MockPusherServer({ appId, key, secret, cluster, ...options });
    const { port } = this.#gateway;
    const there = { host: "127.0.0.1", port: String(port), useTLS: false };
    return new Pusher({ appId, key, secret, ...there, ...options }) as unknown as MockPusher["server"];
  }

  /** What a call to the service comes to. */
  async noteOutcome(call: () => Promise<unknown>): Promise<void> {
    try {
      const { status } = (await call()) as { status: number };
      this.note("answered", status);
    } catch (error) {
      const { name, message, status, body, error: cause } = error as Record<string, any>;
      this.note(name, message, status, body, cause?.name, cause?.type, cause?.code);
    }
  }

  /** Moves the time of the app, and of its gateway. */
  async advance(by: string): Promise<void> {
    const gateway = this.#gateway ?? (this.#clock ??= await this.#rig.listen({ port: 0 }));
    await gateway.advance(by);
  }

  /** A receiver of webhooks, which writes down what it is told, and what became of all that were sent. */
  receiver(): { noteSent(): void; remove(): void } {
    const added = this.#rig.onWebhook(async (request) => {
      const { events } = (await request.json()) as { events: object[] };
      this.note("webhook", ...events);
      return new Response();
    });
    return {
      // Of what happens at the end of a scenario nobody says when.
      remove: () => added.remove(),
      noteSent: () => {
        for (const { events, state, status, attempts, error } of this.#rig.webhooks()) {
          this.note(events[0].name, state, status, attempts, (error as Error | undefined)?.message);
        }
      },
    };
  }

  subscribers(channel: string): number {
    return this.#rig.state.getSubscriberCount(channel);
  }

  /** Resolves once every webhook has had its first answer. */
  async settledWebhooks(): Promise<void> {
    await this.#rig.settledWebhooks();
  }

  /** A client, whose states and connection errors are recorded. */
  client(options: object = {}): PusherJs {
    const { key, cluster } = this.#rig.app;
    const client =
      this.#gateway === undefined
        ? (this.#rig.client(options) as unknown as PusherJs)
        : new PusherJs(key, {
            cluster,
            wsHost: "127.0.0.1",
            wsPort: this.#gateway.port,
            forceTLS: false,
            enabledTransports: ["ws"],
            ...options,
          });
    const lane = `client ${this.#lanes.size + 1}`;
    this.#lanes.set(client, lane);
    this.trace[lane] = [];
    this.listen(client, client.connection, ["state_change", "connected", "disconnected", "error", "connecting_in"]);
    return client;
  }

  /** A client that is connected. */
  async connected(options: object = {}): Promise<PusherJs> {
    const client = this.client(options);
    await this.until(() => client.connection.state === "connected" && this.count(client, "connected") === 1);
    return client;
  }

  /** Subscribes and waits for the service's answer. */
  async subscribed(client: PusherJs, name: string, ...events: string[]): Promise<any> {
    const channel = client.subscribe(name);
    this.listen(client, channel, ["pusher:subscription_succeeded", "pusher:subscription_error", ...events], name);
    await this.until(() => channel.subscribed);
    return channel;
  }

  /** Records what `emitter` emits; `label` tells emitters of one client apart. */
  listen(client: PusherJs, emitter: any, events: readonly string[], label = ""): void {
    for (const event of events) emitter.bind(event, this.record(client, label ? `${label} ${event}` : event));
  }

  /** A callback that records its arguments in the client's lane. */
  record(client: PusherJs, label: string): (...args: any[]) => void {
    const lane = this.trace[this.#lanes.get(client)!];
    return (...args) => {
      lane.push(`${label} (${args.map((argument) => this.#show(argument)).join(", ")})`);
    };
  }

  /** How many entries of this label a client has. */
  count(client: PusherJs, label: string): number {
    return this.trace[this.#lanes.get(client)!].filter((entry) => entry.startsWith(`${label} (`)).length;
  }

  /** Waits until a client has heard something. */
  heard(client: PusherJs, label: string, times = 1): Promise<void> {
    return this.until(() => this.count(client, label) >= times);
  }

  /** Writes something down in the scenario's own lane. */
  note(...values: unknown[]): void {
    this.trace.scenario.push(values.map((value) => this.#show(value)).join(" "));
  }

  /** Writes down what a call throws. */
  noteError(call: () => unknown): void {
    try {
      call();
      this.note("nothing thrown");
    } catch (error) {
      this.note("thrown", error);
    }
  }

  async until(predicate: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      this.looking();
      if (predicate()) return this.found();
      if (Date.now() > deadline) {
        throw new Error(
          `${this.#cast} never got where it should: ${predicate.toString()}\n${JSON.stringify(this.trace, null, 1)}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Resolves when all that the client has sent was answered, and all that was sent to it on `channels` has arrived. */
  async fence(client: PusherJs, ...channels: string[]): Promise<void> {
    const event = `fence-${++this.#fences}`;
    const reached = new Set<string>();
    const ping = (): void => void reached.add("pusher:pong");
    client.bind("pusher:pong", ping);
    client.send_event("pusher:ping", {});
    await this.until(() => reached.has("pusher:pong"));
    client.unbind("pusher:pong", ping);
    for (const channel of channels) {
      const arrived = (): void => void reached.add(channel);
      client.bind(event, arrived);
      await this.server.trigger(channel, event, {});
      await this.until(() => reached.has(channel));
      client.unbind(event, arrived);
    }
  }

  /** Waits until all that was sent to clients which are still there has arrived. */
  async settle(): Promise<void> {
    // What comes twice would come behind the last fence.
    this.network.restore();
    this.publishing = (publish) => publish();
    this.looking = this.found = () => {};
    for (const client of this.#lanes.keys() as Iterable<PusherJs>) {
      if (client.connection.state !== "connected") continue;
      const channels = client.allChannels().filter(({ name, subscribed }) => subscribed && !name.includes("encrypted"));
      await this.fence(client, ...channels.map(({ name }) => name));
    }
  }

  /** Ends a client's connection from the service's side. */
  drop(client: PusherJs, { code, reason = "" }: { code: number; reason?: string }): void {
    this.#rig.network.drop(client.connection.socket_id, { code, reason });
  }

  /** Signs as an application's endpoint does: private channels, and presence channels for this member. */
  authorization(member?: { user_id: unknown; user_info?: object }): object {
    return {
      customHandler: (
        { socketId, channelName }: { socketId: string; channelName: string },
        callback: (error: Error | null, data: object) => void,
      ) => {
        const presence = channelName.startsWith("presence-") ? member : undefined;
        callback(null, this.server.authorizeChannel(socketId, channelName, presence as never));
      },
    };
  }

  /** Signs a user in. */
  authentication(user: { id: string; user_info?: object; watchlist?: string[] }): object {
    return {
      customHandler: ({ socketId }: { socketId: string }, callback: (error: Error | null, data: object) => void) => {
        callback(null, this.server.authenticateUser(socketId, user as never));
      },
    };
  }

  /** A value as text, with everything that differs from run to run named by its order. */
  #show(value: unknown): string {
    const text =
      JSON.stringify(value, (_key, part: unknown) => {
        if (part === undefined) return "<undefined>";
        if (typeof part === "function") return "<function>";
        if (part instanceof Error) return { error: part.message };
        return part;
      }) ?? "<undefined>";
    return text.replace(/\b\d{2,}\.\d{2,}\b/g, (socketId) => this.#nameOf(socketId));
  }

  /** Which of its client's sockets it is: who of two comes back first is no part of a trace. */
  #nameOf(socketId: string): string {
    const known = this.#socketIds.get(socketId);
    if (known !== undefined) return known;
    const owner = [...this.#lanes].find(([client]) => (client as PusherJs).connection.socket_id === socketId)?.[1];
    const before = [...this.#socketIds.values()].filter((name) => name.startsWith(`${owner} socket-`)).length;
    const name = `${owner} socket-${before + 1}`;
    this.#socketIds.set(socketId, name);
    return name;
  }
}

export interface Scenario {
  name: string;
  /** Options of the app. */
  app?: object;
  play: (world: World) => Promise<void>;
}

/** Plays a scenario in a world of its own. `fault` is what happens to it meanwhile. */
export async function play(scenario: Scenario, cast: Cast, fault?: (world: World) => void): Promise<Trace> {
  const world = await World.open(cast, scenario.app ?? {});
  try {
    fault?.(world);
    await scenario.play(world);
    if (fault !== undefined) await world.settle();
    return world.trace;
  } finally {
    await world.close();
  }
}
