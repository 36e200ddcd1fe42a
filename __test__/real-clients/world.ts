import Pusher from "pusher";
import { type Gateway, MockPusherServer, listen, pusherMockState, reset } from "pushrig";
import { afterAll, afterEach, beforeAll } from "vitest";
import { Chromium } from "./chromium.js";
import type { Library, RealClient } from "./client.js";
import { encryptionMasterKeyBase64 } from "./sdk.js";

/** The default app of a process with a gateway, as `listen()` opens it for an application. */
export class World {
  readonly #clients: RealClient[] = [];
  #gateway?: Gateway;
  #chromium?: Chromium;

  get gateway(): Gateway {
    return this.#gateway!;
  }

  /** Another one, if a test has closed it. */
  set gateway(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** Headless Chromium, if the world was opened with it. */
  readonly chromium = (): Chromium => this.#chromium!;

  /** npm `pusher`, over HTTP. */
  get sdk(): Pusher {
    return new Pusher({ ...this.credentials, useTLS: false, encryptionMasterKeyBase64 });
  }

  /** For SDKs of any language: the id is the numeric one, because some take digits only. */
  get credentials() {
    return {
      appId: "1",
      key: "mock-pusher-key",
      secret: "mock-pusher-secret",
      host: "127.0.0.1",
      port: this.gateway.port + "",
    };
  }

  /** The server in this process. */
  readonly server = new MockPusherServer({
    appId: "mock-app-id",
    key: "mock-pusher-key",
    secret: "mock-pusher-secret",
    encryptionMasterKeyBase64,
  });

  /** A connected client; `id` is who it is on presence channels and when it signs in. */
  async connect(library: Library, id?: string): Promise<RealClient> {
    const user = id === undefined ? undefined : { id, info: { name: id } };
    const client = await library.connect({ url: this.gateway.url, user });
    this.#clients.push(client);
    return client;
  }

  /** Two connected clients. */
  pair(library: Library, ...ids: string[]): Promise<[RealClient, RealClient]> {
    return Promise.all([this.connect(library, ids[0]), this.connect(library, ids[1])]);
  }

  /** Publishes something to a channel that the client is subscribed to, and waits for it: what came before it is there. */
  async fence(client: RealClient, channel = "fence"): Promise<void> {
    if (channel === "fence") await client.subscribe(channel, "fence");
    await this.server.trigger(channel, "fence", {});
    await client.next(channel, "fence");
  }

  /** Does something while nobody listens at the gateway's address. */
  async whileClosed(action: () => Promise<void>): Promise<void> {
    const { port } = this.gateway;
    await this.gateway.close();
    try {
      await action();
    } finally {
      this.#gateway = await listen({ port });
    }
  }

  /** Opens a gateway for a test file, and closes everything after it. */
  static forThisFile({ browser = false } = {}): World {
    const world = new World();
    beforeAll(async () => {
      world.#gateway = await listen({ port: 0 });
      if (browser) world.#chromium = await Chromium.launch();
    }, 60_000);
    afterEach(async () => {
      await Promise.all(world.#clients.splice(0).map((client) => client.disconnect()));
      reset();
    }, 20_000);
    afterAll(async () => {
      await world.#chromium?.close();
      await world.gateway.close();
    });
    return world;
  }

  /** How many clients are subscribed to a channel. */
  subscribers(channel: string): number {
    return pusherMockState.getSubscriberCount(channel);
  }
}
