import { EventEmitter, once } from "node:events";

/** Longer than any client takes to reconnect. */
const PATIENCE = 10_000;

/** What a client has heard and nobody has asked for yet. */
export class Inbox {
  readonly #arrived = new Map<string, unknown[]>();
  readonly #bell = new EventEmitter();

  readonly hear = (channel: string, event: string, data: unknown): void => {
    const name = `${channel} ${event}`;
    this.#arrived.set(name, [...(this.#arrived.get(name) ?? []), data]);
    this.#bell.emit("heard");
  };

  /** Everything of this name that has arrived and was not asked for yet. */
  arrived(channel: string, event: string): unknown[] {
    return this.#arrived.get(`${channel} ${event}`) ?? [];
  }

  /** The oldest of this name, once it is there. */
  async next(channel: string, event: string): Promise<unknown> {
    const signal = AbortSignal.timeout(PATIENCE);
    while (this.arrived(channel, event).length === 0) {
      await once(this.#bell, "heard", { signal }).catch(() => {
        throw new Error(`no ${event} on ${channel} came: ${JSON.stringify([...this.#arrived])}`);
      });
    }
    return this.arrived(channel, event).shift();
  }
}
