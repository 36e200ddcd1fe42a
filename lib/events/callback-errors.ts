/** What happens when a user's callback throws. */

import type { Settings } from "../options/settings.js";
import type { WireEvent } from "./wire-event.js";

/** Logs the error with where it happened, or throws it on as pusher-js does. */
export function reportCallbackError(
  settings: Settings,
  { channel, event }: Pick<WireEvent, "event"> & { channel?: string | undefined },
  error: unknown,
): void {
  if (settings.onCallbackError === "throw") throw error;
  const place = channel === undefined ? "" : ` on channel ${JSON.stringify(channel)}`;
  console.error(`pushrig: a callback for ${JSON.stringify(event)}${place} threw:`, error);
}
