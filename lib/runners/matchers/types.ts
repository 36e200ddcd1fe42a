import type { Match } from "../../journal/question";
import type { Journaled } from "../../journal/subject";
import type { WebhookEventName } from "../../options/webhook";
import type { ReceiveOptions } from "./received";
import type { Step } from "./triggered";

/**
 * What `expect` has besides the runner's own matchers. Data is compared as JSON: it has to contain what is given, in which asymmetric
 * matchers, regular expressions and functions may stand; a function alone judges all of it.
 */
export interface PushrigMatchers<R = void> {
  /** Of a channel, an app, or what `during()` answers: an event was triggered, or sent by a client. Without a name: any. */
  toHaveTriggered(event?: string, data?: Match): R;
  /** Of a channel, an app, or what `during()` answers: so often, neither more nor less. */
  toHaveTriggeredTimes(event: string, count: number): R;
  /** Of a channel, an app, or what `during()` answers: one after the other, whatever came between. */
  toHaveTriggeredInOrder(events: readonly Step[]): R;
  /** Of a channel: so many connections are subscribed now. */
  toHaveSubscribers(count: number): R;
  /** Of a presence channel: these users and no others are on it now. */
  toHaveMembers(ids: ReadonlyArray<string | number>): R;
  /** Of a client: its callbacks have had the event. */
  toHaveReceived(channel: string | Journaled, event: string, data?: Match): R;
  /** To be awaited. Of a client: as `toHaveReceived`, as soon as it is so; with `not`, once nothing is under way any more. */
  toReceive(channel: string | Journaled, event: string, data?: Match, options?: ReceiveOptions): Promise<void>;
  /** Of an app, a channel, or what `during()` answers: the event was sent in a webhook. `event` is what it has besides its name. */
  toHaveSentWebhook(name: WebhookEventName, event?: Match): R;
}
