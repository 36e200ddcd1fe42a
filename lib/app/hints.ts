/** What a test that fails is told beside its error: the events that went to nobody, where a name or a channel is nearly right. */

import { show } from "../base/shown.js";
import type { Hint } from "../events/test-runner.js";
import type { Page } from "../journal/entry.js";
import { type BoundInPages, namedWithLine, unheardIn } from "../journal/unheard.js";

/** @param inPages what sockets have bound, as far as somebody knows */
export function hintsIn(page: Page, from: number, inPages?: BoundInPages): Hint[] {
  const hints = new Map<string, Hint>();
  for (const { entry, channel, event } of unheardIn(page, from, inPages)) {
    if (channel !== undefined) {
      const text = `${namedWithLine(entry)} went to nobody; did you mean ${show(channel)}, which has subscribers?`;
      hints.set(text, { text, names: [show(entry.channel), show(channel)] });
    } else if (event !== undefined) {
      const text = `nobody has bound ${namedWithLine(entry)}; did you mean ${show(event.name)}, which ${event.by} has?`;
      hints.set(text, { text, names: [show(entry.event), show(event.name)] });
    }
  }
  return [...hints.values()];
}
