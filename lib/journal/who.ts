/** Who is who in a stretch of the journal: mock clients through all of their connections, sockets, and how texts call them. */

import { nearest } from "../base/nearest.js";
import { show } from "../base/shown.js";
import type { ClientState, Entry, Page } from "./entry.js";
import { idOf, isMockClient, type Who } from "./question.js";

/** A mock client with its connections one after the other, or a socket. */
export interface KnownClient {
  /** The mock client's number; none for sockets and for connections that `pusherMockState` has made. */
  readonly client?: number;
  readonly door: "process" | "socket";
  readonly name?: string;
  /** The users it was signed in as, or was a member as, the latest last. */
  readonly users: readonly string[];
  /** `connectionId`s, or the socket's id, in order. */
  readonly connections: readonly string[];
  /** What the protocol calls those connections. */
  readonly socketIds: readonly string[];
  /** Where it was when the page's memory begins. */
  readonly base?: ClientState;
  /** Where it was when the last reset began. */
  readonly before?: ClientState;
}

type Lists = "users" | "connections" | "socketIds";

type WritableClient = { -readonly [K in keyof KnownClient]: K extends Lists ? string[] : KnownClient[K] };

/** Everybody in a page. */
export class Clients {
  readonly #byNumber = new Map<number, WritableClient>();
  readonly #byConnection = new Map<string, WritableClient>();
  readonly #drafts: WritableClient[] = [];
  readonly #labels = new Map<KnownClient, string>();

  constructor(page: Page) {
    for (const state of page.base) {
      const client = this.#known(state, state.door);
      client.base = state;
      learn(client, state);
    }
    for (const entry of page.entries) {
      if (entry.connection === undefined && entry.client === undefined) continue;
      const client = this.#known(entry, doorOf(entry));
      learn(client, entry);
    }
    // Connections are counted anew after a reset: by its number alone a client from before is the same one.
    for (const state of page.before) {
      const byNumber = state.client === undefined ? undefined : this.#byNumber.get(state.client);
      const bySocket = state.client === undefined ? this.#byConnection.get(state.connection ?? "") : undefined;
      const same = byNumber ?? bySocket;
      if (same !== undefined) same.before = state;
      else this.#drafts.push(fromBefore(state));
    }
  }

  get all(): readonly KnownClient[] {
    return this.#drafts;
  }

  /** Whom an entry is about; on `client-event` the sender. */
  of({ client, connection }: { client?: number; connection?: string }): KnownClient | undefined {
    return (
      (client === undefined ? undefined : this.#byNumber.get(client)) ??
      (connection === undefined ? undefined : this.#byConnection.get(connection))
    );
  }

  /**
   * Everybody who is meant: by name, else by user, else by connectionId, else by socket id. Several may share a name, and a user
   * may have many tabs.
   */
  find(who: Who): KnownClient[] {
    if (isMockClient(who)) return this.#drafts.filter(({ client }) => client === who.client);
    const [id, isClient] = [idOf(who), typeof who !== "string"];
    const ways: ReadonlyArray<(client: KnownClient) => boolean> = [
      ({ name }) => !isClient && name === id,
      ({ users }) => !isClient && users.includes(id),
      ({ connections }) => connections.includes(id),
      ({ socketIds }) => socketIds.includes(id),
      ({ before }) => before?.connection === id || before?.socketId === id,
    ];
    for (const is of ways) {
      const found = this.all.filter(is);
      if (found.length > 0) return found;
    }
    return [];
  }

  /** How texts call a client: by its name, else its user, else its connectionId or socket id. */
  label(client: KnownClient): string {
    if (this.#labels.size === 0) this.#labelAll();
    return this.#labels.get(client) ?? plainLabel(client);
  }

  /** How texts call the client behind a connection. */
  labelOf(connection: string): string {
    const client = this.#byConnection.get(connection);
    return client === undefined ? connection : this.label(client);
  }

  /** The end of a message about somebody who is nobody. Of `there` it says who may be meant. */
  insteadOf(who: Who, there: readonly KnownClient[] = this.all): string {
    const [id, names] = [idOf(who), new Set(there.map(shortLabel))];
    if (names.size === 0) return `${show(id)}: nobody ${this.all.length === 0 ? "has" : "is"} connected`;
    const near = nearest(id, this.all.map(shortLabel));
    return `${show(id)}; ${near === undefined ? "the" : `did you mean ${show(near)}? The`} clients are ${[...names].join(", ")}`;
  }

  #known(who: { client?: number; connection?: string }, door: "process" | "socket"): WritableClient {
    const { client: number, connection } = who;
    let known = number === undefined ? undefined : this.#byNumber.get(number);
    known ??= number === undefined && connection !== undefined ? this.#byConnection.get(connection) : undefined;
    if (known === undefined) {
      known = { client: number, door, users: [], connections: [], socketIds: [] };
      if (number !== undefined) this.#byNumber.set(number, known);
      this.#drafts.push(known);
    }
    if (connection !== undefined && known.connections.at(-1) !== connection) {
      this.#byConnection.set(connection, known);
      known.connections.push(connection);
    }
    return known;
  }

  /** Two tabs of one user are told apart by their connections. Who was there only before the reset is not taken for another. */
  #labelAll(): void {
    const used = new Map<string, number>();
    for (const client of this.all) {
      if (client.connections.length === 0) continue;
      const label = plainLabel(client);
      used.set(label, (used.get(label) ?? 0) + 1);
    }
    for (const client of this.all) {
      const label = plainLabel(client);
      const connection = client.connections.at(-1);
      const isShared = (used.get(label) ?? 0) > 1 && connection !== undefined && connection !== label;
      this.#labels.set(client, isShared ? `${label} (${connection})` : label);
    }
  }
}

function learn(
  client: WritableClient,
  from: Pick<Entry, "name" | "user" | "socketId"> & { kind?: Entry["kind"] },
): void {
  const { name, user, socketId, kind } = from;
  if (name !== undefined) client.name = name;
  // A member is called by its id too; who was added or removed by somebody else's entry is not this one.
  const isOwn = kind === undefined || kind === "connected" || kind === "signed-in" || kind === "subscribed";
  if (isOwn && user !== undefined && client.users.at(-1) !== user) client.users.push(user);
  if (socketId !== undefined && client.socketIds.at(-1) !== socketId) client.socketIds.push(socketId);
}

function fromBefore(state: ClientState): WritableClient {
  const { client, door, name, user } = state;
  return { client, door, name, users: user === undefined ? [] : [user], connections: [], socketIds: [], before: state };
}

function doorOf({ door, client, connection }: Entry): "process" | "socket" {
  if (door !== undefined) return door;
  return client === undefined && connection !== undefined && /^\d+\.\d+$/.test(connection) ? "socket" : "process";
}

function shortLabel({ name, users, connections }: KnownClient): string {
  return name ?? users.at(-1) ?? connections.at(-1) ?? "";
}

export function plainLabel({ name, users, connections, before, door }: KnownClient): string {
  if (name !== undefined) return name;
  const user = users.at(-1);
  if (user !== undefined) return `user ${user}`;
  const connection = connections.at(-1) ?? before?.connection;
  if (connection === undefined) return "a client that has not connected";
  return door === "socket" ? `socket ${connection}` : connection;
}
