/** One event and one client: what every reason is looked for in. */

import { show } from "../../base/shown.js";
import type { Entry, Page } from "../entry.js";
import type { ClientHistory, Standing } from "../history.js";
import type { Clients, KnownClient } from "../who.js";

export interface Case {
  readonly page: Page;
  readonly clients: Clients;
  /** `triggered`, `client-event` or `rejected`. */
  readonly event: Entry;
  readonly client: KnownClient;
  /** How texts call the client. */
  readonly who: string;
  readonly history: ClientHistory;
  /** Where a cache channel gave it the event when it subscribed: the event as it went out. `event` is the one that came along then. */
  readonly cached?: Entry;
  /** Whether all that concerns the client since the page began is known. */
  readonly isWhole: boolean;
  /** Where the client stood when the event went out. */
  readonly standing: Standing;
  /** What faults have done to events, each by its cause, and to connections. */
  readonly faults: readonly Entry[];
}

/** A reason that holds. */
export interface Finding {
  text: string;
  /** The entries it rests on, beside the event's. */
  rests: Entry[];
}

/** What a page does not know. Each is asked for only when the answer needs it. */
export interface Context {
  /** Everything that was triggered in the app, where the page was read for one channel: for near misses on others. */
  elsewhere?(): readonly Entry[];
  /** The other apps of this process. */
  others?(): Iterable<{ app: string; page: Page }>;
  /** Whether the answer stands behind a sentence that says that it was not triggered, or above the nearest events: neither is said again. */
  readonly says?: { readonly notTriggered?: boolean; readonly nearest?: boolean };
  /** Whether nothing here brings the mock to imports of `pusher` and `pusher-js`. */
  readonly isUnswapped?: boolean;
  /** A gateway of the same project that this process does not use: those who are meant may be there. As a sentence. */
  otherProcess?(): string | undefined;
  /** What keeps an event that is under way to this client, and what to do about it, as a sentence. */
  waitsFor?(client: KnownClient, clients: Clients): string | undefined;
}

/** Looks for one reason. */
export type Find = (of: Case, context: Context) => Finding | undefined;

/** Adds what is there. */
export function found(text: string, ...rests: Array<Entry | undefined>): Finding {
  return { text, rests: rests.filter((entry) => entry !== undefined) };
}

/** The event's name, and its channel. */
export function named({ event, channel }: Entry): string {
  return `${show(event ?? "")} on ${show(channel ?? "")}`;
}

/** `(chat/route.ts:262)`, with a space before it, where that is known. */
export function at({ at: line }: Entry): string {
  return line === undefined ? "" : ` (${line})`;
}

/** Its number, with the application's own line where that is known: for what stands in brackets. */
export function numbered({ seq, at: line }: Entry): string {
  return line === undefined ? `#${seq}` : `#${seq}, ${line}`;
}

/** What was said of an entry: a status or code, and words. */
export function said({ code, text }: Entry): string {
  return [code, text].filter((part) => part !== undefined && part !== "").join(" ");
}

/** The same after a colon, or nothing. */
export function because(entry: Entry): string {
  const words = said(entry);
  return words === "" ? "" : `: ${words}`;
}

/** What `by` of a probe finds this client with. */
export function by({ name, users, connections, before }: KnownClient): string {
  return show(name ?? users.at(-1) ?? connections.at(-1) ?? before?.connection ?? "");
}
