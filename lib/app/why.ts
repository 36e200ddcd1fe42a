/** `why()` of an app: what its journal says, as little of it as the answer takes, and what else this copy knows. */

import type { WaitingNow } from "../base/timers.js";
import type { Entry, Kind, Page, Selection } from "../journal/entry.js";
import type { Question, Why } from "../journal/question.js";
import { type Context, why } from "../journal/why.js";
import type { Clients, KnownClient } from "../journal/who.js";
import { fakeTimersHint, milliseconds } from "./fake-timers.js";

/** The app that is asked. */
export interface AskedApp {
  readonly app: { readonly id: string };
  readonly journal: { read(selection?: Selection): Page };
  readonly later: { waiting(): readonly WaitingNow[] };
  /** The other apps that this copy uses. */
  others(): readonly AskedApp[];
}

/** Entries that say that something was published. */
const PUBLISHED: readonly Kind[] = ["triggered", "client-event", "rejected"];

/** What an answer may rest on. */
const RESTED_ON: readonly Kind[] = [
  ...PUBLISHED,
  "connected",
  "closed",
  "signed-in",
  "subscribing",
  "subscribed",
  "refused",
  "left",
  "bound",
  "unbound",
  "threw",
  "fault",
];

export function whyIn(app: AskedApp, question: Question): Why {
  const context = contextOf(app, question);
  const answer = why(app.journal.read({ ...about(question), kinds: RESTED_ON }), question, context);
  // It may be that they were on a channel of nearly the same name.
  const isElsewhere = answer.reason === "never-subscribed" && question.channel !== undefined;
  return isElsewhere ? why(app.journal.read({ kinds: RESTED_ON }), question, context) : answer;
}

/** What the page of a question does not know. */
export function contextOf(app: AskedApp, question: Question): Context {
  return {
    elsewhere: (): Entry[] => app.journal.read({ kinds: PUBLISHED, state: false }).entries,
    others: () =>
      app.others().map((other) => {
        const page = other.journal.read({ ...about(question), kinds: PUBLISHED, state: false });
        return { app: other.app.id, page };
      }),
    waitsFor: (client, clients) => waitsFor(app, client, clients),
  };
}

function about({ channel }: Question): Selection {
  return channel === undefined ? {} : { channel };
}

/** What keeps an event that is under way to a client: the simulated network, or the pause between two ticks of polling. */
function waitsFor({ later }: AskedApp, client: KnownClient, clients: Clients): string | undefined {
  if (client.door === "socket") return undefined;
  const waiting = later.waiting();
  const arrivals = waiting.filter(({ what, whom }) => what === "arrival" && client.connections.includes(whom));
  const [first] = arrivals.length > 0 ? arrivals : waiting.filter(({ what }) => what === "tick");
  if (first === undefined) return undefined;
  const hint = fakeTimersHint([first], clients, [client]);
  const how = first.what === "tick" ? "with a tick of polling, the next" : "";
  return hint ?? `It arrives ${how && `${how} `}in ${milliseconds(first.remaining)}: await idle() waits for it.`;
}
