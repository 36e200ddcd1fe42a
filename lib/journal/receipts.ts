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

  /** All that reasons look at. Who missed an event may have had it from the cache of its channel. */
  caseOf(client: KnownClient, event: Entry): Case {
    const direct = this.#caseAt(client, event);
    const given = direct.history.cached(event.channel ?? "", event.seq);
    if (given.length === 0 || isReceived(direct)) return direct;
    const cases = given.map((step) => this.#fromCache(direct, step));
    // Of one that was subscribed when it went out, the reason is what became of it then.
    return cases.find((one) => isReceived(one)) ?? (direct.standing.isSubscribed ? direct : cases[0]);
  }

  /** The event as it came along with a subscription: it has that number, and its sender is left out no more. */
  #fromCache(direct: Case, { seq, t }: Entry): Case {
    const { event } = direct;
    const { except: _, ...rest } = event;
    const standing = direct.history.at(seq + 1, event.channel ?? "");
    return { ...direct, event: { ...rest, seq, t }, cached: event, standing };
  }

  #caseAt(client: KnownClient, event: Entry): Case {
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
