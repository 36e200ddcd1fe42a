/**
 * Requests to the control routes, `/pushrig/…`. The gateway has found that they may be answered; what answers them stands above this
 * room and is handed in.
 */

import type { GatewayHandle } from "../../binding.js";
import type { Rig } from "../app/rig.js";
import type { AppOptions } from "../options/app.js";
import type { Advanced } from "./advance.js";
import type { AttachedProcesses } from "./attached-processes.js";

export interface ControlRequest {
  /** As it was asked, `GET` for `HEAD`. */
  method: string;
  /** Path and query, without the gateway's `wsPath`: `/pushrig/v1/state?app=1`. */
  target: string;
  body: string;
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
}

export interface ControlAnswer {
  status: number;
  /** JSON. */
  body: string;
  /** With status 405: the methods that the address takes. */
  allow?: string;
}

/** What answers the requests of one gateway. */
export interface ControlHandler {
  answer(request: ControlRequest): Promise<ControlAnswer>;
}

/** What it may ask of the gateway. */
export interface ControlledGateway {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** The apps that it serves, the one that it was opened for first. */
  readonly rigs: readonly Rig[];
  /** The folder of the project that it is of. */
  readonly project: string;
  readonly host: string;
  readonly wsPath: string;
  /** The processes that use it from outside. */
  readonly attached: AttachedProcesses;
  /** What one of its apps was made with. */
  optionsOf(rig: Rig): Partial<AppOptions>;
  /** When it has begun to listen, after a restart anew: milliseconds since the epoch. */
  readonly startedAt: number;
  advance(time: number | string): Promise<Advanced>;
  restart(): Promise<void>;
}

/** Makes it; called at the first request. */
export type ControlMaker = (gateway: ControlledGateway) => ControlHandler;

/** What `onControl` is called with where nobody waits any more. */
const GONE = "GONE";
/** The same where somebody reads what happens in an app, and where nobody does any more; with the app's number. */
const READING = "READING";
const UNREAD = "UNREAD";

/** Hands requests to whoever answers them, and the answers back. */
export class Control {
  readonly #gateway: ControlledGateway;
  readonly #make: ControlMaker | undefined;
  readonly #handle: () => GatewayHandle | undefined;
  readonly #underWay = new Map<number, AbortController>();
  #handler: ControlHandler | undefined;
  /** By the app's number: what ends that its notes are written down at once. */
  readonly #read = new Map<number, () => void>();

  /** @param handle what the requests have come through */
  constructor(gateway: ControlledGateway, make: ControlMaker | undefined, handle: () => GatewayHandle | undefined) {
    this.#gateway = gateway;
    this.#make = make;
    this.#handle = handle;
  }

  /** For the addon, see `listen` of binding.d.ts. */
  take(id: number, method: string, target: string, body: string): void {
    if (method === GONE) {
      const gone = this.#underWay.get(id);
      this.#underWay.delete(id);
      return gone?.abort();
    }
    if (method === READING || method === UNREAD) {
      this.#read.get(id)?.();
      this.#read.delete(id);
      const rig = method === READING && this.#gateway.rigs.find(({ appId }) => appId === id);
      if (rig) this.#read.set(id, rig.journal.writeSoon());
      return;
    }
    const controller = new AbortController();
    this.#underWay.set(id, controller);
    void this.#answer({ method, target, body, signal: controller.signal })
      .catch(failure)
      .then(({ status, body: answer, allow }) => {
        if (this.#underWay.delete(id)) this.#handle()?.answerControl(id, status, answer, allow);
      });
  }

  /** Rejects for an answer that is none, too. */
  async #answer(request: ControlRequest): Promise<ControlAnswer> {
    if (this.#make === undefined) throw new Error("this gateway was not told what answers the control routes");
    const answer = await (this.#handler ??= this.#make(this.#gateway)).answer(request);
    const { status, body } = answer;
    if (!Number.isInteger(status) || status < 200 || status > 599 || typeof body !== "string") {
      throw new TypeError(`${request.method} ${request.target} was given no answer: a status and a body in JSON`);
    }
    return answer;
  }
}

/** A mistake of pushrig's own. */
function failure(error: unknown): ControlAnswer {
  const why = error instanceof Error ? error.message : String(error);
  const message = `pushrig: the request failed inside: ${why.replace(/^pushrig: /, "")}`;
  return { status: 500, body: `${JSON.stringify({ error: { code: "failed", message } })}\n` };
}
