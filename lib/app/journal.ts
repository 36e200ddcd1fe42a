/** The journal of an app as this copy writes and reads it. */

import type { Entry, Kind, Page, Selection } from "../journal/entry.js";
import { readPage } from "./columns.js";
import { native } from "../native/addon.js";
import type { Seat } from "../delivery/seat.js";
import { liveSeats, threadState } from "../delivery/thread.js";
import { show } from "../base/shown.js";
import { callingLine, shownLine } from "../base/source-line.js";
import type { JournalSource } from "../journal/subject.js";
import { isUnderTest } from "../events/test-runner.js";
import type { Settings } from "../options/settings.js";
import { throwUncaught } from "../base/uncaught.js";
import { USER_CHANNEL } from "../base/user-channel.js";

/** The app whose journal it is. */
export interface JournalledApp {
  /** The number that stands for the app in native calls. */
  readonly number: number;
  readonly appId: number;
  readonly seat: Seat;
  readonly settings: Pick<Settings, "debug">;
  requireOpen(): void;
}

/** What JavaScript writes down; `seq`, `t` and whatever else the broker knows are the broker's to add. */
export interface Note extends Pick<
  Entry,
  "channel" | "event" | "data" | "cause" | "name" | "code" | "by" | "text" | "taken" | "count" | "stale"
> {
  kind: Kind;
  /** The mock client that it is about. */
  client?: number;
  /** The broker's number of the connection, where it is about one without a mock client. */
  connection?: number;
  /** The application's line, by its number. */
  line?: number;
  method?: string;
  path?: string;
  to?: string;
  events?: string[];
  attempt?: number;
}

/** Notes that wait before they are written down. */
const BATCH = 200;

// Bindings come in loops. They wait as numbers, their names once in each batch: see `src/addon/journal.rs`.
const BOUND = 0;
const UNBOUND = 1;
const OTHER = 2;
const STALE = 1;
const LET_GO = 2;
const NO_NAME = -1;
const WIDTH = 9;

/** Numbers of the application's lines, as the engine says them. */
const lineNumbers = new Map<string, number>();

const UNNAMED = Symbol.for("pushrig.unnamed-lines");

/** What tells the broker how to show lines that nobody has read yet. Of all copies in this realm, as any may read what another writes. */
const unnamed = ((globalThis as { [UNNAMED]?: Array<() => void> })[UNNAMED] ??= []);

/**
 * Before somebody reads: to read source maps for it takes milliseconds, and most tests pass without anybody reading a line. While a gateway
 * is open, who reads there does so without this thread, at any time.
 */
export function nameLines(): void {
  for (const name of unnamed.splice(0)) name();
}

function newLine(line: string): number {
  const number = native.lineNumber(line);
  lineNumbers.set(line, number);
  unnamed.push(() => native.nameLine(number, shownLine(line)));
  if (threadState().gateways.size > 0) nameLines();
  return number;
}

/** What was thrown, whatever it was, as an entry says it. */
export function thrown(error: unknown): string {
  try {
    const { name, message } = Object(error) as { name?: unknown; message?: unknown };
    if (typeof message === "string") return typeof name === "string" ? `${name}: ${message}` : message;
  } catch {
    // Whatever looks like an error and is none.
  }
  return show(error);
}

export class AppJournal implements JournalSource {
  /** One journal serves all rigs of an app in this copy, the latest of which it goes by. */
  app: JournalledApp;
  /** The number of the latest event that this copy has published, or that has reached it. */
  known = 0;
  /** Looking at the stack costs microseconds: in tests it is worth that, elsewhere with `debug`. */
  readonly #isTest = isUnderTest();
  /** What waits: nine numbers for a binding, and for any other note its place among the others. */
  #waiting: number[] = [];
  #count = 0;
  #names: Map<string, number> | undefined;
  #others: Note[] = [];
  /** None before the first one. */
  #watchers: Set<() => void> | undefined;
  /** How many read it without this thread. */
  #readers = 0;
  #isTurnDue = false;

  constructor(app: JournalledApp) {
    this.app = app;
  }

  /** A number for a mock client. */
  nextClient(): number {
    return native.nextClientNumber();
  }

  know(seq: number): void {
    if (seq > this.known) this.known = seq;
  }

  /** Whether somebody wants to know the application's lines. */
  get tellsLines(): boolean {
    return this.#isTest || this.app.settings.debug;
  }

  /** The number of the application's line that has called; 0 where nobody wants to know. */
  line(): number {
    return this.tellsLines ? this.lineNumber(callingLine()) : 0;
  }

  /** The number of a line as the engine says it; 0 of none. */
  lineNumber(line: string | undefined): number {
    if (line === undefined) return 0;
    return lineNumbers.get(line) ?? newLine(line);
  }

  /** What the next native call writes down comes from this line. */
  comesFrom(line: number): void {
    if (line !== 0) native.setLine(line);
  }

  /** The number of the latest entry. */
  get seq(): number {
    this.app.requireOpen();
    this.flush();
    return native.journalSeq(this.app.number);
  }

