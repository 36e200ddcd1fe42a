/**
 * What waiters and matchers are about. A probe, a world, `pusherMockState`, a mock client, and what `during()` answers each say it
 * under one symbol, which copies of this package share: who asserts needs no class of theirs.
 */

import type { Page, Selection } from "./entry.js";
import type { Question, Who } from "./question.js";
import type { Context } from "./reasons/case.js";

/** The journal of an app, as its readers see it. */
export interface JournalSource {
  read(selection?: Selection): Page;
  /** Calls back soon after there is something new, once however much it is. Keeps nothing alive. Answers what ends it. */
  watch(onNew: () => void): () => void;
  /** Of the latest entry. */
  readonly seq: number;
}

/** How long a waiter waits. */
export interface WaitOptions {
  /** Milliseconds of real time, whatever a test has done to its timers. Default 1,000. */
  timeout?: number | undefined;
}

/** A webhook that was sent, as far as an assertion looks at it. */
export interface WebhookSeen {
  readonly events: ReadonlyArray<{ readonly name: string; readonly channel: string }>;
  /** The `seq` of the latest entry when it was sent for the first time. */
  readonly seq: number;
}

/** An app, as far as waiters and matchers look at it. */
export interface WatchedApp {
  /** The number that its marks carry. */
  readonly appId: number;
  readonly journal: JournalSource;
  /** Resolves once nothing is under way any more. */
  idle(options?: WaitOptions): Promise<void>;
  /** What `why()` may want to know besides a page of the journal. */
  context?(question: Question): Context;
  /** How many connections are subscribed to a channel now; absent where only the journal says so. */
  subscribers?(channel: string): number;
  /** Who is subscribed to a channel of that name in other apps, as a sentence. */
  elsewhere?(channel: string): string | undefined;
  /** Where a gateway in this process shows an entry; absent, or undefined, where there is none. */
  addressOf?(seq: number): string | undefined;
  /** What was sent since the last reset, in order. */
  webhooks(): readonly WebhookSeen[];
}

/** A stretch of an app's journal, and what of it counts. */
export interface Subject {
  readonly app: WatchedApp;
  /** Entries after this `seq` count. Absent: all since the last reset. */
  readonly from?: number;
  /** Entries up to this `seq` count. Absent: what is still to come does as well. */
  readonly to?: number;
  /** The channel, where it is about one. */
  readonly channel?: string;
  /** The client, where it is about one. */
  readonly client?: Who;
}

export const JOURNAL = Symbol.for("pushrig.journal.v1");

/** Who can be waited for, and asserted of. */
export interface Journaled {
  /** @throws once the app is closed */
  [JOURNAL](): Subject;
}

/** What a value is about; undefined for what is none of ours. */
export function subjectOf(value: unknown): Subject | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  return (value as Partial<Journaled>)[JOURNAL]?.();
}
