/** Why there is no event that could have reached anybody. */

import { nearest } from "../../base/nearest.js";
import { show } from "../../base/shown.js";
import type { Entry, Page } from "../entry.js";
import { matches, showMatch } from "../match.js";
import type { Near, Question } from "../question.js";
import { isSimilar } from "../near.js";
import { decode } from "../../base/decode.js";
import { type Context, type Finding, at, because, found, numbered } from "./case.js";

/** A question to which no event is the answer. */
export interface Nothing {
  readonly question: Question;
  readonly page: Page;
  /** Everything that was triggered or refused on the channel that is asked about, if one is, since the question's beginning. */
  readonly events: readonly Entry[];
  /** The same of the whole app, where `events` is of one channel. */
  readonly elsewhere: readonly Entry[];
  /** As asked for, but before the mark. */
  readonly earlier: Entry | undefined;
  readonly near: readonly Near[];
  /** Other apps of the process in which the event was triggered. */
  readonly others: ReadonlyArray<{ app: string; entry: Entry }>;
  readonly context: Pick<Context, "says" | "isUnswapped">;
}

/** trigger() was refused: nothing went out. */
export function rejected(event: Entry): Finding | undefined {
  if (event.kind !== "rejected") return undefined;
  const { event: name, channel, bytes } = event;
  const size = bytes === undefined ? "" : ` (${bytes.toLocaleString("en")} bytes)`;
  return found(`${show(name)} on ${show(channel)}${size} was refused at #${event.seq}${at(event)}${because(event)}`);
}

/** Something since the question's beginning has fallen out of the journal, and may have been it. */
export function eventForgotten({ question, page }: Nothing): Finding | undefined {
  const from = Math.max(page.start, question.since?.seq ?? 0);
  if (page.forgotten <= from) return undefined;
  return found(
    `${whatWasAsked(question)} was not triggered since #${page.forgotten}; whether it was before is not known any more: the journal remembers nothing older. Ask sooner, or reset() between tests.`,
  );
}

export function inOtherApp({ question, others }: Nothing): Finding | undefined {
  const [first] = others;
  if (first === undefined) return undefined;
  const { app, entry } = first;
  return found(
    `${whatWasAsked(question)} was not triggered in this app, but in app ${show(app)} of this process (${numbered(entry)}). ` +
      `Server and client have to be of one app: the same key, or the same createMockPusher().`,
  );
}

export function neverTriggered(of: Nothing): Finding {
  const { question, page, events, earlier } = of;
  const { event, channel, since } = question;
  const start =
    since !== undefined && since.seq > page.start
      ? ` since the mark at #${since.seq}`
      : page.start > 0
        ? " since the last reset"
        : "";
  const alike = events.filter((entry) => entry.event === event);
  const hint = hintFor(of, alike.length > 0);
  const before = earlier === undefined ? undefined : `It was before the mark, at #${earlier.seq}${at(earlier)}.`;
  const isShown = of.context.says?.nearest === true && of.near.length > 0;
  const isSaid = hint !== undefined || before !== undefined || isShown;
  let text: string | undefined;
  if (alike.length > 0) {
    text = `${show(event)} was ${done(alike)}${on(channel)}${start}, but never with ${showMatch(question.data)}.`;
  } else if (of.context.says?.notTriggered !== true || !isSaid) {
    const others =
      events.length > 0
        ? ` (${count(events.length, "other event was", "other events were")})`
        : isSilent(of)
          ? ""
          : " (nothing else was)";
    text = `${show(event)} was never triggered${on(channel)}${start}${others}.`;
  }
  return found([text, before, hint].filter((part) => part !== undefined).join(" "), earlier);
}

/** What may be missing where nothing comes to an app. */
export const UNSWAPPED =
  "Imports of pusher and pusher-js reach the mock with node --import pushrig/register, or with a plugin of a test runner.";

/** Whether nothing at all was triggered, on whichever channel. */
function isSilent({ events, elsewhere, earlier }: Nothing): boolean {
  return events.length + elsewhere.length === 0 && earlier === undefined;
}

/** What it may be that was meant. */
function hintFor(of: Nothing, isNameRight: boolean): string | undefined {
  const { question, events, elsewhere, near, context } = of;
  const { event, channel } = question;
  const [first] = near;
  if (isNameRight) {
    return first === undefined || context.says?.nearest === true
      ? undefined
      : `Nearest is #${first.entry.seq}: ${first.differences.join("; ")}.`;
  }
  const name = mostSimilar(
    event,
    events.map((entry) => entry.event ?? ""),
  );
  if (name !== undefined) {
    return `Did you mean ${show(name)}, ${done(events.filter((entry) => entry.event === name))}?`;
  }
  const there =
    channel === undefined
      ? undefined
      : elsewhere.findLast((entry) => entry.event === event && entry.channel !== channel);
  if (there !== undefined) {
    const isShown = context.says?.nearest === true && near.some(({ entry }) => entry.seq === there.seq);
    const was = there.kind === "rejected" ? "refused " : "";
    return isShown ? undefined : `It was ${was}on ${show(there.channel)}, at #${there.seq}${at(there)}.`;
  }
  if (!isSilent(of)) return undefined;
  const swap = context.isUnswapped === true ? ` ${UNSWAPPED}` : "";
  return `Nothing at all was triggered in this app: was the code that triggers reached, and is its server of this app?${swap}`;
}

/** How often they were triggered, or all of them were refused. */
function done(events: readonly Entry[]): string {
  const { length } = events.filter(({ kind }) => kind !== "rejected");
  return length > 0 ? `triggered ${times(length)}` : `refused ${times(events.length)}`;
}

function mostSimilar(name: string, candidates: readonly string[]): string | undefined {
  const names = new Set(candidates);
  return nearest(name, names) ?? [...names].find((candidate) => candidate !== name && isSimilar(candidate, name));
}

/** Whether an event is what the question asks for. What a refused one carried may not be known. */
export function isAsked(question: Pick<Question, "event" | "channel" | "data">, entry: Entry): boolean {
  if (!isNamedAs(question, entry)) return false;
  if (question.data === undefined || (entry.kind === "rejected" && entry.data === undefined)) return true;
  return matches(question.data, decode(entry.data));
}

/** The same but for the data. */
export function isNamedAs({ event, channel }: Pick<Question, "event" | "channel">, entry: Entry): boolean {
  return entry.event === event && (channel === undefined || entry.channel === channel);
}

function whatWasAsked({ event, channel, data }: Question): string {
  return `${show(event)}${data === undefined ? "" : ` ${showMatch(data)}`}${on(channel)}`;
}

function on(channel: string | undefined): string {
  return channel === undefined ? "" : ` on ${show(channel)}`;
}

function times(number: number): string {
  return number === 1 ? "once" : count(number, "time", "times");
}

function count(number: number, one: string, several: string): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : several}`;
}
