/** `why()` of an app: what its journal says, as little of it as the answer takes, and what else this copy knows. */

import { otherGateway } from "../base/attachment.js";
import { show } from "../base/shown.js";
import type { WaitingNow } from "../base/timers.js";
import type { Entry, Kind, Page, Selection } from "../journal/entry.js";
import type { Question, Why } from "../journal/question.js";
import { type Context, mayHaveBeenReceived, why } from "../journal/why.js";
import { Histories, STEPS } from "../journal/history.js";
import { Clients, type KnownClient } from "../journal/who.js";
import { isSwapped } from "../events/test-runner.js";
import { aboutChannel } from "./about-channel.js";
import { fakeTimersHint, showMilliseconds } from "./fake-timers.js";

/** The app that is asked. */
export interface AskedApp {
  /** Whether it is the app of everybody who names none. */
  readonly anyCredentials?: boolean;
  readonly app: { readonly id: string };
  readonly journal: { readonly seq: number; read(selection?: Selection): Page };
  readonly later: { waiting(): readonly WaitingNow[] };
  /** The other apps that this copy uses. */
  others(): readonly AskedApp[];
}

/** Entries that say that something was published. */
const PUBLISHED: readonly Kind[] = ["triggered", "client-event", "rejected"];

/** What an answer rests on besides. */
const GROUNDS: readonly Kind[] = [...STEPS, "bound", "unbound", "threw", "fault"];

/** So many of the latest entries are looked at first: most answers are there, and a full journal takes its time. */
const RECENT = 1_000;

export function whyIn(app: AskedApp, question: Question): Why {
  const context = contextOf(app, question);
  const { journal } = app;
  const recent = recentPage(app, question);
  const answer = why(recent, question, context);
  // The latest that was received is the answer; that none was, all have to say.
  if (answer.received) return answer;
  const isOwn = answer.entry !== undefined && answer.reason !== "other-app";
  const isAll = recent.last - RECENT <= recent.forgotten || (isOwn && !mayHaveBeenReceived(recent, question));
  // It may be that they were on a channel of nearly the same name.
  const isElsewhere = answer.reason === "never-subscribed" && question.channel !== undefined;
  if (isAll && !isElsewhere) return answer;
  const data = isAll ? {} : dataFor(question);
  const selection = { ...data, kinds: [...PUBLISHED, ...GROUNDS] };
  return why(isElsewhere ? journal.read(selection) : readAbout(app, question, selection), question, context);
}

/** All steps of clients, and the latest of what was published. */
function recentPage(app: AskedApp, question: Question): Page {
  const { journal } = app;
  const page = readAbout(app, question, { kinds: GROUNDS });
  const after = Math.max(page.start, page.last - RECENT);
  const published = journal.read({ ...about(question), kinds: PUBLISHED, after, state: false }).entries;
  const entries = [...page.entries, ...published].sort((one, other) => one.seq - other.seq);
  return { ...page, entries };
}

/** What the page of a question does not know. */
export function contextOf(app: AskedApp, question: Question): Context {
  const kinds = { kinds: PUBLISHED, state: false };
  return {
    elsewhere: (): Entry[] => app.journal.read({ ...kinds, after: Math.max(0, app.journal.seq - RECENT) }).entries,
    others: () =>
      app.others().map((other) => {
        const page = other.journal.read({ ...about(question), ...kinds, ...dataFor(question) });
        return { app: other.app.id, page };
      }),
    otherProcess: () => (app.anyCredentials === true ? inOtherProcess() : undefined),
    waitsFor: (client, clients) => waitsFor(app, client, clients),
    // An app of one's own is handed to who uses it.
    isUnswapped: isUnswapped(app),
  };
}

function inOtherProcess(): string | undefined {
  const other = otherGateway();
  if (other === undefined) return undefined;
  return (
    `But ${other.whose} has a gateway of this project on ${new URL(other.url).host}, which this process is not attached to: what is ` +
    "triggered and subscribed there stays there. Set PUSHRIG_ATTACH=1 for this process."
  );
}

/** Whether code that imports `pusher` or `pusher-js` does not reach this app. */
export function isUnswapped({ anyCredentials }: AskedApp): boolean {
  return anyCredentials === true && !isSwapped();
}

/** Who is subscribed to a channel of that name in other apps of this process, as a sentence: it may be that those are waited for. */
export function subscribedElsewhere(app: AskedApp, channel: string): string | undefined {
  for (const other of app.others()) {
    const page = other.journal.read({ channel, kinds: GROUNDS, data: false });
    const clients = new Clients(page);
    const histories = new Histories(page, clients);
    const count = clients.all.filter((client) => histories.of(client).at(page.last + 1, channel).isSubscribed).length;
    if (count === 0) continue;
    const who = count === 1 ? "1 client is" : `${count.toLocaleString("en")} clients are`;
    return (
      `In app ${show(other.app.id)} of this process ${who} subscribed to ${show(channel)}. ` +
      `Who waits and who subscribes have to be of one app: the same key, or the same createMockPusher().`
    );
  }
  return undefined;
}

function readAbout({ journal }: AskedApp, { channel, client }: Question, selection: Selection): Page {
  return channel === undefined ? journal.read(selection) : aboutChannel(journal, channel, client, selection);
}

function about({ channel }: Question): Selection {
  return channel === undefined ? {} : { channel };
}

/** Data is read where it is compared. */
function dataFor({ data }: Question): Selection {
  return data === undefined ? { data: false } : {};
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
  return hint ?? `It arrives ${how && `${how} `}in ${showMilliseconds(first.remaining)}: await idle() waits for it.`;
}
