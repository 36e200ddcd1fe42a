/** What a test that fails is told beside its error: the events that went to nobody, where a name or a channel is nearly right. */

import type { Page } from "../journal/entry.js";
import { named, unheardIn } from "../journal/unheard.js";

/** Lines at most. */
const MOST = 3;

/** A line for each; none where there is nothing to say. */
export function hintsIn(page: Page, from: number): string[] {
  const lines = new Set<string>();
  for (const { entry, channel, event } of unheardIn(page, from)) {
    if (channel !== undefined)
      lines.add(`${named(entry)} went to nobody; did you mean ${JSON.stringify(channel)}, which has subscribers?`);
    else if (event !== undefined)
      lines.add(`nobody has bound ${named(entry)}; did you mean ${JSON.stringify(event.name)}, which ${event.by} has?`);
  }
  const all = [...lines];
  return all.length <= MOST ? all : [...all.slice(0, MOST), `and ${all.length - MOST} more`];
}
