/** Faults at a gateway: the verbs of `network()`, by the control routes. */

import type { Who } from "../journal/question.js";
import { checkObject } from "../options/checks.js";
import type {
  DeliveryFaultSelection,
  Preset,
  SimulationOptions,
  TriggerFailure,
  WebhookFailure,
} from "../options/faults.js";
import { whoText } from "./as-json.js";
import type { FaultNow, NetworkAnswer, NetworkRequest } from "./shapes.js";

/** Asks the gateway. Without a request: which faults are on. */
export interface NetworkRoute {
  faults(): Promise<FaultNow[]>;
  change(request: NetworkRequest): Promise<NetworkAnswer>;
}

declare global {
  // As TypeScript's own library has it from 5.2 on.
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol;
  }
}

/** A fault that is on at a gateway, until `restore()` or, with `await using`, the end of the block. */
export class RemoteFault {
  readonly id: number;
  readonly #route: NetworkRoute;

  constructor(id: number, route: NetworkRoute) {
    this.id = id;
    this.#route = route;
  }

  /** How often it has struck; undefined once it is over. */
  async strikes(): Promise<number | undefined> {
    return (await this.#now())?.strikes;
  }

  /** Of `hold()`: events that wait, one for each client. */
  async waiting(): Promise<number> {
    return (await this.#now())?.waiting ?? 0;
  }

  /** What `hold()` keeps back arrives now; what comes later is kept back again. */
  async release(): Promise<void> {
    await this.#route.change({ do: "release", id: this.id });
  }

  /** Takes it back. Harmless when it is over already. */
  async restore(): Promise<void> {
    await this.#route.change({ do: "restore", id: this.id });
  }

  /** Not where the realm is older than that. */
  declare [Symbol.asyncDispose]: () => Promise<void>;

  async #now(): Promise<FaultNow | undefined> {
    return (await this.#route.faults()).find(({ id }) => id === this.id);
  }
}

if (typeof Symbol.asyncDispose === "symbol") {
  Object.defineProperty(RemoteFault.prototype, Symbol.asyncDispose, {
    value(this: RemoteFault) {
      return this.restore();
    },
    configurable: true,
    writable: true,
  });
}

export class RemoteNetwork {
  readonly #route: NetworkRoute;
  /** @internal Whether a fault has been asked for here. */
  hasBegun = false;

  constructor(route: NetworkRoute) {
    this.#route = route;
  }

  /** Those that are on, whoever has begun them. */
  faults(): Promise<FaultNow[]> {
    return this.#route.faults();
  }

  async drop(client: Who, options: { code?: number; reason?: string } = {}): Promise<void> {
    const whom = whoText(client, "the client of drop()");
    await this.#route.change({ do: "drop", client: whom, ...given(options, "drop()") });
  }

  async dropAll(options: { code?: number; reason?: string } = {}): Promise<void> {
    await this.#route.change({ do: "dropAll", ...given(options, "dropAll()") });
  }

  async refuse(refusal: { code?: number; reason?: string; times?: number } = {}): Promise<RemoteFault> {
    return this.#begin({ do: "refuse", ...given(refusal, "refuse()") });
  }

  async delay(milliseconds: number): Promise<RemoteFault> {
    return this.#begin({ do: "delay", ms: milliseconds });
  }

  async failAuthorization(
    failure: { channel?: string; status?: number; message?: string; times?: number } = {},
  ): Promise<RemoteFault> {
    return this.#begin({ do: "failAuthorization", ...given(failure, "failAuthorization()") });
  }

  async failTrigger(failure: TriggerFailure = {}): Promise<RemoteFault> {
    return this.#begin({ do: "failTrigger", ...given(failure, "failTrigger()") });
  }

  async failWebhooks(failure: WebhookFailure = {}): Promise<RemoteFault> {
    return this.#begin({ do: "failWebhooks", ...given(failure, "failWebhooks()") });
  }

  async lose(selection: DeliveryFaultSelection = {}): Promise<RemoteFault> {
    return this.#begin({ do: "lose", ...named(selection, "lose()") });
  }

  async duplicate(selection: DeliveryFaultSelection = {}): Promise<RemoteFault> {
    return this.#begin({ do: "duplicate", ...named(selection, "duplicate()") });
  }

  async hold(selection: DeliveryFaultSelection = {}): Promise<RemoteFault> {
    return this.#begin({ do: "hold", ...named(selection, "hold()") });
  }

  async silence(client: Who | "all"): Promise<RemoteFault> {
    return this.#begin({ do: "silence", client: whoText(client, "the client of silence()") });
  }

  async simulate(preset: Preset, options: SimulationOptions = {}): Promise<RemoteFault> {
    return this.#begin({ do: "simulate", preset, ...given(options, "simulate()") });
  }

  /** Takes all faults back, whoever has begun them; what was kept back arrives. */
  async restore(): Promise<void> {
    await this.#route.change({ do: "restore" });
  }

  async #begin(request: NetworkRequest): Promise<RemoteFault> {
    this.hasBegun = true;
    const { fault } = await this.#route.change(request);
    return new RemoteFault((fault as FaultNow).id, this.#route);
  }
}

/** What is no object has fields of its own kind, which would be sent. Which there are the gateway says. */
function given<Options extends object>(options: Options, call: string): Options {
  checkObject(options, `${call} takes options in an object`);
  return options;
}

function named(selection: DeliveryFaultSelection, call: string): DeliveryFaultSelection {
  const { client } = given(selection, call);
  return client === undefined ? selection : { ...selection, client: whoText(client, `the client of ${call}`) };
}
