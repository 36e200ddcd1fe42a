/** `listen()`: the broker on the network, for browsers and for SDKs of any language. */

import type { GatewayHandle } from "../binding.js";
import { native } from "./binding.js";
import { threads } from "./builtin.js";
import { takeRefusal } from "./refusal.js";
import { type AppOptions, type Rig, createRig } from "./rig.js";

export interface ListenOptions {
  /** Default 6001; 0 takes any free port. */
  port?: number;
  /** The address to bind. Default `"127.0.0.1"`: this machine only. */
  host?: string;
  /** What comes before `/app/KEY` in WebSocket addresses. Default `""`. */
  wsPath?: string;
  /** Further apps to serve besides this rig's. Clients with a key that no app has get error 4001. */
  apps?: AppOptions[];
  /** Messages a client may send per second. Default: no limit. */
  messagesPerSecond?: number;
  /** Gets what happens: connections, subscriptions, events. */
  onActivity?: (activity: Activity) => void;
}

/** Something that happened at a gateway; `type` says which of the other fields there are. */
export interface Activity {
  type:
    | "opened"
    | "closed"
    | "subscribed"
    | "unsubscribed"
    | "published"
    | "refused"
    | "requested"
    | "unknownKey"
    | "tooSlow"
    | "overrun";
  socketId?: string;
  appId?: string;
  transport?: string;
  channel?: string;
  event?: string;
  bytes?: number;
  frame?: string;
  method?: string;
  path?: string;
  status?: number;
  body?: string | null;
  key?: string;
  expected?: string;
}

/** A listening gateway. It keeps the process alive until it is closed, unless `unref()` was called. */
export class Gateway {
  readonly #rig: Rig;
  readonly #options: ListenOptions;
  readonly #apps: Rig[];
  #handle: GatewayHandle;
  #port: number;
  /** An open port keeps the process alive, and no fake timer has a say in it. */
  readonly #alive = new (threads().MessageChannel)().port1;
  #closing: Promise<void> | undefined;
  /** A key that the app does not know is mentioned once. */
  #warned = false;

  /** @internal */
  constructor(rig: Rig, options: ListenOptions) {
    this.#rig = rig;
    this.#options = options;
    this.#apps = (options.apps ?? []).map((app) => createRig(app));
    this.#handle = this.#start(options.port ?? DEFAULT_PORT);
    this.#port = this.#handle.port;
    this.#alive.on("message", () => {});
  }

  get port(): number {
    return this.#port;
  }

  get host(): string {
    return this.#options.host ?? "127.0.0.1";
  }

  /** `http://host:port`. */
  get url(): string {
    return `http://${this.host.includes(":") ? `[${this.host}]` : this.host}:${this.#port}`;
  }

  /** How many clients are connected. */
  get connectionCount(): number {
    return this.#handle.connectionCount;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Stops listening and says goodbye to every client with `code`: 4200 (default) makes it come back
   * at once, 4100 after a second, 4001 never. Harmless when called twice.
   */
  close({ code = 4200 }: { code?: number } = {}): Promise<void> {
    this.#closing ??= this.#handle.close(code).then(() => {
      this.#alive.close();
      for (const rig of this.#apps) rig.close();
    });
    return this.#closing;
  }

  /** Closes with 4100 and listens again on the same port; clients come back after a second. */
  async restart(): Promise<void> {
    if (this.isClosed) throw new Error("pushrig: this gateway was closed; call listen() for a new one");
    await this.#handle.close(4100);
    this.#handle = this.#start(this.#port);
  }

  /** Lets the process end although the gateway listens. */
  unref(): this {
    this.#alive.unref();
    return this;
  }

  #start(port: number): GatewayHandle {
    const { host = "127.0.0.1", wsPath = "", messagesPerSecond, onActivity } = this.#options;
    const apps = [this.#rig, ...this.#apps].map((rig) => rig.number);
    const tell = (activity: Activity): void => {
      if (activity.type === "unknownKey" && !this.#warned) {
        this.#warned = true;
        console.warn(
          `pushrig: a client connects with the key ${JSON.stringify(activity.key)}, the app's is ` +
            `${JSON.stringify(activity.expected)}. The mock lets it in; the real service would not.`,
        );
      }
      onActivity?.(activity);
    };
    const warningsOnly = onActivity === undefined;
    const handle = native.listen({ host, port, wsPath, apps, messagesPerSecond, warningsOnly }, (line) =>
      tell(JSON.parse(line) as Activity),
    );
    if (handle !== null) return handle;
    throw new Error(`pushrig: ${takeRefusal().body.trim()}`);
  }
}

export const DEFAULT_PORT = 6001;

/** Gateways of this copy by rig, so that `listen()` with the same port answers the running one. */
const running = new WeakMap<Rig, Gateway[]>();

/** Opens a rig's app to the network; the running gateway when it listens on that port already. */
export function listenOn(rig: Rig, options: ListenOptions = {}): Promise<Gateway> {
  try {
    const { port = DEFAULT_PORT } = options;
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new RangeError(`pushrig: a port is a whole number from 0 to 65535, not ${String(port)}`);
    }
    const gateways = (running.get(rig) ?? []).filter((gateway) => !gateway.isClosed);
    const same = port === 0 ? undefined : gateways.find((gateway) => gateway.port === port);
    if (same !== undefined) return Promise.resolve(same);
    const gateway = new Gateway(rig, options);
    running.set(rig, [...gateways, gateway]);
    return Promise.resolve(gateway);
  } catch (error) {
    return Promise.reject(error);
  }
}
