/**
 * Where the page's rows come from, and what can be done there. Views know this alone, and `main.tsx` chooses:
 *
 * - `Live` (`live.ts`) follows a gateway by its control routes. It has a `gateway`: what is there now, and what can be done to it.
 * - `Traced` (`traced.ts`) is a trace. It has no `gateway`: its rows are all there, `link` is `"still"` once they are, and `about` says which
 *   test it is of and what that has failed with. The tabs and buttons that need a gateway are not shown.
 */

import type { ReadonlySignal } from "@preact/signals";
import type { Entry, Page } from "../journal/entry.js";
import type { AppNow, NetworkRequest, StateNow, TriggerRequest, WebhookNow } from "../remote/shapes.js";
import type { People } from "./people.js";
import type { EntryTimeline } from "./timeline.js";

/** `"still"`: nothing will come, and nothing is missing. */
export type Link = "connecting" | "live" | "away" | "token" | "failed" | "still";

export interface Source {
  readonly timeline: EntryTimeline;
  /** Who is called how in rows. */
  readonly people: People;
  /** Goes up whenever rows have come; views that show rows read it. */
  readonly version: ReadonlySignal<number>;
  readonly link: ReadonlySignal<Link>;
  /** Why it is not live: a sentence. */
  readonly trouble: ReadonlySignal<string>;
  /** `Date.now()` where the journal's time is 0. */
  readonly date: number;
  /** What stands above the rows of a trace. */
  readonly about?: { title: string; failure?: string | undefined } | undefined;
  readonly gateway?: GatewayLink | undefined;
  start(): void;
  /** What `why()` is computed from: the journal as it is now, without data; of a trace, as it was around an entry. */
  journal(seq: number): Promise<Page>;
  /** The entry with its data, of which the timeline may have the beginning only. */
  whole(entry: Entry): Promise<Entry>;
  /** Says that rows are to be drawn again: they were filtered, or paused. */
  changed(): void;
}

/** What only a gateway that runs can tell, and do. */
export interface GatewayLink {
  /** Its address, without a slash at the end. */
  readonly base: string;
  /** Whether it was asked with a token. */
  readonly hasToken: boolean;
  readonly state: ReadonlySignal<StateNow | undefined>;
  readonly webhooks: ReadonlySignal<readonly WebhookNow[]>;
  /** The app that was chosen; undefined while it is the gateway's first. */
  readonly app: string | undefined;
  chooseApp(id: AppNow["id"]): void;
  useToken(token: string): void;
  trigger(request: TriggerRequest): Promise<{ seq: number }>;
  /** Begins a fault, takes one back or all, or drops a client. */
  change(request: NetworkRequest): Promise<void>;
  /** A webhook, once more. */
  sendAgain(id: WebhookNow["id"]): Promise<WebhookNow>;
  /** Resolves once it listens again. */
  restart(): Promise<void>;
  /** Asks who is there, soon and once. */
  look(): void;
}
