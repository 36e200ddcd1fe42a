/** Test controls on the client's side of the wire: what a bad network or a busy service would do. */

import { MAX_DELAY, checkText, checkWhole } from "../options/checks.js";
import {
  type DeliveryFaultSelection,
  type Preset,
  type SimulationOptions,
  type TriggerFailure,
  type WebhookFailure,
  checkChannelPattern,
  checkFields,
  checkFaultSelection,
  checkSimulation,
  checkTimes,
  checkTriggerFailure,
  checkWebhookFailure,
} from "../options/faults.js";
import type { Schedule } from "../base/timers.js";
import { show } from "../base/shown.js";
import { calledOf, type Who } from "../journal/question.js";
import type { AuthorizationFailure, NetworkConditions } from "./network-conditions.js";
import { Simulation } from "./simulation.js";
import { type BrokerFault, type Fault, Faults, type FaultyApp, type Hold } from "./faults.js";

export { answerInstead, answerOnceKnown } from "./answer-instead.js";
export type { AuthorizationFailure } from "./network-conditions.js";

/** How connecting fails. */
export interface Refusal {
  /**
   * Only this client: itself, its name, its user's id, its connectionId or socket id. A socket of a gateway comes back as somebody new: once
   * it has gone, whoever connects there next is taken for it.
   */
  client?: Who;
  /** The close code the client sees. Default 1006: nothing answers. */
  code?: number;
  /** The close reason. Default `""`. */
  reason?: string;
  /** How many attempts are refused. Default: all, until `restore()`. */
  times?: number;
}

function checkCode(code: number): void {
  checkWhole(code, 1000, 4999, "a close code");
}

/** A close frame has room for so many bytes (RFC 6455). */
const LONGEST_REASON = 123;

function checkReason(reason: string | undefined, call: string): void {
  checkText(reason, `the reason of ${call}`);
  if (reason === undefined || Buffer.byteLength(reason) <= LONGEST_REASON) return;
  throw new RangeError(`pushrig: the reason of ${call} has at most ${LONGEST_REASON} bytes, unlike ${show(reason)}`);
}

/** A fault that is on. */
export interface ActiveFault {
  /** The verb that asked for it: `lose()`. */
  readonly call: string;
  readonly options: object;
  readonly fault: Fault;
}

/** The app whose network this is. */
export interface NetworkApp extends FaultyApp {
  /** Ends a connection from the service's side. */
  drop(connection: number, code: number, reason: string): void;
  /** Ends all connections from the service's side. */
  dropAll(code: number, reason: string): void;
  readonly later: Schedule;
  readonly conditions: NetworkConditions;
}

export class Network {
  readonly #app: NetworkApp;
  readonly #faults: Faults;
  readonly #simulations: Simulation[] = [];

  constructor(app: NetworkApp) {
    this.#app = app;
    this.#faults = new Faults(app);
    app.conditions.faults = this.#faults;
  }

  /**
   * Ends a client's connection from the service's side. `code` decides what the client does next:
   * 4000–4099 it stays away, 4100–4199 it comes back after a second, 4200–4299 at once, 1006 (the
   * default) is a cut cable. A client is itself, its name, its user's id, its connectionId or its socket id; of several
   * with one name or user each connection ends. Throws when none is connected.
   */
  drop(client: Who, options: { code?: number; reason?: string } = {}): void {
    checkFields(options, ["code", "reason"], "drop()", "{ code: 4100 } after the client");
    const { code = 1006, reason = "" } = options;
    checkCode(code);
    checkReason(reason, "drop()");
    const connected = this.#app.clientsOf(client, "drop()").filter(({ connection }) => connection !== 0);
    if (connected.length === 0) {
      throw new Error(`pushrig: drop() has no connection to end: ${calledOf(client)} is not connected`);
    }
    for (const { connection } of connected) this.#app.drop(connection, code, reason);
  }

  /** Refuses connections from now on, until `restore()` or `times` attempts. Takes the place of a refusal before, of that client or of all. */
  refuse(refusal: Refusal = {}): Fault {
    checkFields(refusal, ["client", "code", "reason", "times"], "refuse()", "{ code: 4004 }");
    if (refusal.code !== undefined) checkCode(refusal.code);
    checkReason(refusal.reason, "refuse()");
    checkTimes(refusal.times, "refuse()");
    const { code = 1006, reason = "" } = refusal;
    return this.#replace("refuse()", refusal, { does: "refuse", code, reason });
  }

  /** Delays every new connection by so many milliseconds, until `restore()`. Takes the place of a delay before. */
  delay(milliseconds: number): Fault {
    if (typeof milliseconds !== "number" || !(milliseconds >= 0 && milliseconds <= MAX_DELAY)) {
      throw new RangeError(`pushrig: a delay is milliseconds from 0 to ${MAX_DELAY}, not ${show(milliseconds)}`);
    }
    const ms = Math.round(milliseconds);
    return this.#replace("delay()", { ms }, { does: "delay", ms });
  }

