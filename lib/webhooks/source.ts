import type { Settings } from "../options/settings.js";
import type { Schedule } from "../base/timers.js";
import type { Token } from "../base/token.js";

/** The app whose events become webhooks. */
export interface WebhookSource {
  /** The number that stands for the app in native calls. */
  readonly number: number;
  /** Who takes the events of this copy. */
  readonly seat: { readonly number: number; readonly clock: { now(): number } };
  readonly settings: Pick<Settings, "debug" | "webhookHold">;
  readonly later: Schedule;
  readonly journal: { readonly seq: number };
  /** The test that made the app, when it made one of its own. */
  readonly owner: object | undefined;
  readonly isClosed: boolean;
  /** Who signs. */
  signer(): Token;
}
