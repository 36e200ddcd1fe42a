/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import type { AppCredentials } from "../options/app.js";
import type { MockPusherClientOptions } from "../options/client.js";
import { failsTest, reportCallbackError } from "../events/callback-errors.js";
import type { Rig } from "../app/rig.js";
import { type ClientSigner, plannedError } from "./authorization/authorization.js";
import type { HTTPAuthError } from "./errors.js";
import type { MockSide } from "./owner.js";

/** The client, as its mock's side looks at it. */
interface Client {
  readonly connectionId: string;
  options: MockPusherClientOptions;
  user: { user_data: any };
  channel(name: string): { name: string };
}

/** What a client has of its rig: for its channels and user facade, and to sign where the application does not. */
export class RigSide implements MockSide, ClientSigner {
  readonly #rig: Rig;
  readonly #client: Client;
  readonly bindingsChanged: () => void;

  constructor(rig: Rig, client: Client, bindingsChanged: () => void) {
    this.#rig = rig;
    this.#client = client;
    this.bindingsChanged = bindingsChanged;
  }

  get countsArgumentsAsPusherJs(): boolean {
    return this.#rig.settings.delivery === "network";
  }

  callbackFailed(place: { channel?: string; event: string }, error: unknown): void {
    reportCallbackError(this.#rig, place, error);
  }

  plannedFailure(channelName?: string): HTTPAuthError | undefined {
    const failure = this.#rig.network.authorizing(channelName ?? "user");
    return failure && plannedError(failure, this.#client.options, channelName);
  }

  authorize<Callback extends (...answer: any[]) => void>(
    channelName: string | undefined,
    callback: Callback,
    ask: (answer: Callback) => void,
  ): void {
    const answered = this.#rig.authorizing(this.#client.connectionId, channelName);
    const answer = (...what: any[]): void => {
      answered();
      callback(...what);
    };
    try {
      ask(answer as Callback);
    } catch (error) {
      answered();
      throw error;
    }
  }

  get app(): AppCredentials {
    return this.#rig.app;
  }

  get secret(): string {
    const { key, secret } = this.#rig.app;
    return this.#rig.secretOf(key) ?? secret;
  }

  get debug(): boolean {
    return this.#rig.settings.debug;
  }

  get encryptionMasterKey(): Uint8Array | undefined {
    return this.#rig.encryptionMasterKey;
  }

  get connectionId(): string {
    return this.#client.connectionId;
  }

  get user(): MockPusherClientOptions["user"] {
    return this.#client.options.user;
  }

  get signedIn(): any {
    return this.#client.user.user_data;
  }

  routeFailed(whose: string, error: unknown): void {
    if (failsTest(this.#rig, error)) return;
    console.error(`pushrig: the route handler ${whose} threw:`, error);
  }

  delay(): Promise<void> | undefined {
    return this.#rig.settings.delivery === "network" ? this.#rig.delay() : undefined;
  }

  channel(name: string): { name: string } {
    return this.#client.channel(name);
  }
}
