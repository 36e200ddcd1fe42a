/** Which row is open, as it stands in the address: `/#412`. */

import { signal } from "@preact/signals";

function read(): number | undefined {
  const [, seq] = /^#(\d{1,15})$/.exec(location.hash) ?? [];
  return seq === undefined ? undefined : Number(seq);
}

export const place = signal(read());
addEventListener("hashchange", () => (place.value = read()));

/** Opens a row, or closes the one that is open. One entry of the tab's history, however many rows are looked at. */
export function open(seq: number | undefined): void {
  history.replaceState(undefined, "", seq === undefined ? location.pathname + location.search : `#${seq}`);
  place.value = seq;
}
