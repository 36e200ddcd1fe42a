/** The journal of an app, an entry a line, in the words of the live log where it has some. */

import type { Entry } from "../journal/entry.js";
import { type Labels, sentence } from "../journal/sentences.js";
import { type KnownClient, plainLabel } from "../journal/who.js";
import type { Happening } from "../options/listen.js";
import type { StateNow } from "../remote/shapes.js";
import { dated, harmless, type Line, lineOf, MARGIN, type Paint, problem } from "./lines.js";
import { clean, widthOf } from "./text.js";

/** Clients that have gone and are still known by name: what follows from their going is told after it. */
const MAX_GONE = 1_000;

type Known = { -readonly [Field in keyof KnownClient]: KnownClient[Field] } & { users: string[] };

/** Who is who, learned from entry to entry. */
class Names implements Labels {
  readonly #byConnection = new Map<string, Known>();
  readonly #gone: string[] = [];

  learn({ kind, connection, name, user, socketId, door = "socket" }: Entry): void {
    if (connection === undefined) return;
    if (kind === "connected") this.add({ connection, name, user, socketId, door });
    const known = this.#byConnection.get(connection);
    if (known !== undefined && user !== undefined && (kind === "signed-in" || kind === "subscribed"))
      known.users = [user];
    if (kind !== "closed") return;
    this.#gone.push(connection);
    if (this.#gone.length > MAX_GONE) this.#byConnection.delete(this.#gone.shift() ?? "");
  }

  add(client: Pick<Entry, "name" | "user" | "socketId"> & { connection: string; door: Known["door"] }): void {
    const { connection, name, user, socketId = connection, door } = client;
    const users = user === undefined ? [] : [user];
    const known: Known = { door, users, connections: [connection], socketIds: [socketId] };
    if (name !== undefined) known.name = name;
    this.#byConnection.set(connection, known);
  }

  of({ connection, name }: Entry): KnownClient | undefined {
    if (connection !== undefined) return this.#byConnection.get(connection);
    // A client without a connection yet.
    return name === undefined ? undefined : { door: "process", name, users: [], connections: [], socketIds: [] };
  }

  label(client: KnownClient): string {
    return plainLabel(client);
  }

  labelOf(connection: string): string {
    const known = this.#byConnection.get(connection);
    return known === undefined ? connection : this.label(known);
  }
}

export class JournalLog {
  readonly #paint: Paint;
  readonly #width: () => number;
  #names = new Names();
  /** `Date.now()` where the time of entries begins. */
  #date = 0;

  constructor(paint: Paint, width: () => number) {
    this.#paint = paint;
    this.#width = width;
  }

  /** Begins with who is there. */
  begin({ connections }: StateNow, date: number): void {
    this.#names = new Names();
    this.#date = date;
    for (const { connection, ...client } of connections) {
      if (connection !== undefined) this.#names.add({ connection, ...client });
    }
  }

  line(entry: Entry): string {
    this.#names.learn(entry);
    const number = `#${entry.seq} `.padEnd(NUMBER);
    const room = this.#width() - MARGIN - widthOf(number);
    const [sign, color, text] = this.#line(entry, room);
    return dated([sign, color, text], this.timeOf(entry), this.#paint, this.#paint("dim", number));
  }

  timeOf({ t }: Entry): Date {
    return new Date(this.#date + t);
  }

  /** Something about the following itself. */
  note(text: string): string {
    return dated(problem(text), new Date(), this.#paint, " ".repeat(NUMBER));
  }

  #line(entry: Entry, room: number): Line {
    const { kind, code, text = "", except, connection } = entry;
    const happening = happeningOf(entry);
    if (happening === undefined) {
      const told = clean(sentence(entry, this.#names));
      return PROBLEMS.has(kind) ? problem(told) : [" ", "dim", told];
    }
    const client = this.#names.of(entry);
    const who = clean(client === undefined ? (connection ?? "somebody") : this.#names.label(client));
    const beside = {
      closed: [code, text].filter((part) => part !== undefined && part !== "").join(" "),
      "client-event": `from ${who}`,
      triggered: except === undefined ? "" : `${this.#names.labelOf(except)} left out`,
    };
    const end = clean(beside[kind as keyof typeof beside] ?? "");
    return lineOf(harmless(happening), { paint: this.#paint, room, who, beside: end });
  }
}

/** Columns of an entry's number. */
const NUMBER = "#1234 ".length;

/** Entries that say that something is wrong, besides those that the live log knows. */
const PROBLEMS: ReadonlySet<Entry["kind"]> = new Set(["rejected", "threw", "fault", "notice"]);

/** What the live log would say of it; undefined where it says nothing. */
export function happeningOf(entry: Entry): Happening | undefined {
  const { kind, channel, event, data, bytes, subscribers = 0, code, text } = entry;
  switch (kind) {
    case "connected":
      return entry.door === "socket" ? { type: "opened", transport: entry.transport } : undefined;
    case "closed":
      return { type: "closed" };
    case "subscribed":
      return { type: "subscribed", channel };
    case "left":
      return { type: "unsubscribed", channel };
    case "triggered":
      if (subscribers === 0) return { type: "unheard", channel, event };
      // Whether who is left out was subscribed at all, the entry does not say.
      return { type: "published", channel, event, data, bytes, sockets: subscribers };
    case "client-event":
      return { type: "published", channel, event, data, bytes, sockets: Math.max(0, subscribers - 1) };
    case "refused":
      return { type: "refused", channel, frame: JSON.stringify({ data: { code: code ?? null, message: text ?? "" } }) };
    case "request":
      return { type: "requested", method: entry.method, path: entry.path, status: code, body: text ?? null };
    case "webhook":
      return { type: "webhook", to: entry.to, events: entry.events, channel, status: code, error: text };
    default:
      return undefined;
  }
}
