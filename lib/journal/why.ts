/**
 * `why()`: did an event reach a client, and if not, why? Answered from a page of the journal alone.
 *
 * Which event: of those that are as asked for, the latest that was received; if none was, the latest. What is forgotten does not
 * count, so `never-triggered` is said only where nothing is. `since` leaves out the events before it; what was subscribed and bound
 * before it counts.
 *
 * Which client: the one that is asked about. If that is several (a user with two tabs), or if nobody is named, those who were
 * subscribed when the event went out; and where nobody was, those who had to do with the channel then, or came to it soon after. The
 * answer is the one who fared worst, and `others` has the rest.
 */

import type { Entry, Page } from "./entry.js";
import { Histories } from "./history.js";
import { nearMisses } from "./near.js";
import type { Question, Reason, Who, Why } from "./question.js";
import type { Case, Context, Find, Finding } from "./reasons/case.js";
import { canHear } from "./reasons/delivery.js";
import * as delivery from "./reasons/delivery.js";
import { eventForgotten, inOtherApp, isAsked, neverTriggered, rejected, isNamedAs } from "./reasons/event.js";
import { besidesUnknown, nobodySubscribed, unknownClient } from "./reasons/nobody.js";
import { Receipts } from "./receipts.js";
import * as subscription from "./reasons/subscription.js";
import { Clients } from "./who.js";

/** Why an event did, or did not, get to a client that was subscribed when it went out. The first that holds is the reason. */
const SUBSCRIBED: ReadonlyArray<readonly [Reason, Find]> = [
  ["rejected", ({ event }) => rejected(event)],
  ["excluded", delivery.excluded],
  ["lost", delivery.lost],
  ["under-way", delivery.held],
  ["not-connected", delivery.cutOff],
  ["left-before", delivery.leftMeanwhile],
  ["under-way", delivery.stillUnderWay],
  ["received", delivery.sent],
  ["callback-threw", delivery.callbackThrew],
  ["received", delivery.receivedInTime],
  ["unbound-before", delivery.unboundBefore],
  ["forgotten", delivery.bindingForgotten],
  ["bound-later", delivery.boundLater],
  ["reset-between", delivery.bindingReset],
  ["never-bound", delivery.neverBound],
];

/** Why a client was not subscribed. */
const UNSUBSCRIBED: ReadonlyArray<readonly [Reason, Find]> = [
  ["rejected", ({ event }) => rejected(event)],
  ["excluded", delivery.excluded],
  ["forgotten", subscription.subscriptionForgotten],
  ["left-before", subscription.leftBefore],
  ["not-connected", subscription.lostConnection],
  ["subscription-refused", subscription.subscriptionRefused],
  ["subscribed-later", subscription.subscribedLater],
  ["subscription-pending", subscription.subscriptionPending],
  ["reset-between", subscription.subscriptionReset],
  ["not-connected", subscription.notConnected],
  ["never-subscribed", subscription.neverSubscribed],
];

/**
 * Who fares worst, when several are asked about: what takes a fix comes before what comes by itself. That a sender is left out is as
 * it should be, so it is the answer only if nobody else was there.
 */
const WORST_FIRST: readonly Reason[] = [
  "rejected",
  "lost",
  "callback-threw",
  "not-connected",
  "left-before",
  "never-bound",
  "unbound-before",
  "bound-later",
  "subscription-refused",
  "subscribed-later",
  "subscription-pending",
  "reset-between",
  "forgotten",
  "never-subscribed",
  "under-way",
  "received",
  "excluded",
];

/** Entries that say that something was published, or was to be. */
const PUBLISHED: ReadonlySet<string> = new Set(["triggered", "client-event", "rejected"]);

export type { Context };

export function why(page: Page, question: Question, context: Context = {}): Why {
  const from = Math.max(page.start, question.since?.seq ?? 0);
  const published = page.entries.filter(({ kind, seq }) => PUBLISHED.has(kind) && seq > page.start);
  // Data is looked at from the end, and no further than it takes: there may be thousands of events.
  const likely = published.findLast((entry) => isAsked(question, entry));
  // What a refused one carried is not known. Where it was tried again, that is what matters.
  const latest = wasTriedAgain(question, published, likely)
    ? published.findLast((entry) => entry.kind !== "rejected" && isAsked(question, entry))
    : likely;
  if (latest === undefined || latest.seq <= from) return nothing(page, question, context, published, latest);
  const { client: who } = question;
  const receipts = new Receipts(page);
  const isReceived = receipts.among(who === undefined ? receipts.clients.all : receipts.clients.find(who));
  const received = published.findLast(
    (entry) => entry.seq > from && isNamedAs(question, entry) && isReceived(entry) && isAsked(question, entry),
  );
  return whyThis(page, received ?? latest, who, context, receipts);
}

/** The same of one event of the page. */
export function whyThis(
  page: Page,
  event: Entry,
  who?: Who,
  context: Context = {},
  receipts = new Receipts(page),
): Why {
  const { clients } = receipts;
  const named = who === undefined ? clients.all : clients.find(who);
  if (who !== undefined && named.length === 0) {
    const { reason, ...finding } = unknownClient(page, clients, who, event);
    return answer(reason, finding, event);
  }
  const cases = named.map((client) => receipts.caseOf(client, event));
  return judge(event, cases, { page, receipts, isNamed: who !== undefined, context });
}

