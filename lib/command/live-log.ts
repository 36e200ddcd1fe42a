/** What happens at a gateway, a line for each thing, for a person who watches. */

import type { Happening } from "../options/listen.js";
import { type Color, dated, harmless, isProblem, type Line, lineOf, MARGIN, type Paint, webhookText } from "./lines.js";
import { many } from "./count.js";
import { clean, widthOf } from "./text.js";

/** Where lines go. */
export interface LogOutput {
  write(line: string): void;
  paint: Paint;
  /** Text that leads to an address, where that can be; else the text alone. */
  link(text: string, url: string): string;
  /** Columns of a line. */
  width(): number;
}

/** Lines about events per second; what is beyond is counted only, since nobody can read it. */
const READABLE = 40;

/** Milliseconds within which one line is enough about a webhook's receiver that fails. */
const FAILURE_WINDOW = 10_000;

/** Unknown keys and ids that are remembered. */
const MAX_UNKNOWN = 1000;

/** What no line has said yet of a receiver that fails. */
interface Failing {
  count: number;
  latest: string;
  place: string | undefined;
  window: ReturnType<typeof setInterval>;
}

export class LiveLog {
  readonly #page: LogOutput;
  readonly #show: "problems" | "events" | "everything";
  readonly #severalApps: boolean;
  /** The socket ids of everybody who is connected, to count anew. */
  readonly #sockets: () => readonly string[];
  /** Where the page of the gateway is. */
  readonly #url: () => string | undefined;
  /** Short names of the connected clients, by socket id. */
  readonly #clients = new Map<string, number>();
  #latestClient = 0;
  /** Keys and app ids that are not the app's, each said once. */
  readonly #unknown = new Set<string>();
  /** Event lines in the current second, and how many events it left out. */
  #lines = 0;
  #leftOut = 0;
  #second: ReturnType<typeof setTimeout> | undefined;
  /** Receivers of webhooks that failed of late. */
  readonly #failing = new Map<string, Failing>();

  constructor(
    page: LogOutput,
    show: "problems" | "events" | "everything",
    {
      severalApps = false,
      sockets = (): readonly string[] => [],
      url = (): string | undefined => undefined,
    }: { severalApps?: boolean; sockets?: () => readonly string[]; url?: () => string | undefined } = {},
  ) {
    this.#page = page;
    this.#show = show;
    this.#severalApps = severalApps;
    this.#sockets = sockets;
    this.#url = url;
  }

  note(activity: Happening & { seq?: number }): void {
    const app = this.#severalApps && activity.appId !== undefined ? `app ${clean(activity.appId)}: ` : "";
    const room = this.#show === "everything" ? Infinity : this.#page.width() - MARGIN - widthOf(app);
    const line = this.#line(harmless(activity), room);
    if (line === undefined || (this.#show === "problems" && !isProblem(activity))) return;
    const [sign, color, text] = line;
    this.#write(sign, color, `${app && this.#page.paint("dim", app)}${text}`, this.#placeOf(activity));
  }

  /** Where the page shows it: nowhere, where it is of no app. */
  #placeOf({ seq, appId }: Happening & { seq?: number }): string | undefined {
    const url = this.#url();
    if (url === undefined || seq === undefined) return undefined;
    return `${url}${this.#severalApps ? `?app=${encodeURIComponent(appId ?? "")}` : ""}#${seq}`;
  }

  /** Writes what is still to say. */
  end(): void {
    clearTimeout(this.#second);
    this.#turn();
    for (const [to, failing] of this.#failing) this.#tellFailures(to, failing);
  }

  /** `room`: how many columns are left. */
  #line(activity: Happening, room: number): Line | undefined {
    const { type, socketId = "" } = activity;
    if (type === "opened") this.#number(socketId);
    const number = this.#clients.get(socketId);
    if (type === "closed") this.#clients.delete(socketId);
    if (type === "lost") this.#countAnew();
    if (!this.#isToBeTold(activity)) return undefined;
    const isWhole = this.#show === "everything";
    const beside = type === "opened" || type === "closed" || type === "lost" ? this.#count() : "";
    const who = number === undefined ? "a client" : `client ${number}`;
    return lineOf(activity, { paint: this.#page.paint, room, who, isWhole, beside });
  }

  /** Whether it is neither one too many nor said already. */
  #isToBeTold(activity: Happening): boolean {
    switch (activity.type) {
      case "published":
        return this.#hasRoom();
      case "requested":
        return this.#show === "everything" || isProblem(activity);
      case "unknownKey":
        return this.#isNew(`key ${activity.key}`);
      case "unknownId":
        return this.#isNew(`id ${activity.id}`);
      case "webhook":
        return !isProblem(activity) || this.#isFirstFailure(activity);
      default:
        return true;
    }
  }

  /** Whether another event can be read in this second. */
  #hasRoom(): boolean {
    if (this.#show === "problems") return false;
    if (this.#lines >= READABLE) {
      this.#leftOut += 1;
      return false;
    }
    this.#lines += 1;
    this.#second ??= setTimeout(() => this.#turn(), 1000).unref();
    return true;
  }

  /** A second is over. */
  #turn(): void {
    this.#second = undefined;
    if (this.#leftOut > 0)
      this.#write("→", "cyan", this.#page.paint("dim", `and ${many(this.#leftOut, "more event")}`));
    this.#lines = 0;
    this.#leftOut = 0;
  }

  /** Whether its receiver has not failed of late. */
  #isFirstFailure(activity: Happening): boolean {
    const { to = "" } = activity;
    const failing = this.#failing.get(to);
    if (failing !== undefined) {
      failing.count += 1;
      failing.latest = webhookText(activity, this.#page.paint);
      failing.place = this.#placeOf(activity);
      return false;
    }
    const first: Failing = {
      count: 0,
      latest: "",
      place: undefined,
      window: setInterval(() => this.#tellFailures(to, first), FAILURE_WINDOW).unref(),
    };
    this.#failing.set(to, first);
    return true;
  }

  /** A window is over. A receiver that has stopped failing gets its next failure told at once. */
  #tellFailures(to: string, failing: Failing): void {
    if (failing.count === 0) {
      clearInterval(failing.window);
      this.#failing.delete(to);
      return;
    }
    const text = `and ${many(failing.count, "more webhook")} to ${to}, the latest ${failing.latest}`;
    this.#write("!", "yellow", text, failing.place);
    failing.count = 0;
  }

  #isNew(unknown: string): boolean {
    if (this.#unknown.has(unknown)) return false;
    // Whoever makes them up is told of them again.
    if (this.#unknown.size >= MAX_UNKNOWN) this.#unknown.clear();
    this.#unknown.add(unknown);
    return true;
  }

  /** Some of what has happened was never told: who is there is counted anew. */
  #countAnew(): void {
    this.there(this.#sockets());
  }

  /** Who is connected now. */
  there(socketIds: readonly string[]): void {
    const sockets = new Set(socketIds);
    for (const socketId of this.#clients.keys()) if (!sockets.has(socketId)) this.#clients.delete(socketId);
    for (const socketId of sockets) this.#number(socketId);
  }

  #number(socketId: string): void {
    if (!this.#clients.has(socketId)) this.#clients.set(socketId, (this.#latestClient += 1));
  }

  #write(sign: Line[0], color: Color, text: string, place?: string): void {
    const { paint } = this.#page;
    const link = place === undefined ? undefined : (text: string): string => this.#page.link(text, place);
    this.#page.write(dated([sign, color, text], new Date(), paint, "", link));
  }

  #count(): string {
    return `${this.#clients.size} connected`;
  }
}
