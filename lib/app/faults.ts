/** Faults of an app that are on, as this copy has begun them. What they strike the broker decides, at every door. */

import { native } from "../native/addon.js";
import { show } from "../base/shown.js";
import { testRunner } from "../events/test-runner.js";
import type { Who } from "../journal/question.js";
import { showOptions } from "../options/faults.js";

declare global {
  // As TypeScript's own library has it from 5.2 on.
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
}

/** A fault that is on, until `restore()`, the app's `reset()` or, with `using`, the end of the block. */
export interface Fault {
  /** How often it has struck. */
  readonly strikes: number;
  /** Takes it back. Harmless when it is over already. */
  restore(): void;
  [Symbol.dispose](): void;
}

/** A fault that keeps events back. `restore()` lets go of them as well. */
export interface Hold extends Fault {
  /** How many wait: one for each client that is to get it. */
  readonly waiting: number;
  /** They arrive now, in the order in which they were published. What comes later is kept back again. */
  release(): void;
}

/** The app that they are done to. */
export interface FaultyApp {
  /** The number that stands for the app in native calls. */
  readonly number: number;
  readonly isClosed: boolean;
  readonly seat: { readonly number: number; readonly clock: { now(): number }; dispatch(): void };
  /** Arms a timer for what the app does by itself, after something has changed. */
  watchDeadline(): void;
  readonly journal: { note(note: { kind: "fault"; text: string; line: number }): void; line(): number };
  requireOpen(): void;
  /** Everybody who is meant. Throws for another app's, and where there is nobody. */
  clientsOf(who: Who, call: string): Addressee[];
}

/** Somebody whom a test does something to. */
export interface Addressee {
  /** None where it is a socket of a gateway, or of another copy. */
  readonly client: object | undefined;
  /** The broker's number of its connection, 0 while it has none. */
  connection: number;
}

/** What the broker tells of a fault that has ended. */
interface Ended {
  strikes: number;
  /** Events that it had no room for. */
  dropped: number;
  heard: Array<[channel: string, event: string]>;
  /** Somebody who would have connected has waited. */
  keptOut: boolean;
  mail: boolean;
}

/** What a fault could have struck, by the verb that asked for it. */
const CANDIDATES: Record<string, { some?: string; none: string }> = {
  "silence()": { none: "nobody was connected" },
  "refuse()": { none: "nobody has connected" },
  "delay()": { none: "nobody has connected" },
  "failAuthorization()": { some: "authorized", none: "nobody was authorized" },
  "failWebhooks()": { some: "sent", none: "no webhook was sent" },
};
const TRIGGERED = { some: "triggered", none: "nothing was triggered" };

/** Of so many names a message tells. */
const TOLD = 10;

export class Faults {
  readonly #app: FaultyApp;
  readonly #active = new Set<BrokerFault>();
  /** Those about a client that may get another connection. */
  #followed = 0;

  constructor(app: FaultyApp) {
    this.#app = app;
  }

