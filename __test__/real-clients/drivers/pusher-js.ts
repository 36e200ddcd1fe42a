import type Pusher from "pusher-js";
import type { Channel, Options, PresenceChannel } from "pusher-js";

/** Told of an event on a channel; `""` is the connection, `"user"` the user who is signed in. */
export type Hear = (channel: string, event: string, data: unknown) => void;

/** What a test asks of a client. Runs in Node and in a page. */
export class PusherJsDriver {
  protected readonly hear: Hear;
  protected readonly pusher: Pusher;

  constructor(pusher: Pusher, hear: Hear) {
    this.pusher = pusher;
    this.hear = hear;
    pusher.connection.bind("state_change", ({ current }: { current: string }) => hear("", current, undefined));
    pusher.connection.bind("error", (error: unknown) => hear("", "error", error));
  }

  /** Resolves to the socket id. */
  connect(): Promise<string> {
    const { connection } = this.pusher;
    return new Promise((resolve) => {
      const check = (): void => {
        if (connection.state !== "connected") return;
        connection.unbind("connected", check);
        resolve(connection.socket_id);
      };
      connection.bind("connected", check);
      check();
    });
  }

  subscribe(name: string, events: string[]): Promise<void> {
    const channel = this.pusher.subscribe(name);
    for (const event of events) channel.bind(event, (data: unknown) => this.hear(name, event, data));
    return this.succeeded(channel);
  }

  protected succeeded(channel: Channel): Promise<void> {
    return new Promise((resolve, reject) => {
      channel.bind("pusher:subscription_succeeded", () => resolve());
      channel.bind("pusher:subscription_error", ({ error }: { error: string }) => reject(new Error(error)));
    });
  }

  unsubscribe(name: string): void {
    this.pusher.unsubscribe(name);
  }

  trigger(name: string, event: string, data: unknown): void {
    this.pusher.channel(name).trigger(event, data);
  }

  list_members(name: string): string[] {
    const { members } = this.pusher.channel(name) as PresenceChannel;
    return Object.keys(members.members as object).toSorted();
  }

  /** Signs in; resolves when the service has agreed. */
  signin(events: string[]): Promise<unknown> {
    for (const event of events) this.pusher.user.bind(event, (data: unknown) => this.hear("user", event, data));
    return new Promise((resolve) => {
      this.pusher.bind("pusher:signin_success", (data: unknown) => resolve(data));
      this.pusher.signin();
    });
  }

  disconnect(): void {
    this.pusher.disconnect();
  }

  /** What the connection says from now on until it is there again, or has given up. */
  traceEnd(): Promise<string[]> {
    const { connection } = this.pusher;
    const trace: string[] = [];
    return new Promise((resolve) => {
      connection.bind_global((event: string, data: unknown) => {
        if (event === "message") return;
        trace.push(`${event} ${JSON.stringify(data ?? null).replace(/\d{2,}\.\d{2,}/g, "…")}`);
        if (event === "connected" || event === "disconnected") resolve([...trace]);
      });
    });
  }
}

/** Options that differ from client to client. */
export type Who = Pick<Options, "enabledTransports"> & {
  url: string;
  user?: { id: string; info?: unknown; watchlist?: string[] };
};

/** Calls a method of a driver by its name. */
export function perform(driver: PusherJsDriver, method: string, ...args: unknown[]): unknown {
  return (driver as unknown as Record<string, (...args: unknown[]) => unknown>)[method](...args);
}
