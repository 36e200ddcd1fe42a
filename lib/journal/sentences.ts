/** What an entry says, in a line: for timelines of `why()`, waiters and matchers, and for logs. */

import { show } from "../base/shown.js";
import type { Entry, Kind } from "./entry.js";
import type { Near } from "./question.js";
import type { Clients } from "./who.js";

/** Characters of a line before its source line. */
const WIDEST = 72;

/** Characters of data in a line. */
const MOST_DATA = 60;

/** How clients are called. */
export type Labels = Pick<Clients, "of" | "label" | "labelOf">;

interface Told {
  entry: Entry;
  /** Whom it is about. */
  who: string;
  clients: Labels;
}

const SENTENCES: Record<Kind, (told: Told) => string> = {
  connected: ({ who, entry: { transport } }) => `${who} is connected${given(transport, (by) => ` by ${by}`)}`,
  closed: ({ who, entry }) => `${who} ${closing(entry)}`,
  "signed-in": ({ who, entry: { connection, user } }) => `${connection ?? who} signs in as ${user}`,
  subscribing: ({ who, entry: { channel } }) => `${who} subscribes to ${channel}`,
  subscribed: ({ who, entry: { channel } }) => `${who} is subscribed to ${channel}`,
  refused: ({ who, entry }) => `${entry.channel ?? "the connection"} is refused to ${who}${answered(entry)}`,
  left: ({ who, entry: { channel, by } }) => `${who} leaves ${channel}${by === "close" ? ", disconnected" : ""}`,
  bound: ({ who, entry }) => `${who} binds ${binding(entry)}`,
  unbound: ({ who, entry }) => `${who} unbinds ${binding(entry)}`,
  threw: ({ who, entry: { event, text } }) => `${who}'s callback of ${event} threw ${text}`,
  triggered: ({ entry, clients }) => {
    const without = given(entry.except, (connection) => `, ${clients.labelOf(connection)} left out`);
    return `${published(entry)} → ${recipients(entry.subscribers)}${without}`;
  },
  rejected: ({ entry }) => `${published(entry)} is refused${answered(entry)}`,
  "client-event": ({ who, entry }) =>
    `${who} sends ${published(entry)} → ${recipients(entry.subscribers === undefined ? undefined : Math.max(0, entry.subscribers - 1))}`,
  "member-added": ({ entry: { user, channel } }) => `${user} is a member of ${channel}`,
  "member-removed": ({ entry: { user, channel } }) => `${user} is no member of ${channel} any more`,
  webhook: ({ entry }) => {
    const { events = [], to, attempt = 1 } = entry;
    return `webhook ${events.join(", ")} to ${to}${attempt > 1 ? `, attempt ${attempt}` : ""}${answered(entry)}`;
  },
  request: ({ entry }) => `${entry.method} ${entry.path}${answered(entry)}`,
  fault: ({ entry: { text } }) => `network: ${text}`,
  notice: ({ entry: { notice, given, expected, text } }) =>
    text ?? [notice, given, expected === undefined ? "" : `where ${expected} is expected`].filter(Boolean).join(" "),
  reset: () => "reset()",
};

/** Everything that an entry may be about. */
export const KINDS = Object.keys(SENTENCES) as Kind[];

/** One entry as a sentence, without its number and time. */
export function sentence(entry: Entry, clients: Labels): string {
  const client = clients.of(entry);
  const who = client === undefined ? (entry.connection ?? "somebody") : clients.label(client);
  return printable(SENTENCES[entry.kind]({ entry, who, clients }));
}

/**
 * Entries one below the other: number, time since the first of them, what happened, and the application's own line.
 *
 * ```text
 *   #12  +0.0 ms  ada subscribes to task-1
 *   #14  +1.2 ms  new-message on task-1 {"id":"m1"} → 0 clients   src/app/api/chat/route.ts:262:5
 * ```
 */
export function timeline(entries: readonly Entry[], clients: Clients): string {
  const first = entries[0]?.t ?? 0;
  return table(
    entries.map((entry) => [`#${entry.seq}`, since(entry.t - first), sentence(entry, clients), entry.at ?? ""]),
    [true, true, false, false],
  );
}

/** Near misses one below the other, each with all that differs. */
export function nearMissTable(near: readonly Near[]): string {
  return table(
    near.map(({ entry, differences }) => [
      `#${entry.seq}`,
      entry.channel ?? "",
      printable([entry.event, shortened(entry.data)].filter(Boolean).join(" ")),
      entry.at ?? "",
      differences.join("; "),
    ]),
    [true, false, false, false, false],
  );
}

/** Columns as wide as what stands before something else needs; one that is empty in every row is left out. */
function table(rows: readonly string[][], alignRight: readonly boolean[]): string {
  const columns = alignRight.map((_, column) => column).filter((column) => rows.some((row) => row[column] !== ""));
  const widths = alignRight.map((_, column) => {
    const cells = rows
      .filter((row) => row.slice(column + 1).some((cell) => cell !== ""))
      .map((row) => row[column].length);
    return Math.min(WIDEST, Math.max(0, ...cells));
  });
  const padded = (cell: string, column: number) =>
    alignRight[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column]);
  return rows.map((row) => `  ${columns.map((column) => padded(row[column], column)).join("  ")}`.trimEnd()).join("\n");
}

/** A span of time as texts show it. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${milliseconds.toFixed(1)} ms`;
  return milliseconds < 60_000 ? `${(milliseconds / 1_000).toFixed(1)} s` : `${(milliseconds / 60_000).toFixed(1)} min`;
}

function since(milliseconds: number): string {
  return `+${duration(milliseconds)}`;
}

function published({ event, channel, data }: Entry): string {
  return [event, channel === undefined ? "" : `on ${channel}`, shortened(data)].filter(Boolean).join(" ");
}

function shortened(data: string | undefined): string {
  if (data === undefined || data.length <= MOST_DATA) return data ?? "";
  return `${data.slice(0, MOST_DATA)}…`;
}

/** Names and texts come from clients: a line stays a line, and colours nothing. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1));
}

function recipients(count: number | undefined): string {
  if (count === undefined) return "?";
  return count === 1 ? "1 client" : `${count.toLocaleString("en")} clients`;
}

function binding({ event, channel }: Entry): string {
  return `${event === undefined ? "every event" : show(event)} on ${channel ?? "the client, for every channel"}`;
}

/** The status or code of an answer, and its words. */
function answered({ code, text }: Pick<Entry, "code" | "text">): string {
  const words = [code, text].filter((part) => part !== undefined && part !== "").join(" ");
  return words === "" ? "" : `: ${words}`;
}

function closing({ code, by, text }: Entry): string {
  if (by === "collected") return "is disconnected: nobody holds it any more";
  return `${by === "client" ? "disconnects" : "is disconnected"}${answered({ code, text })}`;
}

function given<T>(value: T | undefined, text: (value: T) => string): string {
  return value === undefined ? "" : text(value);
}
