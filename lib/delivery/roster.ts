/**
 * Who is on a presence channel, kept once for all clients of this copy.
 *
 * Most clients never look at who else is there. So a newcomer gets a view instead of a list, and members who come and go
 * are written down once instead of being told to every client: who looks reads the list as of its own place in its stream
 * of events, and from then on keeps a list of its own. See docs/decisions/0005-one-roster.md.
 */

import { decodeFrame, type PusherEvent } from "../events/frame.js";
import type { Announced, Change, PresenceLog } from "./presence-log.js";

/** How far somebody has got: everything up to `number`. `change` is that change or one before it. */
export interface Position {
  readonly number: number;
  readonly change: Change;
}

/** A connection, as the one that a roster is read for. */
export interface Reader {
  readonly connection: number;
  readonly position: Position;
  onFrame(frame: string, seq?: number): void;
  /** Queues, each in its place, the changes of this roster that it has not got to. */
  catchUp(roster: Roster): void;
}

export class Roster {
  readonly #channel: string;
  readonly #log: PresenceLog;
  /** In the order in which they came. */
  readonly #present = new Map<string, Announced>();
  #joined = 0;
  /** By connection. */
  readonly #views = new Map<number, View>();
  /** Those who are told of each change. */
  readonly #followers = new Set<View>();

  constructor(channel: string, log: PresenceLog) {
    this.#channel = channel;
    this.#log = log;
  }

  /** Takes over the list that a newcomer was sent. */
  load(frame: string): void {
    const { ids, hash } = decodeFrame(frame).data.presence as { ids: string[]; hash: Record<string, unknown> };
    this.#present.clear();
    for (const id of ids) this.#add(id, hash[id] ?? undefined, 0);
  }

  /** A member came or went: `frame` says who. `except` is the connection that is not told. */
  change(frame: string, except: number): void {
    const { event, data } = decodeFrame(frame);
    const id = String(data.user_id);
    const isArrival = event === "pusher_internal:member_added";
    let entry = this.#present.get(id);
    if (!isArrival) this.#present.delete(id);
    else entry = entry === undefined ? this.#add(id, data.user_info, this.#log.last.number + 1) : undefined;
    this.#log.append({ roster: this, entry, isArrival, frame, except });
    for (const { reader } of this.#followers) if (reader.connection !== except) reader.onFrame(frame);
  }

  #add(id: string, info: unknown, since: number): Announced {
    this.#joined += 1;
    const entry = { id, info: JSON.stringify(info), since, order: this.#joined };
    this.#present.set(id, entry);
    return entry;
  }

  /** A newcomer's view: everything up to now. */
  welcome(reader: Reader): View {
    const view = new View(this, this.#channel, reader, this.#log.last.number);
    this.#views.set(reader.connection, view);
    return view;
  }

  /** What the connection sees stays as it is. */
  leave(connection: number): void {
    const view = this.#views.get(connection);
    if (view === undefined) return;
    view.end();
    this.#views.delete(connection);
    this.#followers.delete(view);
  }

  follow(view: View): void {
    if (this.#views.get(view.reader.connection) !== view || this.#followers.has(view)) return;
    view.reader.catchUp(this);
    this.#followers.add(view);
  }

  /** The members as of a position, in the order in which they came. */
  at(position: Position): Announced[] {
    const entries = [...this.#present.values()].filter(({ since }) => since <= position.number);
    const count = entries.length;
    for (const { entry, isArrival } of this.#changesAfter(position)) {
      if (entry !== undefined && !isArrival && entry.since <= position.number) entries.push(entry);
    }
    return entries.length === count ? entries : entries.toSorted((a, b) => a.order - b.order);
  }

  /** How many they are. */
  countAt(position: Position): number {
    let count = this.#present.size;
    for (const { entry, isArrival } of this.#changesAfter(position)) {
      if (entry !== undefined) count += isArrival ? -1 : 1;
    }
    return count;
  }

  /** One of them. */
  memberAt(position: Position, id: string): Announced | undefined {
    const entry = this.#present.get(id);
    return entry !== undefined && entry.since <= position.number
      ? entry
      : this.at(position).find((known) => known.id === id);
  }

  *#changesAfter({ change, number }: Position): Iterable<Change> {
    for (let { next } = change; next !== undefined; next = next.next) {
      if (next.number > number && next.roster === this) yield next;
    }
  }
}

/** A roster as one client sees it. What it hands out is made anew at each call. */
export class View {
  readonly #roster: Roster;
  readonly channel: string;
  readonly reader: Reader;
  /** The number of the last change before the client came. */
  readonly #since: number;
  #end: Position | undefined;

  constructor(roster: Roster, channel: string, reader: Reader, since: number) {
    this.#roster = roster;
    this.channel = channel;
    this.reader = reader;
    this.#since = since;
  }

  get count(): number {
    return this.#roster.countAt(this.#position);
  }

  /** What everybody is described with, by id. */
  hash(): Record<string, unknown> {
    return Object.fromEntries(this.#roster.at(this.#position).map((entry) => [entry.id, this.#infoOf(entry)]));
  }

  /** What one member is described with, in an array; undefined for nobody. */
  info(id: unknown): [info: unknown] | undefined {
    const entry = this.#roster.memberAt(this.#position, String(id));
    return entry === undefined ? undefined : [this.#infoOf(entry)];
  }

  /** The frame that the client would have got, decoded. */
  succeeded(): PusherEvent {
    const hash = this.hash();
    const ids = this.#roster.at(this.#position).map(({ id }) => id);
    const data = { presence: { count: ids.length, ids, hash } };
    return { event: "pusher_internal:subscription_succeeded", channel: this.channel, data };
  }

  /** From now on the client is told of each change, also of those that are on their way to it. */
  follow(): void {
    this.#roster.follow(this);
  }

  /** The client has left. */
  end(): void {
    this.#end = this.reader.position;
  }

  get #position(): Position {
    return this.#end ?? this.reader.position;
  }

  /** Who says nothing is `null` in the list that a newcomer gets, and `undefined` when announced. */
  #infoOf({ info, since }: Announced): unknown {
    if (info !== undefined) return JSON.parse(info);
    return since > this.#since ? undefined : null;
  }
}
