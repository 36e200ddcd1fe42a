// What was triggered: toHaveTriggered, toHaveTriggeredTimes, toHaveTriggeredInOrder.
import { show } from "../../base/shown";
import type { Entry } from "../../journal/entry";
import type { Match } from "../../journal/question";
import { nearMissTable, timeline } from "../../journal/sentences";
import type { Subject } from "../../journal/subject";
import { Clients } from "../../journal/who";
import { checkNames } from "../../base/nearest";
import { eventsOf, isOne, pageOf, showEvent, inSpan, wasReset, whyNotSo } from "./stretch";
import { aboutOf, checkCount, checkMatchedEvent, subjectFor } from "./subjects";
import type { Verdict } from "./verdict";

/** One of several events: its name, or what it has to be like. */
export type Step = string | { event?: string; channel?: string; data?: Match };

/** Events of a failure that are told one by one. */
const MOST = 10;

export function lookTriggered(call: string, value: unknown, event?: unknown, data?: Match): Verdict {
  const subject = asked(value, call);
  if (event !== undefined) checkMatchedEvent(event, call);
  const { entries, isIncomplete } = eventsOf(subject);
  const found = entries.filter((entry) => isOne(entry, event, data));
  return {
    holds: found.length > 0 || (isIncomplete ? undefined : false),
    text: (isNot) =>
      isNot
        ? found.length > 0
          ? `expected ${nameOf(subject)} not to have triggered ${showEvent(event, data)}, but it did:\n${lines(subject, found)}`
          : cannotBeTold(subject, `whether ${nameOf(subject)} has triggered ${showEvent(event, data)}`)
        : `expected ${nameOf(subject)} to have triggered ${showEvent(event, data)}.${insteadOf(subject, entries, event, data)}`,
  };
}

export function lookTimes(call: string, value: unknown, event: unknown, count: unknown): Verdict {
  const subject = asked(value, call);
  checkMatchedEvent(event, call);
  checkCount(count, call);
  const { entries, isIncomplete } = eventsOf(subject);
  const found = entries.filter((entry) => isOne(entry, event, undefined));
  const enough = found.length > count;
  return {
    holds: isIncomplete && !enough ? undefined : found.length === count,
    text: (isNot) => {
      if (isIncomplete && !enough)
        return cannotBeTold(subject, `how often ${nameOf(subject)} has triggered ${show(event)}`);
      const head = `expected ${nameOf(subject)} ${isNot ? "not " : ""}to have triggered ${show(event)} ${times(count)}`;
      if (isNot) return `${head}, but it was${found.length === 0 ? "." : `:\n${lines(subject, found)}`}`;
      if (found.length === 0) return `${head}.${insteadOf(subject, entries, event, undefined)}`;
      return `${head}, but it was ${times(found.length)}:\n${lines(subject, found)}`;
    },
  };
}

export function lookInOrder(call: string, value: unknown, steps: unknown): Verdict {
  const subject = asked(value, call);
  const wanted = checkSteps(steps, call);
  const { entries, isIncomplete } = eventsOf(subject);
  const found: Entry[] = [];
  for (const entry of entries) {
    if (found.length === wanted.length) break;
    const { event, channel = entry.channel, data } = wanted[found.length];
    if (entry.channel === channel && isOne(entry, event, data)) found.push(entry);
  }
  const holds = found.length === wanted.length;
  return {
    holds: holds || (isIncomplete ? undefined : false),
    text: (isNot) => {
      const order = wanted.map(showStep).join(", ");
      if (isNot && !holds)
        return cannotBeTold(subject, `whether ${nameOf(subject)} has triggered ${order} in this order`);
      const head = `expected ${nameOf(subject)} ${isNot ? "not " : ""}to have triggered in this order: ${order}.`;
      if (isNot) return `${head} It did:\n${lines(subject, found)}`;
      const missing = wanted[found.length];
      const last = found.at(-1);
      const where =
        last === undefined
          ? `There was no ${showStep(missing)}`
          : `After #${last.seq} there was no ${showStep(missing)}`;
      if (entries.length === 0) return `${head} ${where}: nothing was triggered${inSpan(subject)}.`;
      return `${head} ${where}. Triggered were:\n${lines(subject, entries)}`;
    },
  };
}

function asked(value: unknown, call: string): Subject {
  return subjectFor(value, call, "channel", "app", "act");
}

interface Wanted {
  event?: string;
  channel?: string;
  data?: Match;
}

function checkSteps(steps: unknown, call: string): Wanted[] {
  const example = '["new-message", { event: "read", data: { by: "ann" } }]';
  if (!Array.isArray(steps) || steps.length === 0) {
    throw new TypeError(`pushrig: ${call}() takes a list of events such as ${example}, not ${show(steps)}`);
  }
  return (steps as unknown[]).map((step) => {
    if (typeof step === "string") return { event: step };
    if (typeof step !== "object" || step === null) {
      throw new TypeError(`pushrig: ${call}() takes events such as ${example}, not ${show(step)} among them`);
    }
    checkNames(step, ["event", "channel", "data"], `an event of ${call}()`, "field");
    return step as Wanted;
  });
}

function showStep({ event, channel, data }: Wanted): string {
  return showEvent(event, data) + (channel === undefined ? "" : ` on ${show(channel)}`);
}

/** How texts call what has triggered. */
function nameOf(subject: Subject): string {
  const about = aboutOf(subject);
  return about === "channel" ? show(subject.channel) : about === "app" ? "the app" : "what during() ran";
}

/** What there was in its place: the nearest, and why. */
function insteadOf(subject: Subject, entries: readonly Entry[], event: string | undefined, data: Match): string {
  if (event === undefined) {
    if (entries.length === 0) return ` Nothing was triggered${inSpan(subject)}.`;
    return ` Triggered were:\n${lines(subject, entries)}`;
  }
  const { text, near } = whyNotSo(subject, { event, data });
  const { length: all } = eventsOf({ ...subject, channel: undefined }).entries;
  const table =
    near.length === 0
      ? ""
      : ` Nearest of ${all === 1 ? "1 event" : `${all.toLocaleString("en")} events`}:\n${nearMissTable(near)}`;
  return `${table}\n${text}`;
}

function lines(subject: Subject, entries: readonly Entry[]): string {
  const clients = new Clients(pageOf(subject));
  const shown = timeline(entries.slice(0, MOST), clients);
  return entries.length <= MOST ? shown : `${shown}\n  … and ${entries.length - MOST} more`;
}

function cannotBeTold(subject: Subject, what: string): string {
  if (wasReset(subject)) {
    return `it cannot be told ${what}: reset() was called${inSpan(subject)}, and what came before it is forgotten. Keep the reset out of it.`;
  }
  return (
    `it cannot be told ${what}: the journal has forgotten the first events${inSpan(subject)}, it keeps 10,000 entries. ` +
    `mark() and during() look at less.`
  );
}

function times(count: number): string {
  return count === 1 ? "once" : count === 2 ? "twice" : `${count.toLocaleString("en")} times`;
}
