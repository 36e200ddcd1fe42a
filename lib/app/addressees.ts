/** Whom a test means by the name of somebody who has no client here, or by a user's id. */

import { native } from "../native/addon.js";
import { Clients } from "../journal/who.js";
import type { Addressee } from "./faults.js";
import type { AppJournal } from "./journal.js";

/** A client of this copy. */
interface Own {
  readonly client: object;
  /** As the journal knows it. */
  readonly number: number;
  readonly connection: number;
}

/** What says who somebody is. */
const KINDS = ["connected", "signed-in", "subscribed"] as const;

export function addressees(
  app: { readonly number: number; readonly journal: AppJournal },
  id: string,
  own: readonly Own[],
): Addressee[] {
  const known = new Clients(app.journal.read({ kinds: KINDS, data: false })).find(id);
  return known.flatMap(({ client: number, connections }): Addressee[] => {
    const mine = own.find((one) => one.number === number);
    if (mine !== undefined) return [{ client: mine.client, connection: mine.connection }];
    const name = connections.at(-1) ?? "";
    const connection = native.connectionNamed(app.number, name) || native.connectionWithSocket(app.number, name);
    return connection === 0 ? [] : [{ client: undefined, connection }];
  });
}