  /** What is known: of the page since the last reset, as far as it is asked for. */
  read(selection: Selection = {}): Page {
    this.app.requireOpen();
    this.flush();
    nameLines();
    const { seat, number, appId } = this.app;
    // What waits at the broker for this thread is looked at here, where it is known who gets it.
    seat.settle();
    const page = readPage(native.journal(number, JSON.stringify(selection)));
    for (const one of liveSeats(threadState())) {
      for (const [connection, seq] of one.takenBy(appId)) page.taken[connection] = seq;
    }
    return page;
  }

  /**
   * Calls back, in a microtask or later, once there are new entries; again when there are more. Keeps nothing alive.
   *
   * @returns what ends it
   */
  watch(onNew: () => void): () => void {
    this.app.requireOpen();
    // Each watcher is one of its own, whatever it calls.
    const watcher = (): void => onNew();
    const watchers = (this.#watchers ??= new Set());
    watchers.add(watcher);
    if (watchers.size === 1) native.watchJournal(this.app.number, this.app.seat.number);
    return () => {
      if (!watchers.delete(watcher) || watchers.size > 0) return;
      try {
        native.unwatchJournal(this.app.number, this.app.seat.number);
      } catch {
        // The app is gone, and its journal with it.
      }
    };
  }

  get #isWatched(): boolean {
    return this.#watchers !== undefined && this.#watchers.size > 0;
  }

  /** Writes something down, at the latest before the next event is published and before anybody reads. */
  note(note: Note): void {
    const { kind, name } = note;
    if ((kind === "bound" || kind === "unbound") && name === undefined) {
      const { client = 0, connection = 0, channel, event, taken = 0, count = 1, line = 0, stale, by } = note;
      const flags = (stale === true ? STALE : 0) + (by === undefined ? 0 : LET_GO);
      const what = kind === "bound" ? BOUND : UNBOUND;
      const [on, to] = [this.#nameOf(channel), this.#nameOf(event)];
      this.#waiting.push(what, client, connection, on, to, taken, count, line, flags);
    } else {
      this.#waiting.push(OTHER, this.#others.length, 0, 0, 0, 0, 0, 0, 0);
      this.#others.push(note);
    }
    this.#count += 1;
    if (this.#count >= BATCH) this.flush();
    else if (this.#isWatched || this.#readers > 0) this.#wakeSoon();
  }

  /**
   * From now on notes wait no longer than a microtask: somebody reads the journal without this thread. Keeps nothing alive.
   *
   * @returns what ends it
   */
  writeSoon(): () => void {
    this.#readers += 1;
    this.flush();
    let isOver = false;
    return () => {
      if (!isOver) this.#readers -= 1;
      isOver = true;
    };
  }

  /** Writes down what waits. Everything that writes natively calls it first where the order counts. */
  flush(): void {
    if (this.#count === 0) return;
    const numbers = Float64Array.from(this.#waiting);
    const names = this.#names === undefined ? [] : [...this.#names.keys()];
    const others = this.#others.length === 0 ? "" : JSON.stringify(this.#others);
    this.#forget();
    try {
      native.note(this.app.number, numbers, names, others);
    } catch {
      // The app is gone, and nobody can ask any more.
    }
  }

  /** For the seat: there are new entries. */
  wasWritten(): void {
    if (this.#isWatched) this.#wakeSoon();
  }

  /** The app was reset, here or elsewhere: what was bound on channels before that is on the page before. */
  wasReset(): void {
    const waiting = this.#waiting;
    const names = [...(this.#names?.keys() ?? [])];
    const others = this.#others;
    this.#forget();
    for (let at = 0; at < waiting.length; at += WIDTH) {
      const [what, client, connection, on, to, taken, count, line] = waiting.slice(at, at + WIDTH);
      const other = what === OTHER ? others[client] : undefined;
      const channel = other === undefined ? names[on] : other.channel;
      if (channel !== undefined && channel !== USER_CHANNEL) continue;
      const kind = what === BOUND ? "bound" : "unbound";
      this.note(other ?? { kind, client, connection, channel, event: names[to], taken, count, line });
    }
  }

  #nameOf(name: string | undefined): number {
    if (name === undefined) return NO_NAME;
    const names = (this.#names ??= new Map<string, number>());
    let place = names.get(name);
    if (place === undefined) {
      place = names.size;
      names.set(name, place);
    }
    return place;
  }

  #forget(): void {
    this.#waiting = [];
    this.#count = 0;
    this.#names = undefined;
    this.#others = [];
  }

  /** Lets those who watch read what will soon be gone. */
  lookNow(): void {
    if (this.#isWatched) this.#wake();
  }

  #wakeSoon(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    void Promise.resolve().then(() => {
      this.#isTurnDue = false;
      this.#wake();
    });
  }

  #wake(): void {
    this.flush();
    const { number, seat } = this.app;
    // Mail of what was just flushed says nothing new.
    seat.sort();
    try {
      if (this.#isWatched) native.watchJournal(number, seat.number);
    } catch {
      // The app is gone: those who watch hear of that otherwise.
    }
    // Those of now: one that is added meanwhile has seen what is new.
    const watchers = [...(this.#watchers ?? [])];
    for (const watcher of watchers) {
      if (!this.#watchers?.has(watcher)) continue;
      try {
        watcher();
      } catch (error) {
        throwUncaught(error);
      }
    }
  }
}
