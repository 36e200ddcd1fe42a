/** What happens at a gateway, a line for each thing, for a person who watches. */

import type { Happening } from "../options/listen.js";
import { clean, shortened, widthOf } from "./text.js";

export type Color = "bold" | "dim" | "green" | "red" | "yellow" | "cyan";

/** Colours text, or does not. */
export type Paint = (color: Color, text: string) => string;

/** Where lines go. */
export interface Page {
  write(line: string): void;
  paint: Paint;
  /** Columns of a line. */
  width(): number;
}

/** Lines about events per second; what is beyond is counted only, since nobody can read it. */
const READABLE = 40;

/** Milliseconds within which one line is enough about a webhook's receiver that fails. */
const FAILURE_WINDOW = 10_000;

/** Columns before what a line says: two spaces, the time, two spaces, the sign, a space. */
const MARGIN = "  00:00:00  → ".length;
/** What is left of a text that is shortened, in columns. */
const LEAST = 12;
/** Characters of an event's data that are shown at most. */
const MOST_DATA = 256;
/** Unknown keys and ids that are remembered. */
const MAX_UNKNOWN = 1000;

const TRANSPORTS: Record<string, string> = {
  ws: "WebSocket",
  xhr_streaming: "XHR streaming",
  xhr_polling: "XHR polling",
};

const PROBLEMS: ReadonlySet<string> = new Set([
  "unheard",
  "refused",
  "unknownKey",
  "unknownId",
  "turnedAway",
  "tooSlow",
  "overrun",
  "lost",
]);

/** What browsers ask any server for. */
const BROWSERS_OWN = /^\/(favicon\.ico|apple-touch-icon|\.well-known\/)/;

/** Whether something is wrong. */
export function isProblem({ type, status = 0, path = "" }: Happening): boolean {
  if (type === "webhook") return status < 200 || status >= 300;
  if (type === "requested") return status >= 400 && !BROWSERS_OWN.test(path);
  return PROBLEMS.has(type);
}

/** What no line has said yet of a receiver that fails. */
interface Failing {
  count: number;
  latest: string;
  window: ReturnType<typeof setInterval>;
}

/** What one line says, and the sign before it. */
type Line = [sign: string, color: Color, text: string];

