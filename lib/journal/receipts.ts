/** Who has received what, in a page of the journal: as `why()` says it, for many events and clients. */

import type { Entry, Page } from "./entry.js";
import { Histories } from "./history.js";
import type { Case } from "./reasons/case.js";
import { isReceived } from "./reasons/delivery.js";
import { Clients, type KnownClient } from "./who.js";

export class Receipts {
  readonly clients: Clients;
  readonly #page: Page;
  readonly #histories: Histories;
  readonly #faults: readonly Entry[];

  constructor(page: Page) {
    this.#page = page;
    this.clients = new Clients(page);
    this.#histories = new Histories(page, this.clients);
    this.#faults = page.entries.filter(({ kind, cause }) => kind === "fault" && cause !== undefined);
  }

  /** Whether callbacks of the client have had the event; of a socket, whether it was sent to it. */
  has(client: KnownClient, event: Entry): boolean {
    const history = this.#histories.of(client);
    const standing = history.at(event.seq, event.channel ?? "");
    const of: Case = {
      page: this.#page,
      clients: this.clients,
      event,
      client,
      who: "",
      history,
      isWhole: this.#histories.isWhole(client),
      standing,
      faults: this.#faults,
      waitsFor: () => undefined,
    };
    return isReceived(of);
  }
}
