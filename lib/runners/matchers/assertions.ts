/** The assertions of the matchers as functions, for test runners without `expect`. They throw an `AssertionError` with the matchers' texts. */
import { AssertionError } from "node:assert";
import { awaited } from "../../app/waiter";
import type { Match } from "../../journal/question";
import type { Journaled } from "../../journal/subject";
import type { WebhookEventName } from "../../options/webhook";
import { awaitReceived, lookReceived, awaitNotReceived, type ReceiveOptions } from "./received";
import { shown } from "./shown";
import { lookMembers, lookSubscribers } from "./subscribed";
import { lookTriggered, lookInOrder, lookTimes, type Step } from "./triggered";
import type { Verdict } from "./verdict";
import { lookWebhook } from "./webhooks";

/** An event was triggered, or sent by a client; without a name: any. */
export function triggered(subject: Journaled, event?: string, data?: Match): void {
  must(subject, lookTriggered("triggered", subject, event, data), triggered);
}

export function notTriggered(subject: Journaled, event?: string, data?: Match): void {
  mustNot(subject, lookTriggered("notTriggered", subject, event, data), notTriggered);
}

export function triggeredTimes(subject: Journaled, event: string, count: number): void {
  must(subject, lookTimes("triggeredTimes", subject, event, count), triggeredTimes);
}

/** These events were triggered one after the other, whatever came between. */
export function triggeredInOrder(subject: Journaled, events: readonly Step[]): void {
  must(subject, lookInOrder("triggeredInOrder", subject, events), triggeredInOrder);
}

export function subscribers(channel: Journaled, count: number): void {
  must(channel, lookSubscribers("subscribers", channel, count), subscribers);
}

/** These and no others are on a presence channel. */
export function members(channel: Journaled, ids: ReadonlyArray<string | number>): void {
  must(channel, lookMembers("members", channel, ids), members);
}

/** Callbacks of the client have had the event. */
export function received(client: object, channel: string | Journaled, event: string, data?: Match): void {
  must(client, lookReceived("received", client, channel, event, data), received);
}

export function notReceived(client: object, channel: string | Journaled, event: string, data?: Match): void {
  mustNot(client, lookReceived("notReceived", client, channel, event, data), notReceived);
}

/** As `received`, as soon as it is so. */
export function receives(
  client: object,
  channel: string | Journaled,
  event: string,
  data?: Match,
  options?: ReceiveOptions,
): Promise<void> {
  const verdict = awaitReceived("receives", client, channel, event, data, options);
  return awaited(
    "receives()",
    verdict.then((found) => must(client, found, receives)),
    receives,
  );
}

/** As `notReceived`, once nothing is under way any more. */
export function doesNotReceive(
  client: object,
  channel: string | Journaled,
  event: string,
  data?: Match,
  options?: ReceiveOptions,
): Promise<void> {
  const verdict = awaitNotReceived("doesNotReceive", client, channel, event, data, options);
  return awaited(
    "doesNotReceive()",
    verdict.then((found) => mustNot(client, found, doesNotReceive)),
    doesNotReceive,
  );
}

export function sentWebhook(subject: Journaled, name: WebhookEventName, event?: Match): void {
  must(subject, lookWebhook("sentWebhook", subject, name, event), sentWebhook);
}

export function notSentWebhook(subject: Journaled, name: WebhookEventName, event?: Match): void {
  mustNot(subject, lookWebhook("notSentWebhook", subject, name, event), notSentWebhook);
}

function must(value: object, { holds, text }: Verdict, by: (...args: never[]) => unknown): void {
  if (holds !== true) throw failure(shown(text(false), value), by);
}

function mustNot(value: object, { holds, text }: Verdict, by: (...args: never[]) => unknown): void {
  if (holds !== false) throw failure(shown(text(true), value), by);
}

function failure(message: string, by: (...args: never[]) => unknown): AssertionError {
  return new AssertionError({ message, operator: by.name, stackStartFn: by });
}