  /** Makes authorizing channels or signing in fail, until `restore()` or `times` failures. Takes the place of a failure before. */
  failAuthorization(failure: AuthorizationFailure = {}): Fault {
    const call = "failAuthorization()";
    checkFields(failure, ["channel", "status", "message", "times"], call, '{ channel: "private-room" }');
    checkChannelPattern(failure.channel, call);
    checkWhole(failure.status, 0, 599, "the status of failAuthorization()");
    checkText(failure.message, "the message of failAuthorization()");
    checkTimes(failure.times, call);
    const { status, message } = failure;
    return this.#replace(call, failure, { does: "failAuthorization", status, message });
  }

  /** In place of the one before; whom it is about may have one of their own. */
  #replace(call: string, options: object, deed: object): Fault {
    const whom = (given: { client?: Who }): Who | undefined => given.client;
    const before = this.#faults.active().find((one) => one.call === call && whom(one.options) === whom(options));
    const fault = this.#faults.begin(call, options, deed);
    before?.giveWay();
    return fault;
  }

  /** Webhooks come to nothing: their receiver answers with a status, cuts the connection, or does not answer. They are sent again. */
  failWebhooks(failure: WebhookFailure = {}): Fault {
    checkWebhookFailure(failure);
    const { status = failure.error === undefined ? 500 : 503, error } = failure;
    return this.#faults.begin("failWebhooks()", failure, { does: "failWebhook", status, error });
  }

  /**
   * The cable is out, for a client or for `"all"`, sockets of gateways included: nothing arrives in either direction, nobody is told,
   * and who connects anew waits. Each side notices by its own timeouts. What was sent meanwhile arrives with `restore()`, if the
   * connection still is one then.
   */
  silence(client: Who | "all"): Fault {
    return this.#faults.begin(
      "silence()",
      { client: client === "all" ? undefined : (client ?? null) },
      { does: "silence" },
    );
  }

  /**
   * Triggering fails: with a status, by a connection that is cut or by an answer that does not come, in this process with the
   * SDK's own errors. Nothing is published then, on none of the call's channels.
   */
  failTrigger(failure: TriggerFailure = {}): Fault {
    checkTriggerFailure(failure);
    const { status = failure.error === undefined ? 500 : 503, error, throws } = failure;
    return this.#faults.begin("failTrigger()", failure, { does: "failTrigger", status, error, throws });
  }

  /** Events get lost: they are accepted, are in the history and the cache, and never arrive. */
  lose(selection: DeliveryFaultSelection = {}): Fault {
    checkFaultSelection(selection, "lose()", ["client"]);
    return this.#faults.begin("lose()", selection, { does: "lose" });
  }

  /** Events arrive twice, one right after the other. */
  duplicate(selection: DeliveryFaultSelection = {}): Fault {
    checkFaultSelection(selection, "duplicate()", ["client"]);
    return this.#faults.begin("duplicate()", selection, { does: "duplicate" });
  }

  /** Events are kept back until `release()`, and others overtake them. */
  hold(selection: DeliveryFaultSelection = {}): Hold {
    checkFaultSelection(selection, "hold()", ["client"]);
    return this.#faults.begin("hold()", selection, { does: "hold" });
  }

  /**
   * What happens to connections in life: `"subway"`, `"laptop-lid"`, `"deploy"`, `"failover"`. See docs/faults.md for what each does. It runs on the
   * timers of this process, and on the gateway's time where `advance()` moves that.
   */
  simulate(preset: Preset, options: SimulationOptions = {}): Fault {
    checkSimulation(preset, options);
    const { seed = Math.trunc(Math.random() * 2 ** 32) } = options;
    const refused = { does: "refuse", code: 1006, reason: "" };
    const asked = (does: object): BrokerFault => this.#faults.begin(`simulate("${preset}")`, { seed }, does);
    this.#simulations.splice(0, Infinity, ...this.simulations());
    const simulation = new Simulation(
      {
        app: this.#app,
        silence: () => asked({ does: "silence" }),
        refuse: (which) => asked({ ...refused, which }),
        drop: (code) => this.#app.dropAll(code, ""),
      },
      preset,
      seed,
    );
    this.#simulations.push(simulation);
    return simulation;
  }

  /** @internal Ends all connections from the service's side, as `drop()` does one. */
  dropAll(options: { code?: number; reason?: string } = {}): void {
    checkFields(options, ["code", "reason"], "dropAll()", "{ code: 4100 }");
    const { code = 1006, reason = "" } = options;
    checkCode(code);
    checkReason(reason, "dropAll()");
    this.#app.dropAll(code, reason);
  }

  /** @internal What `simulate()` has begun and is not over. */
  simulations(): Simulation[] {
    return this.#simulations.filter(({ isOver }) => !isOver);
  }

  /** @internal Those that are on, what asked for each, and what that was given. */
  active(): ActiveFault[] {
    return [
      ...this.#faults.active().map((fault) => ({ call: fault.call, options: fault.options, fault })),
      ...this.simulations().map((fault) => ({ call: "simulate()", options: fault.options, fault })),
    ];
  }

  /** Takes all faults back; what was kept back arrives. `reset()` does so too, and then nothing arrives. */
  restore(): void {
    for (const simulation of this.#simulations.splice(0)) simulation.restore();
    this.#faults.restore();
  }

  /** @internal The same when what it was meant for is over. */
  forget(): void {
    for (const simulation of this.#simulations.splice(0)) simulation.forget();
    this.#faults.forget();
  }
}
