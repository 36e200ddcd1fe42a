/** Who is called how in rows, and who was subscribed when an event went out: what the rows before say. */

import type { ClientState, Entry, Page } from "../journal/entry.js";
import { Clients } from "../journal/who.js";
import type { SeenEntry } from "./reach.js";

/** Events among which it is looked for one that was sent before. */
const COMPARED = 2_000;
/** Entries that are kept for names; of those whose connection is gone, the oldest go first. */
const MOST = 5_000;

export class People {
  #base: ClientState[] = [];
  #naming: Entry[] = [];
  #clients: Clients | undefined;
  /** By connection. */
  readonly #channels = new Map<string, Set<string>>();
  /** Events that were sent, by what they say. */
  readonly #sent = new Map<string, SeenEntry>();

  /** What is known of everybody so far. */
  get clients(): Clients {
    return (this.#clients ??= new Clients({ ...NOTHING, base: this.#base, entries: this.#naming }));
  }

  /** Anew, from who was there before the first row. */
  begin(base: readonly ClientState[] = []): void {
    this.#base = [...base];
    this.#naming = [];
    this.#clients = undefined;
    this.reset();
    for (const { connection, channels } of base) {
      if (connection !== undefined) this.#channels.set(connection, new Set(channels));
    }
  }

  /** After a reset nobody is subscribed; connections of a gateway stay. */
  reset(): void {
    this.#channels.clear();
    this.#sent.clear();
  }

  /** Takes an entry in its turn, and notes at an event how many it was for. Answers whether it tells something of those before it. */
  take(entry: SeenEntry): boolean {
    const { kind, connection = "", channel = "", except, subscribers = 0 } = entry;
    switch (kind) {
      case "connected":
        this.#name(entry);
        break;
      case "signed-in":
        this.#name(entry);
        return true;
      case "subscribed": {
        this.#name(entry);
        const channels = this.#channels.get(connection);
        if (channels === undefined) this.#channels.set(connection, new Set([channel]));
        else channels.add(channel);
        return entry.user !== undefined;
      }
      case "left":
        this.#channels.get(connection)?.delete(channel);
        break;
      case "closed":
        this.#channels.delete(connection);
        break;
      case "triggered":
        // Somebody who is left out need not be subscribed.
        if (except !== undefined) entry.reached = subscribers - (this.#isOn(except, channel) ? 1 : 0);
        return this.#compare(entry);
      case "client-event":
        entry.reached = Math.max(0, subscribers - 1);
        break;
    }
    return kind === "fault" && entry.method === "lose";
  }

  #compare(entry: SeenEntry): boolean {
    const { channel, event, data, bytes } = entry;
    const key = `${channel}\n${event}\n${bytes}\n${data}`;
    const first = this.#sent.get(key);
    if (first === undefined) {
      this.#sent.set(key, entry);
      if (this.#sent.size > COMPARED) for (const oldest of this.#sent.keys()) return !this.#sent.delete(oldest);
      return false;
    }
    first.isTwice = entry.isTwice = true;
    return true;
  }

  #isOn(connection: string, channel: string): boolean {
    return this.#channels.get(connection)?.has(channel) === true;
  }

  #name(entry: Entry): void {
    if (entry.kind === "subscribed" && entry.user === undefined) return;
    this.#naming.push(entry);
    this.#clients = undefined;
    if (this.#naming.length < 2 * MOST) return;
    const old = this.#naming.splice(0, MOST);
    this.#naming.unshift(...old.filter(({ connection = "" }) => this.#channels.has(connection)));
  }
}

const NOTHING: Page = { start: 0, forgotten: 0, last: 0, date: 0, base: [], before: [], taken: {}, entries: [] };
