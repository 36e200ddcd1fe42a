/** What happened, as lines for people: the live log and `pushrig tail` say it alike. */

import type { Happening } from "../options/listen.js";
import { many } from "./count.js";
import { clean, shortened, widthOf } from "./text.js";

export type Color = "bold" | "dim" | "green" | "red" | "yellow" | "cyan";

/** Colours text, or does not. */
export type Paint = (color: Color, text: string) => string;

/** What one line says, and the sign before it. */
export type Line = [sign: string, color: Color, text: string];

/** What a line says besides what happened. */
export interface Telling {
  paint: Paint;
  /** How many columns are left. */
  room: number;
  /** Whom it is about. */
  who: string;
  /** Of connections: what stands at the end. */
  beside: string;
  /** Whether socket ids are told. */
  isWhole?: boolean;
}

/** Columns before what a line says: two spaces, the time, two spaces, the sign, a space. */
export const MARGIN = "  00:00:00  → ".length;
/** What is left of a text that is shortened, in columns. */
const LEAST = 12;
/** Characters of an event's data that are shown at most. */
export const MOST_DATA = 256;

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

/** What a line says of what happened, which is `harmless()`. */
export function lineOf(activity: Happening, telling: Telling): Line {
  const { paint, room, who, beside } = telling;
  const { type, channel = "", event = "" } = activity;
  const end = beside === "" ? "" : ` ${paint("dim", `· ${beside}`)}`;
  const did = (what: string): Line => [
    " ",
    "dim",
    `${who} ${what} ${paint("cyan", shortened(channel, fitting(room - widthOf(`${who} ${what} `))))}`,
  ];
  switch (type) {
    case "opened":
      return ["+", "green", `${who} connected ${paint("dim", how(activity, telling))}`];
    case "closed":
      return ["-", "red", `${who} left${end}`];
    case "subscribed":
      return did("subscribed to");
    case "unsubscribed":
      return did("unsubscribed from");
    case "published":
      return published(activity, telling);
    case "unheard":
      return problem(
        `${paint("bold", event)} on ${paint("cyan", channel)} reached nobody: nobody is subscribed` +
          (activity.meant === undefined
            ? ""
            : `; did you mean ${paint("cyan", activity.meant)}, which has subscribers?`),
      );
    case "refused": {
      const what = channel === "" ? "" : ` ${paint("cyan", channel)}`;
      return problem(
        `${who} was refused${what}: ${clean(reason(activity.frame))}${misplaced(activity)}${beyond(activity)}`,
      );
    }
    case "requested":
      return requested(activity, paint);
    case "unknownKey":
      return problem(
        `a client uses the key ${activity.key ?? ""}, the app's is ${activity.expected}: let in here, refused by the real service`,
      );
    case "turnedAway":
      return problem(`turned away: ${activity.body}`);
    case "unknownId":
      return problem(
        `a server names the app ${activity.id ?? ""}, the app's id is ${activity.expected}: let in here, refused by the real service`,
      );
    case "lost":
      return problem(`${many(activity.count ?? 0, "thing")} that happened went by too fast to be told · ${beside}`);
    case "tooSlow":
      return problem(`${who} read too slowly and was cut off`);
    case "webhook": {
      const text = `webhook ${webhookText(activity, paint, `to ${activity.to ?? ""} `)}`;
      return isProblem(activity) ? problem(text) : ["↗", "cyan", text];
    }
    case "overrun":
      return problem(
        `more is published on ${channel} than its clients can take: events are dropped until they catch up`,
      );
  }
}

export function problem(text: string): Line {
  return ["!", "yellow", text];
}

/** A line as it is written. `link`: makes of the time what leads to more. */
export function dated([sign, color, text]: Line, time: Date, paint: Paint, number = "", link = plain): string {
  return `  ${link(paint("dim", time.toTimeString().slice(0, 8)))}  ${number}${paint(color, sign)} ${text}`;
}

function plain(text: string): string {
  return text;
}

/** The events of a webhook, and what became of it. */
export function webhookText({ events = [], channel, status, error }: Happening, paint: Paint, to = ""): string {
  const about = channel === undefined ? "" : ` of ${paint("cyan", channel)}`;
  return `${events.join(", ")}${about} ${to}→ ${error ?? status}`;
}

/** What comes from clients is neither to drive the terminal nor to begin a line of its own. Data is cleaned where it is cut. */
export function harmless(activity: Happening): Happening {
  const fields = Object.entries(activity).map(([name, value]) => [
    name,
    typeof value === "string" && name !== "data" ? clean(value) : value,
  ]);
  return Object.fromEntries(fields) as Happening;
}

function published({ channel = "", event = "", data = "", bytes = 0, sockets = 0 }: Happening, telling: Telling): Line {
  const { paint, room, beside } = telling;
  const to = `to ${many(sockets, "client")}${beside && `, ${beside}`}`;
  const between = widthOf(` on  ${to} · `);
  const name = shortened(event, fitting(room - widthOf(channel) - between - LEAST));
  const where = shortened(channel, fitting(room - widthOf(name) - between - LEAST));
  const beginning = data.slice(0, MOST_DATA);
  const isWhole = Buffer.byteLength(beginning) >= bytes;
  const all = clean(beginning);
  const shown = shortened(all, fitting(room - widthOf(name) - widthOf(where) - between));
  const rest = isWhole || shown !== all ? "" : ` … (${bytes} bytes)`;
  return ["→", "cyan", `${paint("bold", name)} on ${paint("cyan", where)} ${paint("dim", `${to} · ${shown}${rest}`)}`];
}

function requested(activity: Happening, paint: Paint): Line {
  const { method, path, status, body, key, expected } = activity;
  const request = `${method} ${path} → ${status}`;
  const keys = expected === undefined ? "" : `: the request was signed with the key ${key}, the app's is ${expected}`;
  return isProblem(activity) ? problem(`${request} ${body ?? ""}${keys}`.trim()) : [" ", "dim", paint("dim", request)];
}

function how({ transport = "", socketId }: Happening, { isWhole, beside }: Telling): string {
  const socket = isWhole ? ` as socket ${socketId}` : "";
  return `by ${TRANSPORTS[transport] ?? transport}${socket}${beside && ` · ${beside}`}`;
}

/** Where a client looked for an app, and where there would have been one. */
function misplaced({ path, expected }: Happening): string {
  return expected === undefined ? "" : `: it asked for ${path}, apps are at ${expected}`;
}

/** The option that was too small for it. */
function beyond({ limit }: Happening): string {
  return limit === undefined ? "" : ` (the option ${limit} of the server)`;
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
