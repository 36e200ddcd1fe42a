/** Publishing to an app of this process: the short way of one event, and the HTTP API without HTTP. */

import { native } from "../native/addon.js";
import { type ApiAnswer, takeRejection } from "../native/rejection.js";
import type { Seat } from "../delivery/seat.js";
import { threadState } from "../delivery/thread.js";
import type { Settings } from "../options/settings.js";
import type { AppJournal } from "./journal.js";
import { reading } from "./on-demand.js";
import type { Strictness } from "./strictness.js";

/** What `native.publisher()` answers: the event's number in the journal times FLAGS, and flags, or less than 0. */
const FLAGS = 8;
const LOCAL = 1;
const MAIL = 2;
const STALE_CHANNEL = -1;
/** It was not even asked: the channel's name is none. */
const UNNAMED = -3;

/** The addon's function, made once for this copy. */
let made: ReturnType<typeof native.publisher> | undefined;

/** Channel numbers that are remembered; beyond it they are asked for anew. */
const MAX_CHANNEL_NUMBERS = 10_000;

/** The app that is published to. */
export interface PublishingApp {
  /** The number that stands for the app in native calls. */
  readonly number: number;
  readonly seat: Seat;
  readonly settings: Settings;
  readonly journal: AppJournal;
  readonly strictness: Strictness | undefined;
  readonly isClosed: boolean;
  requireOpen(): void;
  /** Asks the broker, where another thread may have closed the app. */
  lookIfOpen(): boolean;
  /** Something is new. */
  lookAtNew(): void;
  /** An event went to nobody. */
  noteUnheard(channel: string, event: string): void;
}

export class Publishing {
  readonly #app: PublishingApp;
  readonly #publish = (made ??= native.publisher());
  #channels: Map<string, number> | undefined;

  constructor(app: PublishingApp) {
    this.#app = app;
  }

  /** The numbers of channels are those of before a reset. */
  forget(): void {
    this.#channels = undefined;
  }

  /** As `publish` of the rig. */
  publish(channel: string, event: string, data: string, line?: string, socketId?: string): ApiAnswer | undefined {
    const app = this.#app;
    app.requireOpen();
    const { number, seat, journal } = app;
    const except = socketId === undefined ? 0 : native.connectionWithSocket(number, socketId);
    // A socket id that nobody has leaves nobody out, and is written down all the same: the longer way does.
    if (app.settings.debug || (socketId !== undefined && except === 0)) {
      const body = JSON.stringify({ name: event, data, channel, socket_id: socketId });
      const answer = this.request("POST", "/events", {}, body);
      return answer.status < 400 ? undefined : answer;
    }
    if (!seat.admit(channel, event)) return undefined;
    let id = this.#channels?.get(channel) ?? this.#channelNumber(channel);
    journal.flush();
    journal.comesFrom(journal.lineNumber(line));
    const publish = this.#publish;
    let published = id === 0 ? UNNAMED : publish(number, seat.number, id, event, data, except, seat.clock.now());
    if (published === STALE_CHANNEL) {
      id = this.#channelNumber(channel);
      published = id === 0 ? UNNAMED : publish(number, seat.number, id, event, data, except, seat.clock.now());
    }
    if (published < 0) {
      const rejection = takeRejection();
      if (published === UNNAMED) this.#noteUnnamed(channel, event, data, rejection);
      return this.#refused(rejection);
    }
    app.lookAtNew();
    app.strictness?.noteTest();
    const seq = Math.floor(published / FLAGS);
    journal.know(seq);
    if (published & LOCAL) seat.deliver(id, event, data, except, seq);
    if (published & MAIL) seat.dispatch();
    if ((published & (LOCAL | MAIL)) === 0) app.noteUnheard(channel, event);
    return undefined;
  }

  /** The broker has seen the channel's name only. */
  #noteUnnamed(channel: string, event: string, data: string, { status, body }: ApiAnswer): void {
    this.#app.journal.note({ kind: "rejected", channel, event, data, code: status, text: body.trim() });
  }

  #channelNumber(channel: string): number {
    const channels = (this.#channels ??= new Map<string, number>());
    if (channels.size >= MAX_CHANNEL_NUMBERS) channels.clear();
    const id = native.channelId(this.#app.number, channel);
    if (id !== 0) channels.set(channel, id);
    return id;
  }

  /** As `request` of the rig. */
  request(method: string, path: string, query: Record<string, string>, body: string): ApiAnswer {
    const app = this.#app;
    app.requireOpen();
    const { number, seat, journal } = app;
    if (method === "POST" && threadState().dispatching) {
      const { channel, event } = firstOf(body);
      if (!seat.admit(channel, event)) return { status: 200, body: "{}" };
    }
    journal.flush();
    journal.comesFrom(journal.line());
    const isLogged = app.settings.debug && method === "POST";
    const after = isLogged ? journal.seq : 0;
    const fields = JSON.stringify(Object.entries(query));
    const text = native.request(number, seat.number, method, path, fields, body, seat.clock.now());
    const { mail, ...answer } = JSON.parse(text) as ApiAnswer & { mail: boolean };
    if (method === "POST") {
      app.lookAtNew();
      app.strictness?.noteTest();
    }
    const last = isLogged ? journal.seq : 0;
    if (mail) seat.dispatch();
    else if (method === "POST" && answer.status < 400 && path.endsWith("events")) this.#noteIfUnheard(body);
    // Callbacks may have closed the app.
    if (isLogged && !app.isClosed) reading().logCall(journal, path, { after, last }, answer);
    return answer.status < 400 ? answer : this.#refused(answer);
  }

  /** Where several were published at once, only that there is nobody at all counts. */
  #noteIfUnheard(body: string): void {
    const app = this.#app;
    if (app.isClosed || native.activeChannels(app.number).length > 0) return;
    const { channel, event } = firstOf(body);
    app.noteUnheard(channel, event);
  }

  /** The answer, unless it was refused because another thread has closed the app. */
  #refused(answer: ApiAnswer): ApiAnswer {
    this.#app.lookIfOpen();
    this.#app.requireOpen();
    return answer;
  }
}

/** The first publication in a body, for the message about a runaway. It may be anything that is JSON. */
function firstOf(body: string): { channel: string; event: string } {
  const request = JSON.parse(body || "{}") as { batch?: unknown } | null;
  const { name, channel, channels } = Object(Array.isArray(request?.batch) ? request.batch[0] : request) as {
    name?: string;
    channel?: string;
    channels?: string[];
  };
  return { channel: channel ?? channels?.[0] ?? "", event: name ?? "" };
}
