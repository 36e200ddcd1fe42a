/** What an app takes for a mistake, though Pusher takes it: `configure({ strict })`. Found in the journal, and in promises that nobody takes. */

import { show } from "../base/shown.js";
import { realTimers } from "../base/fakes.js";
import { watchPromise, type WatchedPromise } from "../base/watched-promise.js";
import { USER_CHANNEL } from "../base/user-channel.js";
import { testRunner } from "../events/test-runner.js";
import type { ClientState, Entry } from "../journal/entry.js";
import { leftBehind } from "../journal/left-behind.js";
import type { JournalSource } from "../journal/subject.js";
import { namedWithLine, unheardIn } from "../journal/unheard.js";
import type { Reaction, Strict } from "../options/strict.js";

/** The app that is looked at. */
export interface StrictApp {
  readonly journal: JournalSource;
  /** The test that made the app, when it made one of its own. */
  readonly owner: object | undefined;
  /** Whether it is the app of everybody who names none, which the plugins reset. */
  readonly anyCredentials: boolean;
  /** By which the test's clients come, where that is not the process. */
  readonly door?: ClientState["door"];
  lookIfOpen(): boolean;
}

/** What somebody has to await. */
interface Call {
  promise: WatchedPromise<unknown>;
  /** `trigger("task-1", "new-message") (src/app/api/chat/route.ts:262:5)` */
  text: string;
  error: Error;
}

/** What a server's method answers, for who has to take it. */
export interface ServerCall {
  /** `trigger("task-1", "new-message")` */
  text: string;
  /** The latest entry before it. */
  after: number;
  /** The method. */
  by: (...args: never[]) => unknown;
}

/** Whose are the entries up to `seq`: the test's that was running; the runner stands for its file, where none was. */
interface Stint {
  seq: number;
  whose: object;
}

/** When it is looked at what was left behind. */
type When = "at the reset" | "when the app was closed" | "at the end of its test" | "at the end of its file";

/** Milliseconds of real time after which something new is looked at, where no test ends. */
const PAUSE = 100;

/** Calls that are remembered. Of more those which were taken are let go, and the oldest judged. */
const MANY = 1_000;
/** Errors that are kept for the reset. Of more it is told how many there are. */
const MOST_ERRORS = 100;

export class Strictness {
  strict: Strict;
  readonly #app: StrictApp;
  /** Entries up to this one were looked at. */
  #seen: number;
  /** Those that no test could be failed with. */
  #errors: Error[] = [];
  #moreErrors = 0;
  #calls: Call[] = [];
  #stints: Stint[] = [];
  /** Tests and files that are asked when they end. */
  readonly #asked = new WeakSet<object>();
  #timer: ReturnType<typeof realTimers.setTimeout> | undefined;
  #unwatch: (() => void) | undefined;
  /** What was left behind, as it was told at the end of a test: closing the app later says nothing new. */
  #told: string | undefined;

  constructor(app: StrictApp, strict: Strict) {
    this.#app = app;
    this.strict = strict;
    this.#seen = app.journal.seq;
    if (testRunner() === undefined) this.#unwatch = app.journal.watch(() => this.#lookSoon());
    else this.noteTest();
    if (app.anyCredentials) return;
    testRunner()?.atEnd(() => {
      if (app.lookIfOpen())
        this.lookBack(app.owner === undefined ? "at the end of its file" : "at the end of its test");
    }, app.owner);
  }

