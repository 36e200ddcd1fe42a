/** What happens at a gateway, a line for each thing, for a person who watches. */

import type { Activity } from "./listen-options.js";

export type Color = "bold" | "dim" | "green" | "red" | "yellow" | "cyan";

/** Colours text, or does not. */
export type Paint = (color: Color, text: string) => string;

/** Where lines go. */
export interface Page {
  write(line: string): void;
  paint: Paint;
  /** Characters in a line. */
  width(): number;
}

/** Lines about events per second; what is beyond is counted only, since nobody can read it. */
const READABLE = 40;

// oxlint-disable-next-line no-control-regex -- they are what it is about
const CONTROL = /\u001b(?!\[\d+m)|[\0-\u0009\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g;

const TRANSPORTS: Record<string, string> = {
  ws: "WebSocket",
  xhr_streaming: "XHR streaming",
  xhr_polling: "XHR polling",
};

export class LiveLog {
  readonly #page: Page;
  readonly #show: "problems" | "events" | "everything";
  readonly #severalApps: boolean;
  /** Short names of the connected clients, by socket id. */
  readonly #clients = new Map<string, number>();
  #latestClient = 0;
  readonly #unknownKeys = new Set<string>();
  /** Event lines in the current second, and how many events it left out. */
  #lines = 0;
  #leftOut = 0;
  #second: ReturnType<typeof setTimeout> | undefined;

  constructor(page: Page, show: "problems" | "events" | "everything", { severalApps = false } = {}) {
    this.#page = page;
    this.#show = show;
    this.#severalApps = severalApps;
  }

  note(activity: Activity): void {
    const { paint } = this.#page;
    const { channel = "", event = "" } = activity;
    if (activity.type === "opened") this.#clients.set(activity.socketId ?? "", (this.#latestClient += 1));
    const number = this.#clients.get(activity.socketId ?? "");
    const who = number === undefined ? "a client" : `#${number}`;
    switch (activity.type) {
      case "opened":
        this.#line("+", "green", `${who} connected ${paint("dim", `${this.#how(activity)} · ${this.#count()}`)}`);
        break;
      case "closed":
        this.#clients.delete(activity.socketId ?? "");
        this.#line("-", "red", `${who} left ${paint("dim", `· ${this.#count()}`)}`);
        break;
      case "subscribed":
        this.#line(" ", "dim", `${who} subscribed to ${paint("cyan", channel)}`);
        break;
      case "unsubscribed":
        this.#line(" ", "dim", `${who} unsubscribed from ${paint("cyan", channel)}`);
        break;
      case "published":
        this.#event(activity);
        break;
      case "unheard":
        this.#problem(`${paint("bold", event)} on ${paint("cyan", channel)} reached nobody: nobody is subscribed`);
        break;
      case "refused":
        this.#problem(`${who} was refused: ${reason(activity.frame)}`);
        break;
      case "requested":
        this.#request(activity);
        break;
      case "unknownKey":
        this.#unknownKey(activity);
        break;
      case "tooSlow":
        this.#problem(`${who} read too slowly and was cut off`);
        break;
      case "webhook":
        this.#webhook(activity);
        break;
      case "overrun":
        this.#problem(
          `more is published on ${channel} than its clients can take: events are dropped until they catch up`,
        );
        break;
    }
  }

  /** Writes what is still to say. */
  end(): void {
    clearTimeout(this.#second);
    this.#turn();
  }

  #event({ channel = "", event = "", data = "", bytes = 0, sockets = 0 }: Activity): void {
    if (this.#lines >= READABLE) {
      this.#leftOut += 1;
      return;
    }
    this.#lines += 1;
    this.#second ??= setTimeout(() => this.#turn(), 1000).unref();
    const to = `to ${many(sockets, "client")}`;
    const { paint } = this.#page;
    // Two spaces, the time, two spaces, the sign, a space.
    const taken = `  00:00:00  → ${event} on ${channel} ${to} · `.length;
    const shown = this.#show === "everything" ? data : shortened(data, this.#page.width() - taken);
    const rest = data.length < bytes && shown.length === data.length ? ` … (${bytes} bytes)` : "";
    this.#line(
      "→",
      "cyan",
      `${paint("bold", event)} on ${paint("cyan", channel)} ${paint("dim", `${to} · ${oneLine(shown)}${rest}`)}`,
    );
  }

  /** A second is over. */
  #turn(): void {
    this.#second = undefined;
    if (this.#leftOut > 0) this.#line("→", "cyan", this.#page.paint("dim", `and ${many(this.#leftOut, "more event")}`));
    this.#lines = 0;
    this.#leftOut = 0;
  }

  #webhook({ to, events = [], status = 0, error }: Activity): void {
    const text = `webhook ${events.join(", ")} to ${to} → ${error ?? status}`;
    if (status >= 200 && status < 300) this.#line("↗", "cyan", text);
    else this.#problem(text);
  }

  #unknownKey({ key = "", expected }: Activity): void {
    if (this.#unknownKeys.has(key)) return;
    this.#unknownKeys.add(key);
    this.#problem(`a client uses the key ${key}, the app's is ${expected}: let in here, refused by the real service`);
  }

  #request({ method, path, status = 0, body }: Activity): void {
    const request = `${method} ${path} → ${status}`;
    if (status >= 400) this.#problem(`${request} ${body ?? ""}`.trim());
    else if (this.#show === "everything") this.#line(" ", "dim", this.#page.paint("dim", request));
  }

  #problem(text: string): void {
    this.#write("!", "yellow", text);
  }

  #line(sign: string, color: Color, text: string): void {
    if (this.#show !== "problems") this.#write(sign, color, text);
  }

  #write(sign: string, color: Color, text: string): void {
    const { paint } = this.#page;
    const time = new Date().toTimeString().slice(0, 8);
    // What a client sent may span lines, and is not to drive the terminal: of control codes only colours are let through.
    const [first, ...rest] = text.replaceAll(CONTROL, "\ufffd").split("\n");
    this.#page.write(`  ${paint("dim", time)}  ${paint(color, sign)} ${first}`);
    for (const line of rest) this.#page.write(`              ${line}`);
  }

  #how({ transport = "", socketId, appId }: Activity): string {
    const app = this.#severalApps ? ` to app ${appId}` : "";
    return `by ${TRANSPORTS[transport] ?? transport}${app} as socket ${socketId}`;
  }

  #count(): string {
    return `${this.#clients.size} connected`;
  }
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

function shortened(text: string, width: number): string {
  const most = Math.max(width, 20);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

function many(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
