/** Reading a page that is there already, as if it were asked for anew. */

import type { Entry, Page, Selection } from "./entry.js";

/** Of a page, what is asked for. */
export function select(page: Page, { after, channel, kinds, client, data = true }: Selection): Page {
  const entries = page.entries.filter(
    (entry) =>
      entry.seq > (after ?? page.start) &&
      (channel === undefined || entry.channel === undefined || entry.channel === channel) &&
      (kinds === undefined || kinds.includes(entry.kind)) &&
      (client === undefined || isOf(entry, client)),
  );
  if (client !== undefined) {
    const [base, before] = [page.base, page.before].map((states) => states.filter((one) => one.client === client));
    page = { ...page, base, before };
  }
  if (data) return { ...page, entries };
  return { ...page, entries: entries.map((entry) => ({ ...entry, data: undefined })) };
}

/** Whether an entry is about the client or about nobody, or is an event, which may have reached it. */
function isOf({ kind, client, connection }: Entry, wanted: number): boolean {
  return kind === "client-event" || client === wanted || (client === undefined && connection === undefined);
}