/**
 * Whether an earlier event may have been received than those of the page, which has all steps of clients and of what was published
 * the latest only. Who never was on the channel, or never bound anything for the event, did not get any.
 */
export function mayHaveBeenReceived(page: Page, { event, channel, client: who }: Question): boolean {
  if (channel === undefined) return true;
  const clients = new Clients(page);
  const histories = new Histories(page, clients);
  return (who === undefined ? clients.all : clients.find(who)).some((client) => {
    const history = histories.of(client);
    return history.wasEverOn(channel) && canHear(client, history, { channel, event });
  });
}

/** Whether events of that name went out behind one that was refused, and that may have been the one that is asked for. */
function wasTriedAgain(question: Question, published: readonly Entry[], refused: Entry | undefined): boolean {
  if (question.data === undefined || refused?.kind !== "rejected" || refused.data !== undefined) return false;
  return published.some((entry) => entry.seq > refused.seq && entry.kind !== "rejected" && isNamedAs(question, entry));
}

/** No event is as asked for. */
function nothing(
  page: Page,
  question: Question,
  context: Context,
  published: readonly Entry[],
  earlier: Entry | undefined,
): Why {
  const from = Math.max(page.start, question.since?.seq ?? 0);
  const isLater = ({ seq }: Entry) => seq > from;
  const onChannel = ({ channel }: Entry) => question.channel === undefined || channel === question.channel;
  const everywhere = (context.elsewhere?.() ?? published).filter(
    (entry) => PUBLISHED.has(entry.kind) && isLater(entry),
  );
  const near = nearMisses(question, everywhere);
  const others = [...(context.others?.() ?? [])].flatMap(({ app, page }) => {
    const entry = page.entries.findLast((entry) => PUBLISHED.has(entry.kind) && isAsked(question, entry));
    return entry === undefined ? [] : [{ app, entry }];
  });
  const events = published.filter((entry) => isLater(entry) && onChannel(entry));
  const of = { question, page, events, elsewhere: everywhere, earlier, near, others, context };
  const forgotten = eventForgotten(of);
  if (forgotten !== undefined) return { ...answer("forgotten", forgotten), near };
  const elsewhere = inOtherApp(of);
  if (elsewhere !== undefined) return { ...answer("other-app", elsewhere, others[0].entry), near };
  const never = adding(neverTriggered(of), besidesUnknown(page, question));
  const other = context.otherProcess?.();
  return { ...answer(other === undefined ? "never-triggered" : "other-process", adding(never, other)), near };
}

interface Judged {
  page: Page;
  receipts: Receipts;
  /** Whether a client was asked about. */
  isNamed: boolean;
  context: Context;
}

/** Of everybody who is asked about: the one who fared worst, and the others. */
function judge(event: Entry, cases: readonly Case[], { page, receipts, isNamed, context }: Judged): Why {
  const channel = event.channel ?? "";
  const subscribed = cases.filter(({ standing }) => standing.isSubscribed);
  const concerned = cases.filter(
    ({ client, history }) =>
      client.before?.channels.includes(channel) || (isNamed ? history.knows(channel) : history.missed(event)),
  );
  const asked = [subscribed, concerned, isNamed ? cases : []].find((some) => some.length > 0);
  if (asked === undefined) {
    const { reason, ...finding } = nobodySubscribed(page, event, subscribedChannels(receipts, event));
    const other = reason === "never-subscribed" ? context.otherProcess?.() : undefined;
    return answer(other === undefined ? reason : "other-process", adding(finding, other), event);
  }
  const [worst, ...others] = asked
    .map((one) => decide(one, context))
    .sort((one, other) => WORST_FIRST.indexOf(one.reason) - WORST_FIRST.indexOf(other.reason));
  return { ...worst, others };
}

/** Channels that somebody was subscribed to when the event went out. */
function subscribedChannels({ histories, clients }: Receipts, { seq }: Entry): string[] {
  const all = clients.all.map((client) => histories.of(client));
  return all.flatMap((history) => history.channels.filter((channel) => history.at(seq, channel).isSubscribed));
}

/** The first reason that holds. */
function decide(of: Case, context: Context): Why {
  for (const [reason, find] of of.standing.isSubscribed ? SUBSCRIBED : UNSUBSCRIBED) {
    const finding = find(of, context);
    if (finding !== undefined) return { ...answer(reason, finding, of.cached ?? of.event), client: of.who };
  }
  throw new Error("pushrig: no reason holds; each table ends with one that always does");
}

/** The finding with one more sentence, if there is one. */
function adding({ text, rests }: Finding, more: string | undefined): Finding {
  return { text: [text, more].filter(Boolean).join(" "), rests };
}

function answer(reason: Reason, { text, rests }: Finding, entry?: Entry): Why {
  const timeline = [...new Set(entry === undefined ? rests : [entry, ...rests])].sort(
    (one, other) => one.seq - other.seq,
  );
  const received = reason === "received" || reason === "callback-threw";
  return { received, reason, text, others: [], near: [], timeline, ...(entry && { entry }) };
}
