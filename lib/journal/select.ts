/** Reading a page that is there already, as if it were asked for anew. */

import type { Page, Selection } from "./entry.js";

/** Of a page, what is asked for. */
export function select(page: Page, { after, channel, kinds, data = true }: Selection): Page {
  const entries = page.entries.filter(
    (entry) =>
      entry.seq > (after ?? page.start) &&
      (channel === undefined || entry.channel === undefined || entry.channel === channel) &&
      (kinds === undefined || kinds.includes(entry.kind)),
  );
  if (data) return { ...page, entries };
  return { ...page, entries: entries.map((entry) => ({ ...entry, data: undefined })) };
}
