/** Whom a test means: by a client, or by a name or an id of somebody who need not have a client here. */

import { native } from "../native/addon.js";
import { show } from "../base/shown.js";
import type { Who } from "../journal/question.js";
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

/** An app of this copy. */
interface AddressedApp {
  /** The number that stands for the app in native calls. */
  readonly number: number;
  readonly app: { readonly key: string };
  readonly journal: AppJournal;
  /** The clients of this copy. */
  readonly clients: Iterable<{
    readonly client: object;
    readonly identity: { number: number; name: string | undefined };
  }>;
}

/**
 * Everybody who is meant: a client itself, or by its name, its user's id, its connectionId or its socket id. Several may share a name
 * or a user. Throws for a client of another app, and where there is nobody.
 *
 * @param call who was given it, for the error
 * @param all every app of this copy
 */
export function addressees(app: AddressedApp, who: Who, call: string, all: readonly AddressedApp[]): Addressee[] {
  requireOwn(app, who, call, all);
  const mine = [...app.clients].map(({ client, identity: { number, name } }) => ({
    client,
    number,
    name,
    connection: connectionCalled(app, (client as { connectionId: string }).connectionId),
  }));
  const itself = mine.find(({ client }) => client === who);
  if (itself !== undefined) return [itself];
  const called = mine.filter(({ name }) => name !== undefined && name === who);
  if (called.length > 0) return called;
  const { connectionId, connection: socket } = Object(who) as {
    connectionId?: unknown;
    connection?: { socket_id?: unknown };
  };
  const id = typeof who === "string" ? who : (connectionId ?? socket?.socket_id);
  if (typeof id === "string") {
    const connection = connectionCalled(app, id);
    const client = mine.find((one) => one.connection === connection)?.client;
    const found = connection === 0 ? known(app, id, mine) : [{ client, connection }];
    if (found?.length === 0) throw new Error(`pushrig: ${call} finds nobody: ${show(id)} is not connected any more`);
    if (found !== undefined) return found;
  }
  throw new Error(
    `pushrig: ${call} knows no client ${show(id ?? who)}; pass a client of this app, its name, user id, connectionId or socket id`,
  );
}

/**
 * The same for an app that is at the gateway of another process, which does not know what a test calls the clients of this one: the client, where
 * it is of this copy. Throws for a client of another app.
 */
export function ownAddressee(app: AddressedApp, who: Who, call: string, all: readonly AddressedApp[]): Who {
  requireOwn(app, who, call, all);
  const own = [...app.clients].find(({ identity: { name } }) => name !== undefined && name === who);
  return own === undefined ? who : (own.client as { connectionId: string });
}

/** Throws for a client of another app. */
function requireOwn(app: AddressedApp, client: Who, call: string, all: readonly AddressedApp[]): void {
  const isOf = ({ clients }: AddressedApp): boolean => [...clients].some((one) => one.client === client);
  if (typeof client === "string" || isOf(app)) return;
  const other = all.find(isOf);
  if (other === undefined) return;
  const own = `take one of the app with the key ${show(app.app.key)}`;
  throw new Error(`pushrig: the client of ${call} belongs to the app with the key ${show(other.app.key)}; ${own}`);
}

function connectionCalled({ number }: AddressedApp, name: string): number {
  return native.connectionNamed(number, name) || native.connectionWithSocket(number, name);
}

/** Those whom the journal knows by that name and who are there; `undefined` when it knows nobody. */
function known(app: AddressedApp, id: string, own: readonly Own[]): Addressee[] | undefined {
  const called = new Clients(app.journal.read({ kinds: KINDS, data: false })).find(id);
  if (called.length === 0) return undefined;
  return called.flatMap(({ client: number, connections }): Addressee[] => {
    const mine = own.find((one) => one.number === number);
    if (mine !== undefined) return [{ client: mine.client, connection: mine.connection }];
    const connection = connectionCalled(app, connections.at(-1) ?? "");
    return connection === 0 ? [] : [{ client: undefined, connection }];
  });
}
