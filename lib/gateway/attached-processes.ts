/** The processes that use a gateway from outside, as its owner knows them: each has a request open, whose end says that it has gone. */

import { realTimers } from "../base/fakes.js";
import type { AttachedNow } from "../remote/shapes.js";

const { clearTimeout, setImmediate, setTimeout } = realTimers;

/** Milliseconds after which a request is answered although nothing has changed. */
const HEARTBEAT = 20_000;
/** Milliseconds between two requests of a process that is there. */
const GRACE = 2_000;
/** Milliseconds in which those that are there have heard of something new, unless they are stopped. */
const HEARING = 1_000;

interface Known {
  readonly process: AttachedNow;
  /** Takes back what it has brought. */
  leave: () => void;
  /** Undefined while it has a request open. */
  gone: NodeJS.Timeout | undefined;
  requests: number;
  /** The generation that it has. */
  has: number;
}

export class AttachedProcesses {
  readonly #known = new Map<string, Known>();
  readonly #waiting = new Set<() => void>();
  /** Look again who has heard what. */
  readonly #telling = new Set<() => void>();
  #generation = 1;
  #isRestarting = false;

  /** How often something has changed. */
  get generation(): number {
    return this.#generation;
  }

  /** Those that are there, in the order in which they came: who tries first for the port when the owner ends. */
  list(): AttachedNow[] {
    return [...this.#known.values()].map(({ process }) => process);
  }

  /** The place of one of them. */
  rankOf(id: string): number {
    return [...this.#known.keys()].indexOf(id);
  }

  /** Whether the gateway is about to listen anew: nobody else is to take its port. */
  get isRestarting(): boolean {
    return this.#isRestarting;
  }

  /** @param id what the process calls itself; @param bring takes what it brings, and answers what takes that back */
  join(id: string, { pid, name }: { pid: number; name: string }, bring: () => () => void): void {
    const known = this.#known.get(id);
    if (known !== undefined) {
      // First what is new: what both have is not interrupted.
      const leave = bring();
      known.leave();
      known.leave = leave;
      this.#await(id, known);
      return;
    }
    const process = { pid, name, since: Date.now() };
    const joined: Known = { process, leave: bring(), gone: undefined, requests: 0, has: 0 };
    this.#known.set(id, joined);
    this.#await(id, joined);
    this.changed();
  }

  /** One that has no request open has gone, unless it opens another one soon. */
  #await(id: string, known: Known): void {
    if (known.requests > 0 || this.#known.get(id) !== known) return;
    clearTimeout(known.gone);
    known.gone = setTimeout(() => this.#leave(id), GRACE).unref();
  }

  /** Resolves once there is something newer than a generation, or after a while. */
  async news(id: string, after: number, signal: AbortSignal): Promise<void> {
    const known = this.#known.get(id);
    if (known === undefined) return;
    known.requests += 1;
    known.has = after;
    for (const look of this.#telling) look();
    clearTimeout(known.gone);
    if (after >= this.#generation && !this.#isRestarting && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const over = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(over);
          signal.removeEventListener("abort", over);
          resolve();
        };
        const timer = setTimeout(over, HEARTBEAT).unref();
        this.#waiting.add(over);
        signal.addEventListener("abort", over);
      });
    }
    known.requests -= 1;
    this.#await(id, known);
  }

  changed(): void {
    this.#generation += 1;
    for (const over of this.#waiting) over();
  }

  /** Something has changed; resolves once all that are there have heard of it. */
  async told(): Promise<void> {
    this.changed();
    const generation = this.#generation;
    await this.#until(({ has }) => has >= generation);
  }

  /** Resolves once everybody has heard that the gateway will be back, or has gone. */
  async restarts(): Promise<void> {
    // Who is between two requests would find nobody there, and take the port.
    await this.#until(({ requests }) => requests > 0);
    this.#isRestarting = true;
    this.changed();
    // Their answers go out before the gateway does.
    if (this.#known.size > 0) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Resolves once all that are there are so, or after a while. */
  async #until(isSo: (known: Known) => boolean): Promise<void> {
    const areAll = (): boolean => [...this.#known.values()].every(isSo);
    if (areAll()) return;
    await new Promise<void>((resolve) => {
      const over = (): void => {
        clearTimeout(timer);
        this.#telling.delete(look);
        resolve();
      };
      const look = (): void => {
        if (areAll()) over();
      };
      const timer = setTimeout(over, HEARING).unref();
      this.#telling.add(look);
    });
  }

  isBack(): void {
    this.#isRestarting = false;
  }

  /** The gateway has ended. */
  close(): void {
    for (const id of this.#known.keys()) this.#leave(id);
  }

  #leave(id: string): void {
    const known = this.#known.get(id);
    if (known === undefined) return;
    clearTimeout(known.gone);
    this.#known.delete(id);
    for (const look of this.#telling) look();
    known.leave();
    this.changed();
  }
}
