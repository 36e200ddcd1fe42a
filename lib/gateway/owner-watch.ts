/** A request that is open at the owner, again and again: its end says that the owner has ended. */

import type { ClientRequest } from "node:http";
import { realNow } from "../base/fakes.js";
import type { AttachAnswer, AttachRequest } from "../remote/shapes.js";
import type { Owner } from "./finding.js";
import { askToAttach, CalledOff, Silence } from "./owner.js";
import { pause } from "./pause.js";

/** Milliseconds in which an owner that listens anew is back. */
const RESTART_TIME = 5_000;
/** Milliseconds between two looks whether it is. */
const LOOK_INTERVAL = 20;

/** Who watches. */
export interface Attached {
  isClosed(): boolean;
  /** Whom it is attached to now. */
  owner(): Owner | undefined;
  requestTo(owner: Owner): AttachRequest;
  ask(owner: Owner): Promise<AttachAnswer>;
  /** Resolves once there is an owner again. */
  succeed(lost: Owner): Promise<void>;
}

export class OwnerWatch {
  readonly #attached: Attached;
  #isOn = false;
  #open: ClientRequest | undefined;

  constructor(attached: Attached) {
    this.#attached = attached;
  }

  begin(): void {
    if (this.#isOn || this.#attached.owner()?.answer === undefined) return;
    this.#isOn = true;
    void this.#watch()
      .catch((error: Error) => console.error(error))
      .finally(() => (this.#isOn = false));
  }

  end(): void {
    this.#open?.destroy(new CalledOff());
  }

  async #watch(): Promise<void> {
    const attached = this.#attached;
    for (let owner = attached.owner(); owner?.answer !== undefined && !attached.isClosed(); owner = attached.owner()) {
      try {
        const request = { ...attached.requestTo(owner), after: owner.answer.generation };
        const { url, token } = owner;
        const onRequest = (outgoing: ClientRequest): void => void (this.#open = outgoing);
        owner.answer = await askToAttach(url, request, { token, isKept: false, onRequest });
        if (owner.answer.isRestarting) await this.#untilBack(owner, owner.answer.owner.startedAt);
      } catch (error) {
        if (error instanceof CalledOff || error instanceof Silence) continue;
        if (attached.isClosed()) return;
        await attached.succeed(owner);
      }
    }
  }

  /** The owner listens anew, and is not to be disturbed. */
  async #untilBack(owner: Owner, startedAt: number): Promise<void> {
    const end = realNow() + RESTART_TIME;
    while (realNow() < end && !this.#attached.isClosed()) {
      await pause(LOOK_INTERVAL);
      try {
        const { owner: now, isRestarting } = await this.#attached.ask(owner);
        if (!isRestarting && now.startedAt > startedAt) return;
      } catch {
        // Not yet.
      }
    }
  }
}
