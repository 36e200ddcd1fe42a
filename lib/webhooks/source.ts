import type { Settings } from "../options/settings.js";
import type { Schedule } from "../base/timers.js";
import type { Token } from "../base/token.js";

/** What is written down of an attempt to deliver a webhook. */
export interface WebhookNote {
  kind: "webhook";
  /** The entry of what its first event tells. */
  cause: number | undefined;
  /** The receiver; `"handler"` for one in this process. */
  to: string;
  /** The names of its events. */
  events: string[];
  /** What all of them are about. */
  channel: string | undefined;
  /** From 1. */
  attempt: number;
  /** The status that was answered. */
  code: number | undefined;
  /** Why there was no answer. */
  text: string | undefined;
}

/** The app whose events become webhooks. */
export interface WebhookSource {
  /** The number that stands for the app in native calls. */
  readonly number: number;
  /** Who takes the events of this copy. */
  readonly seat: { readonly number: number; readonly clock: { now(): number } };
  readonly settings: Pick<Settings, "debug" | "webhookHold">;
  readonly later: Schedule;
  readonly journal: { readonly seq: number; note(note: WebhookNote): void };
  /** The test that made the app, when it made one of its own. */
  readonly owner: object | undefined;
  readonly isClosed: boolean;
  /** Who signs. */
  signer(): Token;
}
