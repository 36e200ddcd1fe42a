/** `channel(name)`: what tests wait for on a channel. */

import type { Match, Mark, Who } from "../journal/question.js";
import type { Journaled, WaitOptions } from "../journal/subject.js";
import type { Message } from "./message.js";

/** A member of a presence channel. */
export interface Member {
  id: string;
  info?: unknown;
}

export interface SubscribedOptions extends WaitOptions {
  /** Only this client counts. */
  by?: Who | undefined;
  /** How many have to be subscribed. Default 1. */
  count?: number | undefined;
}

export interface TriggeredOptions extends WaitOptions {
  /** How often. Default 1. */
  times?: number | undefined;
  /** What came before does not count. */
  since?: Mark | undefined;
}

export interface ReceivedOptions extends TriggeredOptions {
  /** Only this client counts. */
  by?: Who | undefined;
}

/**
 * Looks at a channel, and never subscribes. Waiters see what has happened since the last reset, and take nothing away from each
 * other. They reject as soon as what they wait for cannot come any more, and else when their time is over, with what happened instead.
 */
export interface ChannelProbe extends Journaled {
  readonly name: string;
  /** Until somebody is subscribed. Answers all who are, by their name, or else their connectionId or socket id. */
  subscribed(options?: SubscribedOptions): Promise<string[]>;
  /** Until nobody is subscribed. */
  vacated(options?: WaitOptions): Promise<void>;
  /** Until these members are there and no others. Answers them. Without an id: who is there now. */
  members(...ids: Array<string | number>): Promise<Member[]>;
  members(ids: ReadonlyArray<string | number>, options?: WaitOptions): Promise<Member[]>;
  /** Until an event was triggered here, or sent by a client. Answers it: with `times` the last of them. */
  triggered(event: string, data?: Match, options?: TriggeredOptions): Promise<Message>;
  /** Until callbacks of a client have had an event. Answers it: with `times` the last of them. */
  received(event: string, data?: Match, options?: ReceivedOptions): Promise<Message>;
}
