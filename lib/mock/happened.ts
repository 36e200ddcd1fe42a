/** What `during()` answers: a stretch of an app's journal. */

import type { Entry } from "../journal/entry.js";
import type { Journaled } from "../journal/subject.js";
import type { SentWebhook } from "../webhooks/endpoint.js";
import type { Trigger } from "./message.js";

/** What an act has caused. It stays as it is, whatever comes later. */
export interface Happened extends Journaled {
  /** The `seq` of the latest entry when it began, and when nothing was under way any more. */
  readonly from: number;
  readonly to: number;
  /** Oldest first. */
  readonly entries: readonly Entry[];
  /** What was triggered, and what clients sent, in order over all channels. */
  triggers(): Trigger[];
  /** The webhooks that were sent. */
  webhooks(): SentWebhook[];
}
