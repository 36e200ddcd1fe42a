import Pusher from "pusher";
import type { Gateway, MockPusher, MockPusherClient } from "pushrig";
import { WireClient } from "../support/wire-client.js";

/** Who plays made-up programs of faults: clients of this process, or sockets of a gateway. */

export const CHANNELS = ["task-1", "room", "private-a"];
export const EVENTS = ["new", "old"];

export interface Actor {
  /** What faults are given. */
  readonly who: MockPusherClient | string;
  /** What tells this connection from its next one, where faults do. */
  readonly connection: string;
  readonly socketId: string | undefined;
  /** The data of all events that have arrived. */
  readonly got: number[];
  /** Whether it is on the channel then. */
  join(channel: string): Promise<boolean>;
  leave(channel: string): Promise<void>;
  disconnect(): Promise<void>;
  /** Connects and asks for these channels: whether it is on each, or that it was refused. */
  connect(channels: string[]): Promise<boolean[] | "refused">;
  /** The app was reset. */
  forget(): void;
}

export interface Scene {
  /** Whether a fault that is about a client is about its next connection as well. */
  readonly follows: boolean;
  actor(number: number): Promise<Actor>;
  /** Whether nobody has this connection any more. */
  isGone(connection: string | undefined): boolean;
  /** The status of the answer. */
  publish(channel: string, event: string, data: number, except: string | undefined): Promise<number>;
  /** Everything has arrived at these, and whatever the others get anyhow. */
  settle(actors: readonly Actor[]): Promise<void>;
  close(): Promise<void>;
}

class ClientActor implements Actor {
  readonly who: MockPusherClient;
  readonly got: number[] = [];
  readonly #settle: () => Promise<void>;
  #bound = new Set<string>();

  constructor(client: MockPusherClient, settle: () => Promise<void>) {
    this.who = client;
    this.#settle = settle;
  }

  get connection(): string {
    return this.who.connectionId;
  }

  get socketId(): string | undefined {
    return this.who.connection.socket_id;
  }

  async join(name: string): Promise<boolean> {
    const channel = this.who.subscribe(name);
    if (!this.#bound.has(name)) {
      this.#bound.add(name);
      for (const event of EVENTS) channel.bind(event, (data: number) => this.got.push(data));
    }
    await this.#settle();
    return channel.subscribed;
  }

  async leave(name: string): Promise<void> {
    this.who.channel(name).unbind();
    this.#bound.delete(name);
    this.who.unsubscribe(name);
    await this.#settle();
  }

  async disconnect(): Promise<void> {
    this.who.disconnect();
    await this.#settle();
  }

  async connect(channels: string[]): Promise<boolean[] | "refused"> {
    this.who.connect();
    await this.#settle();
    const { state } = this.who.connection;
    if (state === "disconnected") return "refused";
    if (state !== "connected") throw new Error(`a client that connects is ${state}`);
    return channels.map((name) => this.who.channel(name).subscribed);
  }

  forget(): void {
    this.#bound = new Set();
  }
}

/** Clients of this process. */
async function inProcess(world: MockPusher, delivery: "immediate" | "network"): Promise<Scene> {
  world.configure({ delivery, latency: 0 });
  const settle = async (): Promise<void> => {
    // What a delay keeps back is under way as well.
    await world.idle({ timeout: 20_000 });
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    follows: true,
    isGone: () => false,
    actor: async () => {
      const actor = new ClientActor(world.client(), settle);
      await settle();
      return actor;
    },
    publish: (channel, event, data, except) => {
      const answer = world.server.trigger(channel, event, data, except === undefined ? {} : { socket_id: except });
      return answer.then(statusOf, statusOf);
    },
    settle,
    close: async () => {},
  };
}

const statusOf = ({ status }: { status?: number }): number => Number(status);

class SocketActor implements Actor {
  readonly got: number[] = [];
  readonly #world: MockPusher;
  readonly #open: () => Promise<WireClient>;
  #socket: WireClient | undefined;
  #last = "";

  constructor(world: MockPusher, open: () => Promise<WireClient>) {
    this.#world = world;
    this.#open = open;
  }

  get who(): string {
    return this.connection;
  }

  get connection(): string {
    return this.#last;
  }

  get socketId(): string | undefined {
    return this.#socket?.socketId;
  }

  /** The frames up to one of these events. */
  async #until(...events: string[]): Promise<string> {
    for (;;) {
      const frame = await this.#socket!.frame();
      if (EVENTS.includes(frame.event)) this.got.push(frame.data);
      if (events.includes(frame.event)) return frame.event;
    }
  }

  async read(): Promise<void> {
    this.#socket!.send("pusher:ping", {});
    await this.#until("pusher:pong");
  }

  async join(channel: string): Promise<boolean> {
    const socket = this.#socket!;
    const signed = channel.startsWith("private-") ? this.#world.server.authorizeChannel(socket.socketId, channel) : {};
    socket.send("pusher:subscribe", { channel, ...signed });
    const answer = await this.#until("pusher_internal:subscription_succeeded", "pusher:subscription_error");
    return answer === "pusher_internal:subscription_succeeded";
  }

  async leave(channel: string): Promise<void> {
    this.#socket!.send("pusher:unsubscribe", { channel });
    await this.read();
  }

  async disconnect(): Promise<void> {
    if (this.#socket === undefined) return;
    this.#world.network.drop(this.#socket.socketId, { code: 4009 });
    await this.#socket.closed;
    this.#socket.close();
    this.#socket = undefined;
  }

  async connect(channels: string[]): Promise<boolean[] | "refused"> {
    try {
      this.#socket = await this.#open();
    } catch (error) {
      if (String(error).includes("no room")) return "refused";
      throw error;
    }
    this.#last = this.#socket.socketId;
    const answers: boolean[] = [];
    for (const channel of channels) answers.push(await this.join(channel));
    return answers;
  }

  forget(): void {}

  close(): void {
    this.#socket?.close();
  }
}

/** Sockets of a gateway, and the real SDK. */
async function atGateway(world: MockPusher): Promise<Scene> {
  const gateway: Gateway = await world.listen({ port: 0 });
  const { id: appId, key, secret } = world.app;
  const sdk = new Pusher({ appId, key, secret, host: "127.0.0.1", port: String(gateway.port), useTLS: false });
  const actors: SocketActor[] = [];
  return {
    follows: false,
    isGone: (connection) => !actors.some(({ socketId }) => socketId === connection),
    actor: async (number) => {
      // Who connects anew is known by what it says of itself.
      const open = (): Promise<WireClient> =>
        WireClient.connect(gateway.port, key, { "user-agent": `actor-${number}` });
      const actor = new SocketActor(world, open);
      await actor.connect([]);
      actors.push(actor);
      return actor;
    },
    publish: (channel, event, data, except) =>
      sdk.trigger(channel, event, data, except === undefined ? {} : { socket_id: except }).then(statusOf, statusOf),
    settle: async (heard) => {
      await world.idle({ timeout: 20_000 });
      await Promise.all((heard as SocketActor[]).map((actor) => actor.read()));
    },
    close: async () => {
      for (const actor of actors) actor.close();
      await gateway.close();
    },
  };
}

export const SCENES: Record<string, (world: MockPusher) => Promise<Scene>> = {
  "with immediate delivery": (world) => inProcess(world, "immediate"),
  "with network delivery": (world) => inProcess(world, "network"),
  "at a gateway": atGateway,
};