export class LiveLog {
  readonly #page: Page;
  readonly #show: "problems" | "events" | "everything";
  readonly #severalApps: boolean;
  /** The socket ids of everybody who is connected, to count anew. */
  readonly #sockets: () => readonly string[];
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
    page: Page,
    show: "problems" | "events" | "everything",
    { severalApps = false, sockets = (): readonly string[] => [] } = {},
  ) {
    this.#page = page;
    this.#show = show;
    this.#severalApps = severalApps;
    this.#sockets = sockets;
  }

  note(activity: Happening): void {
    const app = this.#severalApps && activity.appId !== undefined ? `app ${clean(activity.appId)}: ` : "";
    const room = this.#show === "everything" ? Infinity : this.#page.width() - MARGIN - widthOf(app);
    const line = this.#line(harmless(activity), room);
    if (line === undefined || (this.#show === "problems" && !isProblem(activity))) return;
    const [sign, color, text] = line;
    this.#write(sign, color, `${app && this.#page.paint("dim", app)}${text}`);
  }

  /** Writes what is still to say. */
  end(): void {
    clearTimeout(this.#second);
    this.#turn();
    for (const [to, failing] of this.#failing) this.#tellFailures(to, failing);
  }

  /** `room`: how many columns are left. */
  #line(activity: Happening, room: number): Line | undefined {
    const { paint } = this.#page;
    const { channel = "", event = "" } = activity;
    if (activity.type === "opened") this.#number(activity.socketId ?? "");
    const number = this.#clients.get(activity.socketId ?? "");
    const who = number === undefined ? "a client" : `#${number}`;
    const did = (what: string): Line => [
      " ",
      "dim",
      `${who} ${what} ${paint("cyan", shortened(channel, fitting(room - widthOf(`${who} ${what} `))))}`,
    ];
    switch (activity.type) {
      case "opened":
        return ["+", "green", `${who} connected ${paint("dim", `${this.#how(activity)} · ${this.#count()}`)}`];
      case "closed":
        this.#clients.delete(activity.socketId ?? "");
        return ["-", "red", `${who} left ${paint("dim", `· ${this.#count()}`)}`];
      case "subscribed":
        return did("subscribed to");
      case "unsubscribed":
        return did("unsubscribed from");
      case "published":
        return this.#event(activity, room);
      case "unheard":
        return problem(
          `${paint("bold", event)} on ${paint("cyan", channel)} reached nobody: nobody is subscribed` +
            (activity.meant === undefined
              ? ""
              : `; did you mean ${paint("cyan", activity.meant)}, which has subscribers?`),
        );
      case "refused":
        return problem(`${who} was refused: ${clean(reason(activity.frame))}${misplaced(activity)}${beyond(activity)}`);
      case "requested":
        return this.#request(activity);
      case "unknownKey":
        return this.#unknownKey(activity);
      case "turnedAway":
        return problem(`turned away: ${activity.body}`);
      case "unknownId":
        return this.#unknownId(activity);
      case "lost":
        return this.#recount(activity.count ?? 0);
      case "tooSlow":
        return problem(`${who} read too slowly and was cut off`);
      case "webhook":
        return this.#webhook(activity);
      case "overrun":
        return problem(
          `more is published on ${channel} than its clients can take: events are dropped until they catch up`,
        );
    }
  }

  #event({ channel = "", event = "", data = "", bytes = 0, sockets = 0 }: Happening, room: number): Line | undefined {
    if (this.#show === "problems") return undefined;
    if (this.#lines >= READABLE) {
      this.#leftOut += 1;
      return undefined;
    }
    this.#lines += 1;
    this.#second ??= setTimeout(() => this.#turn(), 1000).unref();
    const { paint } = this.#page;
    const to = `to ${many(sockets, "client")}`;
    const between = widthOf(` on  ${to} · `);
    const name = shortened(event, fitting(room - widthOf(channel) - between - LEAST));
    const where = shortened(channel, fitting(room - widthOf(name) - between - LEAST));
    const beginning = data.slice(0, MOST_DATA);
    const isWhole = Buffer.byteLength(beginning) >= bytes;
    const all = clean(beginning);
    const shown = shortened(all, fitting(room - widthOf(name) - widthOf(where) - between));
    const rest = isWhole || shown !== all ? "" : ` … (${bytes} bytes)`;
    return [
      "→",
      "cyan",
      `${paint("bold", name)} on ${paint("cyan", where)} ${paint("dim", `${to} · ${shown}${rest}`)}`,
    ];
  }

  /** A second is over. */
  #turn(): void {
    this.#second = undefined;
    if (this.#leftOut > 0)
      this.#write("→", "cyan", this.#page.paint("dim", `and ${many(this.#leftOut, "more event")}`));
    this.#lines = 0;
    this.#leftOut = 0;
  }

  #webhook(activity: Happening): Line | undefined {
    const { to = "", events = [], channel, status, error } = activity;
    const about = channel === undefined ? "" : ` of ${this.#page.paint("cyan", channel)}`;
    const [what, outcome] = [`${events.join(", ")}${about}`, `${error ?? status}`];
    if (!isProblem(activity)) return ["↗", "cyan", `webhook ${what} to ${to} → ${outcome}`];
    const failing = this.#failing.get(to);
    if (failing !== undefined) {
      failing.count += 1;
      failing.latest = `${what} → ${outcome}`;
      return undefined;
    }
    const first: Failing = {
      count: 0,
      latest: "",
      window: setInterval(() => this.#tellFailures(to, first), FAILURE_WINDOW).unref(),
    };
    this.#failing.set(to, first);
    return problem(`webhook ${what} to ${to} → ${outcome}`);
  }

  /** A window is over. A receiver that has stopped failing gets its next failure told at once. */
  #tellFailures(to: string, failing: Failing): void {
    if (failing.count === 0) {
      clearInterval(failing.window);
      this.#failing.delete(to);
      return;
    }
    this.#write("!", "yellow", `and ${many(failing.count, "more webhook")} to ${to}, the latest ${failing.latest}`);
    failing.count = 0;
  }

  #unknownKey({ key = "", expected }: Happening): Line | undefined {
    if (!this.#isNew(`key ${key}`)) return undefined;
    return problem(`a client uses the key ${key}, the app's is ${expected}: let in here, refused by the real service`);
  }

  #unknownId({ id = "", expected }: Happening): Line | undefined {
    if (!this.#isNew(`id ${id}`)) return undefined;
    return problem(
      `a server names the app ${id}, the app's id is ${expected}: let in here, refused by the real service`,
    );
  }

  #isNew(unknown: string): boolean {
    if (this.#unknown.has(unknown)) return false;
    // Whoever makes them up is told of them again.
    if (this.#unknown.size >= MAX_UNKNOWN) this.#unknown.clear();
    this.#unknown.add(unknown);
    return true;
  }

  /** Some of what has happened was never told: who is there is counted anew. */
  #recount(lost: number): Line {
    const sockets = new Set(this.#sockets());
    for (const socketId of this.#clients.keys()) if (!sockets.has(socketId)) this.#clients.delete(socketId);
    for (const socketId of sockets) this.#number(socketId);
    return problem(
      `${lost.toLocaleString("en")} thing${lost === 1 ? "" : "s"} that happened went by too fast to be told · ${this.#count()}`,
    );
  }

  #number(socketId: string): void {
    if (!this.#clients.has(socketId)) this.#clients.set(socketId, (this.#latestClient += 1));
  }

  #request(activity: Happening): Line | undefined {
    const { method, path, status, body, key, expected } = activity;
    const request = `${method} ${path} → ${status}`;
    const keys = expected === undefined ? "" : `: the request was signed with the key ${key}, the app's is ${expected}`;
    if (isProblem(activity)) return problem(`${request} ${body ?? ""}${keys}`.trim());
    return this.#show === "everything" ? [" ", "dim", this.#page.paint("dim", request)] : undefined;
  }

  #write(sign: string, color: Color, text: string): void {
    const { paint } = this.#page;
    const time = new Date().toTimeString().slice(0, 8);
    this.#page.write(`  ${paint("dim", time)}  ${paint(color, sign)} ${text}`);
  }

  #how({ transport = "", socketId }: Happening): string {
    const socket = this.#show === "everything" ? ` as socket ${socketId}` : "";
    return `by ${TRANSPORTS[transport] ?? transport}${socket}`;
  }

  #count(): string {
    return `${this.#clients.size} connected`;
  }
}

function problem(text: string): Line {
  return ["!", "yellow", text];
}

/** Where a client looked for an app, and where there would have been one. */
function misplaced({ path, expected }: Happening): string {
  return expected === undefined ? "" : `: it asked for ${path}, apps are at ${expected}`;
}

/** The option that was too small for it. */
function beyond({ limit }: Happening): string {
  return limit === undefined ? "" : ` (the option ${limit} of the server)`;
}

/** What comes from clients is neither to drive the terminal nor to begin a line of its own. Data is cleaned where it is cut. */
function harmless(activity: Happening): Happening {
  const fields = Object.entries(activity).map(([name, value]) => [
    name,
    typeof value === "string" && name !== "data" ? clean(value) : value,
  ]);
  return Object.fromEntries(fields) as Happening;
}

/** The code and message of a `pusher:error` frame. */
function reason(frame = ""): string {
  try {
    const { data } = JSON.parse(frame) as { data: unknown };
    const { code, message } = (typeof data === "string" ? JSON.parse(data) : data) as {
      code: number | null;
      message: string;
    };
    return code === null ? message : `${code} ${message}`;
  } catch {
    return frame;
  }
}

function fitting(columns: number): number {
  return Math.max(columns, LEAST);
}

function many(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
