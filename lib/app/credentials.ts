/** Whose keys and secrets hold in an app, and who signs for it. */

import { native } from "../native/addon.js";
import { Token } from "../base/token.js";
import type { AppCredentials } from "../options/app.js";
import { Claims } from "./claims.js";

/** The app that they are of. */
interface KeyedApp {
  /** The number that stands for the app in native calls. */
  readonly number: number;
  readonly app: AppCredentials;
  /** Whether any key will do in this process: the default app. */
  readonly anyCredentials: boolean;
}

export class Credentials {
  readonly #app: KeyedApp;
  #claims: Claims | undefined;
  /** Of servers of the default app. */
  readonly secrets = new Set<string>();
  /** The first server of this process, for the default app. */
  #server: { key: string; secret: string | undefined } | undefined;
  #clientKey: string | undefined;
  #keysCompared = false;

  constructor(app: KeyedApp) {
    this.#app = app;
  }

  /**
   * Whether what a server signs with this secret is believed. Who asks first after a reset has the key; who is refused is named in
   * a warning.
   *
   * @param made where the server was made, asked for if it matters
   */
  believes({ key, secret }: Token, made?: () => string): boolean {
    const { number, anyCredentials } = this.#app;
    return (this.#claims ??= new Claims(number, !anyCredentials)).holds(key, secret, made);
  }

  /** The secret behind a key, if the app knows it. */
  secretOf(key: string): string | undefined {
    return native.secretOf(this.#app.number, key) ?? undefined;
  }

  /**
   * A server of the default app: webhooks are signed for the key of the first one. Warns once when the clients' key is not the
   * server's.
   */
  introduce(key: string, secret: string | undefined): void {
    if (secret !== undefined) this.secrets.add(secret);
    this.#server ??= { key, secret };
    this.#compareKeys();
  }

  /** Who signs webhooks: the first server, else whom the environment names, else the app. */
  signer(): Token {
    const { app, anyCredentials } = this.#app;
    const named = anyCredentials ? environmentCredentials() : undefined;
    const { key, secret = app.secret } = this.#server ?? named ?? app;
    return new Token(key, this.secretOf(key) ?? secret);
  }

  noteClientKey(key: string): void {
    this.#clientKey ??= key;
    this.#compareKeys();
  }

  #compareKeys(): void {
    const server = this.#server?.key;
    const client = this.#clientKey;
    if (this.#keysCompared || server === undefined || client === undefined || server === client) return;
    this.#keysCompared = true;
    console.warn(
      `pushrig: the server's key is ${JSON.stringify(server)} and the client's ${JSON.stringify(client)}. The mock connects them all ` +
        `the same; with real credentials they would not meet. Give both the same key (PUSHER_KEY and NEXT_PUBLIC_PUSHER_KEY).`,
    );
  }
}

/** The credentials that the application's servers take from the environment. */
export function environmentCredentials(): { key: string; secret: string } | undefined {
  const { PUSHER_KEY: key, PUSHER_SECRET: secret } = process.env;
  return key && secret ? { key, secret } : undefined;
}