  /** For whoever has triggered something: it is looked at when the test ends, or the file, if no test is running. */
  noteTest(): void {
    const runner = testRunner();
    if (runner === undefined) return;
    const whose = this.#app.owner ?? runner.current() ?? runner;
    const { seq } = this.#app.journal;
    const stint = this.#stints.at(-1);
    if (stint?.whose === whose) stint.seq = seq;
    else this.#stints.push({ seq, whose });
    if (this.#asked.has(whose)) return;
    this.#asked.add(whose);
    runner.atEnd(() => {
      this.#asked.delete(whose);
      this.look();
    }, whose);
  }

  /** What a server's method answers, so that it is known whether somebody takes it. */
  awaited<T>(promise: Promise<T>, { text, after, by }: ServerCall): Promise<T> {
    if (this.strict.floating === "ignore") return promise;
    const call: Call = { promise: watchPromise(promise), text: text + this.#placeAfter(after), error: new Error() };
    Error.captureStackTrace(call.error, by);
    const runner = testRunner();
    if (runner === undefined) {
      if (this.#calls.length >= MANY) this.#letGo();
      this.#calls.push(call);
    } else {
      runner.atEnd(() => this.#judge(call), this.#app.owner);
    }
    return call.promise as Promise<unknown> as Promise<T>;
  }

  /** Half of the calls have waited for long enough. */
  #letGo(): void {
    const calls = this.#calls.filter(({ promise: { isTaken } }) => !isTaken);
    for (const call of calls.splice(0, calls.length - MANY / 2)) this.#judge(call);
    this.#calls = calls;
  }

  /** The latest entry. */
  get seq(): number {
    return this.#app.journal.seq;
  }

  /** Looks at what is new in the journal. */
  look(): void {
    const { journal } = this.#app;
    const { unheard, typo } = this.strict;
    if (!this.#app.lookIfOpen()) return;
    const from = this.#seen;
    this.#seen = journal.seq;
    if (this.#seen === from || (unheard === "ignore" && typo === "ignore")) {
      this.#stints = [];
      return;
    }
    for (const { entry, isAlone, channel, event } of unheardIn(journal.read({ data: false }), from)) {
      if (isAlone && !isCached(entry)) {
        const hint = channel === undefined ? "" : `; did you mean ${show(channel)}, which has subscribers?`;
        this.#react(unheard, `${nobodyHeard(entry)}${hint}`, this.#ownerOf(entry));
      } else if (event !== undefined) {
        const bound = `${event.by} has bound ${show(event.name)} there`;
        this.#react(
          typo,
          `nobody has bound ${namedWithLine(entry)}, and ${bound}: is one of them misspelt?`,
          this.#ownerOf(entry),
        );
      }
    }
    this.#stints = [];
  }

  /** Before a reset or the end of the app: what was left behind. */
  lookBack(when: When): void {
    this.look();
    for (const call of this.#calls) this.#judge(call);
    this.#calls = [];
    if (this.strict.leak === "ignore") return;
    const left = leftBehind(this.#app.journal.read({ data: false }), this.#app.door);
    const told = left.join("; ");
    const isKnown = when === "when the app was closed" && told === this.#told;
    this.#told = when === "at the reset" ? undefined : told;
    if (left.length === 0 || isKnown) return;
    const message = `${when} ${told}. Clean up with unsubscribe(), unbind() or disconnect()`;
    this.#react(this.strict.leak, message, this.#app.owner);
  }

  /** Throws what no test could be failed with. */
  throwErrors(): void {
    const errors = this.#errors;
    const more = this.#moreErrors;
    this.#errors = [];
    this.#moreErrors = 0;
    if (errors.length === 0) return;
    if (errors.length === 1) throw errors[0];
    const messages = errors.map(({ message }) => message);
    if (more > 0) messages.push(`pushrig: and ${more} more`);
    throw new AggregateError(errors, messages.join("\n"));
  }

  end(): void {
    this.#unwatch?.();
    realTimers.clearTimeout(this.#timer);
  }

  #lookSoon(): void {
    this.#timer ??= realTimers
      .setTimeout(() => {
        this.#timer = undefined;
        this.look();
      }, PAUSE)
      .unref();
  }

  /** The line that the first event after an entry was triggered at, as texts end with it. */
  #placeAfter(after: number): string {
    const { entries } = this.#app.journal.read({ after, kinds: ["triggered", "rejected"], data: false });
    const at = entries.find(({ seq }) => seq > after)?.at;
    return at === undefined ? "" : ` (${at})`;
  }

  #judge({ promise, text, error }: Call): void {
    if (promise.isTaken) return;
    // What becomes of it is nobody's business any more.
    promise.catch(() => {});
    const message =
      `nobody awaited ${text}: where it is sent for real, it may never be. ` +
      `Await or return it, or hand it to what keeps the function alive, as after() or waitUntil() do`;
    this.#react(this.strict.floating, message, this.#app.owner, error);
  }

  /** @param called made where it was called what was wrong; without one the message names the line */
  #react(reaction: Reaction, message: string, owner: object | undefined, called?: Error): void {
    const text = `pushrig: ${message}`;
    if (reaction === "warn") console.warn(text);
    if (reaction !== "error") return;
    const error = called ?? new Error();
    const frames = called?.stack?.split("\n").slice(1) ?? [];
    error.message = text;
    error.stack = [`${error.name}: ${text}`, ...frames].join("\n");
    if (testRunner()?.fail(error, owner) === true) return;
    if (this.#errors.length < MOST_ERRORS) this.#errors.push(error);
    else this.#moreErrors += 1;
  }

  #ownerOf({ seq }: Entry): object | undefined {
    return this.#app.owner ?? this.#stints.find((stint) => stint.seq >= seq)?.whose;
  }
}

function nobodyHeard(entry: Entry): string {
  const { event, channel = "", at } = entry;
  const user = channel.startsWith(USER_CHANNEL) ? channel.slice(USER_CHANNEL.length) : undefined;
  if (user === undefined) return `nobody was subscribed when ${namedWithLine(entry)} was triggered`;
  return `nobody was signed in as ${show(user)} when ${show(event)} was sent there${at === undefined ? "" : ` (${at})`}`;
}

/** Whether who subscribes later gets it all the same. */
function isCached({ channel = "" }: Entry): boolean {
  return /^(private-|private-encrypted-|presence-)?cache-/.test(channel);
}
