/**
 * What the timeline's filter says: words with a space between. `channel:task-* event:new client:ada kind:refused is:unheard -event:typing`, and
 * a word without a field is looked for everywhere.
 */

import { nearest } from "../base/nearest.js";
import { show } from "../base/shown.js";
import { USER_CHANNEL } from "../base/user-channel.js";
import type { Clients } from "../journal/who.js";
import { reachOf, type SeenEntry as Entry } from "./reach.js";

export interface Filter {
  readonly text: string;
  /** Whether a row is shown. */
  admits(entry: Entry): boolean;
  /** What of the text is not understood: a sentence each. */
  problems: readonly string[];
}

/** What is known of those whom entries are about: of most of them a row has the connection alone. */
export interface Known {
  readonly clients: Clients;
}

type Test = (entry: Entry) => boolean;

const IS: Record<string, Test> = {
  event: ({ kind }) => kind === "triggered" || kind === "client-event" || kind === "rejected",
  unheard: (entry) => reachOf(entry)?.reached === 0,
  twice: ({ isTwice }) => isTwice === true,
  refused: ({ kind }) => kind === "refused" || kind === "rejected",
  failed: (entry) => isFailure(entry),
  client: ({ kind }) => kind === "client-event",
};

const FIELDS: Record<string, (pattern: string, known: Known | undefined) => Test> = {
  channel: (pattern) => field(pattern, ({ channel }) => channel),
  event: (pattern) => field(pattern, (entry) => (entry.kind === "webhook" ? entry.events?.join(" ") : entry.event)),
  kind: (pattern) => field(pattern, ({ kind }) => kind),
  client: (pattern, known) =>
    field(pattern, (entry) => {
      const { name, users = [], connections = [], socketIds = [] } = known?.clients.of(entry) ?? {};
      return [entry.connection, entry.name, entry.user, entry.socketId, name, ...users, ...connections, ...socketIds];
    }),
  user: (pattern, known) =>
    field(pattern, (entry) => {
      const { user, channel = "" } = entry;
      const sentTo = channel.startsWith(USER_CHANNEL) ? channel.slice(USER_CHANNEL.length) : undefined;
      return [user, sentTo, ...(known?.clients.of(entry)?.users ?? [])];
    }),
  data: (pattern) => field(pattern, ({ data }) => data),
  at: (pattern) => field(pattern, ({ at }) => at),
};

/** Whether something is wrong. */
export function isFailure({ kind, code = 0, text }: Entry): boolean {
  if (kind === "webhook") return code < 200 || code >= 300;
  if (kind === "request") return code >= 400;
  return kind === "refused" || kind === "rejected" || kind === "threw" || (kind === "notice" && text !== undefined);
}

/** Never throws: half a word is typed before the whole. */
export function filterOf(text: string, known?: Known): Filter {
  const tests: Test[] = [];
  const problems: string[] = [];
  for (const [word] of text.matchAll(/(?:[^\s"]|"[^"]*"?)+/g)) {
    const isNot = word.length > 1 && word.startsWith("-");
    const bare = (isNot ? word.slice(1) : word).replaceAll('"', "");
    const test = testOf(bare, known, problems);
    if (test !== undefined) tests.push(isNot ? (entry) => !test(entry) : test);
  }
  return { text, admits: (entry) => tests.every((test) => test(entry)), problems };
}

function testOf(word: string, known: Known | undefined, problems: string[]): Test | undefined {
  const [, name, rest] = /^([a-z]+):(.*)$/s.exec(word) ?? [];
  // Addresses and JSON have colons too.
  if (name === undefined || rest.startsWith("//")) return anywhere(word);
  if (name === "is") {
    if (Object.hasOwn(IS, rest)) return IS[rest];
    if (rest !== "") problems.push(unknown("is:", rest, Object.keys(IS)));
    return undefined;
  }
  if (!Object.hasOwn(FIELDS, name)) {
    problems.push(unknown("", name, [...Object.keys(FIELDS), "is"]));
    return undefined;
  }
  return rest === "" ? undefined : FIELDS[name](rest, known);
}

function unknown(before: string, given: string, known: readonly string[]): string {
  const meant = nearest(given, known);
  const all = known.map((name) => `${before}${name}`).join(", ");
  return `${before}${show(given)} is none; ${meant === undefined ? `there are ${all}` : `did you mean ${before}${meant}?`}`;
}

/** A pattern without `*` is a part of the text; with it, it is the whole. */
function field(pattern: string, read: (entry: Entry) => string | undefined | readonly (string | undefined)[]): Test {
  const is = like(pattern);
  return (entry) => [read(entry)].flat().some((value) => value !== undefined && is(value));
}

function like(pattern: string): (text: string) => boolean {
  const wanted = pattern.toLowerCase();
  if (!wanted.includes("*")) return (text) => text.toLowerCase().includes(wanted);
  const parts = wanted.split("*");
  return (text) => {
    const low = text.toLowerCase();
    const last = parts[parts.length - 1];
    if (!low.startsWith(parts[0]) || !low.endsWith(last)) return false;
    let from = parts[0].length;
    for (const part of parts.slice(1, -1)) {
      const at = low.indexOf(part, from);
      if (at < 0) return false;
      from = at + part.length;
    }
    return from + last.length <= low.length;
  };
}

function anywhere(word: string): Test {
  const is = like(word.includes("*") ? `*${word}*` : word);
  return ({ channel, event, data, text, connection, name, user, kind, to, path }) =>
    [channel, event, data, text, connection, name, user, kind, to, path].some(
      (value) => value !== undefined && is(value),
    );
}
