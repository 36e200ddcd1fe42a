/** What this process brings to the gateway of another one: keys with their secrets, and receivers of webhooks. */

import { environmentCredentials } from "../app/credentials.js";
import { crypto } from "../base/builtin.js";
import { processName } from "../base/process-name.js";
import type { ListenOptions } from "../options/listen.js";
import type { AttachRequest, ReceiverNow } from "../remote/shapes.js";
import { receiversOf } from "./wishes.js";

export class Introduction {
  readonly #id = crypto().randomBytes(8).toString("hex");
  readonly #options: ListenOptions;
  readonly #tell: () => Promise<void>;
  /** The secret of each key. */
  readonly #secrets = new Map<string, string>();
  readonly #receivers = new Map<object, ReceiverNow>();
  #told: Promise<void> | undefined;

  /** @param tell tells the owner what is new */
  constructor(options: ListenOptions, tell: () => Promise<void>) {
    this.#options = options;
    this.#tell = tell;
    const { PUSHER_SECRET: secret, NEXT_PUBLIC_PUSHER_KEY: publicKey } = process.env;
    const own = environmentCredentials();
    if (own !== undefined) this.add(own.key, own.secret);
    if (publicKey && secret) this.add(publicKey, secret);
  }

  /** Whether that is new. */
  add(key: string, secret: string): boolean {
    if (this.#secrets.get(key) === secret) return false;
    this.#secrets.set(key, secret);
    return true;
  }

  /** Webhooks go there as well, until what it answers is called. */
  receive(to: string | Promise<string>, options: object): () => void {
    const one = {};
    let isOver = false;
    const receiving = Promise.resolve(to).then(async (url) => {
      if (isOver) return;
      this.#receivers.set(one, { to: url, ...options });
      await this.#tell();
    });
    this.#told = receiving.catch(() => {});
    return () => {
      isOver = true;
      if (this.#receivers.delete(one)) this.#told = this.#tell().catch(() => {});
    };
  }

  /** Receivers that came after the options. */
  get receivers(): Iterable<ReceiverNow> {
    return this.#receivers.values();
  }

  /** Resolves once the owner was told of the receiver that has come, or gone, last. */
  get told(): Promise<void> | undefined {
    return this.#told;
  }

  /** Who does not know the token takes none of the secrets, and may be anybody who has the port. */
  requestFor(token: string | undefined): AttachRequest {
    const known = token === undefined ? [] : [...this.#secrets];
    const credentials = known.map(([key, secret]) => ({ key, secret }));
    const receivers = [...receiversOf(this.#options), ...this.#receivers.values()];
    return {
      id: this.#id,
      pid: process.pid,
      name: processName(),
      ...(token !== undefined && { token }),
      ...(credentials.length > 0 && { credentials }),
      ...(receivers.length > 0 && { receivers }),
    };
  }
}
