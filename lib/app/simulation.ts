/** What happens to connections in life, one thing after the other, with a seed. */

import { native } from "../native/addon.js";
import { show } from "../base/shown.js";
import { Seeded } from "../base/seeded.js";
import { testRunner } from "../events/test-runner.js";
import type { Schedule, Waiting } from "../base/timers.js";
import type { Preset } from "../options/faults.js";
import { type BrokerFault, type Fault, type FaultyApp, makeDisposable } from "./faults.js";

/** What it is made of. */
export interface SimulatedNetwork {
  readonly app: FaultyApp & { readonly later: Schedule };
  /** The cable is out, for all. */
  silence(): BrokerFault;
  /** Connecting fails; `which` of the attempts, or all. */
  refuse(which?: boolean[]): BrokerFault;
  /** Ends all connections from the service's side. */
  drop(code: number): void;
}

/** One step, and how long it lasts in milliseconds: its end is the next one's beginning. */
interface Step {
  begin(): BrokerFault;
  lasts: number;
  /** Before the fault of this step is taken back. */
  end?(): void;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** What each preset does. The words are those of docs/faults.md. */
const PRESETS: Record<Preset, (means: SimulatedNetwork, chance: Seeded, connections: number) => Step> = {
  // Silence for 5 to 40 seconds, then the connections are gone, with what was on its way.
  subway: ({ silence, drop }, chance) => ({
    begin: silence,
    lasts: Math.round((5 + 35 * chance.next()) * SECOND),
    end: () => drop(1006),
  }),
  // Silence for ten minutes: both sides have given up when it ends.
  "laptop-lid": ({ silence }) => ({ begin: silence, lasts: 10 * MINUTE }),
  // The service asks all to come back at once, and for two seconds nobody answers.
  deploy: ({ refuse, drop }) => ({
    begin: () => {
      const refusal = refuse();
      drop(4200);
      return refusal;
    },
    lasts: 2 * SECOND,
  }),
  // All connections are cut, and of the first attempts to connect again, one for each, half are refused.
  failover: ({ refuse, drop }, chance, connections) => ({
    begin: () => {
      const refusal = refuse(half(connections, chance));
      drop(1006);
      return refusal;
    },
    lasts: Infinity,
  }),
};

/** Half of so many, rounded up, by chance. */
function half(count: number, chance: Seeded): boolean[] {
  const which: boolean[] = [];
  for (let left = count, chosen = Math.ceil(count / 2); left > 0; left -= 1) {
    const isChosen = chance.next() * left < chosen;
    which.push(isChosen);
    if (isChosen) chosen -= 1;
  }
  return which;
}

/** A preset that is being played. It is over by itself, or taken back as every fault is. */
export class Simulation implements Fault {
  readonly preset: Preset;
  readonly #seed: number;
  readonly #step: Step;
  readonly #fault: BrokerFault;
  readonly #struck: number;
  #waiting: Waiting | undefined;
  #isOver = false;

  constructor(means: SimulatedNetwork, preset: Preset, seed: number) {
    this.preset = preset;
    this.#seed = seed;
    const { app } = means;
    app.requireOpen();
    this.#struck = native.connectionCount(app.number);
    this.#step = PRESETS[preset](means, new Seeded(seed), this.#struck);
    this.#fault = this.#step.begin();
    const { lasts } = this.#step;
    const finish = (): void => {
      this.#waiting = undefined;
      if (!this.#isOver && !app.isClosed) this.#step.end?.();
      this.restore();
    };
    if (lasts !== Infinity) this.#waiting = app.later.after(lasts, finish, { what: "fault" });
  }

  /** How many connections it has met. */
  get strikes(): number {
    return this.#struck;
  }

  get options(): object {
    return { preset: this.preset, seed: this.#seed };
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** It ends now, without what it would have ended with. */
  restore(): void {
    this.#end((inVain) => this.#fault.finish(inVain));
  }

  /** The same when what it was meant for is over. */
  forget(): void {
    this.#end((inVain) => this.#fault.giveWay(inVain));
  }

  declare [Symbol.dispose]: () => void;

  #end(end: (inVain: string | undefined) => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting?.ensureAborted();
    const inVain = this.#struck > 0 ? undefined : "nobody was connected";
    end(inVain);
    if (inVain === undefined) return;
    const where = testRunner() === undefined ? "" : " in this test";
    console.warn(`pushrig: simulate(${show(this.preset)}) matched nothing${where}; ${inVain}`);
  }
}

makeDisposable(Simulation);
