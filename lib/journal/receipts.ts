/** Who has received what, in a page of the journal: as `why()` says it, for many events and clients. */

import type { Entry, Page } from "./entry.js";
import { Histories } from "./history.js";
import type { Case } from "./reasons/case.js";
import { canHear, isReceived } from "./reasons/delivery.js";
import { Clients, type KnownClient } from "./who.js";

export class Receipts {
  readonly clients: Clients;
  readonly histories: Histories;
  readonly #page: Page;
  readonly #faults: readonly Entry[];

  constructor(page: Page, clients = new Clients(page)) {
    this.#page = page;
    this.clients = clients;
    this.histories = new Histories(page, clients);
    this.#faults = page.entries.filter(
      ({ kind, connection, cause }) => kind === "fault" && (cause ?? connection) !== undefined,
    );
  }

  /** Whether callbacks of the client have had the event; of a socket, whether it was sent to it. */
  has(client: KnownClient, event: Entry): boolean {
    return isReceived(this.caseOf(client, event));
  }

  /** Whether any of these clients has had an event: for thousands of events, of which few clients hear any. */
  among(clients: readonly KnownClient[]): (event: Entry) => boolean {
    const listeners = new Map<string, readonly KnownClient[]>();
    return (event) => {
      const key = JSON.stringify([event.channel, event.event]);
      let listening = listeners.get(key);
      if (listening === undefined) {
        listening = clients.filter((client) => canHear(client, this.histories.of(client), event));
        listeners.set(key, listening);
      }
      return listening.some((client) => this.has(client, event));
    };
  }

  /** All that reasons look at. */
  caseOf(client: KnownClient, event: Entry): Case {
    const { clients } = this;
    const history = this.histories.of(client);
    return {
      page: this.#page,
      clients,
      event,
      client,
      who: clients.label(client),
      history,
      isWhole: this.histories.isWhole(client),
      standing: history.at(event.seq, event.channel ?? ""),
      faults: this.#faults,
    };
  }
}