  /**
   * Begins a fault.
   *
   * @param call the verb that asked for it, for messages
   * @param options what it was given
   * @param deed what the broker has to know of it besides the selection
   */
  begin(
    call: string,
    options: { client?: unknown; channel?: string; event?: string; times?: number; seed?: number },
    deed: object,
  ): BrokerFault {
    this.#app.requireOpen();
    const { channel, event, times, client: given } = options;
    const whom = given === undefined ? undefined : this.#app.clientsOf(given as Who, call);
    const { number, seat } = this.#app;
    const clients = whom?.map(({ connection }) => connection);
    const strangers = whom?.filter((one) => one.client === undefined).map(({ connection }) => connection);
    const rule = { ...deed, channel, event, clients, strangers, times: times === Infinity ? undefined : times };
    const id = native.beginFault(number, seat.number, JSON.stringify(rule), seat.clock.now());
    const fault = new BrokerFault(this.#app, id, { call, options, whom }, () => this.#ended(fault));
    this.#active.add(fault);
    fault.note("is on");
    if (fault.isFollowing) this.#followed += 1;
    seat.dispatch();
    this.#app.watchDeadline();
    return fault;
  }

  #ended(fault: BrokerFault): void {
    if (this.#active.delete(fault) && fault.isFollowing) this.#followed -= 1;
  }

  /** A client has this connection from now on. */
  connected(client: object, connection: number): void {
    if (this.#followed === 0) return;
    for (const fault of this.#active) fault.follow(client, connection);
  }

  /** Whether a client that would connect is kept from it by a fault that is about it. */
  keepOut(client: object, call: string): boolean {
    if (this.#followed === 0) return false;
    for (const fault of this.#active) if (fault.call === call && fault.keepsOut(client)) return true;
    return false;
  }

  /** The broker's numbers of those that are about a client. */
  about(client: object): number[] {
    if (this.#followed === 0) return [];
    return [...this.#active].filter((fault) => fault.isAbout(client)).map(({ id }) => id);
  }

  /** Those that a test has asked for by themselves. */
  active(): BrokerFault[] {
    return [...this.#active].filter(({ call }) => !call.startsWith("simulate("));
  }

  restore(): void {
    for (const fault of this.#active) fault.restore();
  }

  /** The same without letting anything arrive: what it was meant for is over. */
  forget(): void {
    for (const fault of this.#active) fault.forget();
  }
}

/** What a test has asked for. */
interface Asked {
  call: string;
  options: object;
  /** Whom it is about, where it is not about all. */
  whom: readonly Addressee[] | undefined;
}

export class BrokerFault implements Hold {
  /** The broker's number of it. */
  readonly id: number;
  readonly #app: FaultyApp;
  readonly #asked: Asked;
  readonly #onEnded: () => void;
  #strikes = 0;
  #hasKeptOut = false;
  #isOver = false;

  constructor(app: FaultyApp, id: number, asked: Asked, onEnded: () => void) {
    this.#app = app;
    this.id = id;
    this.#asked = asked;
    this.#onEnded = onEnded;
  }

  /** Writes down what happens to the fault itself. */
  note(what: string): void {
    const { journal } = this.#app;
    const { call, options } = this.#asked;
    const given = showOptions(options);
    const text = `${call.slice(0, -1)}${given && call.at(-2) !== "(" ? `, ${given}` : given}) ${what}`;
    journal.note({ kind: "fault", text, line: journal.line() });
  }

  get call(): string {
    return this.#asked.call;
  }

  get options(): object {
    return this.#asked.options;
  }

  /** Whether a client that it is about may get another connection. */
  get isFollowing(): boolean {
    return this.#asked.whom?.some(({ client }) => client !== undefined) === true;
  }

  /** Whether it is about this client, which would connect and does not. */
  keepsOut(client: object): boolean {
    const isMeant = this.isAbout(client);
    this.#hasKeptOut ||= isMeant;
    return isMeant;
  }

  isAbout(client: object): boolean {
    return this.#asked.whom?.some((one) => one.client === client) === true;
  }

  follow(client: object, connection: number): void {
    const whom = this.#asked.whom ?? [];
    const mine = whom.find((one) => one.client === client);
    if (mine === undefined) return;
    mine.connection = connection;
    const connections = whom.map((one) => one.connection);
    native.faultFollows(this.#app.number, this.id, connections);
  }

  get strikes(): number {
    return this.#look()[0];
  }

  get waiting(): number {
    return this.#look()[1];
  }

  #look(): [strikes: number, held: number] {
    const looked = this.#isOver || this.#app.isClosed ? null : native.lookAtFault(this.#app.number, this.id);
    return looked === null ? [this.#strikes, 0] : (looked as [number, number]);
  }

  release(): void {
    if (this.#isOver || this.#app.isClosed) return;
    if (native.releaseHeld(this.#app.number, this.id)) this.#app.seat.dispatch();
  }

  restore(): void {
    this.#end({ releases: true });
  }

  /** It is over, and nothing arrives. */
  forget(): void {
    this.#end({ releases: false });
  }

  /** As `restore()`, for a part of something that speaks for itself. `inVain`: why that has matched nothing, if it has not. */
  finish(inVain?: string): void {
    this.#end({ releases: true, isReplaced: true, inVain });
  }

  /** The same as `forget()` for one that another takes the place of, or that is such a part: nobody waits for it to strike. */
  giveWay(inVain?: string): void {
    this.#end({ releases: false, isReplaced: true, inVain });
  }

  declare [Symbol.dispose]: () => void;

  #end({ releases, isReplaced = false, inVain }: { releases: boolean; isReplaced?: boolean; inVain?: string }): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onEnded();
    if (this.#app.isClosed) return;
    const answer = native.endFault(this.#app.number, this.id, releases);
    // Another copy has reset the app.
    if (answer === null) return;
    const { strikes, dropped, heard, keptOut, mail } = JSON.parse(answer) as Ended;
    this.#strikes = strikes;
    if (dropped > 0) {
      const events = dropped === 1 ? "1 event was" : `${dropped} events were`;
      console.warn(
        `pushrig: ${this.#asked.call} keeps back 100,000 events or 64 MiB at most: ${events} lost for which there was no room`,
      );
    }
    const hasStruck = strikes > 0 || keptOut || this.#hasKeptOut || isReplaced;
    const nothing = hasStruck ? inVain : this.#sayItStruckNothing(heard);
    const struck = `; it has struck ${strikes === 1 ? "once" : `${strikes} times`}`;
    this.note(`is over${nothing === undefined ? struck : ` and matched nothing; ${nothing}`}`);
    if (mail) this.#app.seat.dispatch();
  }

  /** Answers what it could have struck. */
  #sayItStruckNothing(heard: Ended["heard"]): string {
    const { call, options } = this.#asked;
    const where = testRunner() === undefined ? "" : " in this test";
    const given = showOptions(options);
    const named = "event" in options && options.event !== undefined;
    const names = heard.map(([channel, event]) => (named ? `${show(event)} on ${show(channel)}` : show(channel)));
    const told = [...new Set(names)].slice(0, TOLD);
    const { some, none } = CANDIDATES[call] ?? (call.startsWith("simulate") ? CANDIDATES["silence()"] : TRIGGERED);
    const candidates = told.length === 0 || some === undefined ? none : `${some} were: ${told.join(", ")}`;
    console.warn(`pushrig: ${call} matched nothing${where}${given && ` (${given})`}; ${candidates}`);
    return candidates;
  }
}

/** Has `using` take it back. Not where the realm is older than that. */
export function makeDisposable({ prototype }: { prototype: Fault }): void {
  if (typeof Symbol.dispose !== "symbol") return;
  Object.defineProperty(prototype, Symbol.dispose, {
    value(this: Fault) {
      this.restore();
    },
    configurable: true,
    writable: true,
  });
}

makeDisposable(BrokerFault);
