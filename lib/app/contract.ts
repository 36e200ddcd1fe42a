/** Holds what goes over an app's channels to the contract that the configuration of the tests names: `pushrig({ contract })`. */

import { type TestContract, testRunner } from "../events/test-runner.js";
import { SchemaContract } from "../journal/contract.js";
import type { Entry } from "../journal/entry.js";
import type { JournalSource } from "../journal/subject.js";
import { WeakList } from "../base/weak-list.js";

/** The app that is looked at. */
export interface ContractedApp {
  readonly journal: JournalSource;
  /** The test that made the app, when it made one of its own. */
  readonly owner: object | undefined;
  /** Whether there is something to look at still. */
  lookIfOpen(): boolean;
}

/** Those of this copy. */
const readers = new WeakList<ContractReader>();
/** What is being checked: schemas may take their time. */
const checks = new Set<Promise<void>>();

/** Resolves once everything that has happened so far was checked. */
export async function checksDone(): Promise<void> {
  for (const reader of readers) reader.look();
  while (checks.size > 0) await Promise.all(checks);
}

/** Evaluated when the first event wants to be checked. */
const evaluated = new WeakMap<TestContract, Promise<SchemaContract>>();

function schemasOf(contract: TestContract): Promise<SchemaContract> {
  let schemas = evaluated.get(contract);
  if (schemas === undefined) {
    schemas = contract.load().then((module) => new SchemaContract(contract.file, module));
    evaluated.set(contract, schemas);
  }
  return schemas;
}

export class ContractReader {
  readonly #app: ContractedApp;
  readonly #contract: TestContract;
  /** Entries up to this one were looked at. */
  #seen: number;
  /** What tests and files were failed with, once each. */
  readonly #told = new WeakMap<object, Set<string>>();

  constructor(app: ContractedApp, contract: TestContract) {
    this.#app = app;
    this.#contract = contract;
    this.#seen = app.journal.seq;
    readers.add(this);
  }

  /** Looks at what is new. What of it breaks the contract fails the test that made the app, or that runs now; else the file. */
  look(): void {
    const runner = testRunner();
    if (runner === undefined || !this.#app.lookIfOpen()) return;
    // Until it is checked the next test may run: the runner stands for the file.
    const { journal, owner = runner.current() ?? runner } = this.#app;
    const kinds = ["triggered", "client-event", "member-added"] as const;
    const page = journal.read({ after: this.#seen, kinds, state: false });
    this.#seen = page.last;
    if (page.entries.length === 0) return;
    const check = this.#check(page.entries, owner).finally(() => checks.delete(check));
    checks.add(check);
  }

  async #check(entries: readonly Entry[], owner: object): Promise<void> {
    try {
      const schemas = await schemasOf(this.#contract);
      for (const entry of entries) {
        const breach = await schemas.breach(entry);
        if (breach !== undefined) this.#fail(new Error(`pushrig: ${breach}`), owner);
      }
    } catch (error) {
      this.#fail(error, owner);
    }
  }

  #fail(error: unknown, owner: object): void {
    const told = this.#told.get(owner) ?? new Set();
    this.#told.set(owner, told);
    if (told.has(String(error))) return;
    told.add(String(error));
    // Where in this package it was noticed is of no interest.
    if (error instanceof Error && error.message.startsWith("pushrig: ")) error.stack = String(error);
    testRunner()?.fail(error, owner);
  }
}
