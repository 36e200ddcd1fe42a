// The stretch of an app's journal that counts for an assertion.
import { decode } from "../../base/decode";
import { show } from "../../base/shown";
import type { Entry, Page, Selection } from "../../journal/entry";
import { matches, showMatch } from "../../journal/match";
import type { Mark, Match, Question, Why } from "../../journal/question";
import type { Subject } from "../../journal/subject";
import { why } from "../../journal/why";

const EVENTS = ["triggered", "client-event"] as const;

/** All that there is to know of the stretch: for texts. */
export function pageOf(subject: Subject, selection: Selection = {}): Page {
  const page = subject.app.journal.read(selection);
  const { to } = subject;
  if (to === undefined || to >= page.last) return page;
  return { ...page, last: to, entries: page.entries.filter(({ seq }) => seq <= to) };
}

/** Events that were triggered, or sent by clients, oldest first. */
export interface Events {
  entries: Entry[];
  /** Entries of the stretch are forgotten: what is not here may have been there. */
  isIncomplete: boolean;
}

export function eventsOf(subject: Subject): Events {
  const { channel, from } = subject;
  const { entries, start, forgotten } = pageOf(subject, { channel, kinds: EVENTS, after: from, state: false });
  const first = Math.max(from ?? start, start);
  return {
    entries: entries.filter(
      (entry) => entry.seq > first && isEvent(entry) && (channel ?? entry.channel) === entry.channel,
    ),
    isIncomplete: forgotten > first || wasReset(subject),
  };
}

/** Whether a reset has come in between: what there was before it is forgotten. */
export function wasReset({ app, from }: Subject): boolean {
  return from !== undefined && from < startOf(app);
}

/** Where the page began. */
function startOf({ journal }: Subject["app"]): number {
  return journal.read({ kinds: [], state: false }).start;
}

function isEvent({ kind }: Entry): boolean {
  return kind === "triggered" || kind === "client-event";
}

/** Whether an event is the one. Without a name every event is. */
export function isOne(entry: Entry, event: string | undefined, data: Match): boolean {
  return (event === undefined || entry.event === event) && matches(data, decode(entry.data));
}

/** An event as texts show it: `"new-message" {"id":"m1"}`. */
export function showEvent(event: string | undefined, data: Match): string {
  const name = event === undefined ? "an event" : show(event);
  return data === undefined ? name : `${name} ${showMatch(data)}`;
}

/** What is asked of the stretch. */
type Asked = Omit<Question, "since">;

/** Why what is asked for did not happen, or not to whom it should. */
export function whyNotSo(subject: Subject, asked: Asked, selection?: Selection): Why {
  const { from, app, channel } = subject;
  const since: Mark | undefined = from === undefined ? undefined : { seq: from, app: app.appId };
  const question = { channel, ...asked, since };
  // The texts of matchers show the nearest events.
  const context = { ...app.context?.(question), says: { nearest: true } };
  const page = pageOf(subject, selection);
  const answer = why(page, question, context);
  // Whether all of a client is known, the others say where the journal has no room for all.
  const isUncertain = !answer.received && selection?.client !== undefined && page.forgotten > page.start;
  return isUncertain ? why(pageOf(subject, { ...selection, client: undefined }), question, context) : answer;
}

/** The end of a text about what there was in the stretch. */
export function inSpan({ app, from, to }: Subject): string {
  if (to !== undefined) return " while during() ran";
  if (from !== undefined) return " since the mark";
  return startOf(app) > 0 ? " since the last reset" : "";
}
