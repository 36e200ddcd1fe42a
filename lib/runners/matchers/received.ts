// What has reached a client: toHaveReceived, and toReceive, which waits for it.
import { checkNames } from "../../base/nearest";
import { show } from "../../base/shown";
import type { Kind, Selection } from "../../journal/entry";
import { STEPS } from "../../journal/history";
import { calledOf, isMockClient, type Mark, type Match, type Who } from "../../journal/question";
import { nearMissTable, timeline } from "../../journal/sentences";
import type { Subject } from "../../journal/subject";
import { Clients } from "../../journal/who";
import { type Outcome, timeoutOf, waitFor } from "../../app/waiter";
import { showMilliseconds } from "../../app/fake-timers";
import { behindData } from "../../journal/behind-data";
import { Whereabouts } from "../../mock/whereabouts";
import { checkObject } from "../../options/checks";
import { pageOf, showEvent, inSpan, whyNotSo } from "./stretch";
import { channelNamed, checkMatchedEvent, subjectFor } from "./subjects";
import type { Verdict } from "./verdict";

/** Options of `toReceive`. */
export interface ReceiveOptions {
  /** Milliseconds of real time. Default 1,000. */
  timeout?: number;
  /** What came before does not count: a place that `mark()` has answered. */
  since?: Mark;
}

/** What is asked for. */
interface Wanted {
  subject: Subject;
  client: Who;
  channel: string;
  event: string;
  data: Match;
}

export function lookReceived(call: string, value: unknown, channel: unknown, event: unknown, data?: Match): Verdict {
  return verdictOn(wantedOf(call, value, channel, event, data), "");
}

/** Until the client has received it, or will not any more. */
export async function awaitReceived(
  call: string,
  value: unknown,
  channel: unknown,
  event: unknown,
  data?: Match,
  options?: ReceiveOptions,
): Promise<Verdict> {
  const { wanted, timeout } = waitingFor(call, value, channel, event, data, options);
  const { journal } = wanted.subject.app;
  let within = "";
  const look = (): Outcome<Verdict> | undefined => {
    const verdict = verdictOn(wanted, within);
    return verdict.holds || isOut(wanted) ? { value: verdict } : undefined;
  };
  const watch = (again: () => void) => journal.watch(again);
  const late = () => (within = ` within ${showMilliseconds(timeout)}`);
  const waiting = waitFor({ call: `${call}()`, look, watch, late }, timeout, awaitReceived);
  return waiting.catch((error: unknown) => {
    if (within === "") throw error;
    return verdictOn(wanted, within);
  });
}

/** Whether the client will not be on the channel any more by itself. */
function isOut({ subject, channel, client }: Wanted): boolean {
  const there = new Whereabouts(
    pageOf(subject, { ...selectionOf(client, channel), kinds: STEPS, data: false }),
    channel,
  );
  const meant = there.clients.find(client);
  return meant.length > 0 && meant.every((each) => there.isOut(each, client));
}

/** Once nothing is under way any more: then what has not come does not come. */
export async function awaitNotReceived(
  call: string,
  value: unknown,
  channel: unknown,
  event: unknown,
  data?: Match,
  options?: ReceiveOptions,
): Promise<Verdict> {
  const { wanted, timeout } = waitingFor(call, value, channel, event, data, options);
  await wanted.subject.app.idle({ timeout });
  const verdict = verdictOn(wanted, "");
  if (verdict.holds === false && !hasSomethingHappened(wanted.subject)) warnOfSilence(wanted);
  return verdict;
}

function wantedOf(call: string, value: unknown, channel: unknown, event: unknown, data: Match): Wanted {
  const subject = subjectFor(value, call, "client");
  const name = channelNamed(channel, call);
  checkMatchedEvent(event, call);
  return { subject, client: subject.client as Who, channel: name, event, data };
}

function waitingFor(
  call: string,
  value: unknown,
  channel: unknown,
  event: unknown,
  data: Match,
  given: ReceiveOptions | undefined,
) {
  const wanted = wantedOf(call, value, channel, event, data);
  const names = ["timeout", "since"];
  const first = `${call}(${show(wanted.channel)}, ${show(wanted.event)}`;
  const options: ReceiveOptions = behindData(data, given, { call: `${call}()`, names, first });
  checkObject(options, `the last argument of ${call}() is an object such as { timeout: 500 }`);
  checkNames(options, names, `${call}()`, "option");
  const { since } = options;
  const timeout = timeoutOf(options, `${call}()`);
  if (since !== undefined) {
    const { app } = wanted.subject;
    if (!Number.isInteger((since as Partial<Mark> | null)?.seq)) {
      throw new TypeError(`pushrig: since in ${call}() is what mark() answers, not ${show(since)}`);
    }
    if (since.app !== app.appId) {
      throw new TypeError(`pushrig: since in ${call}() is a mark of another app; take mark() of the client's own`);
    }
    wanted.subject = { ...wanted.subject, from: since.seq };
  }
  return { wanted, timeout };
}

function verdictOn(wanted: Wanted, within: string): Verdict {
  const { subject, client, channel, event, data } = wanted;
  const { reason, received } = whyNotSo(subject, { event, channel, client, data }, selectionOf(client, channel));
  return {
    // What is forgotten, or still on its way, proves nothing.
    holds: received || (reason === "forgotten" || reason === "under-way" ? undefined : false),
    text: (isNot) => {
      const name = nameOf(subject, client);
      const what = `${showEvent(event, data)} on ${show(channel)}${within}`;
      return `expected ${name} ${isNot ? "not " : ""}to have received ${what}.\n${explained(wanted)}`;
    },
  };
}

/**
 * What is to be read about a client on a channel, again and again, and beside thousands of others. Whose a name or a user's id is, all
 * entries say.
 */
function selectionOf(client: Who, channel: string): Selection {
  if (typeof client === "string") return {};
  return isMockClient(client) ? { channel, client: client.client } : { channel };
}

function nameOf(subject: Subject, client: Who): string {
  const clients = new Clients(pageOf(subject, { data: false }));
  const [known] = clients.find(client);
  return known === undefined ? calledOf(client) : clients.label(known);
}

function explained({ subject, channel, event, client, data }: Wanted): string {
  const { text, near, timeline: entries } = whyNotSo(subject, { event, channel, client, data });
  const parts = [text];
  if (near.length > 0) parts.push(`Nearest:\n${nearMissTable(near)}`);
  if (entries.length > 0) parts.push(timeline(entries, new Clients(pageOf(subject))));
  return parts.join("\n");
}

/** What comes before an event, and causes none. */
const PREPARING: ReadonlySet<Kind> = new Set([
  "connected",
  "signed-in",
  "subscribing",
  "subscribed",
  "bound",
  "unbound",
  "member-added",
  "reset",
]);

function hasSomethingHappened(subject: Subject): boolean {
  const { from } = subject;
  const { entries, start, forgotten } = pageOf(subject, { after: from, data: false });
  const first = from ?? start;
  return forgotten > first || entries.some(({ seq, kind }) => seq > first && !PREPARING.has(kind));
}

function warnOfSilence({ subject, event, channel }: Wanted): void {
  console.warn(
    `pushrig: nothing was triggered${inSpan(subject)}, so it shows little that ${show(event)} on ${show(channel)} has not come: ` +
      `the code under test may not have run yet. during(act) waits for it: ` +
      `expect(await during(() => act())).not.toHaveTriggered(${show(event)})`,
  );
}
